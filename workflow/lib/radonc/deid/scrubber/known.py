"""The hunt for a patient's own identifiers, in the forms in which people write them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import compress

from rapidfuzz.distance import OSA

from radonc.deid.scrubber import variants
from radonc.deid.scrubber.counts import is_decimal
from radonc.deid.scrubber.forms import measures
from radonc.deid.scrubber.identity import DATES, OTHER_PEOPLE, OWN_NAMES, Identity
from radonc.deid.scrubber.lexicon import Lexicon, Standing
from radonc.deid.scrubber.reading import Reading
from radonc.deid.scrubber.spans import Span
from radonc.vocabulary.tags import Label

FORMS: Mapping[str, tuple[Label, Callable[[str], variants.Variants]]] = {
    "street": (Label.PLACE, variants.street),
    "city": (Label.PLACE, variants.city),
    "phone": (Label.PHONE, variants.phone),
    "email": (Label.EMAIL, variants.email),
    "plan_name": (Label.ID, variants.plan),
    "machine": (Label.ID, variants.plan),
}
"""How columns are written in text. A column that is not named here is taken for a record number."""

RECORD_NUMBER = (Label.ID, variants.record_number)

SHORTEST_JOINED = 5
"""Of fewer characters, neighbouring words make a name by chance (``an n`` is not Ann)."""

SHORTEST_MISSPELT = 5
"""Shorter names have too many words one edit away."""


_NONE: frozenset[str] = frozenset()

# What may stand before and behind an identifier and belongs to it: a country's code, an extension, an apartment, ZIP+4.
_BEFORE = {Label.PHONE: re.compile(r"(?:\+\d{1,3}|(?<![\w.])(?:00\d{1,3}|1))(?!\. )[ .-]{0,2}\(?0?\)?[ .-]?\(?\Z")}
_BEHIND = {
    Label.PHONE: re.compile(r",?\s?(?:x|ext\.?|extension)\s?\d{1,6}\b", re.IGNORECASE),
    Label.PLACE: re.compile(
        r"\.?,?\s{0,2}(?:#|(?:apt|apartment|unit|suite|ste|flat|no)\b\.?)\s?#?\w{1,6}\b|[- ]\d{4}\b(?! ?c?gy)",
        re.IGNORECASE,
    ),
}
REACH = 12


class Hunt:
    """A patient's identifiers, ready to be found in texts."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._words: dict[str, Label] = {}
        self._phrases: dict[str, dict[str, Label]] = defaultdict(dict)
        self._joined: dict[str, Label] = {}
        self._capitalised: set[str] = set()
        # A word one edit away from a name begins or ends as the name does.
        self._names: dict[str, set[str]] = defaultdict(set)
        self._days: list[variants.Day] = []
        self._short: dict[str, Label] = {}

    def add(self, label: Label, parts: tuple[str, ...]) -> None:
        """Add an identifier, to be found with any separators or none where it is long enough for that."""
        joined = "".join(parts)
        if len(joined) >= SHORTEST_JOINED:
            self._joined.setdefault(joined, label)
        elif joined:
            self.add_words(label, {" ".join(parts), joined})

    def add_words(self, label: Label, phrases: Iterable[str]) -> None:
        """Add identifiers whose tokens must stand apart: ``3 14 15`` is a date, ``31415`` is not."""
        for phrase in phrases:
            first, _, rest = phrase.partition(" ")
            (self._phrases[first] if rest else self._words).setdefault(phrase, label)

    def add_name(self, parts: tuple[str, ...]) -> None:
        """Add a full name; one with initials is not sought across words (``Mr. Lee`` is not M. R. Lee)."""
        joined = "".join(parts)
        if min(map(len, parts)) > 1:
            self._joined.setdefault(joined, Label.NAME)
            return
        self._phrases[parts[0]].setdefault(" ".join(parts), Label.NAME)
        if len(joined) >= SHORTEST_JOINED:
            self._words.setdefault(joined, Label.NAME)

    def add_part(self, part: str) -> None:
        """Add a word of a name. A function word (Will, An, Do) is one only where it is written with a capital."""
        if self._lexicon.is_function(part):
            self._capitalised.add(part)
            return
        self.add(Label.NAME, (part,))
        self.add_words(Label.NAME, [part + "s"])
        if len(part) >= SHORTEST_MISSPELT:
            self._names[part[0]].add(part)
            self._names[part[-1]].add(part)

    def add_nickname(self, name: str) -> None:
        """Add a short form of a given name. One that is a word as well (Bill, Art) counts with a capital only."""
        if self._lexicon.standing(name) is Standing.UNKNOWN:
            self.add_words(Label.NAME, [name])
        else:
            self._capitalised.add(name)

    def add_short(self, label: Label, numbers: Iterable[str]) -> None:
        """Add numbers of four digits, to be found where nothing makes them an amount."""
        self._short.update(dict.fromkeys(numbers, label))

    def add_day(self, day: date) -> None:
        """Add a date."""
        self._days.append(variants.day(day))

    def spans(self, reading: Reading) -> Iterator[Span]:
        """Yield where the identifiers stand in a text, with what belongs to them, overlaps included."""
        for span in self._found(reading):
            yield _whole(reading.text, span) if span.label in _BEHIND else span

    def _found(self, reading: Reading) -> Iterator[Span]:
        for word in reading.words & self._words.keys():
            yield from (Span(*place, self._words[word]) for place in reading.find_phrase(word))
        for first in reading.words & self._phrases.keys():
            for phrase, label in self._phrases[first].items():
                if phrase in reading.spaced:
                    yield from (Span(*place, label) for place in reading.find_phrase(phrase))
        for joined, label in self._joined.items():
            if joined in reading.compact:
                yield from (Span(*place, label) for place in reading.find_joined(joined))
        for day in self._days:
            if day.may_stand_in(reading.words):
                for form in day.forms:
                    if form in reading.spaced:
                        yield from (Span(*place, Label.DATE) for place in reading.find_phrase(form))
        for number in reading.words & self._short.keys():
            for start, end in reading.find_phrase(number):
                if not measures(reading.text, end) and not is_decimal(reading.text, start, end):
                    yield Span(start, end, self._short[number])
        yield from self._capitals(reading)

    def _capitals(self, reading: Reading) -> Iterator[Span]:
        """Yield names that only a capital tells from words, and names with one letter wrong."""
        no_capitals = reading.text.islower()
        capitals = [no_capitals or word[0].isupper() for word in reading.written]
        for number in compress(range(len(capitals)), capitals):
            token = reading.tokens[number]
            if token in self._capitalised or self._is_misspelt(token):
                yield Span(reading.starts[number], reading.ends[number], Label.NAME)

    def _is_misspelt(self, token: str) -> bool:
        """Tell whether a word is one edit away from a name: a letter more, less or other, or two changed about."""
        if len(token) < SHORTEST_MISSPELT - 1:
            return False
        for alike in (self._names.get(token[0], _NONE), self._names.get(token[-1], _NONE)):
            for name in alike:
                if abs(len(name) - len(token)) < 2 and OSA.distance(token, name, score_cutoff=1) <= 1:
                    return self._lexicon.standing(token) is not Standing.FREE
        return False


def own(identity: Identity, lexicon: Lexicon) -> Hunt:
    """Return the hunt for a patient's own identifiers, common words included.

    Of a patient whose records reach an age over 89, the year of birth is one too (45 CFR 164.514(b)(2)(i)(C): all
    elements of dates, the year included, that indicate such an age).
    """
    hunt = Hunt(lexicon)
    people = list(identity.people())
    names = {part for given, surname in people for part in variants.name_parts([*given, *surname])}
    for given, surname in people:
        for form in (*variants.full_names(given, surname), tuple(surname)):
            if len(form) > 1:
                hunt.add_name(form)
        for part in variants.name_parts([*given, *surname]):
            hunt.add_part(part)
        for name in given:
            for nickname in variants.nicknames(name):
                hunt.add_nickname(nickname)
                if surname:
                    hunt.add_name((nickname, *surname))
    for column in identity.values:
        for value in identity.of(column):
            if column in DATES:
                hunt.add_day(date.fromisoformat(value))
            elif column == "postal_code":
                hunt.add_words(Label.PLACE, variants.postal_code(value))
                hunt.add_short(Label.PLACE, variants.short_number(value))
            elif column not in (*OWN_NAMES, *OTHER_PEOPLE):
                label, forms = FORMS.get(column, RECORD_NUMBER)
                if column not in FORMS:
                    hunt.add_short(label, variants.short_number(value))
                for form in forms(value):
                    if column not in ("plan_name", "machine") or _is_telling(column, form, lexicon, names):
                        hunt.add(label, form)
    if identity.over_89:
        hunt.add_words(Label.DATE, (birth[:4] for birth in identity.of("birth_date")))
    return hunt


def _whole(text: str, span: Span) -> Span:
    """Return a place with what belongs to the identifier in it."""
    start, end = span.start, span.end
    if (before := _BEFORE.get(span.label)) and (match := before.search(text[max(0, start - REACH) : start])):
        start -= len(match[0])
    if match := _BEHIND[span.label].match(text, end):
        end = match.end()
    return Span(start, end, span.label)


def _is_telling(column: str, parts: tuple[str, ...], lexicon: Lexicon, names: set[str]) -> bool:
    """Tell whether the name of a plan or a machine says more than site, side and technique do.

    ``Breast R 2``, ``LeftHip`` and ``HDR`` are clinical language, which a text may hold; ``JS Breast``, ``Brain_0042``
    and the machine ``Linac 2`` are not.
    """
    shortest = 1 if column == "machine" else 3
    if any(part.isdigit() and len(part) >= shortest for part in parts):
        return True
    if not names.isdisjoint(parts):
        return True
    return any(part.isalpha() and len(part) > 1 and not lexicon.is_made_of_words(part) for part in parts)
