"""Who a patient is, and where the known identifiers stand in a text, in the variants in which people write them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import compress

from rapidfuzz.distance import OSA

from radonc.deid.scrubber import variants
from radonc.deid.scrubber.lexicon import Lexicon, WordClass
from radonc.deid.scrubber.pattern import has_unit, is_within_number
from radonc.deid.scrubber.spans import Span
from radonc.deid.scrubber.tokenizer import TokenizedText
from radonc.vocabulary.tags import Label
from radonc.wordlists.context_words import FUNCTION_WORDS
from radonc.wordlists.words import nicknames

PATIENT_NAMES = ("first_name", "middle_name", "last_name", "former_name")
OTHER_PEOPLE = ("relative_name", "physician", "annotator")
DATES = ("birth_date", "diagnosis_date", "start_date", "end_date")
AGE_LIMIT = 89

# How other columns are written in text. One that is not listed here holds record numbers.
VARIANTS: Mapping[str, tuple[Label, Callable[[str], variants.Variants]]] = {
    "street": (Label.PLACE, variants.street),
    "city": (Label.PLACE, variants.city),
    "phone": (Label.PHONE, variants.phone),
    "email": (Label.EMAIL, variants.email),
    "plan_name": (Label.ID, variants.plan),
    "machine": (Label.ID, variants.plan),
}

# Of fewer characters, neighbouring words make a name by chance ("an n" is not Ann).
MIN_JOINED_CHARACTERS = 5
# Shorter names have too many words one edit away.
MIN_MISSPELT_LETTERS = 5

# What may stand before and behind an identifier and belongs to it: country code, extension, apartment, ZIP+4.
_BEFORE = {Label.PHONE: re.compile(r"(?:\+\d{1,3}|(?<![\w.])(?:00\d{1,3}|1))(?!\. )[ .-]{0,2}\(?0?\)?[ .-]?\(?\Z")}
_BEHIND = {
    Label.PHONE: re.compile(r",?\s?(?:x|ext\.?|extension)\s?\d{1,6}\b", re.IGNORECASE),
    Label.PLACE: re.compile(
        r"\.?,?\s{0,2}(?:#|(?:apt|apartment|unit|suite|ste|flat|no)\b\.?)\s?#?\w{1,6}\b|[- ]\d{4}\b(?! ?c?gy)",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True)
class Identity:
    """What the identifier, key and date columns of all tables say of a patient: values by column, dates in ISO form."""

    values: Mapping[str, list[str]]
    over_89: bool  # the records reach an age over 89

    @classmethod
    def from_columns(cls, known: Mapping[str, str | Iterable[str]], *, over_89: bool = False) -> Identity:
        """Return the identity of a mapping of columns to one or several values; blank ones are ignored."""
        values = {}
        for column, given in known.items():
            distinct = {given} if isinstance(given, str) else set(given)
            values[column] = sorted(value for value in distinct if value.strip())
        latest = max((day for column in DATES for day in values.get(column, ())), default="")
        over_89 |= any(
            int(latest[:4]) - int(birth[:4]) - (latest[5:] < birth[5:]) > AGE_LIMIT
            for birth in values.get("birth_date", ())
        )
        return cls(values, over_89)

    def values_of(self, column: str) -> list[str]:
        """Return a column's values in a fixed order."""
        return self.values.get(column, [])

    def people(self) -> Iterator[tuple[list[str], list[str]]]:
        """Yield given names and surname of everybody in the records: the patient, relatives, physicians."""
        names = {column: [variants.patient_name(value) for value in self.values_of(column)] for column in PATIENT_NAMES}
        given = [word for column in PATIENT_NAMES[:2] for words in names[column] for word in words]
        for surname in names["last_name"] + names["former_name"] or [[]]:
            yield given, surname
        for column in OTHER_PEOPLE:
            yield from map(variants.person, self.values_of(column))


class KnownIdentifierMatcher:
    """Finds the identifiers of one patient in texts, common words included.

    Of a patient whose records reach an age over 89, the year of birth is one too (45 CFR 164.514(b)(2)(i)(C): all
    elements of dates, the year included, that indicate such an age).
    """

    def __init__(self, identity: Identity, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        # Words and phrases, by their first word.
        self._phrases: dict[str, dict[str, Label]] = defaultdict(dict)
        self._joined: dict[str, Label] = {}
        self._capitalised: set[str] = set()
        # A word one edit away from a name begins or ends as the name does.
        self._names_by_edge: dict[str, set[str]] = defaultdict(set)
        self._days: list[Mapping[str, list[str]]] = []
        # Numbers of four digits, to be found where they are no amount.
        self._short_numbers: dict[str, Label] = {}

        people = list(identity.people())
        names = {part for given, surname in people for part in variants.name_parts([*given, *surname])}
        for name in names:
            self._add_name_part(name)
        for given, surname in people:
            for form in (*variants.full_names(given, surname), tuple(surname)):
                if len(form) > 1:
                    self._add_name(form)
            for nickname in (nickname for name in given for nickname in nicknames().get(name, ())):
                self._add_nickname(nickname)
                if surname:
                    self._add_name((nickname, *surname))
        for column, values in identity.values.items():
            for value in values:
                self._add_value(column, value, names)
        if identity.over_89:
            self._add_words(Label.DATE, (birth[:4] for birth in identity.values_of("birth_date")))

    def _add_value(self, column: str, value: str, names: set[str]) -> None:
        """Add a value of any column but one of names."""
        label, forms = VARIANTS.get(column, (Label.ID, variants.record_number))
        if column in DATES:
            self._days.append(variants.date_forms(date.fromisoformat(value)))
        elif column == "postal_code":
            self._add_words(Label.PLACE, variants.postal_code(value))
            self._short_numbers.update(dict.fromkeys(variants.short_number(value), Label.PLACE))
        elif column not in (*PATIENT_NAMES, *OTHER_PEOPLE):
            if column not in VARIANTS:
                self._short_numbers.update(dict.fromkeys(variants.short_number(value), label))
            for form in forms(value):
                if column not in ("plan_name", "machine") or _identifies(column, form, self._lexicon, names):
                    self._add(label, form)

    def _add(self, label: Label, parts: tuple[str, ...]) -> None:
        """Add an identifier, to be found with any separators or none where it is long enough for that."""
        joined = "".join(parts)
        if len(joined) >= MIN_JOINED_CHARACTERS:
            self._joined.setdefault(joined, label)
        elif joined:
            self._add_words(label, {" ".join(parts), joined})

    def _add_words(self, label: Label, phrases: Iterable[str]) -> None:
        """Add identifiers whose tokens must stand apart: ``3 14 15`` is a date, ``31415`` is not."""
        for phrase in phrases:
            self._phrases[phrase.partition(" ")[0]].setdefault(phrase, label)

    def _add_name(self, parts: tuple[str, ...]) -> None:
        """Add a full name; one with initials is not searched across words (``Mr. Lee`` is not M. R. Lee)."""
        joined = "".join(parts)
        if min(map(len, parts)) > 1:
            self._joined.setdefault(joined, Label.NAME)
        else:
            self._add_words(Label.NAME, [" ".join(parts), *([joined] if len(joined) >= MIN_JOINED_CHARACTERS else [])])

    def _add_name_part(self, part: str) -> None:
        """Add a word of a name. A function word (Will, An, Do) is one only where it is written with a capital."""
        if part in FUNCTION_WORDS:
            self._capitalised.add(part)
            return
        self._add(Label.NAME, (part,))
        self._add_words(Label.NAME, [part + "s"])
        if len(part) >= MIN_MISSPELT_LETTERS:
            self._names_by_edge[part[0]].add(part)
            self._names_by_edge[part[-1]].add(part)

    def _add_nickname(self, name: str) -> None:
        """Add a short form of a given name. One that is a word as well (Bill, Art) counts with a capital only."""
        if self._lexicon.classify(name) is WordClass.UNKNOWN:
            self._add_words(Label.NAME, [name])
        else:
            self._capitalised.add(name)

    def find(self, text: TokenizedText) -> Iterator[Span]:
        """Yield where the identifiers stand in a text, with what belongs to them, overlaps included."""
        for span in self._identifiers(text):
            yield _with_affixes(text.text, span) if span.label in _BEHIND else span

    def _identifiers(self, text: TokenizedText) -> Iterator[Span]:
        # Of two labels for one place the first counts.
        for first in text.words & self._phrases.keys():
            for phrase, label in self._phrases[first].items():
                if phrase in text.spaced:
                    yield from (Span(*place, label) for place in text.find_phrase(phrase))
        for joined, label in self._joined.items():
            if joined in text.compact:
                yield from (Span(*place, label) for place in text.find_joined(joined))
        for forms in self._days:
            for form in (form for first in text.words & forms.keys() for form in forms[first]):
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
        names = self._names_by_edge[token[0]] | self._names_by_edge[token[-1]]
        is_near = any(OSA.distance(token, name, score_cutoff=1) <= 1 for name in names)
        return is_near and self._lexicon.classify(token) is not WordClass.ALLOWED


def _with_affixes(text: str, span: Span) -> Span:
    start, end, label = span
    before = _BEFORE.get(label)
    if before and (match := before.search(text[max(0, start - 12) : start])):
        start -= len(match[0])
    if match := _BEHIND[label].match(text, end):
        end = match.end()
    return Span(start, end, label)


def _identifies(column: str, parts: tuple[str, ...], lexicon: Lexicon, names: set[str]) -> bool:
    """Tell whether the name of a plan or a machine says more than site, side and technique do.

    ``Breast R 2``, ``LeftHip`` and ``HDR`` are clinical language, which a text may keep; ``JS Breast``, ``Brain_0042``
    and the machine ``Linac 2`` are not.
    """
    min_digits = 1 if column == "machine" else 3
    if any(part.isdigit() and len(part) >= min_digits for part in parts) or not names.isdisjoint(parts):
        return True
    return any(part.isalpha() and len(part) > 1 and not lexicon.is_clinical_compound(part) for part in parts)
