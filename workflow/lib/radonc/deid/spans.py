"""Places in a text, and the two ways in which a text is looked at when known identifiers are hunted.

A text is cut into tokens: runs of letters and runs of digits, folded to lower case without accents. *Words* are the
tokens with a blank between, *compact* is the tokens without anything between; so ``O'Neil``, ``O NEIL`` and ``oneil``
are one, and so are ``0012-3456`` and ``00123456``. A hit counts where it starts and ends at tokens' borders.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Label(StrEnum):
    """What stood in a closed place: the name of its tag."""

    NAME = "NAME"
    DATE = "DATE"
    AGE = "AGE"
    ID = "ID"
    PHONE = "PHONE"
    PLACE = "PLACE"
    EMAIL = "EMAIL"
    URL = "URL"

    @property
    def tag(self) -> str:
        """The tag that closes a place, such as ``[NAME]``."""
        return f"[{self.value}]"


TAG = re.compile(rf"\[(?:{'|'.join(Label)})\]")
MASK = "\0"
"""Stands for every character of a closed place: no identifier holds it, none reaches across it."""

_INVISIBLE = "\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufeff"
_TOKEN = re.compile(rf"(?:[^\W\d_][{_INVISIBLE}]*)+|(?:\d[{_INVISIBLE}]*)+|{MASK}+")
# Letters that Unicode does not take apart into a base letter and a mark.
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th"})


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a text: offsets of its first character and of the one after its last, and what stands there."""

    start: int
    end: int
    label: Label


@dataclass(frozen=True, slots=True)
class Token:
    """A folded token and its place in the text."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Haystack:
    """A text made of tokens; ``starts`` and ``ends`` lead from tokens' borders in it to offsets in the source."""

    text: str
    starts: dict[int, int]
    ends: dict[int, int]


@dataclass(frozen=True, slots=True)
class View:
    """A text as the hunt for known identifiers sees it."""

    tokens: tuple[Token, ...]
    words: Haystack
    compact: Haystack


def fold(token: str) -> str:
    """Return a token in lower case, without accents and invisible characters."""
    if token.isascii():
        return token.lower()
    plain = unicodedata.normalize("NFKD", token.casefold()).translate(_STROKES)
    return "".join(character for character in plain if character.isalnum())


def tokens(text: str) -> list[str]:
    """Return the folded tokens of an identifier."""
    return [fold(match[0]) for match in _TOKEN.finditer(text) if MASK not in match[0]]


@lru_cache(maxsize=1 << 13)
def view(text: str) -> View:
    """Look at a text; masked places (``MASK``) part what stands on both sides."""
    found = tuple(Token(fold(match[0]) or MASK, *match.span()) for match in _TOKEN.finditer(text))
    return View(found, _haystack(found, " "), _haystack(found, ""))


def _haystack(found: Iterable[Token], between: str) -> Haystack:
    parts: list[str] = []
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    position = 0
    for token in found:
        if MASK not in token.folded:
            starts[position] = token.start
            ends[position + len(token.folded)] = token.end
        parts.append(token.folded)
        position += len(token.folded) + len(between)
    return Haystack(between.join(parts), starts, ends)


def mask(text: str, places: Iterable[tuple[int, int]]) -> str:
    """Return the text with the places masked, at the same length."""
    parts: list[str] = []
    position = 0
    for start, end in sorted(places):
        parts.append(text[position:start])
        parts.append(MASK * (end - max(start, position)))
        position = max(position, end)
    parts.append(text[position:])
    return "".join(parts)
