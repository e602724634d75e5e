"""Who a patient is, and where the known identifiers stand in a text, in the variants in which people write them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import compress

from rapidfuzz.distance import OSA

from radonc.deid.scrubber import variants
from radonc.deid.scrubber.count_context import has_unit, is_within_number
from radonc.deid.scrubber.lexicon import Lexicon, WordClass
from radonc.deid.scrubber.spans import Span
from radonc.deid.scrubber.tokenizer import TokenizedText
from radonc.vocabulary.tags import Label
from radonc.wordlists.context_words import FUNCTION_WORDS
from radonc.wordlists.words import nicknames

PATIENT_NAMES = ("first_name", "middle_name", "last_name", "former_name")
OTHER_PEOPLE = ("relative_name", "physician", "annotator")
DATES = ("birth_date", "diagnosis_date", "start_date", "end_date")
AGE_LIMIT = 89

VARIANTS: Mapping[str, tuple[Label, Callable[[str], variants.Variants]]] = {
    "street": (Label.PLACE, variants.street),
    "city": (Label.PLACE, variants.city),
    "phone": (Label.PHONE, variants.phone),
    "email": (Label.EMAIL, variants.email),
    "plan_name": (Label.ID, variants.plan),
    "machine": (Label.ID, variants.plan),
}
"""How columns are written in text. A column that is not listed here holds record numbers."""

RECORD_NUMBER = (Label.ID, variants.record_number)

MIN_JOINED_CHARACTERS = 5
"""Of fewer characters, neighbouring words make a name by chance (``an n`` is not Ann)."""

MIN_MISSPELT_LETTERS = 5
"""Shorter names have too many words one edit away."""

_NO_NAMES: frozenset[str] = frozenset()

# What may stand before and behind an identifier and belongs to it: country code, extension, apartment, ZIP+4.
_BEFORE = {Label.PHONE: re.compile(r"(?:\+\d{1,3}|(?<![\w.])(?:00\d{1,3}|1))(?!\. )[ .-]{0,2}\(?0?\)?[ .-]?\(?\Z")}
_BEHIND = {
    Label.PHONE: re.compile(r",?\s?(?:x|ext\.?|extension)\s?\d{1,6}\b", re.IGNORECASE),
    Label.PLACE: re.compile(
        r"\.?,?\s{0,2}(?:#|(?:apt|apartment|unit|suite|ste|flat|no)\b\.?)\s?#?\w{1,6}\b|[- ]\d{4}\b(?! ?c?gy)",
        re.IGNORECASE,
    ),
}
_BEFORE_CHARACTERS = 12


@dataclass
class Identity:
    """What the identifier, key and date columns of all tables say of a patient.

    Attributes
    ----------
    values
        The values by column, dates in ISO form.
    over_89
        Whether the records reach an age over 89.
    """

    values: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    over_89: bool = False

    @classmethod
    def from_columns(cls, known: Mapping[str, str | Iterable[str]]) -> Identity:
        """Return the identity of a mapping of columns to one or several values."""
        identity = cls()
        for column, values in known.items():
            for value in [values] if isinstance(values, str) else values:
                identity.add(column, value)
        identity.update_over_89()
        return identity

    def add(self, column: str, value: str) -> None:
        """Add a value of a column; blank ones are ignored."""
        if value.strip():
            self.values[column].add(value)

    def values_of(self, column: str) -> list[str]:
        """Return a column's values in a fixed order."""
        return sorted(self.values.get(column, ()))

    def update_over_89(self) -> None:
        """Note an age over 89 where the latest date reaches it."""
        latest = max((day for column in DATES for day in self.values_of(column)), default="")
        self.over_89 |= any(
            int(latest[:4]) - int(birth[:4]) - (latest[5:] < birth[5:]) > AGE_LIMIT
            for birth in self.values_of("birth_date")
        )

    def people(self) -> Iterator[tuple[list[str], list[str]]]:
        """Yield given names and surname of everybody in the records: the patient, relatives, physicians."""
        names = {column: [variants.patient_name(value) for value in self.values_of(column)] for column in PATIENT_NAMES}
        given = [word for column in PATIENT_NAMES[:2] for words in names[column] for word in words]
        for surname in names["last_name"] + names["former_name"] or [[]]:
            yield given, surname
        for column in OTHER_PEOPLE:
            yield from map(variants.person, self.values_of(column))


class KnownIdentifierMatcher:
    """Finds the identifiers of one patient in texts, common words included."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._words: dict[str, Label] = {}
        self._phrases: dict[str, dict[str, Label]] = defaultdict(dict)
        self._joined: dict[str, Label] = {}
        self._capitalised: set[str] = set()
        # A word one edit away from a name begins or ends as the name does.
        self._names_by_edge: dict[str, set[str]] = defaultdict(set)
        self._days: list[variants.DateVariants] = []
        self._short_numbers: dict[str, Label] = {}

    @classmethod
    def of(cls, identity: Identity, lexicon: Lexicon) -> KnownIdentifierMatcher:
        """Return the matcher of a patient's identifiers.

        Of a patient whose records reach an age over 89, the year of birth is one too (45 CFR 164.514(b)(2)(i)(C): all
        elements of dates, the year included, that indicate such an age).
        """
        matcher = cls(lexicon)
        people = list(identity.people())
        names = {part for given, surname in people for part in variants.name_parts([*given, *surname])}
        for given, surname in people:
            for form in (*variants.full_names(given, surname), tuple(surname)):
                if len(form) > 1:
                    matcher.add_name(form)
            for part in variants.name_parts([*given, *surname]):
                matcher.add_name_part(part)
            for nickname in (nickname for name in given for nickname in nicknames().get(name, ())):
                matcher.add_nickname(nickname)
                if surname:
                    matcher.add_name((nickname, *surname))
        for column in identity.values:
            for value in identity.values_of(column):
                if column in DATES:
                    matcher.add_day(date.fromisoformat(value))
                elif column == "postal_code":
                    matcher.add_words(Label.PLACE, variants.postal_code(value))
                    matcher.add_short_numbers(Label.PLACE, variants.short_number(value))
                elif column not in (*PATIENT_NAMES, *OTHER_PEOPLE):
                    label, forms = VARIANTS.get(column, RECORD_NUMBER)
                    if column not in VARIANTS:
                        matcher.add_short_numbers(label, variants.short_number(value))
                    for form in forms(value):
                        if column not in ("plan_name", "machine") or _identifies(column, form, lexicon, names):
                            matcher.add(label, form)
        if identity.over_89:
            matcher.add_words(Label.DATE, (birth[:4] for birth in identity.values_of("birth_date")))
        return matcher

    def add(self, label: Label, parts: tuple[str, ...]) -> None:
        """Add an identifier, to be found with any separators or none where it is long enough for that."""
        joined = "".join(parts)
        if len(joined) >= MIN_JOINED_CHARACTERS:
            self._joined.setdefault(joined, label)
        elif joined:
            self.add_words(label, {" ".join(parts), joined})

    def add_words(self, label: Label, phrases: Iterable[str]) -> None:
        """Add identifiers whose tokens must stand apart: ``3 14 15`` is a date, ``31415`` is not."""
        for phrase in phrases:
            first, _, rest = phrase.partition(" ")
            (self._phrases[first] if rest else self._words).setdefault(phrase, label)

    def add_name(self, parts: tuple[str, ...]) -> None:
        """Add a full name; one with initials is not searched across words (``Mr. Lee`` is not M. R. Lee)."""
        joined = "".join(parts)
        if min(map(len, parts)) > 1:
            self._joined.setdefault(joined, Label.NAME)
            return
        self._phrases[parts[0]].setdefault(" ".join(parts), Label.NAME)
        if len(joined) >= MIN_JOINED_CHARACTERS:
            self._words.setdefault(joined, Label.NAME)

    def add_name_part(self, part: str) -> None:
        """Add a word of a name. A function word (Will, An, Do) is one only where it is written with a capital."""
        if part in FUNCTION_WORDS:
            self._capitalised.add(part)
            return
        self.add(Label.NAME, (part,))
        self.add_words(Label.NAME, [part + "s"])
        if len(part) >= MIN_MISSPELT_LETTERS:
            self._names_by_edge[part[0]].add(part)
            self._names_by_edge[part[-1]].add(part)

    def add_nickname(self, name: str) -> None:
        """Add a short form of a given name. One that is a word as well (Bill, Art) counts with a capital only."""
        if self._lexicon.classify(name) is WordClass.UNKNOWN:
            self.add_words(Label.NAME, [name])
        else:
            self._capitalised.add(name)

    def add_short_numbers(self, label: Label, numbers: Iterable[str]) -> None:
        """Add numbers of four digits, to be found where they are no amount."""
        self._short_numbers.update(dict.fromkeys(numbers, label))

    def add_day(self, day: date) -> None:
        """Add a date."""
        self._days.append(variants.date_variants(day))

    def find(self, text: TokenizedText) -> Iterator[Span]:
        """Yield where the identifiers stand in a text, with what belongs to them, overlaps included."""
        for span in self._identifiers(text):
            yield _with_affixes(text.text, span) if span.label in _BEHIND else span

    def _identifiers(self, text: TokenizedText) -> Iterator[Span]:
        for word in text.words & self._words.keys():
            yield from (Span(*place, self._words[word]) for place in text.find_phrase(word))
        for first in text.words & self._phrases.keys():
            for phrase, label in self._phrases[first].items():
                if phrase in text.spaced:
                    yield from (Span(*place, label) for place in text.find_phrase(phrase))
        for joined, label in self._joined.items():
            if joined in text.compact:
                yield from (Span(*place, label) for place in text.find_joined(joined))
        for form in (form for day in self._days if day.may_stand_in(text.words) for form in day.forms):
            if form in text.spaced:
                yield from (Span(*place, Label.DATE) for place in text.find_phrase(form))
        for number in text.words & self._short_numbers.keys():
            for start, end in text.find_phrase(number):
                if not has_unit(text.text, end) and not is_within_number(text.text, start, end):
                    yield Span(start, end, self._short_numbers[number])
        yield from self._capitalised_names(text)

    def _capitalised_names(self, text: TokenizedText) -> Iterator[Span]:
        """Yield names that only a capital tells from words, and names with one letter wrong."""
        is_caseless = text.text.islower()
        for i in compress(range(len(text.tokens)), [is_caseless or word[0].isupper() for word in text.surface]):
            if text.tokens[i] in self._capitalised or self._is_misspelt_name(text.tokens[i]):
                yield Span(text.starts[i], text.ends[i], Label.NAME)

    def _is_misspelt_name(self, token: str) -> bool:
        """Tell whether a word is one edit away from a name: a letter more, less or other, or two transposed."""
        if len(token) < MIN_MISSPELT_LETTERS - 1:
            return False
        for names in (self._names_by_edge.get(token[0], _NO_NAMES), self._names_by_edge.get(token[-1], _NO_NAMES)):
            for name in names:
                if abs(len(name) - len(token)) < 2 and OSA.distance(token, name, score_cutoff=1) <= 1:
                    return self._lexicon.classify(token) is not WordClass.ALLOWED
        return False


def _with_affixes(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    before = _BEFORE.get(span.label)
    if before and (match := before.search(text[max(0, start - _BEFORE_CHARACTERS) : start])):
        start -= len(match[0])
    if match := _BEHIND[span.label].match(text, end):
        end = match.end()
    return Span(start, end, span.label)


def _identifies(column: str, parts: tuple[str, ...], lexicon: Lexicon, names: set[str]) -> bool:
    """Tell whether the name of a plan or a machine says more than site, side and technique do.

    ``Breast R 2``, ``LeftHip`` and ``HDR`` are clinical language, which a text may keep; ``JS Breast``, ``Brain_0042``
    and the machine ``Linac 2`` are not.
    """
    min_digits = 1 if column == "machine" else 3
    if any(part.isdigit() and len(part) >= min_digits for part in parts) or not names.isdisjoint(parts):
        return True
    return any(part.isalpha() and len(part) > 1 and not lexicon.is_clinical_compound(part) for part in parts)
