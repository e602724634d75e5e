"""The people of an extract: their identifiers, and which patient a pseudonym stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandera.pandas as pa
import pyarrow
import pyarrow.compute
from pyarrow import parquet

from radonc.data import fields, schemas
from radonc.data.fields import Kind
from radonc.deid.crosswalk import PREFIXES
from radonc.deid.gate.dates import Day
from radonc.deid.gate.folded_text import fold_tokens
from radonc.deid.gate.words import STREET_SUFFIXES, SUFFIXES, TITLES, is_distinct, ordinary
from radonc.runtime.errors import StudyError

MIN_NUMBER = 5
"""Shorter numbers are doses and counts as well."""

BATCH_SIZE = 50_000
"""So many patients' identifiers are kept in memory, and so many values are read at a time."""

KEYS = (*PREFIXES, "case_id")
"""Columns of pseudonyms. A case has its patient's."""

TABLE_OF = {"patient_id": "patients", "diagnosis_id": "diagnoses", "plan_id": "plans"}
"""The table whose rows a key of the crosswalk stands for."""

DATES = tuple(
    dict.fromkeys(column for schema in schemas.CANONICAL.values() for column in fields.columns_of(schema, Kind.DATE))
)

PATIENT_NAMES = ("first_name", "middle_name", "last_name", "former_name")
OTHER_NAMES = ("relative_name", "physician", "annotator")


@dataclass(slots=True)
class PatientIdentifiers:
    """What must not stand in a patient's record.

    Attributes
    ----------
    terms
        Folded text → kind, the identifier's column.
    days
        The dates of the patient's life.
    """

    terms: dict[str, str] = field(default_factory=dict)
    days: set[Day] = field(default_factory=set)


class People:
    """The people of an extract.

    Parameters
    ----------
    canonical
        Canonical tables by name, at least with their identifiers, keys and dates.
    crosswalk
        Columns ``key``, ``source_id``, ``pseudonym``.
    """

    def __init__(self, canonical: Mapping[str, pyarrow.Table], crosswalk: pyarrow.Table) -> None:
        self.tables = {
            name: _compact(canonical[name], schema) for name, schema in schemas.CANONICAL.items() if name in canonical
        }
        self._identifiers: dict[str, PatientIdentifiers] = {}
        pseudonyms, patients = [], []
        for key, table in TABLE_OF.items():
            rows = crosswalk.filter(pyarrow.compute.equal(crosswalk["key"], key))
            known = self.tables[table]
            places = pyarrow.compute.index_in(_plain(rows["source_id"]), value_set=_plain(known[key]))
            pseudonyms.append(_plain(rows["pseudonym"]))
            # Ids that are no longer in the extract keep their pseudonyms: known, but of no patient.
            patients.append(_plain(known["patient_id"]).take(places))
        self._pseudonyms = pyarrow.concat_arrays(pseudonyms)
        self._patients = pyarrow.concat_arrays(patients)

    @classmethod
    def from_private_area(cls, private: Path) -> People:
        """Return the people of a study's private area.

        Raises
        ------
        StudyError
            When its canonical tables or its crosswalk cannot be read.
        """
        try:
            # Made compact one by one: the whole extract is never in memory twice.
            canonical = {
                name: _compact(
                    parquet.read_table(private / "extract" / f"{name}.parquet", columns=_columns(schema)), schema
                )
                for name, schema in schemas.CANONICAL.items()
            }
            return cls(canonical, parquet.read_table(private / "crosswalk.parquet", read_dictionary=["key"]))
        except (OSError, ValueError, KeyError, pyarrow.ArrowException):
            error = (
                f"{private} is no private area of a study: extract/*.parquet or crosswalk.parquet is not there or not"
            )
        # Raised outside the handler: error messages of readers quote values.
        raise StudyError(f"{error} readable; name the folder 'private' among the study's results")

    def patients_of(self, keys: pyarrow.ChunkedArray) -> list[str | None]:
        """Return the patient (source id) of each pseudonym; None where it is unknown."""
        found = pyarrow.compute.index_in(_plain(keys), value_set=self._pseudonyms)
        patients: list[str | None] = self._patients.take(found).to_pylist()
        return patients

    def count_unknown(self, keys: pyarrow.ChunkedArray) -> int:
        """Return how many keys are none of the study's pseudonyms."""
        present = _plain(keys).drop_null()
        known = pyarrow.compute.is_in(present, value_set=self._pseudonyms)
        return len(present) - int(pyarrow.compute.sum(known).as_py() or 0)

    def identifiers_of(self, patients: Iterable[str]) -> Mapping[str, PatientIdentifiers]:
        """Return what must not stand in the records of some patients, and possibly of others."""
        if len(self._identifiers) > BATCH_SIZE:
            self._identifiers.clear()
        wanted = set(patients) - self._identifiers.keys()
        if wanted:
            self._identifiers.update(self._read_identifiers(wanted))
        return self._identifiers

    def _read_identifiers(self, wanted: set[str]) -> dict[str, PatientIdentifiers]:
        identifiers = {patient: PatientIdentifiers() for patient in wanted}
        ids = pyarrow.array(sorted(wanted), pyarrow.string())
        for name, whole in self.tables.items():
            schema = schemas.CANONICAL[name]
            table = whole.filter(pyarrow.compute.is_in(_plain(whole["patient_id"]), value_set=ids))
            patients = table["patient_id"].to_pylist()
            dates = fields.columns_of(schema, Kind.DATE)
            for column in _columns(schema):
                for patient, value in zip(patients, table[column].to_pylist(), strict=True):
                    if value is None:
                        continue
                    if column in dates:
                        identifiers[patient].days.add((value.year, value.month, value.day))
                    else:
                        for term in _terms(column, value):
                            identifiers[patient].terms.setdefault(term, column)
        return identifiers

    def values(self, *columns: str) -> Iterator[Any]:
        """Yield the different values of an identifier or key, or the different rows of several of one table."""
        if len(columns) == 1:
            parts = [_plain(table[columns[0]]) for table in self.tables.values() if columns[0] in table.column_names]
            different = pyarrow.chunked_array(parts or [[]]).unique().drop_null()
            for start in range(0, len(different), BATCH_SIZE):
                yield from different.slice(start, BATCH_SIZE).to_pylist()
            return
        table = next(table for table in self.tables.values() if set(columns) <= set(table.column_names))
        for batch in table.select(columns).group_by(list(columns)).aggregate([]).to_batches(BATCH_SIZE):
            yield from zip(*(batch[column].to_pylist() for column in columns), strict=True)

    def days(self) -> frozenset[Day]:
        """Return all dates of the extract."""
        return frozenset((day.year, day.month, day.day) for column in DATES for day in self.values(column))

    def counts(self) -> dict[str, int]:
        """Return the number of different values by class of identifier."""
        columns = dict.fromkeys(column for schema in schemas.CANONICAL.values() for column in _columns(schema))
        counts = {column: sum(1 for _ in self.values(column)) for column in columns if column not in DATES}
        return {**counts, "date": len(self.days())}


@lru_cache(maxsize=1 << 16)
def name_words(column: str, value: str) -> tuple[str, ...]:
    """Return the words of a name, folded, without titles and suffixes."""
    dropped = SUFFIXES if column in PATIENT_NAMES else TITLES
    return tuple(word for word in fold_tokens(value) if word not in dropped)


def national(value: str) -> str:
    """Return a phone number's last ten digits, without an extension."""
    return re.sub(r"\D", "", re.split(r"(?i)x|ext", value)[0])[-10:]


def is_soft(term: str, kind: str) -> bool:
    """Tell whether an identifier is an ordinary word as well, so that it may stand in a record by coincidence."""
    return kind in (*PATIENT_NAMES, *OTHER_NAMES, "city") and term in ordinary()


def _columns(schema: pa.DataFrameSchema) -> list[str]:
    kinds = (Kind.KEY, Kind.IDENTIFIER, Kind.DATE)
    return [column for kind in kinds for column in fields.columns_of(schema, kind)]


def _compact(table: pyarrow.Table, schema: pa.DataFrameSchema) -> pyarrow.Table:
    return pyarrow.table({column: _plain(table[column]) for column in _columns(schema)})


def _plain(column: pyarrow.ChunkedArray) -> pyarrow.Array:
    """Return a column in one piece; texts, categories and numbers of any width as texts of one kind."""
    array = column if pyarrow.types.is_temporal(column.type) else column.cast(pyarrow.string())
    return array.combine_chunks()


@lru_cache(maxsize=1 << 14)
def _terms(column: str, value: str) -> frozenset[str]:
    """Return the terms of a value that must not stand in its patient's record."""
    tokens = fold_tokens(value)
    joined = "".join(tokens)
    if column in PATIENT_NAMES or column in OTHER_NAMES:
        parts = name_words(column, value)
        whole = ["".join(parts)] if column in ("last_name", "former_name") else []
        return frozenset(word for word in (*parts, *whole) if len(word) > 1)
    if column in ("plan_name", "machine"):
        numbered = column == "machine" and any(token.isdigit() for token in tokens)
        return frozenset({joined} if len(joined) > 2 and (numbered or is_distinct(value)) else ())
    if column == "city":
        joined = "".join(fold_tokens(value.split(",")[0]))
        return frozenset({joined} if len(joined) > 1 else ())
    if column == "phone":
        number = national(value)
        return frozenset(digits for digits in (number, number[-7:]) if len(digits) > 6)
    if column == "street":
        return frozenset(form for form in (joined, "".join(without_suffix(tokens))) if form)
    if column == "postal_code":
        zip_code = {joined[:5]} if joined.isdigit() and len(joined) == 9 else set()
        return frozenset(f" {form} " for form in {" ".join(tokens), joined} | zip_code if len(form) >= MIN_NUMBER)
    return frozenset({joined} if len(joined) >= MIN_NUMBER else ())


def without_suffix(tokens: list[str]) -> list[str]:
    """Return an address up to its suffix: ``12 orchard`` of ``12 orchard lane apt 4``."""
    ends = [place for place, token in enumerate(tokens) if token in STREET_SUFFIXES and place > 1]
    return tokens[: min(ends)] if ends and tokens[0].isdigit() else tokens
