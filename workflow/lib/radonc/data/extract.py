"""Read the source tables through the config's mapping into the canonical tables.

What cannot be read is rejected with a reason and its row number, never guessed. One unreadable cell rejects its row,
and the cohort later leaves out the patient that the row belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from radonc.data.columns import ISO_DATE, NEEDS_UNIT, Mapped, read_column, sources_of
from radonc.data.schemas import CANONICAL, REJECTED_ROWS
from radonc.run.errors import StudyError

REPEATED = "repeats another row to the letter"
ORPHAN = "patient is not in the table of patients"

Faults = dict[int, tuple[str, str]]
"""Position of a source row -> our column and the reason."""


def read_tables(folder: str | Path, tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Read all tables of an extract.

    Parameters
    ----------
    folder
        Where the source files are.
    tables
        The config's ``extract: tables:``: canonical table -> file, words for missing, columns.

    Returns
    -------
    dict
        The canonical tables by name, and ``rejected_rows``: every source row is in one of them.

    Raises
    ------
    StudyError
        When a file or a mapped column is missing, or the mapping names a column that we do not have.
    """
    read: dict[str, pd.DataFrame] = {}
    rejected: list[pd.DataFrame] = []
    n_rows = 0
    for name, schema in CANONICAL.items():
        if name not in tables:
            read[name] = _nothing(schema)
            continue
        source = read_source(Path(folder) / tables[name]["file"], name, tables[name])
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


def read_source(path: Path, name: str, table: Mapping[str, Any]) -> pd.DataFrame:
    """Read a source file as trimmed texts, None where a value is missing."""
    where = f"extract.tables.{name}.file"
    if not path.exists():
        raise StudyError(f"{where}: there is no file '{path}'; correct its name, extract.folder or RADONC_EXTRACT")
    plain: dict[str, Any] = {"dtype": str, "keep_default_na": False, "na_filter": False}
    readers: dict[str, Callable[[], pd.DataFrame]] = {
        ".csv": lambda: pd.read_csv(path, encoding=table.get("encoding", "utf-8"), **plain),
        ".tsv": lambda: pd.read_csv(path, encoding=table.get("encoding", "utf-8"), sep="\t", **plain),
        ".parquet": lambda: pd.read_parquet(path),
        ".xlsx": lambda: pd.read_excel(path, sheet_name=table.get("sheet", 0), keep_default_na=False, na_values=[""]),
    }
    if path.suffix not in readers:
        raise StudyError(f"{where}: '{path.name}' must end in one of {', '.join(readers)}")
    try:
        source = readers[path.suffix]()
    except (ValueError, OSError) as error:
        kind = type(error).__name__
    else:
        return _as_texts(source, table.get("missing", [""]))
    # Raised outside the handler: readers quote the cells that they stumble over.
    raise StudyError(f"{where}: '{path.name}' cannot be read ({kind}); check its format, encoding and sheet")


def convert(
    source: pd.DataFrame, name: str, schema: pa.DataFrameSchema, table: Mapping[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Convert a source table into a canonical one.

    Returns
    -------
    tuple of DataFrame
        The canonical rows, with their source ``row`` (from 1), and the rejected rows.
    """
    mapping = {
        ours: {"from": theirs} if isinstance(theirs, str) else theirs for ours, theirs in table["columns"].items()
    }
    _check_mapping(source, name, schema, table["file"], mapping)
    result = _nothing(schema).reindex(range(len(source)))
    result["row"] = range(1, len(source) + 1)
    faults: Faults = {}
    for ours, mapped in mapping.items():
        result[ours], reasons = read_column(source, ours, schema, mapped)
        _note(faults, reasons.dropna(), ours)
    for ours, column in schema.columns.items():
        if not column.nullable:
            _note(faults, result[ours].isna().map({True: "missing"}).dropna(), ours)
    _note_repeated(result, schema, faults)
    kept = result.drop(index=list(faults)).reset_index(drop=True)
    return kept, _rejects(name, result, faults)


def _as_texts(source: pd.DataFrame, missing: list[str]) -> pd.DataFrame:
    """Return all cells as trimmed texts, the words for missing and empty cells as None."""
    columns = {}
    for name, column in source.items():
        if pd.api.types.is_datetime64_any_dtype(column):
            column = column.dt.strftime(ISO_DATE)
        texts = column.astype("string").str.strip()
        texts = texts.mask(texts.isin([*missing, ""]))
        columns[str(name)] = texts.astype(object).where(texts.notna(), None)
    return pd.DataFrame(columns, index=source.index)


def _check_mapping(
    source: pd.DataFrame, name: str, schema: pa.DataFrameSchema, file: str, mapping: Mapping[str, Mapped]
) -> None:
    where = f"extract.tables.{name}.columns"
    for ours, mapped in mapping.items():
        if ours not in schema.columns:
            raise StudyError(f"{where}: there is no column '{ours}'; allowed are {', '.join(schema.columns)}")
        for theirs in sources_of(mapped):
            if theirs not in source.columns:
                raise StudyError(
                    f"{where}.{ours}: '{file}' has no column '{theirs}'; it has {', '.join(source.columns)}"
                )
        if ours in NEEDS_UNIT and not {"unit", "unit_from"} & set(mapped):
            raise StudyError(f"{where}.{ours}: its unit is not given; add 'unit: Gy' (or cGy, mCi, …), or 'unit_from'")
    for ours, column in schema.columns.items():
        if not column.nullable and ours not in mapping:
            raise StudyError(f"{where}: '{ours}' is not mapped, and no row can do without it")


def _note(faults: Faults, reasons: pd.Series, ours: str) -> None:
    for row, reason in reasons.items():
        faults.setdefault(int(str(row)), (ours, reason))


def _note_repeated(result: pd.DataFrame, schema: pa.DataFrameSchema, faults: Faults) -> None:
    """Note rows that repeat another to the letter, and all rows that share a key and differ."""
    unique = schema.unique or [name for name, column in schema.columns.items() if column.unique]
    readable = result.drop(index=list(faults))
    repeated = readable.duplicated(subset=list(schema.columns))
    faults.update(dict.fromkeys(readable.index[repeated], (unique[0], REPEATED)))
    distinct = readable[~repeated]
    shared = distinct.index[distinct.duplicated(subset=unique, keep=False)]
    faults.update(dict.fromkeys(shared, (unique[0], "shares its key with a different row")))


def _nothing(schema: pa.DataFrameSchema) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in [*schema.columns, "row"]})


def _rejects(name: str, frame: pd.DataFrame, faults: Faults) -> pd.DataFrame:
    """Return the table of rejected rows for the faults of one table."""
    rows = frame.loc[list(faults)]
    columns, reasons = zip(*faults.values(), strict=True) if faults else ((), ())
    values = {"table": name, "row": rows["row"].to_list(), "patient_id": rows["patient_id"].to_list()}
    return pd.DataFrame({**values, "column": columns, "reason": reasons}, columns=list(REJECTED_ROWS.columns))
