"""How the gate reads files: each kind in its own way, and none that it cannot read all of."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from radonc.deid.gate import weights
from radonc.deid.gate.manifests import is_of_a_model
from radonc.deid.gate.markup import visible
from radonc.deid.gate.parts import Part, Rows, Text, Unsearchable, tidy

ROWS = 20_000
LONGEST_CELL = 10_000_000

WEIGHTS = ".safetensors"
"""The one kind of weights that can be read. Others are pickles, which may hold anything."""

NAMED = dict.fromkeys((".gitkeep", ".gitignore", ".gitattributes", "CACHEDIR.TAG", "LICENSE", "USE_POLICY"), ".txt")
"""Texts that are known by their names."""


def suffix_of(path: Path) -> str:
    """Return by which suffix a file is read."""
    return NAMED.get(path.name, path.suffix.lower())


def parts(path: Path) -> Iterator[Part]:
    """Yield the parts of a file; a fault where it is of an unknown kind, or not what its suffix says."""
    reader = READERS.get(suffix_of(path))
    if reader is None:
        yield Unsearchable("cannot be checked: files of this kind are not known")
        return
    try:
        yield from reader(path)
    except (OSError, ValueError, csv.Error, RecursionError, pyarrow.ArrowException):
        # Whatever the library says may quote the file.
        yield Unsearchable("cannot be checked: it is not what its suffix says")


def _parquet(path: Path) -> Iterator[Part]:
    with pyarrow.parquet.ParquetFile(path) as file:
        notes = {**(file.schema_arrow.metadata or {}), **(file.metadata.metadata or {})}
        # Arrow keeps its schema a second time, in a form that nobody reads.
        yield Text("\n".join(f"{key!r} {value!r}" for key, value in notes.items() if key != b"ARROW:schema"))
        for batch in file.iter_batches(batch_size=ROWS):
            yield Rows(tidy(pyarrow.Table.from_batches([batch])))


def _cells(separator: str) -> Callable[[Path], Iterator[Part]]:
    def read(path: Path) -> Iterator[Part]:
        csv.field_size_limit(LONGEST_CELL)
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=separator)
            header = next(reader, [])
            rows: list[list[str]] = []
            for row in reader:
                rows.append(row)
                if len(rows) == ROWS:
                    yield _rows(header, rows)
                    rows = []
            yield _rows(header, rows)

    return read


def _rows(header: list[str], rows: list[list[str]]) -> Rows:
    """Make a table of rows of cells; cells beyond the header have columns of their own."""
    width = max([len(header), *map(len, rows)])
    names = [*header, *(f"column {place + 1}" for place in range(len(header), width))]
    columns = [[(row[place] or None) if place < len(row) else None for row in rows] for place in range(width)]
    return Rows(tidy(pyarrow.table([pyarrow.array(column, pyarrow.string()) for column in columns], names=names)))


def _json(path: Path) -> Iterator[Part]:
    keys: list[str] = []
    texts: list[str] = []
    columns: dict[str, list[str]] = defaultdict(list)
    _walk(json.loads(_text_of(path)), "", keys, texts, columns)
    if path.name.startswith(("tokenizer", "vocab")):
        # The entries of a vocabulary stand beside each other by chance; some write a blank as Ġ.
        yield from (Text(text.replace("Ġ", " "), single_names=False) for text in dict.fromkeys(keys + texts))
        return
    for part in (keys, texts):
        yield Text("\n".join(part), single_names=not is_of_a_model(path))
    for key, values in columns.items():
        yield Rows(pyarrow.table({key: pyarrow.array(values, pyarrow.string())}), records=False)


def _walk(value: Any, key: str, keys: list[str], texts: list[str], columns: dict[str, list[str]]) -> None:
    """Collect keys and texts in their order, and values by their key."""
    if isinstance(value, dict):
        keys.extend(value)
        for name, inner in value.items():
            _walk(inner, name, keys, texts, columns)
    elif isinstance(value, list):
        for inner in value:
            _walk(inner, key, keys, texts, columns)
    elif isinstance(value, str):
        texts.append(value)
        columns[key].append(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        columns[key].append(str(value))


def _markup(path: Path) -> Iterator[Part]:
    for text in visible(_text_of(path)):
        yield text if isinstance(text, Unsearchable) else Text(text)


def _plain(path: Path) -> Iterator[Part]:
    yield Text(_text_of(path), single_names=not is_of_a_model(path))


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


READERS: dict[str, Callable[[Path], Iterator[Part]]] = {
    ".parquet": _parquet,
    ".csv": _cells(","),
    ".tsv": _cells("\t"),
    ".json": _json,
    ".html": _markup,
    ".svg": _markup,
    WEIGHTS: weights.parts,
    **dict.fromkeys((".log", ".txt", ".md", ".rst", ".yaml", ".yml", ".metadata", ".lock"), _plain),
}
