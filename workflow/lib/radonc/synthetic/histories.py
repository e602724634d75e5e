"""Short clinical histories, in the words of ``histories.yaml``, with the place of every identifier in them.

A text is put together from pieces, some of which are identifiers; abbreviations, case and typing errors touch only
the others, so that the offsets stay right.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from random import Random
from string import Formatter
from typing import NamedTuple

from radonc.synthetic.knowledge import load_knowledge, numbers, weighted
from radonc.synthetic.people import ADULT_YEARS, Person, Physician
from radonc.synthetic.regimens import PrescribedCourse
from radonc.synthetic.sites import Diagnosis

SHARE_IDENTIFYING = 0.34
SHARE_NAMED_OPENING = 0.1
SHARE_HINT = 0.75
SHARE_COMORBIDITY = 0.3
# 45 CFR 164.514(b)(2)(i)(C): ages over 89 identify.
OLDEST_PLAIN_AGE = 89

SHARE_TERSE = 0.5
SHARE_ABBREVIATED = 0.75
SHARE_WITH_ERROR = 0.12
CASES: dict[Callable[[str], str], float] = {str: 90, str.lower: 7, str.upper: 3}
LONG_WORD = re.compile(r"[a-z]{7,}")


class Piece(NamedTuple):
    """A part of a text; ``kind`` says what it identifies, None where it identifies nobody."""

    text: str
    kind: str | None = None


class IdentifierSpan(NamedTuple):
    """Where an identifier stands: characters ``start`` to ``end`` (exclusive) of the text are ``value``."""

    start: int
    end: int
    kind: str
    value: str


class Visit(NamedTuple):
    """What a history is about."""

    diagnosis: Diagnosis
    course: PrescribedCourse
    person: Person
    diagnosis_date: date
    physician: Physician
    referrer: str


class TypingNoise:
    """How one text is typed: with abbreviations or not, in which case, and whether a word is mistyped.

    ``abbreviations`` maps words and phrases to what a terse writer puts in their place.
    """

    def __init__(self, rng: Random, abbreviations: Mapping[str, str]) -> None:
        self.rng = rng
        self.abbreviations = abbreviations if rng.random() < SHARE_TERSE else {}
        self.case = weighted(rng, CASES)
        self.errors_left = 1 if rng.random() < SHARE_WITH_ERROR else 0

    def apply(self, text: str) -> str:
        """Return a piece of the text as this writer types it."""
        if self.abbreviations:
            text = _pattern(tuple(self.abbreviations)).sub(self._abbreviate, text)
        return self.case(self._mistype(text))

    def _abbreviate(self, found: re.Match[str]) -> str:
        short = self.abbreviations[found.group().lower()]
        return short if self.rng.random() < SHARE_ABBREVIATED else found.group()

    def _mistype(self, text: str) -> str:
        words = list(LONG_WORD.finditer(text)) if self.errors_left else []
        if not words:
            return text
        self.errors_left -= 1
        at = self.rng.choice(words).start() + self.rng.randint(1, 4)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    # The longest first: "status post" before "post".
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", re.IGNORECASE)


def compose(rng: Random, visit: Visit) -> tuple[str, list[IdentifierSpan]]:
    """Write one history and say where identifiers stand in it."""
    phrases = load_knowledge("histories")
    adult = visit.diagnosis.age >= ADULT_YEARS
    opening = "named_openings" if adult and rng.random() < SHARE_NAMED_OPENING else "openings"
    templates = [rng.choice(phrases[opening]), rng.choice(phrases["middles"])]
    if visit.course.hint and rng.random() < SHARE_HINT:
        templates.append(rng.choice(phrases["hints"]))
    elif rng.random() < SHARE_COMORBIDITY:
        templates.append(rng.choice(phrases["comorbidities" if adult else "child_comorbidities"]))
    if rng.random() < SHARE_IDENTIFYING:
        templates.insert(rng.randint(1, len(templates)), rng.choice(phrases["identifying"]))
    pieces = [piece for template in templates for piece in [*_fill(rng, template, visit), Piece(" ")]]
    noise = TypingNoise(rng, phrases["abbreviations"])
    return join([piece if piece.kind else Piece(noise.apply(piece.text)) for piece in pieces[:-1]])


def join(pieces: list[Piece]) -> tuple[str, list[IdentifierSpan]]:
    """Put pieces together and note where the identifying ones come to stand."""
    text, spans = "", []
    for piece in pieces:
        if piece.kind is not None:
            spans.append(IdentifierSpan(len(text), len(text) + len(piece.text), piece.kind, piece.text))
        text += piece.text
    return text, spans


def write_date(rng: Random, day: date) -> str:
    """Write a date in one of the forms that clinicians use."""
    return day.strftime(weighted(rng, load_knowledge("histories")["date_formats"]))


def _fill(rng: Random, template: str, visit: Visit) -> list[Piece]:
    pieces: list[Piece] = []
    for literal, name, _, _ in Formatter().parse(template):
        pieces.append(Piece(literal))
        if name is not None:
            pieces.append(_value(rng, name, visit))
    # Sentences begin with a capital, whether a phrase or a person stands there.
    starts = [0] + [i for i, piece in enumerate(pieces) if i and pieces[i - 1].text.endswith(". ")]
    for i in starts:
        first = next((j for j in range(i, len(pieces)) if pieces[j].text), i)
        if pieces[first].kind is None:
            text = pieces[first].text
            pieces[first] = Piece(text[:1].upper() + text[1:])
    return pieces


def _value(rng: Random, name: str, visit: Visit) -> Piece:
    """Return what stands for a name in braces."""
    person, diagnosis, phrases = visit.person.row, visit.diagnosis, load_knowledge("histories")
    setting, sex = diagnosis.setting, diagnosis.sex
    findings = {"complaint": setting.complaints, "finding": setting.findings, "story": setting.story}
    if name in findings:
        return Piece(numbers(rng, diagnosis.word(rng.choice(findings[name]))))
    persons = phrases["persons"][sex if diagnosis.age >= ADULT_YEARS else {"female": "girl", "male": "boy"}[sex]]
    words = {"comorbidity": phrases["comorbidity"], "person": persons, "title": phrases["titles"][sex]}
    if name in words:
        return Piece(rng.choice(words[name]))
    if name == "date":
        return Piece(write_date(rng, visit.diagnosis_date + timedelta(days=rng.randint(-30, 40))), "DATE")
    return {
        "hint": Piece(visit.course.hint or ""),
        "relation": Piece(visit.person.relation),
        "age": Piece(str(diagnosis.age), "AGE" if diagnosis.age > OLDEST_PLAIN_AGE else None),
        "first": Piece(person["FirstName"], "NAME"),
        "last": Piece(person["LastName"], "NAME"),
        "relative": Piece(person["NextOfKin"], "NAME"),
        "doctor": Piece(visit.referrer, "NAME"),
        "city": Piece(person["City"], "PLACE"),
        "phone": Piece(person["HomePhone"], "PHONE"),
        "mrn": Piece(person["PatientId"], "ID"),
        "birth": Piece(person["DateOfBirth"], "DATE"),
    }[name]
