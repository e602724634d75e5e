"""Shards: the patients of a study in parts, so that many jobs can share the work, and a job needs little memory.

A shard is not a file but a part that is read: any number of parts can be read from the same tables. Which part a
patient is in depends on the patient's key alone, so the parts of all tables fit together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.parquet

from radonc.runtime import tables
from radonc.runtime.errors import StudyError

KEY = "patient_id"
BATCH_ROWS = 1 << 16


@dataclass(frozen=True)
class Shard:
    """One of ``count`` parts, counted from 1."""

    number: int
    count: int

    @classmethod
    def parse(cls, name: str) -> Shard:
        """Return the shard that Snakemake names, such as ``3-of-10``; StudyError for another name."""
        match = re.fullmatch(r"(\d+)-of-(\d+)", name)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise StudyError(f"'{name}' is not a shard; write one as 3-of-10")
        return cls(int(match[1]), int(match[2]))

    def holds(self, key: str | None) -> bool:
        """Tell whether a patient is in this part; rows of nobody are in the first."""
        return (crc32(key.encode()) if key is not None else 0) % self.count == self.number - 1


WHOLE = Shard(1, 1)


def read(path: str | Path, schema: pa.DataFrameSchema, shard: Shard = WHOLE) -> pd.DataFrame:
    """Read a shard of a Parquet table with the column ``patient_id`` and check it; memory holds that part only."""
    if shard.count == 1:
        return tables.read(path, schema)
    with pyarrow.parquet.ParquetFile(path) as file:
        parts = [file.schema_arrow.empty_table()]
        for batch in file.iter_batches(BATCH_ROWS):
            inside = pyarrow.array(map(shard.holds, batch.column(KEY).to_pylist()), pyarrow.bool_())
            parts.append(pyarrow.Table.from_batches([batch.filter(inside)]))
    return tables.validate(pyarrow.concat_tables(parts).to_pandas(), schema)


def gather(paths: Sequence[str], schema: pa.DataFrameSchema, sort_by: Sequence[str]) -> pd.DataFrame:
    """Return the rows of all shards' tables as one table, in an order that does not depend on the shards."""
    frame = pd.concat([tables.read(path, schema) for path in paths], ignore_index=True)
    return frame.sort_values(list(sort_by), kind="stable", ignore_index=True)
