"""Read the source tables through the config's mapping into the canonical tables.

What cannot be read is rejected with a reason and its row number, never guessed. One unreadable cell rejects its row,
and the cohort later leaves out the patient that the row belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow.parquet

from radonc.data.columns import DATE_CELL, read_column
from radonc.data.mapping import check
from radonc.data.schemas import CANONICAL, REJECTED_ROWS
from radonc.runtime import tables as files
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.mapping import ExtractMapping, Table

REPEATED = "repeats another row to the letter"
ORPHAN = "patient is not in the table of patients"

Faults = dict[int, tuple[str, str]]
"""Position of a source row -> our column and the reason."""


def read_tables(folder: str | Path, mapping: ExtractMapping) -> dict[str, pd.DataFrame]:
    """Read all tables of an extract.

    Parameters
    ----------
    folder
        Where the source files are.
    mapping
        Where our tables and columns come from.

    Returns
    -------
    dict
        The canonical tables by name, and ``rejected_rows``: every source row is in one of them.

    Raises
    ------
    StudyError
        When a file or a mapped column is missing, or the mapping names a column that we do not have.
    """
    check(mapping, "extract.mapping")
    tables = mapping.tables
    read: dict[str, pd.DataFrame] = {}
    rejected: list[pd.DataFrame] = []
    n_rows = 0
    for name, schema in CANONICAL.items():
        if name not in tables:
            read[name] = _empty_table(schema)
            continue
        source = read_source(Path(folder) / tables[name].file, name, tables[name])
        n_rows += len(source)
        read[name], faults = convert(source, name, schema, tables[name])
        rejected.append(faults)
    patients = set(read["patients"]["patient_id"])
    for name, frame in read.items():
        orphan = ~frame["patient_id"].isin(patients)
        rejected.append(_rejects(name, frame[orphan], dict.fromkeys(frame.index[orphan], ("patient_id", ORPHAN))))
        read[name] = frame[~orphan].drop(columns="row").reset_index(drop=True)
    read["rejected_rows"] = pd.concat(rejected, ignore_index=True)
    if sum(map(len, read.values())) != n_rows:
        raise AssertionError("extract: rows in differ from rows kept plus rows rejected")
    return read


def read_source(path: Path, name: str, table: Table) -> pd.DataFrame:
    """Read a source file as trimmed texts, None where a value is missing."""
    where = f"extract.mapping: {name}.file"
    if not path.is_file():
        raise StudyError(f"{where}: there is no file '{path}'; correct its name, extract.folder or RADONC_EXTRACT")
    encoding = table.encoding
    readers: dict[str, Callable[[], pd.DataFrame]] = {
        ".csv": lambda: files.read_csv(path, ",", encoding),
        ".tsv": lambda: files.read_csv(path, "\t", encoding),
        ".parquet": lambda: _read_parquet(path),
        ".xlsx": lambda: _read_excel(path, table.sheet or 0),
    }
    try:
        source = readers[path.suffix]()
    except StudyError:
        raise
    except Exception as error:
        kind = type(error).__name__
    else:
        return _as_texts(source, table.missing)
    # Raised outside the handler: readers quote the cells that they stumble over.
    raise StudyError(f"{where}: '{path.name}' cannot be read ({kind}); check its format and sheet")


def _read_parquet(path: Path) -> pd.DataFrame:
    # Whole numbers stay whole where some are missing, and an index that pandas stored is a column like any other.
    frame: pd.DataFrame = pyarrow.parquet.read_table(path).to_pandas(ignore_metadata=True, integer_object_nulls=True)
    return frame


def _read_excel(path: Path, sheet: str | int) -> pd.DataFrame:
    # The header is read as a row like any other: pandas would rename the second of two columns of one name.
    cells = pd.read_excel(path, sheet_name=sheet, header=None, dtype=object, keep_default_na=False, na_values=[""])
    cells = cells.dropna(how="all")
    return cells.iloc[1:].set_axis([_text(cell) or "" for cell in cells.iloc[0]], axis="columns")


def convert(
    source: pd.DataFrame, name: str, schema: pa.DataFrameSchema, table: Table
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Convert a source table into a canonical one.

    Returns
    -------
    tuple of DataFrame
        The canonical rows, with their source ``row`` (from 1), and the rejected rows.
    """
    _check_sources(source, name, table)
    result = _empty_table(schema).reindex(range(len(source)))
    result["row"] = range(1, len(source) + 1)
    # Before all others: a fault of a row that stands there ten times is one fault.
    faults: Faults = dict.fromkeys(_repeated(source, table), (_key(schema)[0], REPEATED))
    for ours, mapped in table.columns.items():
        result[ours], reasons = read_column(source, ours, schema, mapped)
        _note(faults, reasons.dropna(), ours)
    for ours, column in schema.columns.items():
        if not column.nullable:
            _note(faults, result[ours].isna().map({True: "missing"}).dropna(), ours)
    _note_shared_keys(result, schema, faults)
    kept = result.drop(index=list(faults)).reset_index(drop=True)
    return kept, _rejects(name, result, faults)


def _as_texts(source: pd.DataFrame, missing: Sequence[str]) -> pd.DataFrame:
    """Return all cells as trimmed texts, the words for missing and empty cells as None."""
    words = {*missing, ""}
    columns = [[_text(cell) for cell in source.iloc[:, place]] for place in range(source.shape[1])]
    known = {place: [None if text in words else text for text in column] for place, column in enumerate(columns)}
    texts = pd.DataFrame(known, index=range(len(source)), dtype=object)
    return texts.set_axis([str(name) for name in source.columns], axis="columns")


def _text(cell: Any) -> str | None:
    """Return a cell as a text, or None where it is empty."""
    if isinstance(cell, str):
        return cell.strip()
    if pd.api.types.is_scalar(cell) and pd.isna(cell):
        return None
    if isinstance(cell, date):
        return datetime(*cell.timetuple()[:6]).strftime(DATE_CELL)
    # Excel and Parquet keep whole numbers as fractions too: a key must read the same in every table.
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _check_sources(source: pd.DataFrame, name: str, table: Table) -> None:
    where = f"extract.mapping: {name}.columns"
    names = list(source.columns)
    for ours, mapped in table.columns.items():
        for theirs in mapped.sources:
            if theirs not in names:
                raise StudyError(f"{where}.{ours}: '{table.file}' has no column '{theirs}'; it has {', '.join(names)}")
            if names.count(theirs) > 1:
                raise StudyError(f"{where}.{ours}: '{table.file}' has several columns '{theirs}'; rename all but one")


def _note(faults: Faults, reasons: pd.Series, ours: str) -> None:
    for row, reason in reasons.items():
        faults.setdefault(int(str(row)), (ours, reason))


def _key(schema: pa.DataFrameSchema) -> list[str]:
    """Return the columns that no two rows of a table share."""
    return schema.unique or [name for name, column in schema.columns.items() if column.unique]


def _repeated(source: pd.DataFrame, table: Table) -> pd.Index:
    """Return the rows that repeat an earlier one to the letter, in all columns that are mapped."""
    mapped = {theirs for column in table.columns.values() for theirs in column.sources}
    return source.index[source.duplicated(subset=sorted(mapped))]


def _note_shared_keys(result: pd.DataFrame, schema: pa.DataFrameSchema, faults: Faults) -> None:
    """Note all rows that share a key and differ; those that differ in the source alone repeat each other."""
    key = _key(schema)
    readable = result.drop(index=list(faults))
    repeated = readable.duplicated(subset=list(schema.columns))
    faults.update(dict.fromkeys(readable.index[repeated], (key[0], REPEATED)))
    distinct = readable[~repeated]
    shared = distinct.index[distinct.duplicated(subset=key, keep=False)]
    faults.update(dict.fromkeys(shared, (key[0], "shares its key with a different row")))


def _empty_table(schema: pa.DataFrameSchema) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in [*schema.columns, "row"]})


def _rejects(name: str, frame: pd.DataFrame, faults: Faults) -> pd.DataFrame:
    """Return the table of rejected rows for the faults of one table."""
    rows = frame.loc[list(faults)]
    columns, reasons = zip(*faults.values(), strict=True) if faults else ((), ())
    values = {"table": name, "row": rows["row"].to_list(), "patient_id": rows["patient_id"].to_list()}
    return pd.DataFrame({**values, "column": columns, "reason": reasons}, columns=list(REJECTED_ROWS.columns))
