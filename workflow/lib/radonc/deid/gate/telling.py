"""What tells who somebody is wherever it stands: the identifiers that are hunted in every record and every file.

Of all identifiers of the extract in all their spellings, those whose words all occur in what leaves go into one
Aho-Corasick automaton. The others cannot match. So the automaton of a million patients is small, and finds the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import NamedTuple

import ahocorasick

from radonc.deid.gate.numbers import COLUMNS, Numbers
from radonc.deid.gate.people import People, name_words, national, without_end
from radonc.deid.gate.text import Reading, fold_runs
from radonc.deid.gate.words import ADDRESSES, STREETS, is_distinct, ordinary

MIN_NUMBER = 7
MIN_NAME = 6
MIN_SURNAME = 4
ZIP_PLUS_4 = 9

Spelling = tuple[str, ...]


class Needle(NamedTuple):
    """How a find counts.

    Attributes
    ----------
    kind
        The identifier's column, or ``full name``.
    capitals
        Its words, where it counts only if they are written with a capital.
    lone
        A single name: it counts only where nobody else's names stand.
    """

    kind: str
    capitals: frozenset[str] = frozenset()
    lone: bool = False


class Telling:
    """The automaton of what tells who somebody is.

    Parameters
    ----------
    people
        The extract's.
    heard
        All words and numbers, folded, of what is to be searched.
    numbers
        Which record numbers tell by themselves.
    """

    def __init__(self, people: People, heard: Set[str], numbers: Numbers) -> None:
        self._automaton = ahocorasick.Automaton()
        for spelling, needle in _spellings(people, heard, numbers):
            if all(word in heard for word in spelling):
                text = f" {' '.join(spelling)} "
                # The stricter of two readings would hide the other.
                if text not in self._automaton or self._automaton.get(text).capitals:
                    self._automaton.add_word(text, needle)
        self.size = len(self._automaton)
        if self.size:
            self._automaton.make_automaton()

    def kinds(self, reading: Reading, *, lone: bool) -> set[str]:
        """Return the kinds of what stands in a text; single names count only if asked for."""
        if not self.size:
            return set()
        return {
            needle.kind
            for _, needle in self._automaton.iter(reading.spaced)
            if (lone or not needle.lone) and needle.capitals <= reading.capitalised
        }


def _spellings(people: People, heard: Set[str], numbers: Numbers) -> Iterator[tuple[Spelling, Needle]]:
    yield from _full_names(people, heard)
    yield from _other_names(people)
    yield from _lone_names(people, heard)
    yield from _places(people)
    yield from _plans(people)
    yield from _contacts(people)
    for column in COLUMNS:
        needle = Needle(column)
        for value in people.values(column):
            runs = fold_runs(value)
            if len("".join(runs)) >= MIN_NUMBER and not numbers.are_dense(column, value):
                yield tuple(runs), needle


def _contacts(people: People) -> Iterator[tuple[Spelling, Needle]]:
    phone, email = Needle("phone"), Needle("email")
    for value in people.values("phone"):
        digits = national(value)
        if len(digits) == 10:
            area, exchange, line = digits[:3], digits[3:6], digits[6:]
            for form in ((digits,), (area, exchange + line), (area + exchange, line), (area, exchange, line)):
                yield form, phone
    for value in people.values("email"):
        runs = fold_runs(value)
        if len("".join(runs)) >= MIN_NAME:
            yield tuple(runs), email


def _full_names(people: People, heard: Set[str]) -> Iterator[tuple[Spelling, Needle]]:
    for given, middle, *surnames in people.values("first_name", "middle_name", "last_name", "former_name"):
        first, between = name_words("first_name", given or ""), name_words("middle_name", middle or "")
        for surname in surnames:
            last = name_words("last_name", surname or "")
            if first and last and _is_telling(["".join(first), "".join(last)]):
                for spelling in _whole_names(first, between, last, heard):
                    yield spelling, Needle("full name", _capitals(spelling))


def _whole_names(first: Spelling, between: Spelling, last: Spelling, heard: Set[str]) -> Iterator[Spelling]:
    """Yield first and last name in both orders, with and without the names between, and in one word."""
    yield ("".join(first + last),)
    yield ("".join(last + first),)
    # Of a million names few are heard: the others are not spelled out.
    for surname in _forms(last):
        if surname[-1] in heard:
            for given in _forms(first):
                yield given + surname
                yield surname + given
                if between:
                    yield (*given, *between, *surname)
                    yield (*given, between[0][0], *surname)


def _forms(words: Sequence[str]) -> set[Spelling]:
    return {tuple(words), ("".join(words),)}


def _other_names(people: People) -> Iterator[tuple[Spelling, Needle]]:
    for column in ("relative_name", "physician", "annotator"):
        for value in people.values(column):
            last_or_whole, _, first = value.partition(",")
            names = name_words(column, first) + name_words(column, last_or_whole)
            if len(names) > 1 and _is_telling(names):
                needle = Needle(column, _capitals(names))
                yield tuple(names), needle
                yield (*names[1:], names[0]), needle
                yield (names[-1], *names[:-1]), needle


def _lone_names(people: People, heard: Set[str]) -> Iterator[tuple[Spelling, Needle]]:
    """Yield surnames alone if they are no word, and behind Dr. and Mr. all the same."""
    for column in ("last_name", "former_name"):
        for value in people.values(column):
            words = name_words(column, value)
            joined = "".join(words)
            for form in _forms(words) if words else ():
                if form[-1] not in heard:
                    continue
                capitals = frozenset({form[-1]})
                yield from (((title, *form), Needle(column, capitals)) for title in ADDRESSES)
                if len(joined) >= MIN_SURNAME and joined not in ordinary():
                    yield form, Needle(column, capitals, lone=True)


def _places(people: People) -> Iterator[tuple[Spelling, Needle]]:
    for value in people.values("street"):
        yield from ((form, Needle("street")) for form in _addresses(fold_runs(value)))
    for value in people.values("city"):
        runs = fold_runs(value.split(",")[0])
        joined = "".join(runs)
        if len(runs) > 1 and len(joined) >= MIN_NAME:
            yield tuple(runs), Needle("city", frozenset(runs))
        if len(joined) >= MIN_SURNAME and joined not in ordinary():
            yield (joined,), Needle("city", frozenset({joined}), lone=True)
    for value in people.values("postal_code"):
        runs = fold_runs(value)
        if len("".join(runs)) >= ZIP_PLUS_4:
            yield from ((form, Needle("postal_code")) for form in _forms(runs))


def _addresses(runs: list[str]) -> Iterator[Spelling]:
    """Yield an address as a whole, without the flat, with the way's word cut or not, and without it if that tells."""
    way = without_end(runs)
    forms = [runs]
    if len(way) < len(runs):
        forms += [[*way, end] for end in (runs[len(way)], STREETS[runs[len(way)]])]
        if any(word.isalpha() and word not in ordinary() for word in way):
            forms.append(way)
    yield from (tuple(form) for form in forms if len(form) > 1 and len("".join(form)) >= MIN_NAME)


def _plans(people: People) -> Iterator[tuple[Spelling, Needle]]:
    """Yield the names of plans that one patient has alone, and that say more than site and side."""
    bearers = Counter(name for name, _ in people.values("plan_name", "patient_id"))
    for value, n_patients in bearers.items():
        runs = fold_runs(value or "")
        if n_patients == 1 and len("".join(runs)) >= MIN_NUMBER and is_distinct(value):
            yield tuple(runs), Needle("plan_name")


def _is_telling(names: Sequence[str]) -> bool:
    return min(map(len, names)) > 1 and len("".join(names)) >= MIN_NAME


def _capitals(names: Iterable[str]) -> frozenset[str]:
    """Return the words of a name that must be written with capitals: all, where all of them are ordinary words."""
    words = frozenset(names)
    return words if words <= ordinary() else frozenset()
