"""The search for leaks: every part of what leaves against the identifiers of the extract.

A finding says place, kind and count, never the value.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import pandas as pd
import pyarrow
from pyarrow import types

from radonc.deid.crosswalk import Crosswalk
from radonc.deid.gate import files
from radonc.deid.gate.files import Artefact, Part, Rows, Text, Unsearchable, is_text
from radonc.deid.gate.folded_text import CUT, FoldedText, fold_text, fold_tokens, has_any_of, has_full_date
from radonc.deid.gate.identifier_automaton import IdentifierAutomaton, RecordNumbers
from radonc.deid.gate.people import COLUMNS, KEYS, MIN_NUMBER, NAMES, PatientIdentifiers, People, ordinary
from radonc.runtime.errors import StudyError

MAX_SHOWN = 20
AGE_CAP = 90
WITHHELD = "(name withheld)"
# A cell that so many patients have identifies nobody: the smallest cell that may be published.
MIN_SHARED_PATIENTS = 11
# Columns that a model wrote, in tables that have the second column too: it may make up dates and ages.
MODEL_COLUMNS = {"answer": "model", "parsed": "model", "regimen": "rating"}
FORBIDDEN = frozenset().union(*COLUMNS.values()) - set(KEYS)  # columns of identifiers and dates
_YEARS = r"(?:9[1-9]|1[0-2]\d)"
_OLD = re.compile(
    rf"(?<![\d.]){_YEARS}[\s-]*(?:years?|yrs?|y)[\s./-]*(?:olds?|o|of\s+age)\b|\bage[ds]?[\s:=]*(?:of\s+)?{_YEARS}(?![\d.]\d|\d)"
)
_HAS_AGE = re.compile(r"\b(?:9[1-9]|1[0-2]\d)")
Location = tuple[str, str]  # column (of a text empty) and kind
# Column, kind, term and cell: an ordinary word that is also a name of the cell's patient.
Suspect = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What was found and where, never the value: a text has no column, and counts once."""

    artefact: str
    column: str
    kind: str  # the identifier's column in the extract, or the rule that was broken
    count: int  # the number of cells

    def __str__(self) -> str:
        column = f" column '{self.column}'" if self.column else ""
        return f"'{self.artefact}'{column}: {self.kind} ({self.count})"


def require_clean(
    artefacts: Mapping[str, pd.DataFrame | Path], canonical: Mapping[str, pd.DataFrame], crosswalk: Crosswalk
) -> dict[str, int]:
    """Raise StudyError when something that is to leave the private area holds an identifier; see ``check``.

    Return what was searched for: column -> number of cells with an identifier. Shards' numbers can be added up.
    """
    findings = check(artefacts, canonical, crosswalk)
    if findings:
        raise StudyError(
            f"identifiers are left in what should leave the private area: {listed(findings)}. Nothing was released; "
            "look at the cells in the private area, and correct the extract's mapping or report a gap of the scrubber"
        )
    cells: Counter[str] = Counter()
    for name, columns in COLUMNS.items():
        cells.update({column: int(canonical[name][column].notna().sum()) for column in columns})
    return dict(cells)


def check(
    artefacts: Mapping[str, pd.DataFrame | Path], canonical: Mapping[str, pd.DataFrame], crosswalk: Crosswalk
) -> list[Finding]:
    """Return the identifiers of all canonical tables that are left in tables (with pseudonyms as keys) and files."""
    tables = {name: pyarrow.Table.from_pandas(canonical[name], preserve_index=False) for name in COLUMNS}
    rows = [(key, source, to) for key, ids in crosswalk.pseudonyms.items() for source, to in ids.items()]
    pseudonyms = pd.DataFrame(rows, columns=["key", "source_id", "pseudonym"], dtype="str")
    people = People(tables, pyarrow.Table.from_pandas(pseudonyms, preserve_index=False))
    readers: dict[str, Artefact] = {
        name: partial(files.parts, artefact) if isinstance(artefact, Path) else partial(_parts, artefact)
        for name, artefact in artefacts.items()
    }
    return LeakSearch(people, readers).findings()


def listed(findings: Sequence[Finding]) -> str:
    """Return findings in one line."""
    more = f"; and {len(findings) - MAX_SHOWN} more" if len(findings) > MAX_SHOWN else ""
    return "; ".join(map(str, findings[:MAX_SHOWN])) + more


def _parts(frame: pd.DataFrame) -> Iterator[Part]:
    for start in range(0, len(frame), files.ROWS):
        yield Rows(files.tidy(pyarrow.Table.from_pandas(frame.iloc[start : start + files.ROWS], preserve_index=False)))


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
                    if _is_searched(column.type):
                        for cell in column.unique().drop_null().to_pylist():
                            present.update(fold_text(str(cell)).spaced.split())
    present.discard(CUT)
    return present


def _is_searched(kind: pyarrow.DataType) -> bool:
    return is_text(kind) or bool(types.is_integer(kind))


class LeakSearch:
    """A search for the identifiers of people in artefacts."""

    def __init__(self, people: People, artefacts: Mapping[str, Artefact]) -> None:
        self.people = people
        self.artefacts = artefacts
        present = collect_tokens(artefacts.values())
        self.numbers = RecordNumbers(people, present)
        self.automaton = IdentifierAutomaton(people, present, self.numbers)
        self._days = people.days()
        self._cached_kinds = lru_cache(maxsize=1 << 16)(self._kinds_in_cell)

    def findings(self) -> list[Finding]:
        """Return what is found in all artefacts."""
        return sorted(
            Finding(name, column, kind, count)
            for name, artefact in self.artefacts.items()
            for (column, kind), count in self._search(artefact).items()
        )

    def _search(self, artefact: Artefact) -> Counter[Location]:
        """Return the number of places (cells; of a text one) by column and kind."""
        found: Counter[Location] = Counter()
        # By column: twice the number of whole numbers less that of cells, and the long ones of these numbers.
        surplus: Counter[str] = Counter()
        long: dict[str, set[str]] = defaultdict(set)
        suspects: list[Suspect] = []
        for part in artefact():
            if isinstance(part, Unsearchable):
                found["", part.kind] += 1
            elif isinstance(part, Text):
                found.update(("", kind + part.place) for kind in self.kinds_in_text(part))
            else:
                found.update(self._in_columns(part.table, surplus, long))
                if part.records:
                    found.update(self._in_rows(part.table, suspects))
        if suspects:
            found.update(_confirmed_suspects(artefact, suspects, self.people))
        for name in surplus:
            found.update((name, kind) for kind in self.kinds_in_text(Text(name)))
            if surplus[name] > 0 and (kind := self.numbers.kind_of(long[name])):
                found[name, kind] += len(long[name])
        # Names of columns are withheld unless they are ordinary words: without a header they are a patient's cells.
        shown: Counter[Location] = Counter()
        for (name, kind), count in found.items():
            is_plain = all(run in ordinary() or len(run) <= 3 for run in fold_tokens(name))
            shown[name if is_plain else WITHHELD, kind] += count
        return shown

    def kinds_in_text(self, part: Text) -> set[str]:
        """Return the kinds of identifiers in a text that is nobody's record."""
        text = fold_text(part.text)
        found = self.automaton.kinds(text, single_names=part.single_names) | _ages(text)
        if any(form in ("day", "compact") and tuple(day) in self._days for form, *day in text.dates):
            found.add("date")
        return found

    def _in_columns(self, table: pyarrow.Table, surplus: Counter[str], long: dict[str, set[str]]) -> Iterator[Location]:
        """Yield findings about a column as a whole, and collect its numbers."""
        for name, column in zip(table.column_names, table.columns, strict=True):
            cells = [cell for cell in column.to_pylist() if cell not in (None, "")]
            surplus[name] -= len(cells)
            if name in KEYS:
                yield from ((name, "key without a pseudonym") for _ in range(self.people.count_unknown(column)))
            elif name in FORBIDDEN or types.is_temporal(column.type):
                yield from ((name, "column of identifiers") for _ in cells)
            elif name == "age":
                yield from ((name, "age over 89") for cell in cells if _number(cell) > AGE_CAP)
            elif _is_searched(column.type):
                whole = [cell for cell in map(str, cells) if cell.isdecimal()]
                surplus[name] += 2 * len(whole)
                long[name].update(number for number in whole if len(number) >= MIN_NUMBER)
            elif not (types.is_floating(column.type) or types.is_boolean(column.type) or types.is_null(column.type)):
                yield name, "cannot be checked: neither text nor number"

    def _in_rows(self, table: pyarrow.Table, suspects: list[Suspect]) -> Iterator[Location]:
        """Yield findings row by row, and collect the ordinary words among them as suspects."""
        columns = [
            (name, column.to_pylist())
            for name, column in zip(table.column_names, table.columns, strict=True)
            if is_text(column.type) and name not in KEYS and name not in FORBIDDEN
        ]
        patients_of_rows = _patients_of_rows(table, self.people)
        known = self.people.identifiers_of(set().union(*patients_of_rows))
        by_model = {name for name, other in MODEL_COLUMNS.items() if other in table.column_names}
        for row, patients in enumerate(patients_of_rows):
            cells = {name: column[row] for name, column in columns if column[row]}
            texts = {name: fold_text(cell) for name, cell in cells.items()}
            kinds = {name: set(self._cached_kinds(cell, name in by_model)) for name, cell in cells.items()}
            joined = CUT.join(text.joined for text in texts.values())
            for patient in patients:
                for name, kind, term in _terms_found(known[patient], texts, joined):
                    # An ordinary word may stand in a record by coincidence.
                    if kind not in (*NAMES, "city") or term not in ordinary():
                        kinds[name].add(kind)
                    elif name not in by_model:
                        suspects.append((name, kind, term, cells[name]))
            yield from ((name, kind) for name, found in kinds.items() for kind in sorted(found))

    def _kinds_in_cell(self, cell: str, by_model: bool) -> frozenset[str]:
        text = fold_text(cell)
        found = self.automaton.kinds(text, single_names=True)
        if not by_model:
            found |= _ages(text) | ({"date"} if has_full_date(text.dates) else set())
        return frozenset(found)


def _terms_found(
    identifiers: PatientIdentifiers, texts: Mapping[str, FoldedText], joined: str
) -> Iterator[tuple[str, str, str]]:
    """Yield column, kind and term of a patient's identifiers in the patient's row, whose joined text is given."""
    for term, kind in identifiers.terms.items():
        if term.strip() in joined or " " in term:
            yield from ((name, kind, term) for name, text in texts.items() if text.contains(term))
    yield from ((name, "date", "") for name, text in texts.items() if has_any_of(text.dates, identifiers.days))


def _confirmed_suspects(artefact: Artefact, suspects: list[Suspect], people: People) -> Counter[Location]:
    """Count the ordinary words that identify after all: neither the cell nor the word is common to many patients."""
    in_all_cells: dict[str, set[str]] = defaultdict(set)
    for column, _, term, _ in suspects:
        in_all_cells[column].add(term)
    patients_with: dict[tuple[str, str], set[str]] = defaultdict(set)
    patients_in: dict[str, set[str]] = defaultdict(set)
    for part in artefact():
        if isinstance(part, Rows):
            rows = _patients_of_rows(part.table, people)
            for column in in_all_cells.keys() & set(part.table.column_names):
                for cell, patients in zip(part.table[column].to_pylist(), rows, strict=True):
                    patients_with[column, cell].update(patients)
                    patients_in[column].update(patients)
                    terms = in_all_cells[column]
                    in_all_cells[column] = {term for term in terms if fold_text(cell or "").contains(term)}
    return Counter(
        (column, kind)
        for column, kind, term, cell in suspects
        if len(patients_with[column, cell]) < MIN_SHARED_PATIENTS
        and (term not in in_all_cells[column] or len(patients_in[column]) < MIN_SHARED_PATIENTS)
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
