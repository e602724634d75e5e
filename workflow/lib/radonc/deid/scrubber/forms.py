"""A form that gives an identifier away: a google-re2 pattern, and a look at what stands beside each hit.

re2 works in linear time on any input, and has no look-around: what must not stand beside a hit is checked on the hit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from radonc.vocabulary.tags import Label

_UNIT_AFTER = re.compile(
    r"[ \t]*(?:c?gy|mv|mev|kv|fxs?|fractions?|days?|wks?|weeks?|mos?|months?|yrs?|years?|[cm]m|cc|ml|mg|ng|%|mci|mbq"
    r"|x\s*\d)(?![a-z])",
    re.IGNORECASE,
)


class Match(Protocol):
    """The part of a match object of re2 that is used here."""

    string: str

    def group(self, number: int = 0, /) -> str | None:
        """Return a group's text."""

    def start(self, number: int = 0, /) -> int:
        """Return a group's start."""

    def end(self, number: int = 0, /) -> int:
        """Return a group's end."""


def _always(_: Match) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Pattern:
    """A form that gives an identifier away.

    Attributes
    ----------
    label
        What stands there.
    expression
        The pattern. Its one group is what is closed; without a group it is the whole hit.
    example
        A text of which this pattern closes what no other closes.
    accept
        Sees each hit and may leave it alone.
    """

    label: Label
    expression: str
    example: str
    accept: Callable[[Match], bool] = _always


def measures(text: str, end: int) -> bool:
    """Tell whether a unit follows at this place: then an amount ended here."""
    return _UNIT_AFTER.match(text, end) is not None


def is_measured(match: Match) -> bool:
    """Tell whether a unit follows: then it was an amount."""
    return measures(match.string, match.end())


def starts_within_number(match: Match) -> bool:
    """Tell whether the hit starts within a number, as with the 4 of ``8.4``."""
    return re.search(r"\d[./]$", match.string[max(0, match.start() - 2) : match.start()]) is not None


def continues(match: Match) -> bool:
    """Tell whether the number goes on to the left or right, as in ``1/2/3/2015`` or ``12.5/2015``."""
    return starts_within_number(match) or re.match(r"[./]\d", match.string[match.end() : match.end() + 2]) is not None


def is_no_amount(match: Match) -> bool:
    """Tell whether a number stands for itself: no unit follows, and it does not go on."""
    return not (is_measured(match) or continues(match))


def is_unmeasured(match: Match) -> bool:
    """Tell whether no unit follows."""
    return not is_measured(match)
