"""The surface of hurried typing: abbreviations, case and typing errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from random import Random

SHARE_TERSE = 0.5
SHARE_ABBREVIATED = 0.75
SHARE_WITH_ERROR = 0.12
CASES: dict[Callable[[str], str], float] = {str: 90, str.lower: 7, str.upper: 3}
LONG_WORD = re.compile(r"[a-z]{7,}")


class Dirt:
    """The habits of one text: terse or not, its case, and whether a word is mistyped.

    Parameters
    ----------
    abbreviations
        Word or phrase -> what a terse writer puts in its place.
    """

    def __init__(self, rng: Random, abbreviations: Mapping[str, str]) -> None:
        self.rng = rng
        self.abbreviations = abbreviations if rng.random() < SHARE_TERSE else {}
        self.case = rng.choices(list(CASES), list(CASES.values()))[0]
        self.errors_left = 1 if rng.random() < SHARE_WITH_ERROR else 0

    def on(self, text: str) -> str:
        """Return a piece of the text as this writer types it."""
        if self.abbreviations:
            text = _pattern(tuple(self.abbreviations)).sub(self._abbreviate, text)
        return self.case(self._mistype(text))

    def _abbreviate(self, found: re.Match[str]) -> str:
        short = self.abbreviations[found.group().lower()]
        return short if self.rng.random() < SHARE_ABBREVIATED else found.group()

    def _mistype(self, text: str) -> str:
        words = list(LONG_WORD.finditer(text)) if self.errors_left else []
        if not words:
            return text
        self.errors_left -= 1
        at = self.rng.choice(words).start() + self.rng.randint(1, 4)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    # The longest first: "status post" before "post".
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", re.IGNORECASE)
