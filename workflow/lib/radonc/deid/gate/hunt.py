"""The hunt: every part of what leaves against the identifiers of the extract."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import pyarrow
from pyarrow import types

from radonc.data import fields, schemas
from radonc.data.fields import Kind
from radonc.deid.gate.numbers import Numbers
from radonc.deid.gate.parts import Artefact, Fault, Rows, Text, is_text
from radonc.deid.gate.people import KEYS, MIN_NUMBER, Own, People, is_soft
from radonc.deid.gate.telling import Telling
from radonc.deid.gate.text import CUT, Reading, fold_runs, read
from radonc.deid.gate.words import ordinary

AGE_CAP = 90
WITHHELD = "(name withheld)"
MOST_PLAIN = 3
SHARED = 11
"""A cell that so many patients have tells nobody: the smallest cell that may be published."""

MODELS_WORDS = {"answer": "model", "parsed": "model", "regimen": "rating"}
"""Columns that a model wrote, in tables with the second column beside: it may make up dates and ages."""

FORBIDDEN = frozenset(
    column
    for schema in schemas.CANONICAL.values()
    for kind in (Kind.IDENTIFIER, Kind.DATE)
    for column in fields.columns_of(schema, kind)
)

_YEARS = r"(?:9[1-9]|1[0-2]\d)"
_OLD = re.compile(
    rf"(?<![\d.]){_YEARS}[\s-]*(?:years?|yrs?|y)[\s./-]*(?:olds?|o|of\s+age)\b|\bage[ds]?[\s:=]*(?:of\s+)?{_YEARS}(?![\d.]\d|\d)"
)
_HAS_AGE = re.compile(r"\b(?:9[1-9]|1[0-2]\d)")

Place = tuple[str, str]
"""Column (of a text empty) and kind."""

Suspect = tuple[str, str, str, str]
"""Column, kind, needle and cell: an ordinary word that is also a name of the cell's patient."""


def listen(artefacts: Iterable[Artefact]) -> set[str]:
    """Return all words and numbers, folded, of what is to be searched."""
    heard: set[str] = set()
    for artefact in artefacts:
        for part in artefact():
            if isinstance(part, Text):
                heard.update(read(part.text).spaced.split())
            elif isinstance(part, Rows):
                heard.update(read("\n".join(part.table.column_names)).spaced.split())
                for column in part.table.columns:
                    if is_text(column.type) or types.is_integer(column.type):
                        for cell in column.unique().to_pylist():
                            heard.update(read(str(cell)).spaced.split() if cell is not None else ())
    heard.discard(CUT)
    return heard


@dataclass(slots=True)
class _Column:
    """What a column has been seen to hold: cells, and among them whole numbers, of which the long ones are kept."""

    n_cells: int = 0
    n_numbers: int = 0
    numbers: set[str] = field(default_factory=set)

    def add(self, cells: Iterable[str]) -> None:
        numbers = [cell for cell in cells if cell.isdecimal()]
        self.n_numbers += len(numbers)
        self.numbers.update(number for number in numbers if len(number) >= MIN_NUMBER)

    def is_of_numbers(self) -> bool:
        return 2 * self.n_numbers > self.n_cells


class Hunt:
    """A hunt for the identifiers of people.

    Parameters
    ----------
    people
        The extract's.
    heard
        What :func:`listen` returned for all that is to be searched.
    """

    def __init__(self, people: People, heard: set[str]) -> None:
        self.people = people
        self.numbers = Numbers(people, heard)
        self.telling = Telling(people, heard, self.numbers)
        self._days = people.days()
        self._anybodys = lru_cache(maxsize=1 << 16)(self._of_anybody)

    def search(self, artefact: Artefact) -> Counter[Place]:
        """Return the number of places (cells; of a text one) by column and kind."""
        found: Counter[Place] = Counter()
        columns: dict[str, _Column] = defaultdict(_Column)
        suspects: list[Suspect] = []
        for part in artefact():
            if isinstance(part, Fault):
                found["", part.kind] += 1
            elif isinstance(part, Text):
                found.update(("", kind) for kind in self.kinds_in_text(part))
            else:
                found.update(self._in_columns(part.table, columns))
                if part.records:
                    found.update(self._in_rows(part.table, suspects))
        if suspects:
            found.update(_telling_suspects(artefact, suspects, self.people))
        for name, column in columns.items():
            found.update((name, kind) for kind in self.kinds_in_text(Text(name)))
            if column.is_of_numbers() and (kind := self.numbers.kind_of(column.numbers)):
                found[name, kind] += len(column.numbers)
        return _without_telling_names(found)

    def kinds_in_text(self, part: Text) -> set[str]:
        """Return the kinds of what stands in a text that is nobody's record."""
        reading = read(part.text)
        found = self.telling.kinds(reading, lone=part.lone)
        if (reading.dates.days | reading.dates.compact) & self._days:
            found.add("date")
        return found | _ages(reading)

    # ---- tables: column by column ------------------------------------------------------------------------------

    def _in_columns(self, table: pyarrow.Table, columns: dict[str, _Column]) -> Iterator[Place]:
        """Yield what a column is as a whole, and collect its numbers."""
        for name, column in zip(table.column_names, table.columns, strict=True):
            cells = [cell for cell in column.to_pylist() if cell not in (None, "")]
            columns[name].n_cells += len(cells)
            if name in KEYS:
                yield from ((name, "key without a pseudonym") for _ in range(self.people.count_strangers(column)))
            elif name in FORBIDDEN or types.is_temporal(column.type):
                yield from ((name, "column of identifiers") for _ in cells)
            elif name == "age":
                yield from ((name, "age over 89") for cell in cells if _number(cell) > AGE_CAP)
            elif is_text(column.type) or types.is_integer(column.type):
                columns[name].add(map(str, cells))
            elif not (types.is_floating(column.type) or types.is_boolean(column.type) or types.is_null(column.type)):
                yield name, "cannot be checked: neither text nor number"

    # ---- tables: row by row ------------------------------------------------------------------------------------

    def _in_rows(self, table: pyarrow.Table, suspects: list[Suspect]) -> Iterator[Place]:
        texts = [
            (name, column.to_pylist())
            for name, column in zip(table.column_names, table.columns, strict=True)
            if is_text(column.type) and name not in KEYS and name not in FORBIDDEN
        ]
        owners = _owners(table, self.people)
        own = self.people.own({patient for patients in owners for patient in patients})
        by_model = {name for name, beside in MODELS_WORDS.items() if beside in table.column_names}
        for row, patients in enumerate(owners):
            cells = [(name, cells[row]) for name, cells in texts if cells[row]]
            readings = [(name, read(cell)) for name, cell in cells]
            kinds: dict[str, set[str]] = {name: set(self._anybodys(cell, name in by_model)) for name, cell in cells}
            for patient in patients:
                whole = CUT.join(reading.joined for _, reading in readings)
                for name, kind, needle in _of_own(own.get(patient, Own()), readings, whole):
                    if is_soft(needle, kind):
                        if name not in by_model:
                            suspects.append((name, kind, needle, dict(cells)[name]))
                    else:
                        kinds[name].add(kind)
            yield from ((name, kind) for name, found in kinds.items() for kind in sorted(found))

    def _of_anybody(self, text: str, by_model: bool) -> frozenset[str]:
        reading = read(text)
        found = self.telling.kinds(reading, lone=True)
        if not by_model:
            found |= _ages(reading) | ({"date"} if reading.dates.tell_a_date() else set())
        return frozenset(found)


def _of_own(own: Own, readings: list[tuple[str, Reading]], whole: str) -> Iterator[tuple[str, str, str]]:
    """Yield column, kind and needle of a patient's identifiers in the patient's row, whose joined text is given."""
    for needle, kind in own.needles.items():
        if needle.strip() in whole or " " in needle:
            yield from ((name, kind, needle) for name, reading in readings if reading.holds(needle))
    yield from ((name, "date", "") for name, reading in readings if reading.dates.tell_one_of(own.days))


def _telling_suspects(artefact: Artefact, suspects: list[Suspect], people: People) -> Counter[Place]:
    """Count the ordinary words that tell after all, since neither the cell nor the word is everybody's."""
    columns = {column for column, *_ in suspects}
    needles = {(column, needle) for column, _, needle, _ in suspects}
    patients_with: dict[tuple[str, str], set[str]] = defaultdict(set)
    patients_of: dict[str, set[str]] = defaultdict(set)
    missing: set[tuple[str, str]] = set()
    for part in artefact():
        if isinstance(part, Rows):
            owners = _owners(part.table, people)
            for column in columns & set(part.table.column_names):
                for cell, patients in zip(part.table[column].to_pylist(), owners, strict=True):
                    patients_with[column, cell].update(patients)
                    patients_of[column].update(patients)
                    missing.update(
                        (name, needle)
                        for name, needle in needles - missing
                        if name == column and not read(cell or "").holds(needle)
                    )
    return Counter(
        (column, kind)
        for column, kind, needle, cell in suspects
        if len(patients_with[column, cell]) < SHARED
        and ((column, needle) in missing or len(patients_of[column]) < SHARED)
    )


def _owners(table: pyarrow.Table, people: People) -> list[set[str]]:
    """Return the patients of each row."""
    owners: list[set[str]] = [set() for _ in range(table.num_rows)]
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name in KEYS and is_text(column.type):
            for patients, patient in zip(owners, people.owners(column), strict=True):
                if patient is not None:
                    patients.add(patient)
    return owners


def _ages(reading: Reading) -> set[str]:
    return {"age over 89"} if _HAS_AGE.search(reading.folded) and _OLD.search(reading.folded) else set()


def _number(cell: object) -> float:
    try:
        return float(str(cell))
    except ValueError:
        return 0.0


def _without_telling_names(found: Counter[Place]) -> Counter[Place]:
    """Withhold names of columns unless they are ordinary words: without a header they are somebody's cells."""
    shown: Counter[Place] = Counter()
    for (column, kind), count in found.items():
        is_plain = all(run in ordinary() or len(run) <= MOST_PLAIN for run in fold_runs(column))
        shown[column if is_plain else WITHHELD, kind] += count
    return shown
