"""Read one source column, all texts, as what our column is: with a reason for every cell that cannot be read."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.pandas as pa

from radonc.data.fields import Kind, kind_of
from radonc.runtime.settings.mapping import Column
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
ISO_DATE = "%Y-%m-%d"
DATE_CELL = "%Y-%m-%d %H:%M:%S"
"""How a cell that is a date, and no text, is written as a text: with its time, so that no text is taken for one."""


def read_column(
    cells: pd.DataFrame, ours: str, schema: pa.DataFrameSchema, mapped: Column
) -> tuple[pd.Series, pd.Series]:
    """Read the cells of one of our columns.

    Parameters
    ----------
    cells
        The source table: trimmed texts, None where missing.
    ours
        The canonical column.
    schema
        The canonical table.
    mapped
        Where the column comes from.

    Returns
    -------
    tuple of Series
        The values, and for each row None or the reason why its cell could not be read.
    """
    texts = _texts(cells, mapped)
    if mapped.values is None:
        return _read(texts, cells, ours, schema, mapped)
    unlisted = texts.notna() & ~texts.isin(list(mapped.values))
    values, reasons = _read(_each(texts, mapped.values.get), cells, ours, schema, mapped)
    return values, _reasons(unlisted, "value is not in the map").fillna(reasons)


def _read(
    texts: pd.Series, cells: pd.DataFrame, ours: str, schema: pa.DataFrameSchema, mapped: Column
) -> tuple[pd.Series, pd.Series]:
    kind = kind_of(schema, ours)
    if kind is Kind.NUMBER:
        return _read_numbers(texts, _units(cells, mapped) if ours in NEEDS_UNIT else None, ours, schema.columns[ours])
    if kind is Kind.DATE:
        return _read_dates(texts, mapped.format or ISO_DATE)
    if ours == "icd10_code":
        codes = _each(texts, icd10.normalise)
        return codes, _reasons(texts.notna() & codes.isna(), "not the form of an ICD-10 code")
    if kind is Kind.CODE:
        lowered = _each(texts, str.lower)
        allowed = lowered.isin(schema.columns[ours].checks[0].statistics["allowed_values"])
        return lowered.where(allowed, None), _reasons(lowered.notna() & ~allowed, "not one of our values; map it")
    return texts, _reasons(texts.isna() & False, "")


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
        _reasons(values.notna() & ~values.dt.year.between(*YEARS), "outside {} to {}".format(*YEARS))
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


def _each(texts: pd.Series, read: Any) -> pd.Series:
    return pd.Series([None if text is None else read(text) for text in texts], index=texts.index, dtype=object)


def _reasons(fails: pd.Series, reason: str) -> pd.Series:
    return pd.Series(None, index=fails.index, dtype=object).mask(fails.fillna(False).astype(bool), reason)
