"""Tables and small files: checked, written whole or not at all, and the same bytes for the same content."""

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
    """Validate a table, sort its rows by a key (without one they keep their order) and write it as Parquet.

    The file has the schema's columns, in the schema's order. StudyError as of ``validate``.
    """
    checked = validate(frame, schema)
    if sort_by:
        checked = checked.sort_values(list(sort_by), kind="stable")
    table = pyarrow.Table.from_pandas(checked.reset_index(drop=True), preserve_index=False)
    write_atomically(path, lambda part: pyarrow.parquet.write_table(table, part, compression="zstd"))


def read(path: str | Path, schema: pa.DataFrameSchema | None = None) -> pd.DataFrame:
    """Read a Parquet table; with a schema, check it too."""
    frame = pd.read_parquet(path)
    return frame if schema is None else validate(frame, schema)


def validate(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Return the table coerced to a schema, its columns in the schema's order.

    StudyError names table, column, check and the number of rows that fail, and never a row's value.
    """
    config = get_config_context()
    if not config.validation_enabled or config.validation_depth is not ValidationDepth.SCHEMA_AND_DATA:
        variables = "the environment variable PANDERA_VALIDATION_ENABLED or PANDERA_VALIDATION_DEPTH"
        raise StudyError(f"{variables} switches checks of tables off; unset both")
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


def read_csv(path: str | Path, separator: str = ",", encoding: str = "utf-8") -> pd.DataFrame:
    """Read a delimited file as texts, exactly as they stand; blank lines and a byte-order mark are skipped.

    An empty cell is the empty text. Columns may have the same name. A table whose cells could stand in the wrong column
    is not read at all: StudyError names the file, and the line where a row has another number of cells than the header.
    """
    names, rows = _cells(path, separator, encoding)
    return pd.DataFrame([row for _, row in rows], columns=names, dtype="str")


def read_sheet(path: str | Path, columns: Sequence[str], optional: Sequence[str] = ()) -> pd.DataFrame:
    """Read a sheet that people filled in: a CSV in UTF-8 with whatever separator their spreadsheet program took.

    Cells are trimmed texts; those of an ``optional`` column that is missing are empty. The index counts rows as a
    spreadsheet does: the header is row 1, and blank rows, which are skipped, count. StudyError as of ``read_csv``, and
    when a column is missing.
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
    fault = ""
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
        fault = f", line {reader.line_num}: the quotes around a cell are not closed or not doubled inside it; fix them"
    # Raised outside the handlers: readers quote the cells that they stumble over.
    if fault:
        raise StudyError(f"{path}{fault}")
    if not found:
        raise StudyError(f"{path}: there is nothing in it; write a header and rows")
    names = [name.strip() for name in found[0][2]]
    if len(names) == 1 and (other := next((sign for sign in ";\t|" if sign in header), None)):
        raise StudyError(f"{path}: its cells are separated by {other!r}, not by {separator!r}; save it with the latter")
    if uneven := next((line for _, line, row in found if len(row) != len(names)), None):
        raise StudyError(f"{path}, line {uneven}: it does not have {len(names)} cells, as the header has; fix that row")
    return names, [(number, row) for number, _, row in found[1:]]


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
    """Write a file under another name beside its place first, so that nobody ever sees half of it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        write_to(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
