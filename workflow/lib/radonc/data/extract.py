"""Read the source tables through the config's mapping into the canonical tables.

What cannot be read is rejected with a reason and its row number, never guessed. One unreadable cell rejects its row,
and the cohort later leaves out the patient that the row belongs to. When too much is lost, the run stops.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow.parquet

from radonc.data.mapping import DATE_CELL, check, read_column
from radonc.data.schemas import CANONICAL, REJECTED_ROWS, REPEATED
from radonc.runtime import tables as files
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.mapping import ExtractMapping, Table

ORPHAN = "patient is not in the table of patients"
NEEDED = ("patients", "diagnoses", "plans")
"""The tables without which there is no case. An extract may have no annotations."""

Faults = dict[int, tuple[str, str]]  # position of a source row -> our column and the reason


def read_tables(folder: str | Path, mapping: ExtractMapping) -> dict[str, pd.DataFrame]:
    """Read the canonical tables by name, and ``rejected_rows``, from the source files in a folder: every row is in one.

    Raise StudyError when a file or a mapped column is missing, or the mapping names a column that we do not have.
    """
    check(mapping, "extract.mapping")
    read = {name: _empty_table(schema) for name, schema in CANONICAL.items()}
    rejected: list[pd.DataFrame] = []
    n_rows = 0
    for name, table in mapping.tables.items():
        source = read_source(Path(folder) / table.file, name, table)
        n_rows += len(source)
        read[name], faults = _convert(source, name, CANONICAL[name], table)
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
    readers: dict[str, Callable[[], pd.DataFrame]] = {
        ".csv": lambda: files.read_csv(path, ",", table.encoding),
        ".tsv": lambda: files.read_csv(path, "\t", table.encoding),
        # Whole numbers stay whole where some are missing, and an index that pandas stored is a column like any other.
        ".parquet": lambda: pyarrow.parquet.read_table(path).to_pandas(ignore_metadata=True, integer_object_nulls=True),
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
    # Raised outside the handler: readers quote the cells that they cannot read.
    raise StudyError(f"{where}: '{path.name}' cannot be read ({kind}); check its format and sheet")


def _read_excel(path: Path, sheet: str | int) -> pd.DataFrame:
    # The header is read as a row like any other: pandas would rename the second of two columns of one name.
    cells = pd.read_excel(path, sheet_name=sheet, header=None, dtype=object, keep_default_na=False, na_values=[""])
    cells = cells.dropna(how="all")
    return cells.iloc[1:].set_axis([_text(cell) or "" for cell in cells.iloc[0]], axis="columns")


def _as_texts(source: pd.DataFrame, missing: Sequence[str]) -> pd.DataFrame:
    """Return all cells as trimmed texts, the words for missing and empty cells as None."""
    words = {*missing, ""}
    columns = {place: map(_text, source.iloc[:, place]) for place in range(source.shape[1])}
    known = {place: [None if text in words else text for text in column] for place, column in columns.items()}
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


def _convert(
    source: pd.DataFrame, name: str, schema: pa.DataFrameSchema, table: Table
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the canonical rows of a source table, with their source ``row`` (from 1), and the rejected rows."""
    _check_sources(source, name, table)
    # The columns that no two rows share.
    key = schema.unique or [ours for ours, column in schema.columns.items() if column.unique]
    result = _empty_table(schema).reindex(range(len(source)))
    result["row"] = range(1, len(source) + 1)
    # Before all others: the fault of a row that is there ten times is one fault.
    mapped = {theirs for column in table.columns.values() for theirs in column.sources}
    repeated = source.index[source.duplicated(subset=sorted(mapped))]
    faults: Faults = dict.fromkeys(repeated, (key[0], REPEATED))
    for ours, column in table.columns.items():
        result[ours], reasons = read_column(source, ours, schema, column)
        _note(faults, reasons.dropna(), ours)
    for ours, wanted in schema.columns.items():
        if not wanted.nullable:
            _note(faults, result[ours].isna().map({True: "missing"}).dropna(), ours)
    # Rows that share a key and differ are all rejected; those that differ in the source alone repeat each other.
    readable = result.drop(index=list(faults))
    repeats = readable.duplicated(subset=list(schema.columns))
    faults.update(dict.fromkeys(readable.index[repeats], (key[0], REPEATED)))
    distinct = readable[~repeats]
    shared = distinct.index[distinct.duplicated(subset=key, keep=False)]
    faults.update(dict.fromkeys(shared, (key[0], "shares its key with a different row")))
    return result.drop(index=list(faults)).reset_index(drop=True), _rejects(name, result, faults)


def _check_sources(source: pd.DataFrame, name: str, table: Table) -> None:
    names = list(source.columns)
    for ours, mapped in table.columns.items():
        where = f"extract.mapping: {name}.columns.{ours}"
        for theirs in mapped.sources:
            if theirs not in names:
                raise StudyError(f"{where}: '{table.file}' has no column '{theirs}'; it has {', '.join(names)}")
            if names.count(theirs) > 1:
                raise StudyError(f"{where}: '{table.file}' has several columns '{theirs}'; rename all but one")


def _note(faults: Faults, reasons: pd.Series, ours: str) -> None:
    for row, reason in reasons.items():
        faults.setdefault(int(str(row)), (ours, reason))


def _empty_table(schema: pa.DataFrameSchema) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in [*schema.columns, "row"]})


def _rejects(name: str, frame: pd.DataFrame, faults: Faults) -> pd.DataFrame:
    """Return the table of rejected rows for the faults of one table."""
    rows = frame.loc[list(faults)]
    columns, reasons = zip(*faults.values(), strict=True) if faults else ((), ())
    values = {"table": name, "row": rows["row"].to_list(), "patient_id": rows["patient_id"].to_list()}
    return pd.DataFrame({**values, "column": columns, "reason": reasons}, columns=list(REJECTED_ROWS.columns))


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the rows of a source table.

    Rows that repeat another one are neither kept nor rejected: in a table in which every row is there ten times, as a
    join makes it, they would hide how many of the distinct rows are rejected.
    """

    table: str
    n_kept: int
    n_rejected: int
    n_repeated: int
    reasons: tuple[tuple[str, int], ...]
    """Column and reason of the rejected rows, with their number: the commonest first."""

    def __str__(self) -> str:
        n_rows = self.n_kept + self.n_rejected + self.n_repeated
        parts = [f"{n_rows} rows", f"{self.n_kept} kept", f"{self.n_rejected} rejected"]
        parts += [f"{self.n_repeated} repeat another"] if self.n_repeated else []
        reason = f"; commonest reason: {self.reasons[0][0]} ({self.reasons[0][1]})" if self.reasons else ""
        return f"{self.table}: {', '.join(parts)}{reason}"


def tally(read: Mapping[str, pd.DataFrame], tables: Iterable[str]) -> list[Tally]:
    """Count what became of the rows of the source tables, as ``read_tables`` returns them."""
    found = []
    for name in (name for name in CANONICAL if name in set(tables)):
        rows = read["rejected_rows"][read["rejected_rows"]["table"] == name]
        rejected = rows[rows["reason"] != REPEATED]
        causes = zip(rejected["column"], rejected["reason"], strict=True)
        counts = Counter(f"{name}.{column}: {reason}" for column, reason in causes)
        # Equal numbers in the order of the alphabet: the same rows make the same message.
        reasons = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        found.append(Tally(name, len(read[name]), len(rejected), len(rows) - len(rejected), tuple(reasons)))
    return found


def require_complete(read: Mapping[str, pd.DataFrame], mapping: ExtractMapping, max_rejected: float) -> None:
    """Stop where the data are gone.

    Raise StudyError when a table that a study needs is empty, when a larger share of a table's distinct rows than
    ``max_rejected`` is rejected, or when a mapped column is empty in all rows and ``may_be_empty`` does not name it. It
    names the table that comes first: what is wrong with patients takes their plans with it.
    """
    for rows in tally(read, mapping.tables):
        where, file = f"extract.mapping: {rows.table}", mapping.tables[rows.table].file
        n_distinct = rows.n_kept + rows.n_rejected
        commonest = "; ".join(f"{reason} ({n})" for reason, n in rows.reasons[:3])
        if n_distinct == 0 and rows.table in NEEDED:
            raise StudyError(f"{where}.file: '{file}' has no rows, and there is no study without them; export it again")
        if rows.n_kept == 0 and rows.table in NEEDED:
            raise StudyError(
                f"{where}: all {n_distinct} distinct rows of '{file}' are rejected; commonest reasons (rows): "
                f"{commonest}; correct the mapping or the export, for no setting allows a study without them"
            )
        if rows.n_rejected > max_rejected * n_distinct:
            raise StudyError(
                f"{where}: {rows.n_rejected} of {n_distinct} distinct rows of '{file}' are rejected, more than "
                f"the share of {max_rejected:g} that extract.max_rejected allows; commonest reasons (rows): "
                f"{commonest}; correct the mapping or the export, or raise extract.max_rejected"
            )
    for name, table in mapping.tables.items():
        empty = {
            ours: ", ".join(f"'{theirs}'" for theirs in mapped.sources)
            for ours, mapped in table.columns.items()
            if ours not in table.may_be_empty and not read[name].empty and read[name][ours].isna().all()
        }
        if empty:
            raise StudyError(
                f"extract.mapping: {name}.columns: none of the {len(read[name])} rows kept of '{table.file}' has a "
                f"value of {', '.join(f'{ours} (from {sources})' for ours, sources in empty.items())}; correct the "
                f"mapping or, where the source has none, allow it by {name}.may_be_empty: "
                f"[{', '.join([*table.may_be_empty, *empty])}]"
            )
