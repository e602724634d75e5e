"""What gives itself away by its form: the classes of Safe Harbor (45 CFR 164.514(b)(2)(i)) as patterns.

All patterns together make one automaton, which tells in one pass over a text which of them can match at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import re2

from radonc.deid.scrubber.contact_patterns import CONTACTS
from radonc.deid.scrubber.date_patterns import AGES, DATES
from radonc.deid.scrubber.forms import measures
from radonc.deid.scrubber.number_patterns import NUMBERS
from radonc.deid.scrubber.signature_patterns import SIGNATURES
from radonc.deid.scrubber.spans import Span
from radonc.vocabulary.tags import Label

_AGE_FOLLOWS = re.compile(r"[\s-]{0,2}(?:years?|yrs?|yo|y/o|y\.\s?o)\b", re.IGNORECASE)
_LAST_NUMBER = re.compile(r"(?<=[\w)])[\s.,;:*/•-]*\s[\s.,;:*/•-]*\d{1,2}$")
_CODE_BEFORE = re.compile(
    r"(?:[A-Za-z0-9]{1,6}[-._/])+\Z"
    r"|(?<![A-Za-z])(?!(?:MRN|MR|ID|NO|UR|SSN|CSN|NHS|NHI|DOB|ZIP|PIN|SN|HAR|DL|IS|AT|OF|TEL|FAX) )[A-Z]{1,3} \Z"
)
_CODE_BEHIND = re.compile(r"(?:[-_][A-Za-z0-9]{1,4})+(?![\w])")
REACH = 16
"""Characters around a number in which the rest of its code is sought."""

PATTERNS = (*CONTACTS, *DATES, *AGES, *NUMBERS, *SIGNATURES)

_COMPILED = tuple((pattern, re2.compile(pattern.expression)) for pattern in PATTERNS)


SIEVE_BYTES = 1 << 25


def _sieve() -> re2.Set:
    """Return all patterns as one automaton, which tells in one pass which of them a text can match."""
    options = re2.Options()
    # With less, the automaton forgets and begins anew on every text: forty times as slow.
    options.max_mem = SIEVE_BYTES
    sieve = re2.Set.SearchSet(options)
    for pattern in PATTERNS:
        sieve.Add(pattern.expression)
    sieve.Compile()
    return sieve


_SIEVE = _sieve()


@lru_cache(maxsize=1 << 11)
def spans(text: str) -> tuple[Span, ...]:
    """Return the places whose form gives them away, overlaps included."""
    return tuple(_search(text))


def _search(text: str) -> Iterator[Span]:
    for number in sorted(_SIEVE.Match(text) or ()):
        pattern, expression = _COMPILED[number]
        for match in expression.finditer(text):
            if pattern.accept(match):
                start, end = match.span(expression.groups)
                end = _without_next_number(text, start, end)
                if pattern.label is Label.ID:
                    start, end = _whole_code(text, start, end)
                yield Span(start, end, pattern.label)


def _without_next_number(text: str, start: int, end: int) -> int:
    """Return the end of a number without an age or an amount that only follows it: 555-0142 54-year-old, 0111 6 MV."""
    if (_AGE_FOLLOWS.match(text, end) or measures(text, end)) and (last := _LAST_NUMBER.search(text, start, end)):
        return last.start()
    return end


def _whole_code(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the place of a number with the letters and marks that are one with it: SP-22-1102-B, JV 4815162."""
    if before := _CODE_BEFORE.search(text[max(0, start - REACH) : start]):
        start -= len(before[0])
    if behind := _CODE_BEHIND.match(text[end : end + REACH]):
        end += len(behind[0])
    return start, end
