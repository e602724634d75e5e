"""Tables and small files: checked, whole or not at all, and the same bytes for the same content."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.parquet
from pandera.config import ValidationDepth, get_config_context

from radonc.runtime.errors import StudyError


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
    write_atomically(path, lambda part: pyarrow.parquet.write_table(table, part, compression="zstd"))


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
    _require_all_checks()
    missing = [f"column '{name}' is missing" for name in schema.columns if name not in frame.columns]
    if missing or len(frame.columns) > len(schema.columns):
        extra = f"{len(frame.columns)} columns, {len(schema.columns)} are allowed"
        raise StudyError(f"table '{schema.name}': {'; '.join(missing) or extra}; only {', '.join(schema.columns)}")
    try:
        return schema.validate(frame[list(schema.columns)], lazy=True)
    except pa.errors.SchemaErrors as error:
        faults = [
            f"column '{column}' fails '{check}' in {len(rows)} row(s)"
            for (column, check), rows in error.failure_cases.groupby(["column", "check"], sort=True)
        ]
    # Raised outside the handler: the original exception quotes the cells.
    raise StudyError(f"table '{schema.name}': " + "; ".join(faults))


def _require_all_checks() -> None:
    """Refuse to work where pandera's environment variables switch checks off."""
    config = get_config_context()
    if not config.validation_enabled or config.validation_depth is not ValidationDepth.SCHEMA_AND_DATA:
        raise StudyError(
            "the environment variable PANDERA_VALIDATION_ENABLED or PANDERA_VALIDATION_DEPTH switches checks of tables "
            "off; unset both"
        )


def read_csv(path: str | Path, separator: str = ",", encoding: str = "utf-8") -> pd.DataFrame:
    """Read a delimited file as texts, exactly as they stand; blank lines are passed over.

    Parameters
    ----------
    separator
        The character between cells.
    encoding
        The file's. A byte-order mark is no part of the text.

    Returns
    -------
    DataFrame
        All columns texts, the empty text where a cell is empty. Columns may bear the same name.

    Raises
    ------
    StudyError
        Naming the file, and the line where a row has another number of cells than the header: a table whose cells
        could stand in the wrong column is not read at all.
    """
    names, rows = _cells(path, separator, encoding)
    return pd.DataFrame([row for _, row in rows], columns=names, dtype="str")


def read_sheet(path: str | Path, columns: Sequence[str], optional: Sequence[str] = ()) -> pd.DataFrame:
    """Read a sheet that people filled in: a CSV in UTF-8, its cells parted as their spreadsheet program likes.

    Parameters
    ----------
    columns
        Those that the sheet must have; others are passed over.
    optional
        Those that it may have; without them their cells are empty.

    Returns
    -------
    DataFrame
        These columns as trimmed texts. The index counts rows as a spreadsheet does: the header is row 1, and blank
        rows, which are passed over, count.

    Raises
    ------
    StudyError
        As ``read_csv``, and when a column is missing.
    """
    # Where the comma is the decimal sign, spreadsheet programs save CSV with semicolons.
    names, rows = _cells(path, ",;\t", "utf-8")
    if missing := [name for name in columns if name not in names]:
        raise StudyError(f"{path}: column(s) {', '.join(missing)} missing; keep the header of the sheet")
    wanted = [*columns, *optional]
    places = [names.index(name) if name in names else None for name in wanted]
    cells = [["" if place is None else row[place].strip() for place in places] for _, row in rows]
    return pd.DataFrame(cells, index=[number for number, _ in rows], columns=wanted, dtype="str")


def _cells(path: str | Path, separators: str, encoding: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header's names, and the rows that are not blank with their numbers, the first row's being 1.

    Of several separators the most frequent in the header is taken.
    """
    try:
        with Path(path).open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as stream:
            header = stream.readline()
            stream.seek(0)
            separator = max(separators, key=header.count)
            reader = csv.reader(stream, delimiter=separator, strict=True)
            found = [(number, reader.line_num, row) for number, row in enumerate(reader, start=1) if row]
    except (UnicodeError, LookupError):
        fault = f": this is not a text in the encoding {encoding}; save it as UTF-8"
    except csv.Error:
        fault = f", line {reader.line_num}: the quotes around a cell are not closed or not doubled inside it; mend them"
    else:
        names = [name.strip() for name in found[0][2]] if found else []
        fault = _fault([(line, row) for _, line, row in found], names, header, separator)
    # Raised outside the handlers: readers quote the cells that they stumble over.
    if fault:
        raise StudyError(f"{path}{fault}")
    return names, [(number, row) for number, _, row in found[1:]]


def _fault(rows: list[tuple[int, list[str]]], names: list[str], header: str, separator: str) -> str:
    if not rows:
        return ": there is nothing in it; write a header and rows"
    if len(names) == 1 and (other := next((sign for sign in ";\t|" if sign in header), None)):
        return f": its cells are separated by {other!r}, not by {separator!r}; save it with the latter"
    uneven = next((line for line, row in rows if len(row) != len(names)), None)
    return f", line {uneven}: it has not {len(names)} cells, as the header has; mend that row" if uneven else ""


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a table for people: CSV, empty cells for what is missing.

    With a byte-order mark: without one, Excel takes UTF-8 for the local code page.
    """
    write_atomically(path, lambda part: frame.to_csv(part, index=False, encoding="utf-8-sig", lineterminator="\n"))


def write_json(value: Any, path: str | Path) -> None:
    """Write a JSON file, keys in the order given."""
    write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def read_json(path: str | Path) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_text(text: str, path: str | Path) -> None:
    """Write a text file in UTF-8."""
    write_atomically(path, lambda part: part.write_text(text, encoding="utf-8"))


def write_atomically(path: str | Path, write_to: Callable[[Path], object]) -> None:
    """Write a file beside its place first, so that nobody ever sees half of it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        write_to(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
