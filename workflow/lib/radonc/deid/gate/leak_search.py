"""The search for leaks: every part of what leaves against the identifiers of the extract."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import pyarrow
from pyarrow import types

from radonc.data import fields, schemas
from radonc.data.fields import Kind
from radonc.deid.gate.folded_text import CUT, FoldedText, fold_text, fold_tokens
from radonc.deid.gate.identifier_automaton import IdentifierAutomaton
from radonc.deid.gate.parts import Artefact, Rows, Text, Unsearchable, is_text
from radonc.deid.gate.people import KEYS, MIN_NUMBER, PatientIdentifiers, People, is_soft
from radonc.deid.gate.record_numbers import RecordNumbers
from radonc.deid.gate.words import ordinary

AGE_CAP = 90
WITHHELD = "(name withheld)"
MAX_PLAIN_LETTERS = 3
MIN_SHARED_PATIENTS = 11
"""A cell that so many patients have identifies nobody: the smallest cell that may be published."""

MODEL_COLUMNS = {"answer": "model", "parsed": "model", "regimen": "rating"}
"""Columns that a model wrote, in tables that have the second column too: it may make up dates and ages."""

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

Location = tuple[str, str]
"""Column (of a text empty) and kind."""

Suspect = tuple[str, str, str, str]
"""Column, kind, term and cell: an ordinary word that is also a name of the cell's patient."""


def collect_tokens(artefacts: Iterable[Artefact]) -> set[str]:
    """Return all words and numbers, folded, of what is to be searched."""
    present: set[str] = set()
    for artefact in artefacts:
        for part in artefact():
            if isinstance(part, Text):
                present.update(fold_text(part.text).spaced.split())
            elif isinstance(part, Rows):
                present.update(fold_text("\n".join(part.table.column_names)).spaced.split())
                for column in part.table.columns:
                    if is_text(column.type) or types.is_integer(column.type):
                        for cell in column.unique().to_pylist():
                            present.update(fold_text(str(cell)).spaced.split() if cell is not None else ())
    present.discard(CUT)
    return present


@dataclass(slots=True)
class _Column:
    """The number of a column's cells and of the whole numbers among them, and the long ones of these."""

    n_cells: int = 0
    n_numbers: int = 0
    numbers: set[str] = field(default_factory=set)

    def add(self, cells: Iterable[str]) -> None:
        numbers = [cell for cell in cells if cell.isdecimal()]
        self.n_numbers += len(numbers)
        self.numbers.update(number for number in numbers if len(number) >= MIN_NUMBER)

    def is_of_numbers(self) -> bool:
        return 2 * self.n_numbers > self.n_cells


class LeakSearch:
    """A search for the identifiers of people.

    Parameters
    ----------
    people
        The people of the extract.
    present
        The result of :func:`collect_tokens` for all that is to be searched.
    """

    def __init__(self, people: People, present: set[str]) -> None:
        self.people = people
        self.numbers = RecordNumbers(people, present)
        self.automaton = IdentifierAutomaton(people, present, self.numbers)
        self._days = people.days()
        self._cached_kinds = lru_cache(maxsize=1 << 16)(self._kinds_in_cell)

    def search(self, artefact: Artefact) -> Counter[Location]:
        """Return the number of places (cells; of a text one) by column and kind."""
        found: Counter[Location] = Counter()
        columns: dict[str, _Column] = defaultdict(_Column)
        suspects: list[Suspect] = []
        for part in artefact():
            if isinstance(part, Unsearchable):
                found["", part.kind] += 1
            elif isinstance(part, Text):
                found.update(("", kind) for kind in self.kinds_in_text(part))
            else:
                found.update(self._in_columns(part.table, columns))
                if part.records:
                    found.update(self._in_rows(part.table, suspects))
        if suspects:
            found.update(_confirmed_suspects(artefact, suspects, self.people))
        for name, column in columns.items():
            found.update((name, kind) for kind in self.kinds_in_text(Text(name)))
            if column.is_of_numbers() and (kind := self.numbers.kind_of(column.numbers)):
                found[name, kind] += len(column.numbers)
        return _with_plain_names(found)

    def kinds_in_text(self, part: Text) -> set[str]:
        """Return the kinds of identifiers in a text that is nobody's record."""
        text = fold_text(part.text)
        found = self.automaton.kinds(text, single_names=part.single_names)
        if (text.dates.days | text.dates.compact) & self._days:
            found.add("date")
        return found | _ages(text)

    # ---- tables: column by column ------------------------------------------------------------------------------

    def _in_columns(self, table: pyarrow.Table, columns: dict[str, _Column]) -> Iterator[Location]:
        """Yield findings about a column as a whole, and collect its numbers."""
        for name, column in zip(table.column_names, table.columns, strict=True):
            cells = [cell for cell in column.to_pylist() if cell not in (None, "")]
            columns[name].n_cells += len(cells)
            if name in KEYS:
                yield from ((name, "key without a pseudonym") for _ in range(self.people.count_unknown(column)))
            elif name in FORBIDDEN or types.is_temporal(column.type):
                yield from ((name, "column of identifiers") for _ in cells)
            elif name == "age":
                yield from ((name, "age over 89") for cell in cells if _number(cell) > AGE_CAP)
            elif is_text(column.type) or types.is_integer(column.type):
                columns[name].add(map(str, cells))
            elif not (types.is_floating(column.type) or types.is_boolean(column.type) or types.is_null(column.type)):
                yield name, "cannot be checked: neither text nor number"

    # ---- tables: row by row ------------------------------------------------------------------------------------

    def _in_rows(self, table: pyarrow.Table, suspects: list[Suspect]) -> Iterator[Location]:
        columns = [
            (name, column.to_pylist())
            for name, column in zip(table.column_names, table.columns, strict=True)
            if is_text(column.type) and name not in KEYS and name not in FORBIDDEN
        ]
        patients_of_rows = _patients_of_rows(table, self.people)
        known = self.people.identifiers_of({patient for patients in patients_of_rows for patient in patients})
        by_model = {name for name, other in MODEL_COLUMNS.items() if other in table.column_names}
        for row, patients in enumerate(patients_of_rows):
            cells = {name: column[row] for name, column in columns if column[row]}
            texts = {name: fold_text(cell) for name, cell in cells.items()}
            kinds = {name: set(self._cached_kinds(cell, name in by_model)) for name, cell in cells.items()}
            joined = CUT.join(text.joined for text in texts.values())
            for patient in patients:
                for name, kind, term in _terms_found(known.get(patient, PatientIdentifiers()), texts, joined):
                    if is_soft(term, kind):
                        if name not in by_model:
                            suspects.append((name, kind, term, cells[name]))
                    else:
                        kinds[name].add(kind)
            yield from ((name, kind) for name, found in kinds.items() for kind in sorted(found))

    def _kinds_in_cell(self, cell: str, by_model: bool) -> frozenset[str]:
        text = fold_text(cell)
        found = self.automaton.kinds(text, single_names=True)
        if not by_model:
            found |= _ages(text) | ({"date"} if text.dates.has_full_date() else set())
        return frozenset(found)


def _terms_found(
    identifiers: PatientIdentifiers, texts: Mapping[str, FoldedText], joined: str
) -> Iterator[tuple[str, str, str]]:
    """Yield column, kind and term of a patient's identifiers in the patient's row, whose joined text is given."""
    for term, kind in identifiers.terms.items():
        if term.strip() in joined or " " in term:
            yield from ((name, kind, term) for name, text in texts.items() if text.contains(term))
    yield from ((name, "date", "") for name, text in texts.items() if text.dates.has_any_of(identifiers.days))


def _confirmed_suspects(artefact: Artefact, suspects: list[Suspect], people: People) -> Counter[Location]:
    """Count the ordinary words that identify after all: neither the cell nor the word is common to many patients."""
    columns = {column for column, *_ in suspects}
    terms = {(column, term) for column, _, term, _ in suspects}
    patients_with: dict[tuple[str, str], set[str]] = defaultdict(set)
    patients_in: dict[str, set[str]] = defaultdict(set)
    missing: set[tuple[str, str]] = set()
    for part in artefact():
        if isinstance(part, Rows):
            rows = _patients_of_rows(part.table, people)
            for column in columns & set(part.table.column_names):
                for cell, patients in zip(part.table[column].to_pylist(), rows, strict=True):
                    patients_with[column, cell].update(patients)
                    patients_in[column].update(patients)
                    missing.update(
                        (name, term)
                        for name, term in terms - missing
                        if name == column and not fold_text(cell or "").contains(term)
                    )
    return Counter(
        (column, kind)
        for column, kind, term, cell in suspects
        if len(patients_with[column, cell]) < MIN_SHARED_PATIENTS
        and ((column, term) in missing or len(patients_in[column]) < MIN_SHARED_PATIENTS)
    )


def _patients_of_rows(table: pyarrow.Table, people: People) -> list[set[str]]:
    rows: list[set[str]] = [set() for _ in range(table.num_rows)]
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name in KEYS and is_text(column.type):
            for patients, patient in zip(rows, people.patients_of(column), strict=True):
                if patient is not None:
                    patients.add(patient)
    return rows


def _ages(text: FoldedText) -> set[str]:
    return {"age over 89"} if _HAS_AGE.search(text.folded) and _OLD.search(text.folded) else set()


def _number(cell: object) -> float:
    try:
        return float(str(cell))
    except ValueError:
        return 0.0


def _with_plain_names(found: Counter[Location]) -> Counter[Location]:
    """Withhold names of columns unless they are ordinary words: without a header they are a patient's cells."""
    shown: Counter[Location] = Counter()
    for (column, kind), count in found.items():
        is_plain = all(run in ordinary() or len(run) <= MAX_PLAIN_LETTERS for run in fold_tokens(column))
        shown[column if is_plain else WITHHELD, kind] += count
    return shown
