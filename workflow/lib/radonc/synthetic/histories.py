"""Short clinical histories, in the words of ``histories.yaml``, with the place of every identifier in them.

A text is put together from pieces, some of which are identifiers; abbreviations, case and typing errors touch only
the others, so that the offsets stay right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from string import Formatter
from typing import Any

import yaml

from radonc.synthetic.dirt import Dirt
from radonc.synthetic.draws import numbers, weighted
from radonc.synthetic.people import ADULT_YEARS, Person
from radonc.synthetic.regimens import Course
from radonc.synthetic.sites import Diagnosis

SHARE_IDENTIFYING = 0.34
SHARE_NAMED_OPENING = 0.1
SHARE_HINT = 0.75
SHARE_COMORBIDITY = 0.3
# 45 CFR 164.514(b)(2)(i)(C): ages over 89 identify.
OLDEST_PLAIN_AGE = 89


@dataclass(frozen=True)
class Piece:
    """A part of a text; ``kind`` says what it identifies, None where it identifies nobody."""

    text: str
    kind: str | None = None


@dataclass(frozen=True)
class Span:
    """Where an identifier stands: characters ``start`` to ``end`` (exclusive) of the text are ``value``."""

    start: int
    end: int
    kind: str
    value: str


@dataclass(frozen=True)
class Visit:
    """What a history is about."""

    diagnosis: Diagnosis
    course: Course
    person: Person
    diagnosis_date: date
    doctor: str


@cache
def _phrases() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return content


@cache
def _abbreviations() -> Mapping[str, str]:
    short: Mapping[str, str] = _phrases()["abbreviations"]
    return short


def compose(rng: Random, visit: Visit) -> tuple[str, list[Span]]:
    """Write one history and say where identifiers stand in it."""
    phrases = _phrases()
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
    return join(_dirty(rng, pieces[:-1]))


def join(pieces: list[Piece]) -> tuple[str, list[Span]]:
    """Put pieces together and note where the identifying ones come to stand."""
    text, spans = "", []
    for piece in pieces:
        if piece.kind is not None:
            spans.append(Span(len(text), len(text) + len(piece.text), piece.kind, piece.text))
        text += piece.text
    return text, spans


def write_date(rng: Random, day: date) -> str:
    """Write a date in one of the forms that clinicians use."""
    return day.strftime(weighted(rng, _phrases()["date_formats"]))


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
    person, diagnosis = visit.person, visit.diagnosis
    if name in ("complaint", "finding", "story"):
        options = {"complaint": "complaints", "finding": "findings", "story": "story"}
        phrase = rng.choice(getattr(diagnosis.setting, options[name]))
        return Piece(numbers(rng, diagnosis.word(phrase)))
    if name == "hint":
        return Piece(visit.course.hint or "")
    if name == "comorbidity":
        return Piece(rng.choice(_phrases()["comorbidity"]))
    if name in ("person", "title"):
        return Piece(rng.choice(_persons(diagnosis) if name == "person" else _phrases()["titles"][diagnosis.sex]))
    if name == "relation":
        return Piece(person.relation)
    if name == "age":
        return Piece(str(diagnosis.age), "AGE" if diagnosis.age > OLDEST_PLAIN_AGE else None)
    if name == "date":
        return Piece(write_date(rng, visit.diagnosis_date + timedelta(days=rng.randint(-30, 40))), "DATE")
    identifiers = {
        "first": (person.first_name, "NAME"),
        "last": (person.last_name, "NAME"),
        "relative": (person.relative_name, "NAME"),
        "doctor": (visit.doctor, "NAME"),
        "city": (person.city, "PLACE"),
        "phone": (person.phone, "PHONE"),
        "mrn": (person.mrn, "ID"),
        "birth": (person.birth_date.strftime("%m/%d/%Y"), "DATE"),
    }
    return Piece(*identifiers[name])


def _persons(diagnosis: Diagnosis) -> list[str]:
    young = {"female": "girl", "male": "boy"}
    words: list[str] = _phrases()["persons"][diagnosis.sex if diagnosis.age >= ADULT_YEARS else young[diagnosis.sex]]
    return words


def _dirty(rng: Random, pieces: list[Piece]) -> list[Piece]:
    dirt = Dirt(rng, _abbreviations())
    return [piece if piece.kind else Piece(dirt.on(piece.text)) for piece in pieces]
