"""What the config's mapping of source columns may say: checked before any source file is opened."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import pandera.pandas as pa

from radonc.data.columns import NEEDS_UNIT, UNITS, Mapped
from radonc.data.fields import Kind, kind_of
from radonc.data.schemas import CANONICAL
from radonc.runtime.errors import StudyError
from radonc.vocabulary import icd10

FORMATS = (".csv", ".tsv", ".parquet", ".xlsx")


def check(tables: Mapping[str, Any]) -> None:
    """Check the config's ``extract: tables:`` against the canonical tables, as far as that needs no source file.

    Raises
    ------
    StudyError
        In one line: the key, what was allowed and what to do.
    """
    for name, table in tables.items():
        _check_file(f"config: extract.tables.{name}", table)
        where = f"config: extract.tables.{name}.columns"
        for ours, mapped in columns_of(table).items():
            if ours not in CANONICAL[name].columns:
                close = get_close_matches(ours, CANONICAL[name].columns, 1)
                advice = f"did you mean '{close[0]}'?" if close else "remove it."
                raise StudyError(
                    f"{where}: there is no column '{ours}'; {advice} Allowed: {', '.join(CANONICAL[name].columns)}"
                )
            _check_unit(f"{where}.{ours}", ours, mapped)
            _check_values(f"{where}.{ours}", ours, CANONICAL[name], mapped)
        for ours, column in CANONICAL[name].columns.items():
            if not column.nullable and ours not in table["columns"]:
                raise StudyError(f"{where}: '{ours}' is not mapped, and no row can do without it; map it")
        _check_may_be_empty(f"config: extract.tables.{name}.may_be_empty", table, CANONICAL[name])


def columns_of(table: Mapping[str, Any]) -> dict[str, Mapped]:
    """Return a table's mapping of columns in its long form: a bare name stands for ``from``."""
    return {ours: {"from": theirs} if isinstance(theirs, str) else theirs for ours, theirs in table["columns"].items()}


def sources_of(mapped: Mapped) -> list[str]:
    """Return the source columns that a mapping names."""
    named = mapped.get("from", [])
    unit = [mapped["unit_from"]] if "unit_from" in mapped else []
    return [named, *unit] if isinstance(named, str) else [*named, *unit]


def _check_file(where: str, table: Mapping[str, Any]) -> None:
    if not table["file"].endswith(FORMATS):
        raise StudyError(f"{where}.file: '{table['file']}' must end in one of {', '.join(FORMATS)}; export it as such")
    try:
        codecs.lookup(table.get("encoding", "utf-8"))
    except LookupError as error:
        raise StudyError(
            f"{where}.encoding: there is no encoding '{table['encoding']}'; write one, such as utf-8 or cp1252"
        ) from error


def _check_may_be_empty(where: str, table: Mapping[str, Any], schema: pa.DataFrameSchema) -> None:
    allowed = [ours for ours in table["columns"] if schema.columns[ours].nullable]
    for ours in table.get("may_be_empty", ()):
        if ours not in allowed:
            close = get_close_matches(ours, allowed, 1)
            advice = f"did you mean '{close[0]}'?" if close else "remove it."
            raise StudyError(
                f"{where}: '{ours}' is no mapped column that rows can do without; {advice} Allowed: "
                f"{', '.join(allowed) or 'none'}"
            )


def _check_unit(where: str, ours: str, mapped: Mapped) -> None:
    given = [key for key in ("unit", "unit_from") if key in mapped]
    if ours not in NEEDS_UNIT:
        if given:
            raise StudyError(f"{where}.{given[0]}: this column has no unit; remove the key")
        return
    own = [unit for unit, (quantity, _) in UNITS.items() if quantity == ours]
    if len(given) != 1:
        raise StudyError(
            f"{where}: give its unit, by 'unit: {own[0]}' (or {', '.join(own[1:])}) or else by 'unit_from'"
        )
    if "unit" in mapped and mapped["unit"] not in own:
        raise StudyError(f"{where}.unit: '{mapped['unit']}' is no unit of this column; choose one of {', '.join(own)}")


def _check_values(where: str, ours: str, schema: pa.DataFrameSchema, mapped: Mapped) -> None:
    """Check a constant and the values of a map, where our column is a closed list or a code; and a date's format."""
    kind = kind_of(schema, ours)
    if "format" in mapped and kind is not Kind.DATE:
        raise StudyError(f"{where}.format: this column is no date; remove the key")
    if kind is not Kind.CODE:
        return
    key = "constant" if "constant" in mapped else "values"
    values = [mapped["constant"]] if key == "constant" else mapped.get("values", {}).values()
    for value in values:
        if value is None:
            continue
        if ours == "icd10_code":
            fits, allowed = icd10.normalise(value) is not None, "a code such as C50.911"
        else:
            closed = schema.columns[ours].checks[0].statistics["allowed_values"]
            fits, allowed = value in closed, f"one of {', '.join(closed)}"
        if not fits:
            raise StudyError(f"{where}.{key}: '{value}' is not a value of ours; write {allowed}")
