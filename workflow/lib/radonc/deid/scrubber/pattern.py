"""Patterns of identifiers: a google-re2 expression each, and a look at the context of each match.

re2 works in linear time on any input, and has no look-around: what must not stand beside a match is checked afterwards,
above all what makes a number an amount, or two numbers a count, score or dose (``2/14 nodes``, ``20/5 Gy``).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import re2

from radonc.deid.scrubber.tokenizer import Span
from radonc.vocabulary.tags import Label

# What is used here of re2's matches is as in those of re.
Match = re.Match[str]

_AGE_FOLLOWS = re.compile(r"[\s-]{0,2}(?:years?|yrs?|yo|y/o|y\.\s?o)\b", re.IGNORECASE)
_LAST_NUMBER = re.compile(r"(?<=[\w)])[\s.,;:*/•-]*\s[\s.,;:*/•-]*\d{1,2}$")
_CODE_BEFORE = re.compile(
    r"(?:[A-Za-z0-9]{1,6}[-._/])+\Z"
    r"|(?<![A-Za-z])(?!(?:MRN|MR|ID|NO|UR|SSN|CSN|NHS|NHI|DOB|ZIP|PIN|SN|HAR|DL|IS|AT|OF|TEL|FAX) )[A-Z]{1,3} \Z"
)
_CODE_BEHIND = re.compile(r"(?:[-_][A-Za-z0-9]{1,4})+(?![\w])")

_UNIT = re.compile(
    r"[ \t]*(?:c?gy|mv|mev|kv|fxs?|fractions?|days?|wks?|weeks?|mos?|months?|yrs?|years?|[cm]m|cc|ml|mg|ng|%|mci|mbq"
    r"|x\s*\d)(?![a-z])",
    re.IGNORECASE,
)
# Regular expressions, with a blank between.
_BEFORE = r"""
nodes? lns? lnd n\+ pln pelvic axillary sentinel slnb? lymph positive pos involved involving cores? biops\w+ bx
segments? quadrants? grade gr g gleason gl gg isup nottingham richardson bloom sbr allred er pr ki her-?2
p?n[0-3]\w{0,3} score scored mirels sins bilsky child child-pugh pirads birads pain strength power motor
reflexes dtrs murmur ecog kps ps nyha stage bp bmi phq gad gcs mmse moca fxs? fractions? fr treatments? rx dose
doses gy cgy cycles? levels? ratio mets? vision va od os ou acuity alloy wedge fev1 fvc [cltsr]\d{1,2}
"""
_AFTER = r"""
nodes? lns? lymph cores? pos neg points? of strength power motor fxs? fractions? treatments? sessions? cycles?
pain murmur systolic involved sampled sentinel axillary pelvic margins? samples? biops\w* quadrants? chips high
mitoses hpf drinks packs? ppd per\sprotocol whole short boost \(sn\) palliative
"""
_COUNTED_BEFORE = re.compile(
    rf"(?:^|[^a-z])(?:{'|'.join(_BEFORE.split())})[\s:=#(~]*(?:was|is|were|of|status|at)?[\s:=#(~]*$", re.IGNORECASE
)
_COUNTED_AFTER = re.compile(rf"\s*(?:(?:{'|'.join(_AFTER.split())})(?![a-z])|[+/]\s?\d|x(?![a-z]))", re.IGNORECASE)
_GIVEN_TO = re.compile(r"\s*to\sthe\b", re.IGNORECASE)
_JOINED = frozenset("-/.+x×")
# British notes count days, weeks and months so: 3/7, 6/52, 3/12.
_SHORT_DURATION = re.compile(r"\b(?:in|for|after|over|every)\s\d{1,2}/(?:7|12)$|\b24/7$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A form of an identifier: what stands there, and the expression whose one group, or whole match, is redacted."""

    label: Label
    expression: str
    example: str  # a text of which this pattern redacts what no other does
    accept: Callable[[Match], bool] = lambda _: True  # sees each match and may refuse it


class PatternMatcher:
    """Finds what matches any of the patterns.

    All patterns together make one automaton, which tells in one pass over a text which of them can match at all.
    """

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.patterns = tuple(patterns)
        self._expressions = [re2.compile(pattern.expression) for pattern in patterns]
        options = re2.Options()
        # With less, the automaton forgets and begins anew on every text: forty times as slow.
        options.max_mem = 1 << 25
        self._automaton = re2.Set.SearchSet(options)
        for pattern in patterns:
            self._automaton.Add(pattern.expression)
        self._automaton.Compile()
        # Returns the spans of a text that match a pattern, overlaps included.
        self.find = lru_cache(maxsize=1 << 11)(lambda text: tuple(self._find(text)))

    def _find(self, text: str) -> Iterator[Span]:
        for i in sorted(self._automaton.Match(text) or ()):
            pattern, expression = self.patterns[i], self._expressions[i]
            for match in expression.finditer(text):
                if pattern.accept(match):
                    start, end = match.span(expression.groups)
                    yield _adjusted(text, start, end, pattern.label)


def _adjusted(text: str, start: int, end: int, label: Label) -> Span:
    # An age or an amount only follows a number: 555-0142 54-year-old, 0111 6 MV.
    if (_AGE_FOLLOWS.match(text, end) or has_unit(text, end)) and (last := _LAST_NUMBER.search(text, start, end)):
        end = last.start()
    # Letters and marks that are one with a number belong to it: SP-22-1102-B, JV 4815162.
    if label is Label.ID and (before := _CODE_BEFORE.search(text[max(0, start - 16) : start])):
        start -= len(before[0])
    if label is Label.ID and (behind := _CODE_BEHIND.match(text[end : end + 16])):
        end += len(behind[0])
    return Span(start, end, label)


def has_unit(text: str, end: int) -> bool:
    """Tell whether a unit follows a number that ends at this offset: then it is an amount."""
    return _UNIT.match(text, end) is not None


def is_count(text: str, start: int, end: int) -> bool:
    """Tell whether the context of two numbers makes them a count, a score or a dose."""
    if has_unit(text, end) or _COUNTED_AFTER.match(text, end):
        return True
    # A dose is more than its fractions: 8/1 to the rib; but: moved 3/14 to the ward.
    first, *others = map(int, re.findall(r"\d+", text[start:end]))
    if _GIVEN_TO.match(text, end) and all(first > other for other in others):
        return True
    before = text[max(0, start - 24) : start]
    if before[-1:] in _JOINED or before[-2:] == "+ ":
        return True
    is_duration = _SHORT_DURATION.search(before[-10:] + text[start:end]) is not None
    return is_duration or _COUNTED_BEFORE.search(before) is not None


def is_within_number(text: str, start: int, end: int) -> bool:
    """Tell whether a number goes on beside a point, a slash or a hyphen: 40.5, 4500/25, 4500-5040."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return bool(re.search(r"\d[./,-]$", before) or re.match(r"[./,-]\d", after))
