"""The people of an extract: their identifiers, which patient a pseudonym stands for, and words that identify nobody."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.compute
from pyarrow import parquet

from radonc.data import fields, schemas
from radonc.deid.gate.folded_text import Day, fold_tokens
from radonc.runtime.errors import StudyError
from radonc.wordlists import words

MIN_NUMBER = 5  # shorter numbers are doses and counts as well
# So many patients' identifiers are kept in memory, and so many values are read at a time.
BATCH_SIZE = 50_000
# The table whose rows a key of the crosswalk stands for.
TABLE_OF = {"patient_id": "patients", "diagnosis_id": "diagnoses", "plan_id": "plans"}
KEYS = (*TABLE_OF, "case_id")  # columns of pseudonyms; a case has its patient's
KINDS = (fields.Kind.KEY, fields.Kind.IDENTIFIER, fields.Kind.DATE)
# What identifies somebody, by canonical table: keys, identifiers and dates.
COLUMNS = {
    name: [column for kind in KINDS for column in fields.columns_of(schema, kind)]
    for name, schema in schemas.CANONICAL.items()
}
DATES = frozenset[str]().union(*(fields.columns_of(schema, fields.Kind.DATE) for schema in schemas.CANONICAL.values()))
PATIENT_NAMES = ("first_name", "middle_name", "last_name", "former_name")
NAMES = (*PATIENT_NAMES, "relative_name", "physician", "annotator")
# Stand with a patient's own name and are no part of it.
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "nee", "aka", "formerly"})
_ABBREVIATIONS = {
    "street": "st", "avenue": "ave", "road": "rd", "drive": "dr", "lane": "ln", "court": "ct", "boulevard": "blvd",
    "place": "pl", "highway": "hwy", "terrace": "ter", "circle": "cir", "parkway": "pkwy", "square": "sq", "way": "wy",
}  # fmt: skip
# Words for ways, each with its other form.
STREET_SUFFIXES = _ABBREVIATIONS | {short: long for long, short in _ABBREVIATIONS.items()}
# The parts of a name written without blanks: ``Left`` and ``Hip`` of ``LeftHip``.
_PART = re.compile(r"[A-Z]?[a-z]+|[^\W\d_]+?(?=[A-Z][a-z]|[\W\d_]|$)")
_LISTS = {
    name: frozenset(words.split())
    for name, words in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items()
}
# Stand with or for the names of physicians and relatives and are no part of them: titles, degrees, kinship.
TITLES = SUFFIXES | _LISTS["titles"]


@dataclass(slots=True)
class PatientIdentifiers:
    """What must not stand in a patient's record: folded texts with their kinds (columns of the extract), and dates."""

    terms: dict[str, str] = field(default_factory=dict)
    days: set[Day] = field(default_factory=set)


class People:
    """The people of all canonical tables, and their pseudonyms (columns ``key``, ``source_id``, ``pseudonym``)."""

    def __init__(self, canonical: Mapping[str, pyarrow.Table], crosswalk: pyarrow.Table) -> None:
        self.tables = {name: _compact(canonical[name], columns) for name, columns in COLUMNS.items()}
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
        """Return the people of a study's private area; StudyError when its tables or crosswalk cannot be read."""
        try:
            # Made compact one by one: the whole extract is never in memory twice.
            canonical = {
                name: _compact(parquet.read_table(private / "extract" / f"{name}.parquet", columns=columns), columns)
                for name, columns in COLUMNS.items()
            }
            return cls(canonical, parquet.read_table(private / "crosswalk.parquet", read_dictionary=["key"]))
        except (OSError, ValueError, KeyError, pyarrow.ArrowException):
            error = (
                f"{private} is no private area of a study: extract/*.parquet or crosswalk.parquet is not there or not "
                "readable; name the folder 'private' among the study's results"
            )
        # Raised outside the handler: error messages of readers quote values.
        raise StudyError(error)

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

    def identifiers_of(self, patients: Set[str]) -> Mapping[str, PatientIdentifiers]:
        """Return what must not stand in the records of some patients, and possibly of others."""
        if len(self._identifiers) > BATCH_SIZE:
            self._identifiers.clear()
        wanted = patients - self._identifiers.keys()
        self._identifiers.update({patient: PatientIdentifiers() for patient in wanted})
        ids = pyarrow.array(sorted(wanted), pyarrow.string())
        for whole in self.tables.values() if wanted else ():
            table = whole.filter(pyarrow.compute.is_in(_plain(whole["patient_id"]), value_set=ids))
            owners = [self._identifiers[patient] for patient in table["patient_id"].to_pylist()]
            for column in table.column_names:
                for owner, value in zip(owners, table[column].to_pylist(), strict=True):
                    if value is not None and column in DATES:
                        owner.days.add((value.year, value.month, value.day))
                    elif value is not None:
                        for term in _terms(column, value):
                            owner.terms.setdefault(term, column)
        return self._identifiers

    def values(self, *columns: str) -> Iterator[Any]:
        """Yield the different values of an identifier or key, or the different rows of several of one table."""
        if len(columns) == 1:
            parts = [_plain(table[columns[0]]) for table in self.tables.values() if columns[0] in table.column_names]
            different = pyarrow.chunked_array(parts).unique().drop_null()
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
        columns = dict.fromkeys(column for names in COLUMNS.values() for column in names if column not in DATES)
        return {**{column: sum(1 for _ in self.values(column)) for column in columns}, "date": len(self.days())}


@lru_cache(maxsize=1 << 16)
def name_words(column: str, value: str) -> tuple[str, ...]:
    """Return the words of a name, folded, without titles and suffixes."""
    dropped = SUFFIXES if column in PATIENT_NAMES else TITLES
    return tuple(word for word in fold_tokens(value) if word not in dropped)


def national(value: str) -> str:
    """Return a phone number's last ten digits, without an extension."""
    return re.sub(r"\D", "", re.split(r"(?i)x|ext", value)[0])[-10:]


def _compact(table: pyarrow.Table, columns: list[str]) -> pyarrow.Table:
    return pyarrow.table({column: _plain(table[column]) for column in columns})


def _plain(column: pyarrow.ChunkedArray) -> pyarrow.Array:
    """Return a column in one piece; texts, categories and numbers of any width as texts of one kind."""
    array = column if pyarrow.types.is_temporal(column.type) else column.cast(pyarrow.string())
    return array.combine_chunks()


@lru_cache(maxsize=1 << 14)
def _terms(column: str, value: str) -> frozenset[str]:
    """Return the terms of a value that must not stand in its patient's record."""
    tokens = fold_tokens(value)
    joined = "".join(tokens)
    if column in NAMES:
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


@cache
def ordinary() -> frozenset[str]:
    """Return the words that are ordinary or clinical English, whether surname and place or not."""
    known = (source.words for source in words.sources())
    return frozenset().union(*known, words.eponyms(), *_LISTS.values(), SUFFIXES)


@cache
def clinical() -> frozenset[str]:
    """Return the words that names of plans are made of."""
    wanted = ("abbreviations", "anatomy", "radiotherapy")
    return frozenset().union(*(source.words for source in words.sources() if source.name in wanted))


def is_distinct(name: str) -> bool:
    """Tell whether the name of a plan or a machine says more than site, side and technique do.

    ``Breast R 2``, ``LeftHip`` and ``HDR`` are clinical language, which a text may hold; ``JS Breast`` is not.
    """
    return any(len(part) > 1 and not _is_made_of_words(part.lower()) for part in _PART.findall(name))


def _is_made_of_words(part: str) -> bool:
    """Tell whether a part is an ordinary word, or clinical ones of three letters or more without a blank."""
    return part in ordinary() or any(
        part[:end] in clinical() and (part[end:] in clinical() or _is_made_of_words(part[end:]))
        for end in range(3, len(part) - 2)
    )
