"""A mapping of source columns: checked before any source file is opened, and applied to the cells of a column.

A cell that cannot be read gets a reason, and is never guessed.
"""

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from radonc.data.fields import Kind, kind_of
from radonc.data.schemas import CANONICAL
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.mapping import Column, ExtractMapping, Table
from radonc.vocabulary import icd10

# Unit -> (the column of its quantity, factor to that column's unit). 1 mCi = 37 MBq by definition of the curie.
UNITS = {
    "Gy": ("dose_gy", 1.0),
    "cGy": ("dose_gy", 0.01),
    "mCi": ("activity_mci", 1.0),
    "MBq": ("activity_mci", 1 / 37),
    "GBq": ("activity_mci", 1000 / 37),
}
NEEDS_UNIT = frozenset(quantity for quantity, _ in UNITS.values())
YEARS = (1900, 2100)
DATE_CELL = "%Y-%m-%d %H:%M:%S"
"""How a cell that is a date, and no text, is written as a text: with its time, so that no text is taken for one."""


def check(mapping: ExtractMapping, source: str | Path) -> None:
    """Check a mapping against the canonical tables, as far as that needs no source file.

    Raise StudyError with a line for every fault: the ``source`` (the mapping's file), the key, what was allowed and
    what to do.
    """
    faults = [
        f"{source}: {name}.{fault}"
        for name, table in mapping.tables.items()
        for fault in _table_faults(table, CANONICAL[name])
    ]
    if faults:
        raise StudyError("\n".join(faults))


def _table_faults(table: Table, schema: pa.DataFrameSchema) -> Iterator[str]:
    for ours, column in table.columns.items():
        if ours in schema.columns:
            yield from _column_faults(ours, schema, column)
        else:
            yield f"columns: there is no column '{ours}'; {_advice(ours, list(schema.columns))}"
    for ours, wanted in schema.columns.items():
        if not wanted.nullable and ours not in table.columns:
            yield f"columns: '{ours}' is not mapped, and no row can do without it; map it"
    optional = [ours for ours in table.columns if ours in schema.columns and schema.columns[ours].nullable]
    for ours in table.may_be_empty:
        if ours not in optional:
            yield f"may_be_empty: '{ours}' is no mapped column that rows can do without; {_advice(ours, optional)}"


def _advice(ours: str, allowed: Sequence[str]) -> str:
    close = get_close_matches(ours, allowed, 1)
    advice = f"did you mean '{close[0]}'?" if close else "remove it."
    return f"{advice} Allowed: {', '.join(allowed) or 'none'}"


def _column_faults(ours: str, schema: pa.DataFrameSchema, column: Column) -> Iterator[str]:
    """Check the unit, a date's format, and the constant or the values of a map where our column is a code."""
    where, kind = f"columns.{ours}", kind_of(schema, ours)
    named = [key for key in ("unit", "unit_from") if getattr(column, key) is not None]
    units = [unit for unit, (quantity, _) in UNITS.items() if quantity == ours]
    if named and not units:
        yield f"{where}.{named[0]}: this column has no unit; remove the key"
    if units and len(named) != 1:
        yield f"{where}: give its unit, by 'unit: {units[0]}' (or {', '.join(units[1:])}) or else by 'unit_from'"
    if units and column.unit is not None and column.unit not in units:
        yield f"{where}.unit: '{column.unit}' is no unit of this column; choose one of {', '.join(units)}"
    if column.format is not None and kind is not Kind.DATE:
        yield f"{where}.format: this column is no date; remove the key"
    key = "values" if column.constant is None else "constant"
    values = (column.values or {}).values() if column.constant is None else [column.constant]
    for value in values if kind is Kind.CODE else ():
        if value is None:
            continue
        if ours == "icd10_code":
            fits, allowed = icd10.normalise(value) is not None, "a code such as C50.911"
        else:
            fits, allowed = value in _listed(schema, ours), f"one of {', '.join(_listed(schema, ours))}"
        if not fits:
            yield f"{where}.{key}: '{value}' is not a value of ours; write {allowed}"


def _listed(schema: pa.DataFrameSchema, ours: str) -> Sequence[str]:
    """Return the values that a code column allows."""
    allowed: Sequence[str] = schema.columns[ours].checks[0].statistics["allowed_values"]
    return allowed


def read_column(
    cells: pd.DataFrame, ours: str, schema: pa.DataFrameSchema, mapped: Column
) -> tuple[pd.Series, pd.Series]:
    """Read one of our columns from a source table of trimmed texts, None where missing.

    Return its values, and for each row None or the reason why its cell could not be read.
    """
    texts, kind = _texts(cells, mapped), kind_of(schema, ours)
    unlisted = texts.notna() & False
    if mapped.values is not None:
        unlisted = texts.notna() & ~texts.isin(list(mapped.values))
        texts = _each(texts, mapped.values.get)
    values, reasons = texts, _reasons(texts.notna() & False, "")
    if kind is Kind.NUMBER:
        units = _units(cells, mapped) if ours in NEEDS_UNIT else None
        values, reasons = _read_numbers(texts, units, ours, schema.columns[ours])
    elif kind is Kind.DATE:
        values, reasons = _read_dates(texts, mapped.format or "%Y-%m-%d")
    elif ours == "icd10_code":
        values = _each(texts, icd10.normalise)
        reasons = _reasons(texts.notna() & values.isna(), "not the form of an ICD-10 code")
    elif kind is Kind.CODE:
        lowered = _each(texts, str.lower)
        values = lowered.where(lowered.isin(_listed(schema, ours)), None)
        reasons = _reasons(texts.notna() & values.isna(), "not one of our values; map it")
    return values, _reasons(unlisted, "value is not in the map").fillna(reasons)


def _texts(cells: pd.DataFrame, mapped: Column) -> pd.Series:
    if mapped.from_ is None:
        return pd.Series(mapped.constant, index=cells.index, dtype=object)
    rows = cells[list(mapped.from_)].itertuples(index=False)
    present = [[cell for cell in row if cell is not None] for row in rows]
    # Of several columns the first that has a value counts, unless the mapping joins them.
    texts = [None if not row else row[0] if mapped.join is None else mapped.join.join(row) for row in present]
    return pd.Series(texts, index=cells.index, dtype=object)


def _units(cells: pd.DataFrame, mapped: Column) -> pd.Series:
    """Return each row's unit: None where the source gives none, ``?`` where its word is not in the map."""
    if mapped.unit is not None:
        return pd.Series(mapped.unit, index=cells.index, dtype=object)
    units = mapped.units or {}
    return _each(cells[str(mapped.unit_from)], lambda word: units.get(word, "?"))


def _read_dates(texts: pd.Series, form: str) -> tuple[pd.Series, pd.Series]:
    values = pd.to_datetime(texts, format=form, errors="coerce")
    # Cells that are dates in the source (Parquet, Excel) arrive in one form, whatever the form of its texts.
    values = values.fillna(pd.to_datetime(texts, format=DATE_CELL, errors="coerce")).dt.normalize()
    reasons = _reasons(texts.notna() & values.isna(), "not a date of this format")
    # Systems write 1/1/0001 or 12/31/9999 for a date that they do not know.
    reasons = reasons.fillna(
        _reasons(values.notna() & ~values.dt.year.between(*YEARS), f"outside {YEARS[0]} to {YEARS[1]}")
    )
    return values.where(reasons.isna()).astype("datetime64[ms]"), reasons


def _read_numbers(
    texts: pd.Series, units: pd.Series | None, ours: str, column: pa.Column
) -> tuple[pd.Series, pd.Series]:
    values = pd.to_numeric(texts, errors="coerce").astype(float)
    reasons = _reasons(texts.notna() & values.isna(), "not a number")
    if units is not None:
        reasons = reasons.fillna(_reasons(texts.notna() & units.isna(), "no unit is given"))
        reasons = reasons.fillna(_reasons(texts.notna() & units.eq("?"), "unit is not in the map"))
        # A row whose unit is of the other quantity (mCi in a table of doses) has no value of this one.
        other = units.map(lambda unit: unit in UNITS and UNITS[unit][0] != ours).astype(bool)
        factor = units.map(lambda unit: UNITS[unit][1] if unit in UNITS else None).astype(float)
        values = (values * factor).mask(other).round(6)
        reasons = reasons.mask(other, None)
    low, high = (column.checks[0].statistics[limit] for limit in ("min_value", "max_value"))
    reasons = reasons.fillna(_reasons(values.notna() & ~values.between(low, high), f"outside {low} to {high}"))
    if str(column.dtype) == "Int64":
        reasons = reasons.fillna(_reasons(values.notna() & values.mod(1).ne(0), "not a whole number"))
        return values.where(reasons.isna()).astype("Int64"), reasons
    return values.where(reasons.isna()), reasons


def _each(texts: pd.Series, read: Callable[[str], Any]) -> pd.Series:
    return pd.Series([None if text is None else read(text) for text in texts], index=texts.index, dtype=object)


def _reasons(fails: pd.Series, reason: str) -> pd.Series:
    return pd.Series(None, index=fails.index, dtype=object).mask(fails.fillna(False).astype(bool), reason)
