"""Identifiers that identify wherever they stand, and are searched for in every record and every file.

Of all identifiers of the extract in all their spellings, those whose words all occur in what leaves go into one
Aho-Corasick automaton. The others cannot match. So the automaton of a million patients is small, and finds the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import NamedTuple

import ahocorasick

from radonc.deid.gate.folded_text import FoldedText, fold_tokens
from radonc.deid.gate.people import People, name_words, national, without_suffix
from radonc.deid.gate.record_numbers import COLUMNS, RecordNumbers
from radonc.deid.gate.words import FORMS_OF_ADDRESS, STREET_SUFFIXES, is_distinct, ordinary

MIN_NUMBER = 7
MIN_NAME = 6
MIN_SURNAME = 4
ZIP_PLUS_4 = 9

Spelling = tuple[str, ...]


class SearchTerm(NamedTuple):
    """When a match counts.

    Attributes
    ----------
    kind
        The identifier's column, or ``full name``.
    capitals
        Its words that must be written with a capital.
    single_names
        Whether it is a single name, which counts only where the names of others are not expected.
    """

    kind: str
    capitals: frozenset[str] = frozenset()
    single_names: bool = False


class IdentifierAutomaton:
    """The automaton of all terms that identify by themselves.

    Parameters
    ----------
    people
        The people of the extract.
    present
        All words and numbers, folded, of what is to be searched.
    numbers
        The record numbers, and which of them identify by themselves.
    """

    def __init__(self, people: People, present: Set[str], numbers: RecordNumbers) -> None:
        self._automaton = ahocorasick.Automaton()
        for spelling, term in _spellings(people, present, numbers):
            if all(word in present for word in spelling):
                text = f" {' '.join(spelling)} "
                # The stricter of two terms would hide the other.
                if text not in self._automaton or self._automaton.get(text).capitals:
                    self._automaton.add_word(text, term)
        self.size = len(self._automaton)
        if self.size:
            self._automaton.make_automaton()

    def kinds(self, reading: FoldedText, *, single_names: bool) -> set[str]:
        """Return the kinds of identifiers in a text; single names count only if asked for."""
        if not self.size:
            return set()
        return {
            term.kind
            for _, term in self._automaton.iter(reading.spaced)
            if (single_names or not term.single_names) and term.capitals <= reading.capitalised
        }


def _spellings(people: People, present: Set[str], numbers: RecordNumbers) -> Iterator[tuple[Spelling, SearchTerm]]:
    yield from _full_names(people, present)
    yield from _other_names(people)
    yield from _single_names(people, present)
    yield from _places(people)
    yield from _plans(people)
    yield from _contacts(people)
    for column in COLUMNS:
        term = SearchTerm(column)
        for value in people.values(column):
            tokens = fold_tokens(value)
            if len("".join(tokens)) >= MIN_NUMBER and not numbers.is_dense(column, value):
                yield tuple(tokens), term


def _contacts(people: People) -> Iterator[tuple[Spelling, SearchTerm]]:
    phone, email = SearchTerm("phone"), SearchTerm("email")
    for value in people.values("phone"):
        digits = national(value)
        if len(digits) == 10:
            area, exchange, line = digits[:3], digits[3:6], digits[6:]
            for form in ((digits,), (area, exchange + line), (area + exchange, line), (area, exchange, line)):
                yield form, phone
    for value in people.values("email"):
        tokens = fold_tokens(value)
        if len("".join(tokens)) >= MIN_NAME:
            yield tuple(tokens), email


def _full_names(people: People, present: Set[str]) -> Iterator[tuple[Spelling, SearchTerm]]:
    for given, middle, *surnames in people.values("first_name", "middle_name", "last_name", "former_name"):
        first, between = name_words("first_name", given or ""), name_words("middle_name", middle or "")
        for surname in surnames:
            last = name_words("last_name", surname or "")
            if first and last and _identifies(["".join(first), "".join(last)]):
                for spelling in _whole_names(first, between, last, present):
                    yield spelling, SearchTerm("full name", _capitals(spelling))


def _whole_names(first: Spelling, between: Spelling, last: Spelling, present: Set[str]) -> Iterator[Spelling]:
    """Yield first and last name in both orders, with and without the names between, and in one word."""
    yield ("".join(first + last),)
    yield ("".join(last + first),)
    # Of a million names few are present: the others are not spelled out.
    for surname in _forms(last):
        if surname[-1] in present:
            for given in _forms(first):
                yield given + surname
                yield surname + given
                if between:
                    yield (*given, *between, *surname)
                    yield (*given, between[0][0], *surname)


def _forms(words: Sequence[str]) -> set[Spelling]:
    return {tuple(words), ("".join(words),)}


def _other_names(people: People) -> Iterator[tuple[Spelling, SearchTerm]]:
    for column in ("relative_name", "physician", "annotator"):
        for value in people.values(column):
            last_or_whole, _, first = value.partition(",")
            names = name_words(column, first) + name_words(column, last_or_whole)
            if len(names) > 1 and _identifies(names):
                term = SearchTerm(column, _capitals(names))
                yield tuple(names), term
                yield (*names[1:], names[0]), term
                yield (names[-1], *names[:-1]), term


def _single_names(people: People, present: Set[str]) -> Iterator[tuple[Spelling, SearchTerm]]:
    """Yield surnames alone if they are no word, and behind Dr. and Mr. in any case."""
    for column in ("last_name", "former_name"):
        for value in people.values(column):
            words = name_words(column, value)
            joined = "".join(words)
            for form in _forms(words) if words else ():
                if form[-1] not in present:
                    continue
                capitals = frozenset({form[-1]})
                yield from (((title, *form), SearchTerm(column, capitals)) for title in FORMS_OF_ADDRESS)
                if len(joined) >= MIN_SURNAME and joined not in ordinary():
                    yield form, SearchTerm(column, capitals, single_names=True)


def _places(people: People) -> Iterator[tuple[Spelling, SearchTerm]]:
    for value in people.values("street"):
        yield from ((form, SearchTerm("street")) for form in _addresses(fold_tokens(value)))
    for value in people.values("city"):
        tokens = fold_tokens(value.split(",")[0])
        joined = "".join(tokens)
        if len(tokens) > 1 and len(joined) >= MIN_NAME:
            yield tuple(tokens), SearchTerm("city", frozenset(tokens))
        if len(joined) >= MIN_SURNAME and joined not in ordinary():
            yield (joined,), SearchTerm("city", frozenset({joined}), single_names=True)
    for value in people.values("postal_code"):
        tokens = fold_tokens(value)
        if len("".join(tokens)) >= ZIP_PLUS_4:
            yield from ((form, SearchTerm("postal_code")) for form in _forms(tokens))


def _addresses(tokens: list[str]) -> Iterator[Spelling]:
    """Yield an address as a whole, without the flat, with its suffix short or long, and without if that identifies."""
    way = without_suffix(tokens)
    forms = [tokens]
    if len(way) < len(tokens):
        forms += [[*way, end] for end in (tokens[len(way)], STREET_SUFFIXES[tokens[len(way)]])]
        if any(word.isalpha() and word not in ordinary() for word in way):
            forms.append(way)
    yield from (tuple(form) for form in forms if len(form) > 1 and len("".join(form)) >= MIN_NAME)


def _plans(people: People) -> Iterator[tuple[Spelling, SearchTerm]]:
    """Yield the names of plans that only one patient has, and that say more than site and side."""
    n_patients_with = Counter(name for name, _ in people.values("plan_name", "patient_id"))
    for value, n_patients in n_patients_with.items():
        tokens = fold_tokens(value or "")
        if n_patients == 1 and len("".join(tokens)) >= MIN_NUMBER and is_distinct(value):
            yield tuple(tokens), SearchTerm("plan_name")


def _identifies(names: Sequence[str]) -> bool:
    return min(map(len, names)) > 1 and len("".join(names)) >= MIN_NAME


def _capitals(names: Iterable[str]) -> frozenset[str]:
    """Return the words of a name that must be written with a capital: all, where all of them are ordinary words."""
    words = frozenset(names)
    return words if words <= ordinary() else frozenset()
