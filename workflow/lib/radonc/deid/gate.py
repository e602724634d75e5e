"""The last look at what leaves, for identifiers of the extract that stand in it still.

The gate shares no code with the scrubber, and searches another way. Two rules:

- *In a patient's own record every identifier of the patient stops the run*, be it a common word (Gray, May, Young)
  or not. Whose record a row is, the pseudonyms in it tell.
- *In anybody's record* (and in text files, which are nobody's) stops what is telling by itself: full names, street
  addresses, phones, e-mails, record numbers of seven characters or more; and a single surname or city when it is
  written with a capital, has four letters or more, and is no common word (``ordinary``).

Numbers under five characters are not hunted: they are doses and counts as well.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import ahocorasick
import pandas as pd
import pandera.pandas as pa

from radonc.data import fields, schemas
from radonc.data.fields import Kind
from radonc.deid.crosswalk import PREFIXES, Crosswalk
from radonc.deid.gate_text import Day, Piece, fold_runs, pieces, tells_date
from radonc.deid.ordinary import COMMON, SUFFIXES, TITLES, is_distinct
from radonc.run.errors import StudyError

AGE_CAP = 90
MIN_NUMBER = 5
MIN_OPEN_NUMBER = 7
MIN_OPEN_NAME = 6
MIN_SURNAME = 4

OWN_NAMES = ("first_name", "middle_name", "last_name", "former_name")
OTHER_NAMES = ("relative_name", "physician", "annotator")

FORBIDDEN = frozenset(
    column
    for schema in schemas.CANONICAL.values()
    for kind in (Kind.IDENTIFIER, Kind.DATE)
    for column in fields.columns_of(schema, kind)
)
STREET_ENDS = frozenset({
    "st", "street", "ave", "avenue", "rd", "road", "dr", "drive", "ln", "lane", "ct", "court", "blvd", "boulevard",
    "pl", "place", "hwy", "highway", "ter", "terrace", "cir", "circle", "pkwy", "parkway", "sq", "square", "way",
})  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What was found and where, never the value.

    Attributes
    ----------
    artefact, column
        The table and its column; of a text file the column is empty.
    kind
        The identifier's column in the extract, or the rule that was broken.
    count
        The number of cells (of a text file, lines).
    """

    artefact: str
    column: str
    kind: str
    count: int


Needle = tuple[str, str]
"""Kind and folded text."""


def require_clean(
    artefacts: Mapping[str, pd.DataFrame | Path], canonical: Mapping[str, pd.DataFrame], crosswalk: Crosswalk
) -> None:
    """Stop the run when something that leaves holds an identifier.

    Raises
    ------
    StudyError
        With artefact, column, kind and count of each finding, never with a value.
    """
    findings = check(artefacts, canonical, crosswalk)
    if findings:
        listed = "; ".join(
            f"'{finding.artefact}'{f' column {finding.column!r}' if finding.column else ''}: {finding.kind} "
            f"({finding.count})"
            for finding in findings
        )
        raise StudyError(
            f"identifiers are left in what should leave the private area: {listed}. Nothing was released; look at the "
            "cells in the private area, and correct the extract's mapping or report a gap of the scrubber"
        )


def check(
    artefacts: Mapping[str, pd.DataFrame | Path], canonical: Mapping[str, pd.DataFrame], crosswalk: Crosswalk
) -> list[Finding]:
    """Return the identifiers that are left in tables and text files.

    Parameters
    ----------
    artefacts
        What is to leave, by name: tables whose key columns hold pseudonyms, or text files in UTF-8.
    canonical
        All canonical tables, with identifiers.
    crosswalk
        Whose pseudonym is whose.
    """
    gate = _Gate(canonical, crosswalk)
    counted: Counter[tuple[str, str, str]] = Counter()
    for name, artefact in artefacts.items():
        places = gate.in_table(artefact) if isinstance(artefact, pd.DataFrame) else gate.in_file(artefact)
        counted.update((name, column, kind) for column, kind in places)
    return sorted(Finding(*place, count) for place, count in counted.items())


class _Gate:
    def __init__(self, canonical: Mapping[str, pd.DataFrame], crosswalk: Crosswalk) -> None:
        own: dict[str, set[Needle]] = defaultdict(set)
        self._dates: dict[str, set[Day]] = defaultdict(set)
        everyone: dict[str, str] = {}
        self._surnames: dict[str, str] = {}
        for name, schema in schemas.CANONICAL.items():
            for column, patient, value in _values(canonical.get(name), schema):
                if isinstance(value, pd.Timestamp):
                    self._dates[patient].add((value.year, value.month, value.day))
                else:
                    own[patient] |= _own(column, value)
                    everyone.update((needle, column) for needle in _open(column, value))
                    self._surnames.update((word, column) for word in _surname_or_city(column, value))
        for first, last in _full_names(canonical["patients"]):
            everyone.setdefault(f" {first} {last} ", "full name")
            everyone.setdefault(f" {last} {first} ", "full name")
        self._own = dict(own)
        self._everyone = _automaton(everyone)
        self._patient_of = _owners(canonical, crosswalk)

    def in_table(self, frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
        """Yield column and kind of each finding in a table."""
        keys = [column for column in frame.columns if column in PREFIXES or column == "case_id"]
        owners = [{self._patient_of[key] for key in row if key in self._patient_of} for row in _rows(frame, keys)]
        for column in frame.columns:
            if column in keys:
                strangers = [key for key in frame[column].dropna() if key not in self._patient_of]
                yield from ((column, "key without a pseudonym") for _ in strangers)
            elif column in FORBIDDEN or pd.api.types.is_datetime64_any_dtype(frame[column]):
                yield from ((column, "column of identifiers") for _ in range(int(frame[column].notna().sum())))
            elif column == "age":
                yield from ((column, "age over 89") for _ in range(int((frame[column] > AGE_CAP).sum())))
            elif not pd.api.types.is_numeric_dtype(frame[column]):
                for cell, patients in zip(frame[column], owners, strict=True):
                    if isinstance(cell, str):
                        yield from ((column, kind) for kind in sorted(self._kinds(cell, patients)))

    def in_file(self, path: Path) -> Iterator[tuple[str, str]]:
        """Yield the kind of each finding in a text file, once per line."""
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                yield from (("", kind) for kind in sorted(self._kinds(line, set())))

    def _kinds(self, text: str, patients: Iterable[str]) -> set[str]:
        parts = pieces(text)
        found = {kind for piece in parts for kind in self._kinds_of_anybody(piece)}
        for patient in patients:
            needles = self._own.get(patient, set())
            found |= {kind for piece in parts for kind, needle in needles if piece.holds(needle)}
            dates = self._dates.get(patient, set())
            found |= {"date" for piece in parts if piece.has_digits and tells_date(piece.folded, dates)}
        return found

    def _kinds_of_anybody(self, piece: Piece) -> Iterator[str]:
        if self._everyone is not None:
            yield from (kind for _, kind in self._everyone.iter(piece.spaced))
        for word in piece.capitalised:
            if word in self._surnames:
                yield self._surnames[word]
        if piece.has_digits and tells_date(piece.folded, set()):
            yield "date"


# ---- what is sought --------------------------------------------------------------------------------------------


def _values(frame: pd.DataFrame | None, schema: pa.DataFrameSchema) -> Iterator[tuple[str, str, str | pd.Timestamp]]:
    """Yield column, patient and value of each identifier, key and date of a canonical table."""
    if frame is None:
        return
    for kind in (Kind.IDENTIFIER, Kind.KEY, Kind.DATE):
        for column in fields.columns_of(schema, kind):
            present = frame[column].notna()
            for patient, value in zip(frame.loc[present, "patient_id"], frame.loc[present, column], strict=True):
                yield column, patient, value


def _own(column: str, value: str) -> set[Needle]:
    """Return what must not stand in the record of the patient whose value it is."""
    runs = fold_runs(value)
    joined = "".join(runs)
    if column in OWN_NAMES or column in OTHER_NAMES:
        parts = _name_words(column, value)
        whole = ["".join(parts)] if column in ("last_name", "former_name") else []
        return {(column, word) for word in parts + whole if len(word) > 1}
    if column in ("plan_name", "machine"):
        numbered = column == "machine" and any(run.isdigit() for run in runs)
        return {(column, joined)} if len(joined) > 2 and (numbered or is_distinct(runs)) else set()
    if column == "city":
        joined = "".join(fold_runs(value.split(",")[0]))
        return {(column, joined)} if len(joined) > 1 else set()
    if column == "phone":
        number = _national(value)
        return {(column, digits) for digits in (number, number[3:] if len(number) == 10 else number) if len(digits) > 6}
    if column == "street":
        ends = [place for place, run in enumerate(runs) if run in STREET_ENDS and place > 1]
        without_end = "".join(runs[: min(ends)]) if ends and runs[0].isdigit() else joined
        return {(column, form) for form in (joined, without_end) if form}
    if column == "postal_code":
        zip_code = {joined[:5]} if joined.isdigit() and len(joined) == 9 else set()
        return {(column, f" {form} ") for form in {" ".join(runs), joined} | zip_code if len(form) >= MIN_NUMBER}
    return {(column, joined)} if len(joined) >= MIN_NUMBER else set()


def _national(value: str) -> str:
    """Return a phone number's last ten digits, without an extension."""
    return re.sub(r"\D", "", re.split(r"(?i)x|ext", value)[0])[-10:]


def _name_words(column: str, value: str) -> list[str]:
    dropped = SUFFIXES if column in OWN_NAMES else TITLES
    return [word for word in fold_runs(value) if word not in dropped]


def _open(column: str, value: str) -> Iterator[str]:
    """Yield what must not stand in anybody's record, as it reads in spaced text."""
    spaced = " ".join(fold_runs(value))
    joined = spaced.replace(" ", "")
    shortest = {"street": MIN_OPEN_NAME, "email": MIN_OPEN_NAME, "mrn": MIN_OPEN_NUMBER}
    if column in shortest and len(joined) >= shortest[column]:
        yield f" {spaced} "
    elif column == "phone" and len(digits := _national(value)) == 10:
        yield f" {digits} "
        yield f" {digits[:3]} {digits[3:6]} {digits[6:]} "
    elif column in ("relative_name", "physician"):
        last_or_whole, _, first = value.partition(",")
        names = _name_words(column, first) + _name_words(column, last_or_whole)
        if len(names) > 1 and _is_telling(names):
            yield f" {' '.join(names)} "


def _is_telling(names: list[str]) -> bool:
    return min(map(len, names)) > 1 and len("".join(names)) >= MIN_OPEN_NAME


def _surname_or_city(column: str, value: str) -> Iterator[str]:
    if column in ("last_name", "former_name", "city"):
        runs = _name_words("last_name", value.split(",")[0])
        if len(runs) == 1 and len(runs[0]) >= MIN_SURNAME and runs[0] not in COMMON:
            yield runs[0]


def _full_names(patients: pd.DataFrame) -> Iterator[tuple[str, str]]:
    named = patients[patients["first_name"].notna()]
    for surname in ("last_name", "former_name"):
        for given, last in zip(named["first_name"], named[surname], strict=True):
            if isinstance(last, str):
                first_words, last_words = _name_words("first_name", given), _name_words(surname, last)
                whole = first_words + last_words
                if first_words and last_words and _is_telling(whole):
                    yield " ".join(first_words), " ".join(last_words)


def _automaton(needles: Mapping[str, str]) -> ahocorasick.Automaton | None:
    if not needles:
        return None
    automaton = ahocorasick.Automaton()
    for needle, kind in needles.items():
        automaton.add_word(needle, kind)
    automaton.make_automaton()
    return automaton


def _owners(canonical: Mapping[str, pd.DataFrame], crosswalk: Crosswalk) -> dict[str, str]:
    """Return the patient (source id) of every pseudonym of a patient, diagnosis or plan."""
    owners = dict(crosswalk.source_of("patient_id"))
    for table, key in (("diagnoses", "diagnosis_id"), ("plans", "plan_id")):
        patients = dict(zip(canonical[table][key], canonical[table]["patient_id"], strict=True))
        owners |= {pseudonym: patients.get(source_id, "") for pseudonym, source_id in crosswalk.source_of(key).items()}
    return owners


def _rows(frame: pd.DataFrame, keys: list[str]) -> Iterator[tuple[object, ...]]:
    return zip(*(frame[key] for key in keys), strict=True) if keys else iter([()] * len(frame))
