"""Identifiers that identify wherever they stand, and are searched for in every record and every file.

Of all identifiers of the extract in all their spellings, those whose words all occur in what leaves go into one
Aho-Corasick automaton. The others cannot match. So the automaton of a million patients is small, and finds the same.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import NamedTuple

import ahocorasick

from radonc.deid.gate.folded_text import FoldedText, fold_tokens
from radonc.deid.gate.people import STREET_SUFFIXES, People, is_distinct, name_words, national, ordinary, without_suffix

MIN_FREE_NUMBER = 7
MIN_NAME = 6
MIN_SURNAME = 4
ZIP_PLUS_4 = 9
# Behind one of them even an ordinary word is a name.
FORMS_OF_ADDRESS = ("dr", "mr", "mrs", "ms", "miss", "doctor")
RECORD_NUMBERS = ("mrn", "patient_id", "diagnosis_id", "plan_id")
# From this chance on that a count of the same length is one of them, a record number identifies nobody.
DENSE = 0.05
# Below this chance a column of numbers is a column of record numbers, and not by accident.
CHANCE = 0.001
Spelling = tuple[str, ...]


class SearchTerm(NamedTuple):
    """When a match counts: where all of ``capitals`` are written with a capital, and single names are not others'."""

    kind: str
    capitals: frozenset[str] = frozenset()
    single_names: bool = False


class RecordNumbers:
    """The record numbers of an extract that are plain numbers; of these, only those present in what is searched."""

    def __init__(self, people: People, present: Set[str]) -> None:
        self._known: dict[str, set[str]] = {}
        self._distribution: dict[tuple[str, int], tuple[float, float]] = {}
        for column in RECORD_NUMBERS:
            plain = [value for value in people.values(column) if value.isdecimal() and value.isascii()]
            self._known[column] = {value for value in plain if value in present}
            for length in {len(value) for value in plain}:
                numbers = [int(value) for value in plain if len(value) == length]
                low, high = max(min(numbers), 1), max(max(numbers), 1)
                # Counts are spread evenly over the logarithms (Benford's law): this is the chance that one of this
                # length lies between the lowest and the highest; and this, how many of the numbers between are taken.
                span, share = math.log10((high + 1) / low), len(numbers) / (high - low + 1)
                self._distribution[column, length] = span, share

    def _chance(self, column: str, length: int, n_hits: int = 1) -> float:
        """Return the chance that this many counts of one column are all record numbers."""
        span, share = self._distribution.get((column, length), (0.0, 0.0))
        return span * share**n_hits

    def is_dense(self, column: str, number: str) -> bool:
        """Tell whether so many numbers of this length are taken that any count may be one."""
        return number.isdecimal() and self._chance(column, len(number)) > DENSE

    def dense_lengths(self) -> list[str]:
        """Return which numbers are not searched for one by one."""
        dense = [key for key in sorted(self._distribution) if self._chance(*key) > DENSE]
        return [f"{column} of {length} digits" for column, length in dense]

    def kind_of(self, numbers: Set[str]) -> str | None:
        """Return which column of record numbers these numbers make: more than half are, and that cannot be chance."""
        for column, known in self._known.items():
            hits = known & numbers
            if 2 * len(hits) > len(numbers) and max(self._chance(column, len(hit), len(hits)) for hit in hits) < CHANCE:
                return column
        return None


class IdentifierAutomaton:
    """The automaton of all terms that identify by themselves and whose words are present in what is searched."""

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

    def kinds(self, text: FoldedText, *, single_names: bool) -> set[str]:
        """Return the kinds of identifiers in a text; single names count only if asked for."""
        if not self.size:
            return set()
        return {
            term.kind
            for _, term in self._automaton.iter(text.spaced)
            if (single_names or not term.single_names) and term.capitals <= text.capitalised
        }


def _spellings(people: People, present: Set[str], numbers: RecordNumbers) -> Iterator[tuple[Spelling, SearchTerm]]:
    yield from _full_names(people, present)
    yield from _other_names(people)
    yield from _single_names(people, present)
    yield from _places(people)
    # Names of plans that only one patient has, and that say more than site and side.
    n_patients_with = Counter(name for name, _ in people.values("plan_name", "patient_id"))
    for value, n_patients in n_patients_with.items():
        if value and n_patients == 1 and is_distinct(value):
            yield from _whole(value, SearchTerm("plan_name"), MIN_FREE_NUMBER)
    for value in people.values("phone"):
        digits = national(value)
        if len(digits) == 10:
            area, exchange, line = digits[:3], digits[3:6], digits[6:]
            forms = ((digits,), (area, exchange + line), (area + exchange, line), (area, exchange, line))
            yield from ((form, SearchTerm("phone")) for form in forms)
    for value in people.values("email"):
        yield from _whole(value, SearchTerm("email"), MIN_NAME)
    for column in RECORD_NUMBERS:
        for value in people.values(column):
            if not numbers.is_dense(column, value):
                yield from _whole(value, SearchTerm(column), MIN_FREE_NUMBER)


def _whole(value: str, term: SearchTerm, min_length: int) -> Iterator[tuple[Spelling, SearchTerm]]:
    """Yield a value as it stands, if it is long enough."""
    tokens = fold_tokens(value)
    if len("".join(tokens)) >= min_length:
        yield tuple(tokens), term


def _full_names(people: People, present: Set[str]) -> Iterator[tuple[Spelling, SearchTerm]]:
    """Yield first and last name in both orders, with and without the names between, and in one word."""
    for given, middle, *surnames in people.values("first_name", "middle_name", "last_name", "former_name"):
        first, between = name_words("first_name", given or ""), name_words("middle_name", middle or "")
        for surname in surnames:
            last = name_words("last_name", surname or "")
            if not (first and last and _identifies(["".join(first), "".join(last)])):
                continue
            spellings: list[Spelling] = [("".join(first + last),), ("".join(last + first),)]
            # Of a million names few are present: the others are not spelled out.
            for after in _forms(last):
                if after[-1] in present:
                    for before in _forms(first):
                        spellings += [before + after, after + before]
                        if between:
                            spellings += [(*before, *between, *after), (*before, between[0][0], *after)]
            yield from ((spelling, SearchTerm("full name", _capitals(spelling))) for spelling in spellings)


def _forms(words: Sequence[str]) -> set[Spelling]:
    return {tuple(words), ("".join(words),)}


def _other_names(people: People) -> Iterator[tuple[Spelling, SearchTerm]]:
    for column in ("relative_name", "physician", "annotator"):
        for value in people.values(column):
            last_or_whole, _, first = value.partition(",")
            names = name_words(column, first) + name_words(column, last_or_whole)
            if len(names) > 1 and _identifies(names):
                term = SearchTerm(column, _capitals(names))
                yield from ((form, term) for form in (names, (*names[1:], names[0]), (names[-1], *names[:-1])))


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


def _identifies(names: Sequence[str]) -> bool:
    return min(map(len, names)) > 1 and len("".join(names)) >= MIN_NAME


def _capitals(names: Iterable[str]) -> frozenset[str]:
    """Return the words of a name that must be written with a capital: all, where all of them are ordinary words."""
    words = frozenset(names)
    return words if words <= ordinary() else frozenset()
