"""Texts as the gate searches them: folded, with and without blanks between their words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from radonc.deid.gate.dates import Dates, find_dates

CUT = "\x1f"
"""Stands where something was cut out: no term matches across it."""

MIN_JOINED = 5
"""In words from this length on, a separator may stand between any two characters (``Mc Donald``, ``0012-3456``)."""

_TAG = re.compile(r"\[(?:NAME|DATE|AGE|ID|PHONE|PLACE|EMAIL|URL|OTHER)\]")
# Digests and the digits of a computed number: a piece of them may look like a record number.
_COMPUTED = re.compile(
    r"(?<![^\W_])[a-z]?(?=[0-9a-f]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,}(?![^\W_])"
    r"|(?<![\d.])\d{1,2}\.\d{7}(?![\d.])|(?<![\d.])\d+\.\d{8,}(?![\d.])"
)
_MAYBE_COMPUTED = re.compile(r"[0-9a-f]{12}|\d\.\d{7}")
_RUN = re.compile(rf"[^\W\d_]+|\d+|{CUT}")
_BETWEEN = re.compile(rf"[^\w{CUT}]+|_+")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class FoldedText:
    """A text as the gate searches it.

    Attributes
    ----------
    visible
        The text in its case, with ``CUT`` where tags and computed numbers stood.
    folded
        The same in lower case, without accents and invisible characters.
    spaced
        Its words and numbers with one blank between, before and after.
    joined
        Its words and numbers without anything between.
    """

    visible: str
    folded: str
    spaced: str
    joined: str

    @cached_property
    def capitalised(self) -> frozenset[str]:
        """Its words that are written with a capital, folded."""
        words = _WORD.findall(_composed(self.visible))
        return frozenset("".join(fold_tokens(word)) for word in words if word[0].isupper())

    @cached_property
    def dates(self) -> Dates:
        """Its dates."""
        return find_dates(self.folded)

    @cached_property
    def _places(self) -> list[int]:
        """The place in the folded text of each character of the joined one."""
        return [place for place, character in enumerate(self.folded) if character.isalnum() or character == CUT]

    def contains(self, term: str) -> bool:
        """Tell whether a folded word or number stands in the text, with no more of its kind beside it.

        A term with a blank before it must stand as it is; in others of some length separators are ignored.
        """
        if term.startswith(" "):
            return term in self.spaced
        start = self.joined.find(term)
        while start >= 0:
            places = self._places[start : start + len(term)]
            if self._is_whole(term, places):
                return True
            start = self.joined.find(term, start + 1)
        return False

    def _is_whole(self, term: str, places: list[int]) -> bool:
        before = self.folded[places[0] - 1 : places[0]]
        after = self.folded[places[-1] + 1 : places[-1] + 2]
        if _same_kind(before, term[0]) or _same_kind(term[-1], after):
            return False
        return len(term) >= MIN_JOINED or all(
            place + 1 == following or term[index].isdigit() != term[index + 1].isdigit()
            for index, (place, following) in enumerate(pairwise(places))
        )


@lru_cache(maxsize=1 << 14)
def fold_text(text: str) -> FoldedText:
    """Fold a text."""
    visible = text.replace(CUT, " ")
    if "[" in visible:
        visible = _TAG.sub(CUT, visible)
    if _MAYBE_COMPUTED.search(visible):
        visible = _COMPUTED.sub(CUT, visible)
    folded = _fold(visible)
    return FoldedText(visible, folded, f" {' '.join(_RUN.findall(folded))} ", _BETWEEN.sub("", folded))


def fold_tokens(text: str) -> list[str]:
    """Return a text's words and numbers, folded."""
    return _RUN.findall(_fold(text))


def _same_kind(left: str, right: str) -> bool:
    return (left.isdigit() and right.isdigit()) or (left.isalpha() and right.isalpha())


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", _composed(text).casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _composed(text: str) -> str:
    """Return the text composed, without soft hyphens and other invisible characters."""
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFC", text)
    return "".join(character for character in composed if unicodedata.category(character) != "Cf")
