"""Fields of tables: what a column holds, as far as privacy is concerned, and what it admits.

Every column of a table with identifiers has a *kind*, and the kind decides what de-identification does with it: an
identifier is dropped and searched for in the free text, a key becomes a random pseudonym, a date becomes a year or
a number of days, a text is scrubbed; codes and numbers pass, because their schema admits nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import pandera.pandas as pa

from radonc.vocabulary import icd10


class Kind(StrEnum):
    """What a column holds, as far as privacy is concerned."""

    KEY = "key"
    IDENTIFIER = "identifier"
    DATE = "date"
    CODE = "code"
    NUMBER = "number"
    TEXT = "text"


def kind_of(schema: pa.DataFrameSchema, column: str) -> Kind:
    """Return the kind of a canonical table's column."""
    return Kind(schema.columns[column].metadata["kind"])


def columns_of(schema: pa.DataFrameSchema, kind: Kind) -> list[str]:
    """Return the columns of one kind, in the table's order."""
    return [name for name in schema.columns if kind_of(schema, name) is kind]


def field(name: str, kind: Kind, dtype: Any, checks: Sequence[pa.Check] = (), **options: Any) -> tuple[str, pa.Column]:
    """Define a column of a kind; its values may be missing unless said otherwise."""
    options.setdefault("nullable", True)
    return name, pa.Column(dtype, list(checks), metadata={"kind": kind.value}, **options)


def key(name: str, **options: Any) -> tuple[str, pa.Column]:
    """Define a key column: a text that stands for a record."""
    return field(name, Kind.KEY, str, **{"nullable": False, **options})


def identifier(name: str) -> tuple[str, pa.Column]:
    """Define a column that identifies a person: it never leaves the private area."""
    return field(name, Kind.IDENTIFIER, str)


def date(name: str) -> tuple[str, pa.Column]:
    """Define a date column."""
    return field(name, Kind.DATE, "datetime64[ms]")


def code(name: str, allowed: Iterable[str]) -> tuple[str, pa.Column]:
    """Define a column with a closed list of values."""
    allowed = tuple(allowed)
    return field(name, Kind.CODE, str, [pa.Check.isin(allowed, error=f"one of {', '.join(allowed)}")])


def count(name: str, low: int, high: int) -> tuple[str, pa.Column]:
    """Define a whole number within limits."""
    return field(name, Kind.NUMBER, "Int64", [pa.Check.in_range(low, high, error=f"from {low} to {high}")])


def amount(name: str, low: float, high: float) -> tuple[str, pa.Column]:
    """Define a real number within limits."""
    return field(name, Kind.NUMBER, "float64", [pa.Check.in_range(low, high, error=f"from {low} to {high}")])


def text(name: str) -> tuple[str, pa.Column]:
    """Define a text that people wrote: it may hold anything, identifiers too."""
    return field(name, Kind.TEXT, str)


def icd10_code(name: str) -> tuple[str, pa.Column]:
    """Define a code column in ICD-10's form; whether the code exists is for the cohort to decide."""
    form = pa.Check.str_matches(rf"^{icd10.FORM.pattern}$", error="a code's form, such as C50.911")
    return field(name, Kind.CODE, str, [form])


def table(name: str, *columns: tuple[str, pa.Column], unique: str | list[str] | None = None) -> pa.DataFrameSchema:
    """Define a table: strict columns in a fixed order."""
    return pa.DataFrameSchema(dict(columns), name=name, strict=True, ordered=True, coerce=True, unique=unique)


def word(name: str, **options: Any) -> tuple[str, pa.Column]:
    """Define a column of short words of ours (labels, reasons, names of models), never empty."""
    return field(name, Kind.CODE, str, **{"nullable": False, **options})


def flag(name: str) -> tuple[str, pa.Column]:
    """Define a yes-or-no column."""
    return field(name, Kind.CODE, bool, nullable=False)


def judged(name: str) -> tuple[str, pa.Column]:
    """Define a column of right (true) and wrong (false), missing where it was not judged."""
    return field(name, Kind.CODE, "boolean")


def share(name: str, *, nullable: bool = False) -> tuple[str, pa.Column]:
    """Define a number from 0 to 1."""
    limits = pa.Check.in_range(0, 1, error="from 0 to 1")
    return field(name, Kind.NUMBER, "float64", [limits], nullable=nullable)


def number(name: str, *, nullable: bool = False) -> tuple[str, pa.Column]:
    """Define a real number without limits. An infinity is none, and a NaN only stands for one that is missing."""
    finite = pa.Check.in_range(-sys.float_info.max, sys.float_info.max, error="finite")
    return field(name, Kind.NUMBER, "float64", [finite], nullable=nullable)


def size(name: str) -> tuple[str, pa.Column]:
    """Define a number of things."""
    return field(name, Kind.NUMBER, "int64", [pa.Check.ge(0, error="not negative")], nullable=False)
