"""What a mapping of source columns may say of our tables: checked before any source file is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

import pandera.pandas as pa

from radonc.data.columns import NEEDS_UNIT, UNITS
from radonc.data.fields import Kind, kind_of
from radonc.data.schemas import CANONICAL
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.mapping import Column, ExtractMapping, Table
from radonc.vocabulary import icd10


def check(mapping: ExtractMapping, source: str | Path) -> None:
    """Check a mapping against the canonical tables, as far as that needs no source file.

    Parameters
    ----------
    mapping
        The mapping.
    source
        The name of its file, with which messages start.

    Raises
    ------
    StudyError
        With a line for every fault: the key, what was allowed and what to do.
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
        if ours not in schema.columns:
            yield f"columns: there is no column '{ours}'; {_advice(ours, list(schema.columns))}"
            continue
        yield from _unit_faults(f"columns.{ours}", ours, column)
        yield from _value_faults(f"columns.{ours}", ours, schema, column)
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


def _unit_faults(where: str, ours: str, column: Column) -> Iterator[str]:
    named = [key for key in ("unit", "unit_from") if getattr(column, key) is not None]
    if ours not in NEEDS_UNIT:
        if named:
            yield f"{where}.{named[0]}: this column has no unit; remove the key"
        return
    own = [unit for unit, (quantity, _) in UNITS.items() if quantity == ours]
    if len(named) != 1:
        yield f"{where}: give its unit, by 'unit: {own[0]}' (or {', '.join(own[1:])}) or else by 'unit_from'"
    if column.unit is not None and column.unit not in own:
        yield f"{where}.unit: '{column.unit}' is no unit of this column; choose one of {', '.join(own)}"


def _value_faults(where: str, ours: str, schema: pa.DataFrameSchema, column: Column) -> Iterator[str]:
    """Check a constant and the values of a map, where our column is a closed list or a code; and a date's format."""
    kind = kind_of(schema, ours)
    if column.format is not None and kind is not Kind.DATE:
        yield f"{where}.format: this column is no date; remove the key"
    if kind is not Kind.CODE:
        return
    key = "values" if column.constant is None else "constant"
    values = (column.values or {}).values() if column.constant is None else [column.constant]
    for value in values:
        if value is None:
            continue
        if ours == "icd10_code":
            fits, allowed = icd10.normalise(value) is not None, "a code such as C50.911"
        else:
            closed = schema.columns[ours].checks[0].statistics["allowed_values"]
            fits, allowed = value in closed, f"one of {', '.join(closed)}"
        if not fits:
            yield f"{where}.{key}: '{value}' is not a value of ours; write {allowed}"
