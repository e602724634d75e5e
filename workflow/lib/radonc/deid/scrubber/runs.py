"""Runs: words that would be one name if one of them is a name (*Anna S. of St. Vincent's Hospital*).

Where capitals tell, a run is made of words with capitals, with small words between them (of, de la). Where they tell
nothing, in a line of capitals or a text without any, it is made of words that could be names by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from radonc.deid.scrubber.context import (
    ABBREVIATED,
    CUES,
    DEGREES,
    FUNCTION,
    GENERIC,
    KIN,
    LINKS,
    PARTICLES,
    PLACED,
    STRONG_HEADS,
    SUFFIXES,
    TITLED,
)
from radonc.deid.scrubber.lexicon import Lexicon, Standing
from radonc.deid.scrubber.writing import Writing

Run = list[int]
"""Numbers of words that follow one another."""

LONGEST_INSTITUTION = 4
"""Words before the head, where capitals do not tell where its name begins."""

LONGEST_BRIDGE = 3
"""Letters of the small words of other languages within names."""

# What may stand between the words of one name.
_JOINT = re.compile(r"[ \t]{1,2}|[-/'’]|[-/] |[ \t]?&[ \t]?|\.[ \t]{0,2}|['’]?s[ \t]|[ \t][\"“(]|[\"”)][ \t]")
_COMMA = re.compile(r",[ \t]")
# Titles that are nothing else, even where they are written small.
_PLAIN_TITLES = frozenset({"dr", "drs", "mrs", "prof", "professor"})


class Runs:
    """The runs of a text.

    Parameters
    ----------
    writing
        The text's words.
    settled
        For each word, whether it is judged elsewhere and belongs to no run.
    """

    def __init__(self, writing: Writing, lexicon: Lexicon, settled: list[bool]) -> None:
        self._words = writing
        self._lexicon = lexicon
        self._settled = settled

    def __iter__(self) -> Iterator[Run]:
        """Yield the runs in order; a small word that no vocabulary has is a run of its own."""
        words, reached = self._words, -1
        for number, (capital, standing) in enumerate(zip(words.capitals, words.standings, strict=True)):
            if number <= reached or self._settled[number]:
                continue
            if not (
                capital or standing is Standing.UNKNOWN or self._is_small_name(number) or self._is_small_pair(number)
            ):
                continue
            if standing is Standing.FREE and self._stands_alone(number):
                continue
            if standing is Standing.UNKNOWN or self._is_member(number) or self.is_introduced(number):
                run = self._run(self._start(number, reached))
                yield run
                reached = run[-1]

    def _stands_alone(self, number: int) -> bool:
        """Tell whether a harmless word with a capital is in no run: most words that begin a sentence are not."""
        words, after = self._words, number + 1
        if number and words.tokens[number - 1] in CUES:
            return False
        if after == len(words.tokens):
            return True
        return not words.capitals[after] and words.tokens[after] not in LINKS and words.tokens[after] not in PARTICLES

    def _is_small_name(self, number: int) -> bool:
        """Tell whether a word that people bear stands behind a title or a cue, though without a capital: dr brown."""
        words, token = self._words, self._words.tokens[number]
        before = words.tokens[number - 1] if number else ""
        if before not in CUES or not self.is_introduced(number):
            return False
        is_borne = before in _PLAIN_TITLES and self._lexicon.is_borne(token) and not self._lexicon.is_function(token)
        return is_borne or words.standings[number] >= Standing.DOUBTFUL

    def _is_small_pair(self, number: int) -> bool:
        """Tell whether, where capitals tell nothing, a word that people bear stands beside another: john smith."""
        words, after = self._words, number + 1
        if words.standings[number] < Standing.DOUBTFUL or not words.is_neutral(number) or not self._is_joined(after):
            return False
        return min(words.standing(number), words.standing(after)) >= Standing.DOUBTFUL

    def institutions(self) -> Iterator[Run]:
        """Yield institutions where capitals tell nothing: from the first word that could name one to the head."""
        words = self._words
        for number, token in enumerate(words.tokens):
            if token not in STRONG_HEADS or not words.is_neutral(number):
                continue
            first = number
            while number - first < LONGEST_INSTITUTION and self._describes(first - 1):
                first -= 1
            naming = (at for at in range(first, number) if words.standings[at] and words.tokens[at] not in GENERIC)
            if (named := next(naming, None)) is not None:
                yield list(range(first if self._is_set_off(first) else named, number + 1))

    def _is_set_off(self, number: int) -> bool:
        """Tell whether a word stands at the start of a line or clause, or behind a small word that leads to places."""
        words = self._words
        return not number or words.gap(number) != " " or words.tokens[number - 1] in PLACED

    def is_introduced(self, number: int) -> bool:
        """Tell whether a title stands before a word, or a cue before one that people bear: Dr. Long, husband Will."""
        words, gap = self._words, self._words.gap(number)
        if not number or len(gap) > 2 or "\n" in gap or not words.is_word(number) or self._is_title(number):
            return False
        before = words.tokens[number - 1]
        is_cue = before in CUES and (gap == " " or (gap == ": " and before not in KIN))
        if before in TITLED or not is_cue:
            return before in TITLED
        is_eponym = words.tokens[number] in self._lexicon.beside and words.standing(number) is Standing.FREE
        return self._lexicon.is_borne(words.tokens[number]) and not is_eponym

    # ---- what belongs to a run ---------------------------------------------------------------------------------

    def _run(self, first: int) -> Run:
        """Return the run that a word begins."""
        words, run = self._words, [first]
        # Dr. Sorensen at Lakemoor Hospital: what a title begins ends before the small words of institutions.
        titled = first > 0 and words.tokens[first - 1] in TITLED
        while True:
            follows = run[-1] + 1
            while self._is_joined(follows) and self._is_link(follows, PARTICLES if titled else PARTICLES | LINKS):
                follows += 1
            if self._bridges(follows):
                follows += 1
            if words.is_neutral(run[-1]):
                follows = self._head_after(follows)
            if not (self._is_joined(follows) and self._continues(follows)):
                return run
            run += range(run[-1] + 1, follows + 1)

    def _start(self, number: int, reached: int) -> int:
        """Return where the run of a word begins: with a particle before it, or words that no capital tells."""
        words, before = self._words, number - 1
        while before > reached and self._is_joined(before + 1) and words.is_word(before):
            is_particle = words.tokens[before] in PARTICLES and words.gap(before + 1)[0] in " ."
            if not is_particle and not (words.is_neutral(before) and self._is_member(before)):
                break
            before -= 1
        return before + 1

    def _is_member(self, number: int) -> bool:
        """Tell whether a word could be part of a name, by its capital, or by itself where capitals tell nothing."""
        words = self._words
        if not words.is_word(number) or self._settled[number] or self._is_title(number):
            return False
        if not words.is_neutral(number):
            return words.capitals[number]
        return (
            words.standings[number] >= Standing.DOUBTFUL or words.tokens[number] in SUFFIXES or words.is_initial(number)
        )

    def _is_title(self, number: int) -> bool:
        """Tell whether a word is a title, a cue or a degree: it stands beside a name and is no part of it."""
        return self._words.tokens[number] in CUES or self._words.written[number] in DEGREES

    def _is_link(self, number: int, links: frozenset[str]) -> bool:
        return not self._words.capitals[number] and self._words.tokens[number] in links

    def _bridges(self, number: int) -> bool:
        """Tell whether a short small word stands between two that no vocabulary has: Brunnhof am Waldsee."""
        words = self._words
        if not (words.is_word(number) and words.is_word(number + 1)) or words.tokens[number] in LINKS:
            return False
        sides = (number - 1, number + 1)
        is_between = all(words.capitals[side] and words.standings[side] is Standing.UNKNOWN for side in sides)
        is_short = len(words.tokens[number]) <= LONGEST_BRIDGE and not words.capitals[number]
        return is_between and is_short and words.gap(number) == words.gap(number + 1) == " "

    def _continues(self, number: int) -> bool:
        words = self._words
        return self._is_member(number) or (words.is_neutral(number) and words.tokens[number] in STRONG_HEADS)

    def _is_joined(self, number: int) -> bool:
        """Tell whether a word is joined to the one before it."""
        words = self._words
        if not words.is_word(number):
            return False
        gap, before = words.gap(number), words.tokens[number - 1]
        if _JOINT.fullmatch(gap):
            return gap[0] != "." or len(before) == 1 or before in ABBREVIATED
        return _COMMA.fullmatch(gap) is not None and (
            words.tokens[number] in SUFFIXES or self._is_surname_first(number)
        )

    def _is_surname_first(self, number: int) -> bool:
        """Tell whether a comma parts a surname from a given name or an initial, and no two things."""
        words = self._words
        surname, given = words.standing(number - 1), words.standing(number)
        if words.is_neutral(number):
            return False
        is_initial = len(words.tokens[number]) == 1 and surname >= Standing.DOUBTFUL
        return is_initial or (Standing.UNKNOWN in (surname, given) and Standing.FREE not in (surname, given))

    # ---- institutions where capitals tell nothing --------------------------------------------------------------

    def _head_after(self, number: int) -> int:
        """Return the head of an institution that follows soon, or the word itself: NORTHGATE HEMATOLOGY PARTNERS."""
        words = self._words
        for at in range(number, number + LONGEST_INSTITUTION - 1):
            if not (words.is_word(at) and words.gap(at) == " "):
                break
            if words.tokens[at] in STRONG_HEADS:
                return at
        return number

    def _describes(self, number: int) -> bool:
        """Tell whether a word could belong to the institution whose next word follows it."""
        words = self._words
        if not words.is_word(number):
            return False
        gap = words.gap(number + 1)
        is_near = gap in (" ", "'", "'s ", "-") or (gap == ". " and words.tokens[number] in ABBREVIATED)
        return is_near and words.tokens[number] not in FUNCTION and words.tokens[number] not in CUES
