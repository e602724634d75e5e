"""Patterns of identifiers: a google-re2 expression each, and a look at the context of each match.

re2 works in linear time on any input, and has no look-around: what must not stand beside a match is checked afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import re2

from radonc.deid.scrubber.count_context import has_unit
from radonc.deid.scrubber.spans import Span
from radonc.vocabulary.tags import Label

AUTOMATON_BYTES = 1 << 25

_AGE_FOLLOWS = re.compile(r"[\s-]{0,2}(?:years?|yrs?|yo|y/o|y\.\s?o)\b", re.IGNORECASE)
_LAST_NUMBER = re.compile(r"(?<=[\w)])[\s.,;:*/•-]*\s[\s.,;:*/•-]*\d{1,2}$")
_CODE_BEFORE = re.compile(
    r"(?:[A-Za-z0-9]{1,6}[-._/])+\Z"
    r"|(?<![A-Za-z])(?!(?:MRN|MR|ID|NO|UR|SSN|CSN|NHS|NHI|DOB|ZIP|PIN|SN|HAR|DL|IS|AT|OF|TEL|FAX) )[A-Z]{1,3} \Z"
)
_CODE_BEHIND = re.compile(r"(?:[-_][A-Za-z0-9]{1,4})+(?![\w])")
_CODE_CONTEXT_CHARACTERS = 16


class Match(Protocol):
    """The part of a match object of re2 that is used here."""

    string: str

    def group(self, number: int = 0, /) -> str | None:
        """Return a group's text."""

    def start(self, number: int = 0, /) -> int:
        """Return a group's start."""

    def end(self, number: int = 0, /) -> int:
        """Return a group's end."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A form of an identifier.

    Attributes
    ----------
    label
        What stands there.
    expression
        Its one group is what is redacted; without a group it is the whole match.
    example
        A text of which this pattern redacts what no other does.
    accept
        Sees each match and may refuse it.
    """

    label: Label
    expression: str
    example: str
    accept: Callable[[Match], bool] = lambda _: True


class PatternMatcher:
    """Finds what matches any of the patterns.

    All patterns together make one automaton, which tells in one pass over a text which of them can match at all.
    """

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.patterns = tuple(patterns)
        self._expressions = [re2.compile(pattern.expression) for pattern in patterns]
        options = re2.Options()
        # With less, the automaton forgets and begins anew on every text: forty times as slow.
        options.max_mem = AUTOMATON_BYTES
        self._automaton = re2.Set.SearchSet(options)
        for pattern in patterns:
            self._automaton.Add(pattern.expression)
        self._automaton.Compile()
        self.find = lru_cache(maxsize=1 << 11)(self._find)

    def _find(self, text: str) -> tuple[Span, ...]:
        """Return the spans that match a pattern, overlaps included."""
        return tuple(self._matches(text))

    def _matches(self, text: str) -> Iterator[Span]:
        for i in sorted(self._automaton.Match(text) or ()):
            pattern, expression = self.patterns[i], self._expressions[i]
            for match in expression.finditer(text):
                if pattern.accept(match):
                    start, end = match.span(expression.groups)
                    end = _without_next_number(text, start, end)
                    if pattern.label is Label.ID:
                        start, end = _whole_code(text, start, end)
                    yield Span(start, end, pattern.label)


def _without_next_number(text: str, start: int, end: int) -> int:
    """Return the end of a number without an age or an amount that only follows it: 555-0142 54-year-old, 0111 6 MV."""
    if (_AGE_FOLLOWS.match(text, end) or has_unit(text, end)) and (last := _LAST_NUMBER.search(text, start, end)):
        return last.start()
    return end


def _whole_code(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the place of a number with the letters and marks that are one with it: SP-22-1102-B, JV 4815162."""
    if before := _CODE_BEFORE.search(text[max(0, start - _CODE_CONTEXT_CHARACTERS) : start]):
        start -= len(before[0])
    if behind := _CODE_BEHIND.match(text[end : end + _CODE_CONTEXT_CHARACTERS]):
        end += len(behind[0])
    return start, end


# ---- what several patterns check on a match -------------------------------------------------------------------------


def is_amount(match: Match) -> bool:
    """Tell whether a unit follows a match."""
    return has_unit(match.string, match.end())


def is_no_amount(match: Match) -> bool:
    """Tell whether no unit follows a match."""
    return not is_amount(match)


def starts_within_number(match: Match) -> bool:
    """Tell whether a match starts within a number, as with the 4 of ``8.4``."""
    return re.search(r"\d[./]$", match.string[max(0, match.start() - 2) : match.start()]) is not None


def is_within_number(match: Match) -> bool:
    """Tell whether the number goes on to the left or right, as in ``1/2/3/2015`` or ``12.5/2015``."""
    return starts_within_number(match) or re.match(r"[./]\d", match.string[match.end() : match.end() + 2]) is not None


def is_whole_number(match: Match) -> bool:
    """Tell whether a number stands for itself: no unit follows, and it does not go on."""
    return not (is_amount(match) or is_within_number(match))
