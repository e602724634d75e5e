"""Texts in tokens, which are runs of letters and runs of digits, and spans of a text, which tags replace.

Tokens are folded to lower case without accents. *Spaced* is the tokens with a blank between, *compact* is the tokens
without one; so ``O'Neil``, ``O NEIL`` and ``oneil`` are one, and so are ``0012-3456`` and ``00123456``. A match counts
where it starts and ends at token boundaries.

A surrogate name or date in the place of a real one would be learnt as if it were true; a tag says that something was
here, and what.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

from radonc.vocabulary.tags import Label

MASK = "\0"
"""Stands for every character of a redacted span: no identifier contains it, none reaches across it."""

_INVISIBLE = "\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufeff"
_TOKEN = re.compile(rf"((?:[^\W\d_][{_INVISIBLE}]*)+|(?:\d[{_INVISIBLE}]*)+|{MASK}+)")
_ASCII_TOKEN = re.compile(rf"([A-Za-z]+|[0-9]+|{MASK}+)")
_ASCII_EQUIVALENTS = {
    **dict.fromkeys(map(ord, f"{MASK}\u00a0\u1680\u202f\u205f\u3000"), " "),
    **dict.fromkeys(range(0x2000, 0x200B), " "),
    # Half a surrogate pair has no bytes, which re2 would read.
    **dict.fromkeys(range(0xD800, 0xE000), " "),
    **dict.fromkeys(map(ord, "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), "\n"),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2212\ufe63"), "-"),
    **dict.fromkeys(map(ord, "\u2044\u2215"), "/"),
    0x3002: ".",
    **{0xFEE0 + ascii_code: chr(ascii_code) for ascii_code in range(0x21, 0x7F)},
}
# Letters that Unicode does not decompose into a base letter and a mark.
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})

# Between two parts of one thing, such as the comma in "Smith, Ann".
_JOINT = re.compile(r"[ \t,.'’/-]{0,3}")


@dataclass
class TokenizedText:
    """A text in tokens. Redacted spans are masked (``MASK``) and separate what stands on both sides."""

    text: str
    starts: list[int]
    ends: list[int]
    surface: list[str]  # the tokens as they are written
    tokens: list[str]  # the tokens folded
    gaps: list[str]  # what stands before each token, and after the last one

    def __post_init__(self) -> None:
        self.words = frozenset(self.tokens)
        self.spaced, self.compact = f" {' '.join(self.tokens)} ", "".join(self.tokens)

    @cached_property
    def _boundaries(self) -> dict[int, int]:
        """Offset in ``compact`` -> index of the token that starts there; the end counts as a start."""
        return {offset: i for i, offset in enumerate(accumulate(map(len, self.tokens), initial=0))}

    def find_phrase(self, phrase: str) -> Iterator[tuple[int, int]]:
        """Yield where tokens, given with a blank between, stand in the text."""
        needle = f" {phrase} "
        position, first, counted = self.spaced.find(needle), 0, 0
        while position >= 0:
            first += self.spaced.count(" ", counted, position)
            counted = position
            yield self.starts[first], self.ends[first + phrase.count(" ")]
            position = self.spaced.find(needle, position + 1)

    def find_joined(self, joined: str) -> Iterator[tuple[int, int]]:
        """Yield where a folded text stands, whatever separates its characters into tokens."""
        position = self.compact.find(joined)
        while position >= 0:
            first, after = self._boundaries.get(position), self._boundaries.get(position + len(joined))
            if first is not None and after is not None:
                yield self.starts[first], self.ends[after - 1]
            position = self.compact.find(joined, position + 1)


def to_ascii_marks(text: str) -> str:
    """Return a text of the same length with ASCII blanks, line ends, hyphens and full-width characters."""
    return text.translate(_ASCII_EQUIVALENTS)


@lru_cache(maxsize=1 << 8)
def tokenize(text: str) -> TokenizedText:
    """Cut a text into tokens."""
    parts = (_ASCII_TOKEN if text.isascii() else _TOKEN).split(text)
    boundaries = list(accumulate(map(len, parts)))
    surface = parts[1::2]
    tokens = _ASCII_TOKEN.findall(text.lower()) if text.isascii() else [fold(token) or MASK for token in surface]
    return TokenizedText(text, boundaries[0:-1:2], boundaries[1::2], surface, tokens, parts[0::2])


def fold(token: str) -> str:
    """Return a token in lower case, without accents and invisible characters."""
    if token.isascii():
        return token.lower()
    decomposed = unicodedata.normalize("NFKD", token.casefold()).translate(_STROKES)
    return "".join(character for character in decomposed if character.isalnum() or character == MASK)


def tokens_of(text: str) -> list[str]:
    """Return the folded tokens of an identifier."""
    if text.isascii():
        return _ASCII_TOKEN.findall(text.replace(MASK, " ").lower())
    return [token for token in map(fold, _TOKEN.findall(text)) if token and MASK not in token]


class Span(NamedTuple):
    """Offsets of a span's first character and of the one after its last, and what stands there."""

    start: int
    end: int
    label: Label


def mask(text: str, places: Iterable[Span | tuple[int, int]]) -> str:
    """Return the text with the places masked, at the same length."""
    characters = list(text)
    for start, end, *_ in places:
        characters[start:end] = MASK * (end - start)
    return "".join(characters)


def merge(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return the spans without overlaps, in order; of overlapping ones the longest gives the label.

    Two spans with one label and only a blank or a mark between them become one.
    """
    merged: list[tuple[Span, int]] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        length = span.end - span.start
        if merged:
            last, longest = merged[-1]
            joint = text[last.end : span.start]
            if span.start < last.end or (span.label is last.label and _JOINT.fullmatch(joint)):
                label = span.label if length > longest else last.label
                merged[-1] = Span(last.start, max(last.end, span.end), label), max(longest, length)
                continue
        merged.append((span, length))
    return [span for span, _ in merged]


def redact(text: str, spans: Sequence[Span]) -> str:
    """Return the text with a tag in the place of each span."""
    parts: list[str] = []
    position = 0
    for start, end, label in spans:
        parts += [text[position:start], label.tag]
        position = end
    return "".join([*parts, text[position:]])
