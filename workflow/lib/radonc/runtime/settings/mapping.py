"""How the source tables of an extract are read: the files below ``config/mappings``."""

from __future__ import annotations

import codecs
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from radonc.runtime.settings.base import Many, Omittable, Section, Unique, fault

FORMATS = (".csv", ".tsv", ".parquet", ".xlsx")
Unit = Literal["Gy", "cGy", "mCi", "MBq", "GBq"]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _readable(file: str) -> str:
    if not file.endswith(FORMATS):
        raise fault(f"'{file}' must end in one of {', '.join(FORMATS)}; export it as such")
    return file


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise fault(f"there is no encoding '{name}'; write one, such as utf-8 or cp1252") from error
    return name


Sources = Annotated[Many[str], BeforeValidator(_as_list, json_schema_input_type=str | list[str])]


class Column(Section):
    """Where one of our columns comes from. A bare text stands for ``from``."""

    model_config = ConfigDict(json_schema_extra={"type": ["string", "object"]})

    from_: Omittable[Sources] = Field(default=None, alias="from", min_length=1)
    """The source column, or several of which the first value that is not missing counts."""
    join: Omittable[str] = None
    """Join the values of several source columns by this text, instead of taking the first."""
    constant: Omittable[str] = Field(default=None, description="The same value for every row.")
    values: Omittable[dict[str, str | None]] = None
    """Source value → our value; null for missing. A value that is not listed is rejected."""
    format: Omittable[str] = None
    """A date's format, as strptime writes it, such as `%m/%d/%Y`; without it `%Y-%m-%d`. Dates in Excel and Parquet
    need none."""
    unit: Omittable[Unit] = Field(default=None, description="The unit of every value.")
    unit_from: Omittable[str] = Field(default=None, description="The source column that names each row's unit.")
    units: Omittable[dict[str, Unit]] = Field(default=None, description="Word of that column → unit.")

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        return {"from": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _require_source(self) -> Column:
        if (self.from_ is None) == (self.constant is None):
            raise fault("give exactly one of: from, constant")
        if self.unit_from is not None and self.units is None:
            raise fault("'units' is missing; add it (word of the column 'unit_from' -> unit)")
        if self.units is not None and self.unit_from is None:
            raise fault("'unit_from' is missing; add it (the source column that names each row's unit)")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The source columns that are named."""
        return (self.from_ or ()) + ((self.unit_from,) if self.unit_from is not None else ())


class Table(Section):
    """Where one of our tables comes from."""

    file: Annotated[str, AfterValidator(_readable)]
    """The table's file in the folder of the extract: .csv, .tsv, .parquet or .xlsx."""
    sheet: Omittable[str] = Field(default=None, description="The sheet of an Excel file. The first without it.")
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    """Of a CSV or TSV file."""
    missing: Many[str] = Field(default=("",), description="Words for a missing value. An empty cell always is one.")
    may_be_empty: Unique[str] = ()
    """Mapped columns (our names) that may be empty in all rows. Any other one that is empty stops the run."""
    columns: dict[str, Column] = Field(description="Our column → where it comes from. Columns left out stay empty.")


class ExtractMapping(Section):
    """Our tables, each with the source that it is read from."""

    patients: Table = Field(description="One row per patient.")
    diagnoses: Table = Field(description="One row per diagnosis.")
    plans: Table = Field(description="One row per plan.")
    annotations: Omittable[Table] = Field(default=None, description="Answers that the clinic has, one row each.")

    @property
    def tables(self) -> dict[str, Table]:
        """The tables that are mapped, by name."""
        return {name: table for name, table in self if table is not None}
