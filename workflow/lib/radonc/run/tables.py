"""Tables and small files: checked, whole or not at all, and the same bytes for the same content."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.parquet

from radonc.run.errors import StudyError


def write(frame: pd.DataFrame, path: str | Path, schema: pa.DataFrameSchema, sort_by: Sequence[str] = ()) -> None:
    """Validate a table, put its rows in order and write it as Parquet.

    Parameters
    ----------
    frame
        The rows, in any order.
    schema
        What they must satisfy; its columns are the file's columns, in its order.
    sort_by
        The key. Without it the given order is kept.

    Raises
    ------
    StudyError
        When a check fails: with table, column, check and count, never with a value.
    """
    checked = validate(frame, schema)
    if sort_by:
        checked = checked.sort_values(list(sort_by), kind="stable")
    table = pyarrow.Table.from_pandas(checked.reset_index(drop=True), preserve_index=False)
    whole(path, lambda part: pyarrow.parquet.write_table(table, part, compression="zstd"))


def read(
    path: str | Path, schema: pa.DataFrameSchema | None = None, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read a Parquet table; with a schema, check it too."""
    frame = pd.read_parquet(path, columns=list(columns) if columns else None)
    return frame if schema is None else validate(frame, schema)


def validate(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Return the table coerced to a schema, its columns in the schema's order.

    Raises
    ------
    StudyError
        Naming table, column, check and the number of rows that fail. The rows' values stay unsaid.
    """
    if os.environ.get("PANDERA_VALIDATION_ENABLED", "").lower() == "false":
        raise StudyError(
            "PANDERA_VALIDATION_ENABLED=False switches all checks of tables off; unset this environment variable"
        )
    try:
        return schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        failures = error.failure_cases
        faults = [
            f"column '{column}' fails '{check}' in {len(rows)} row(s)"
            for (column, check), rows in failures.fillna({"column": "(table)"}).groupby(["column", "check"], sort=True)
        ]
    # Raised outside the handler: the original exception quotes the cells.
    raise StudyError(f"table '{schema.name}': " + "; ".join(faults))


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a table for people: CSV, empty cells for what is missing."""
    whole(path, lambda part: frame.to_csv(part, index=False, lineterminator="\n"))


def write_json(value: Any, path: str | Path) -> None:
    """Write a JSON file, keys in the order given."""
    write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def read_json(path: str | Path) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_text(text: str, path: str | Path) -> None:
    """Write a text file in UTF-8."""
    whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def whole(path: str | Path, write_to: Callable[[Path], object]) -> None:
    """Write a file beside its place first, so that nobody ever sees half of it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    write_to(part)
    part.replace(path)
