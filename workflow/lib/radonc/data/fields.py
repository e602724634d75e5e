"""Fields of tables: what a column holds, as far as privacy is concerned, and what it admits.

Every column of a table with identifiers has a *kind*, and the kind decides what de-identification does with it: an
identifier is dropped and searched for in the free text, a key becomes a random pseudonym, a date becomes a year or
a number of days, a text is scrubbed; codes and numbers pass, because their schema admits nothing else.
"""

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import partial
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
    """Return the kind of a table's column."""
    return Kind(schema.columns[column].metadata["kind"])


def columns_of(schema: pa.DataFrameSchema, kind: Kind) -> list[str]:
    """Return the columns of one kind, in the table's order."""
    return [name for name in schema.columns if kind_of(schema, name) is kind]


def table(name: str, *columns: tuple[str, pa.Column], unique: str | list[str] | None = None) -> pa.DataFrameSchema:
    """Define a table: strict columns in a fixed order."""
    return pa.DataFrameSchema(dict(columns), name=name, strict=True, ordered=True, coerce=True, unique=unique)


def field(name: str, kind: Kind, dtype: Any, checks: Sequence[pa.Check] = (), **options: Any) -> tuple[str, pa.Column]:
    """Define a column of a kind; its values may be missing unless ``nullable`` is False."""
    return name, pa.Column(dtype, list(checks), metadata={"kind": kind.value}, **{"nullable": True, **options})


key = partial(field, kind=Kind.KEY, dtype=str, nullable=False)
"""A text that stands for a record."""
identifier = partial(field, kind=Kind.IDENTIFIER, dtype=str)
"""What identifies a person: it never leaves the private area."""
date = partial(field, kind=Kind.DATE, dtype="datetime64[ms]")
text = partial(field, kind=Kind.TEXT, dtype=str)
"""A text that people wrote: it may hold anything, identifiers too."""
word = partial(field, kind=Kind.CODE, dtype=str, nullable=False)
"""A short word of ours (label, reason, name of a model), never empty."""
flag = partial(field, kind=Kind.CODE, dtype=bool, nullable=False)
judged = partial(field, kind=Kind.CODE, dtype="boolean")
"""Right (true) or wrong (false), missing where it was not judged."""
size = partial(field, kind=Kind.NUMBER, dtype="int64", checks=[pa.Check.ge(0, error="not negative")], nullable=False)
"""A number of things."""
_FINITE = pa.Check.in_range(-sys.float_info.max, sys.float_info.max, error="finite")
number = partial(field, kind=Kind.NUMBER, dtype="float64", checks=[_FINITE], nullable=False)
"""A finite number; NaN only means that it is missing."""


def code(name: str, allowed: Iterable[str]) -> tuple[str, pa.Column]:
    """Define a column with a fixed list of values."""
    allowed = tuple(allowed)
    return field(name, Kind.CODE, str, [pa.Check.isin(allowed, error=f"one of {', '.join(allowed)}")])


def icd10_code(name: str) -> tuple[str, pa.Column]:
    """Define a code column in ICD-10's form; whether the code exists is for the cohort to decide."""
    form = pa.Check.str_matches(rf"^{icd10.FORM.pattern}$", error="a code's form, such as C50.911")
    return field(name, Kind.CODE, str, [form])


def count(name: str, low: int, high: int) -> tuple[str, pa.Column]:
    """Define a whole number within limits."""
    return field(name, Kind.NUMBER, "Int64", [pa.Check.in_range(low, high, error=f"from {low} to {high}")])


def amount(name: str, low: float, high: float, *, nullable: bool = True) -> tuple[str, pa.Column]:
    """Define a real number within limits."""
    limits = pa.Check.in_range(low, high, error=f"from {low} to {high}")
    return field(name, Kind.NUMBER, "float64", [limits], nullable=nullable)


share = partial(amount, low=0, high=1, nullable=False)
"""A number from 0 to 1."""
