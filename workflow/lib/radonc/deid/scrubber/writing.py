"""The words of a text in their place: how they are written, what is between them, what each is thought to be."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import compress

from radonc.deid.scrubber.context import STAGES, STRONG_HEADS, TERMS, TITLES, UNITS
from radonc.deid.scrubber.lexicon import Lexicon, Standing
from radonc.deid.scrubber.reading import Reading
from radonc.deid.scrubber.spans import Span

SHOUTED = 0.7
"""A line with this share of its letters in capitals is written in capitals: there they tell nothing."""

INITIAL_ENDS = frozenset({".", "'", "’"})
_SMALL = re.compile(r"[a-zß-ÿ]+")
_CAPITAL = re.compile(r"[A-ZÀ-Þ]+")
_LOUD = re.compile(r"[A-ZÀ-Þ]{3}[^a-zß-ÿ\n]{0,4}[A-ZÀ-Þ]{2}")
_TITLE_CASE = re.compile(r"\b[A-ZÀ-Þ]['’]?[a-zß-ÿ]")
_SENTENCE_ENDS = frozenset(".!?:;\n•*#>|")
_ITEM_MARKS = frozenset({"/", "-", "–", "—", "·", ")", "] "})
_AGE_AFTER = re.compile(r"\s?-?(?:y|yo|yr|yrs|year|years|[MFmf])\b|/\d|[-.]\d{3}")


class Writing:
    """The words of a text, by number; numbers beyond the first and the last are no words.

    Parameters
    ----------
    named
        Places that are known to hold a name: whatever their words are, no vocabulary has them.

    Attributes
    ----------
    tokens, written
        The words, folded and as they are written.
    capitals
        Whether each begins with a capital.
    named
        The words that are known to be names.
    standings
        What is thought of each wherever it stands; of numbers and single letters, nothing bad.
    """

    def __init__(self, reading: Reading, lexicon: Lexicon, named: Sequence[Span] = ()) -> None:
        self.text = reading.text
        self.tokens = reading.tokens
        self.written = reading.written
        self.starts = reading.starts
        self.ends = reading.ends
        self.capitals = [word[0].isupper() for word in reading.written]
        self.standings = [
            lexicon.standing(token) if standing is None else standing
            for token, standing in zip(reading.tokens, map(lexicon.standing_of, reading.tokens), strict=True)
        ]
        for number in compress(range(len(self.capitals)), self.capitals):
            token = self.tokens[number]
            if token in lexicon.doubtful_with_capital and not (
                self.written[number].isupper() or self._is_numbered(number)
            ):
                self.standings[number] = Standing.DOUBTFUL
        self.named = {
            number
            for span in named
            for number in range(bisect_left(self.starts, span.start), bisect_left(self.starts, span.end))
            if self.tokens[number].isalpha()
        }
        for number in self.named:
            self.standings[number] = Standing.UNKNOWN
        self._gaps = reading.gaps
        self._beside = lexicon.beside
        self._shouted = _shouted_lines(reading.text)
        self._all_small = _TITLE_CASE.search(reading.text) is None

    def is_word(self, number: int) -> bool:
        """Tell whether there is a word of that number, made of letters."""
        return 0 <= number < len(self.tokens) and self.tokens[number].isalpha()

    def is_initial(self, number: int) -> bool:
        """Tell whether a single letter stands there, with a period or an apostrophe: J. Smith, O'Neil."""
        return self.is_word(number) and len(self.tokens[number]) == 1 and self._gaps[number + 1][:1] in INITIAL_ENDS

    def is_neutral(self, number: int) -> bool:
        """Tell whether capitals tell nothing where a word stands: in a line of capitals, or a text without any."""
        if self._all_small and not self.capitals[number]:
            return True
        if not self._shouted or not self.written[number].isupper():
            return False
        before = bisect_right(self._shouted, (self.starts[number], len(self.text))) - 1
        return before >= 0 and self.starts[number] < self._shouted[before][1]

    def is_alone(self, number: int) -> bool:
        """Tell whether nothing else stands in a word's line."""
        is_last = number + 1 == len(self.tokens) or "\n" in self._gaps[number + 1]
        return is_last and "\n" in self.gap(number)

    def gap(self, number: int) -> str:
        """Return what stands between a word and the one before it; before the first word, a new line."""
        return self._gaps[number] if number else "\n"

    def begins_sentence(self, number: int) -> bool:
        """Tell whether a word begins a sentence, a line or an item; behind a title or an initial it does not."""
        gap = self.gap(number)
        if gap[:1] == "." and (len(self.tokens[number - 1]) == 1 or self.tokens[number - 1] in TITLES):
            return False
        return not _SENTENCE_ENDS.isdisjoint(gap) or gap.strip(" ") in _ITEM_MARKS

    def standing(self, number: int) -> Standing:
        """Return a word's standing in its place: beside its own words an eponym is free, and a unit behind a number."""
        standing, token = self.standings[number], self.tokens[number]
        if standing is Standing.FREE:
            return standing
        if token in UNITS and number and self.tokens[number - 1].isdigit():
            return Standing.FREE
        if token not in self._beside or standing is Standing.UNKNOWN:
            return standing
        if number + 1 < len(self.tokens) and self.tokens[number + 1] in STRONG_HEADS and self.capitals[number + 1]:
            # Whipple Hospital
            return Standing.DOUBTFUL
        if self._beside[token] is None or self.is_eponym(number):
            return Standing.FREE
        return min(standing, Standing.DOUBTFUL)

    def is_eponym(self, number: int) -> bool:
        """Tell whether what stands beside a word makes it the name of a disease, a score or a sign."""
        beside = self._beside.get(self.tokens[number])
        if beside and not beside.isdisjoint(self.tokens[max(0, number - 2) : number + 3]):
            return True
        return self.tokens[number] in self._beside and (self._is_termed(number) or self._is_graded(number))

    def _is_numbered(self, number: int) -> bool:
        """Tell whether a number follows a word: Na 131, Day 3."""
        return number + 1 < len(self.tokens) and self.tokens[number + 1].isdigit()

    def _is_termed(self, number: int) -> bool:
        """Tell whether a term follows an eponym, at most one word between: Hodgkin's disease, Clark skin level."""
        for follows in (number + 1, number + 2):
            if not self.is_word(follows) or self._gaps[follows].strip("'’s- \t"):
                return False
            if self.tokens[follows] in TERMS:
                return True
        return False

    def _is_graded(self, number: int) -> bool:
        """Tell whether a number follows an eponym, which grades or measures: Braden 17, Mallampati II; and no age."""
        follows = number + 1
        if follows == len(self.tokens) or self._gaps[follows] not in (" ", ": ", "'s ", " = ", "="):
            return False
        if self.tokens[follows] in STAGES:
            return True
        is_short = self.tokens[follows].isdigit() and len(self.tokens[follows]) < 4
        return is_short and _AGE_AFTER.match(self.text, self.ends[follows]) is None


def _shouted_lines(text: str) -> list[tuple[int, int]]:
    shouted: list[tuple[int, int]] = []
    if not _LOUD.search(text):
        return shouted
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        n_capitals = sum(map(len, _CAPITAL.findall(line)))
        if n_capitals and n_capitals >= SHOUTED * (n_capitals + sum(map(len, _SMALL.findall(line)))):
            shouted.append((start, end))
        start = end + 1
    return shouted
