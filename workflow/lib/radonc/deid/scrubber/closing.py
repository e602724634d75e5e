"""The allow-list at work: a word stays if a vocabulary has it, and if what stands beside it makes it no name.

Nothing is hunted here. Words that no vocabulary knows are closed. Words are judged in runs: what belongs to one name is
closed whole as soon as something in it is closed. Words that people bear (*Brown*, *Grace*) are settled by what stands
beside them, and the doubtful ones are closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from radonc.deid.scrubber import codes
from radonc.deid.scrubber.context import (
    BEGINNINGS,
    CUES,
    DEGREES,
    FIRMS,
    FUNCTION,
    GENERIC,
    HEADS,
    KIN,
    LINKS,
    NUMBERED,
    PARTICLES,
    PERSONAL,
    PLACED,
    PLACES,
    STRONG_HEADS,
    SUFFIXES,
)
from radonc.deid.scrubber.lexicon import Lexicon, Standing
from radonc.deid.scrubber.reading import read
from radonc.deid.scrubber.runs import Run, Runs
from radonc.deid.scrubber.spans import Span
from radonc.deid.scrubber.writing import INITIAL_ENDS, Writing
from radonc.vocabulary.tags import Label

FREE, PLAIN, DOUBTFUL, EPONYM, UNKNOWN = Standing

LONGEST_HOUSE_NUMBER = 5
SAINTS = frozenset({"st", "saint", "ste", "sainte"})
# MR, MS and LT in capitals are resonance, sclerosis and a side.
_ABBREVIATED_TITLES = frozenset({"MR", "MS", "LT", "COL"})
# Endings of words that a person who begins a sentence could do.
_DONE_BY_PEOPLE = ("ed", "es", "ts", "ks", "ls", "ms", "ns", "ys")
# What is done to things, which eponyms often are: Foley placed, Romberg tested; but: Foley denied.
_DONE_TO_THINGS = frozenset(
    {"noted", "tested", "placed", "replaced", "removed", "inserted", "exchanged", "elicited", "performed", "measured"}
)
# Marks that make one thing of a word and what follows: brown-black, walker/cane.
_JOINS = frozenset("-–—/&+")
# Verbs that end so, and stand behind may and will.
_BARE = frozenset(
    {"need", "proceed", "exceed", "succeed", "feed", "bleed", "speed", "spread", "shed", "times", "lines"}
)


def spans(masked: str, lexicon: Lexicon, named: Sequence[Span] = ()) -> Sequence[Span]:
    """Return the places that the vocabularies do not let through, overlaps included.

    Parameters
    ----------
    masked
        A text; what is closed already is masked.
    lexicon
        The words that may pass.
    named
        Places that are known to hold a name, not masked: what belongs to the name is closed with it.
    """
    return list(_Judge(masked, lexicon, named).spans()) if named else _of_anybody(masked, lexicon)


@lru_cache(maxsize=1 << 11)
def _of_anybody(masked: str, lexicon: Lexicon) -> tuple[Span, ...]:
    return tuple(_Judge(masked, lexicon, ()).spans())


class _Judge:
    def __init__(self, masked: str, lexicon: Lexicon, named: Sequence[Span]) -> None:
        reading = read(masked)
        self._lexicon = lexicon
        self._words = Writing(reading, lexicon, named)
        self._chunks = list(codes.chunks(masked, lexicon))
        # Letters that touch digits are judged with them.
        within = {place for start, end, _ in self._chunks for place in range(start, end)}
        self._runs = Runs(self._words, lexicon, [start in within for start in reading.starts])

    def spans(self) -> Iterator[Span]:
        """Yield what is closed."""
        yield from (Span(start, end, Label.ID) for start, end, is_clinical in self._chunks if not is_clinical)
        yield from (self._span(run, Label.PLACE) for run in self._runs.institutions())
        for run in self._runs:
            first = run[0]
            if len(run) == 1 and not self._words.capitals[first] and not self._words.is_neutral(first):
                yield self._span(self._with_initials(first), Label.OTHER)
            elif (kept := self._titled(run) or self._trimmed(run)) and self._is_name(kept):
                kept = self._with_possessive(kept)
                has_head = any(self._words.tokens[number] in HEADS for number in kept)
                yield self._span(self._with_house_number(kept), Label.PLACE if has_head else Label.NAME)

    def _span(self, run: Run, label: Label) -> Span:
        return Span(self._words.starts[run[0]], self._words.ends[run[-1]], label)

    # ---- what of a run could be a name -------------------------------------------------------------------------

    def _titled(self, run: Run) -> Run:
        """Return the name that a title begins, whatever its words mean: Dr. Long, Mr. and Mrs. Day."""
        words, first = self._words, run[0]
        if not self._runs.is_introduced(first):
            return []
        if (
            words.written[first - 1] in _ABBREVIATED_TITLES
            and "." not in words.gap(first)
            and not words.standings[first]
        ):
            return []
        return [
            number
            for number in run
            if number == first
            or (words.standings[number] and not words.is_eponym(number))
            or (words.capitals[number] and words.tokens[number] in HEADS)
            or self._is_borne(number)
            or len(words.tokens[number]) == 1
            or words.gap(number) == "-"
        ]

    def _is_borne(self, number: int) -> bool:
        return self._words.capitals[number] and self._lexicon.is_borne(self._words.tokens[number])

    def _trimmed(self, run: Run) -> Run:
        """Return a run without what only stands beside a name: clinical abbreviations, first words of sentences."""
        words = self._words
        # Beside a name that is known, an ordinary word with a capital is no part of it: Call Whitfield.
        is_known = not words.named.isdisjoint(run)
        least = DOUBTFUL if is_known else PLAIN
        heavy = [number for number in run if words.standing(number) >= least or self._ends_place(number, run)]
        if not heavy:
            return []
        first, last = heavy[1 if len(heavy) > 1 and self._leads(heavy[0]) else 0], heavy[-1]
        while first > run[0] and (words.gap(first) == "-" or self._belongs(first - 1, is_known, STRONG_HEADS)):
            first -= 1
        while last < run[-1] and (words.gap(last + 1) == "-" or self._belongs(last + 1, is_known, HEADS)):
            last += 1
        while words.tokens[first] in LINKS and len(words.tokens[first]) > 1:
            first += 1
        return list(range(first, last + 1))

    def _ends_place(self, number: int, run: Run) -> bool:
        """Tell whether a word ends the name of a place, whatever its other words mean: Fall River, Cape May."""
        words, before = self._words, number - 1
        if words.tokens[number] not in PLACES or before < run[0] or words.gap(number) != " ":
            return False
        return not (words.tokens[before] in GENERIC or words.is_neutral(number) or words.begins_sentence(before))

    def _leads(self, number: int) -> bool:
        """Tell whether the first word of a sentence only leads to a name: Called Smith, Lives in Gilroy."""
        words, token = self._words, self._words.tokens[number]
        if words.standings[number] is not PLAIN or not words.begins_sentence(number):
            return False
        return token.endswith(("ed", "ing")) or token in PERSONAL or words.tokens[number + 1] in LINKS

    def _belongs(self, number: int, is_known: bool, heads: frozenset[str]) -> bool:
        """Tell whether a harmless word is part of the name in its run; weak heads end one only: Pt Lund, Lund PT."""
        words = self._words
        token, written = words.tokens[number], words.written[number]
        if token in heads or token in SUFFIXES or token in PARTICLES or token in LINKS:
            return True
        if len(token) == 1:
            is_before_name = words.is_word(number + 1) and words.standings[number + 1] is UNKNOWN
            return not is_known or words.is_initial(number) or is_before_name
        if token in BEGINNINGS and words.capitals[number] and words.gap(number + 1) == " ":
            return token not in FUNCTION or not words.begins_sentence(number)
        if is_known or words.is_neutral(number) or written.isupper() or not written[0].isupper():
            return False
        # Behind a colon or a slash no sentence begins: Referred by: Radiology Rose Hill Clinic.
        begins = words.begins_sentence(number) and words.gap(number).strip() not in (":", "/")
        return token not in FUNCTION and not begins

    def _with_initials(self, number: int) -> Run:
        """Return a small word with initials before or behind it: t. mbeki, d'ambrosio, chantelle b."""
        words, first, last = self._words, number, number
        while words.is_initial(first - 1) and words.gap(first).rstrip() in INITIAL_ENDS:
            first -= 1
        if words.is_initial(last + 1) and words.gap(last + 1) == " ":
            last += 1
        return list(range(first, last + 1))

    def _with_possessive(self, run: Run) -> Run:
        """Return the name of a church, a school or a shop with its last s: St. Brannock's, at Sandpiper's."""
        words, after = self._words, run[-1] + 1
        is_place = words.tokens[run[0]] in SAINTS or (run[0] > 0 and words.tokens[run[0] - 1] in PLACED)
        has_s = words.is_word(after) and words.tokens[after] == "s" and words.gap(after) in ("'", "’")
        return [*run, after] if is_place and has_s else run

    def _with_house_number(self, run: Run) -> Run:
        """Return a run with the number of a house before its street, or of a road behind: 12 Thistle Bend, Route 9."""
        words, before = self._words, run[0] - 1
        after = run[-1] + 1
        if after < len(words.tokens) and words.tokens[after].isdigit() and words.gap(after) == " ":
            # Lindenallee 7, between two commas or before a town.
            is_listed = words.gap(run[0])[:1] == "," and words.text[words.ends[after] :][:1] in (",", "\n")
            if is_listed or words.tokens[run[-1]] in NUMBERED or self._is_before_town(after):
                run = [*run, after]
        if before < 0 or not words.tokens[before].isdigit() or words.gap(run[0]) != " ":
            return run
        if len(run) < 2 and words.text[words.ends[run[-1]] :][:1] not in (",", "\n", ""):
            return run
        is_house = len(words.tokens[before]) <= LONGEST_HOUSE_NUMBER and words.gap(before)[-1:] not in ("/", ".", "-")
        return [before, *run] if is_house and not words.is_neutral(run[0]) else run

    def _is_before_town(self, number: int) -> bool:
        """Tell whether a short number stands before a town or a postal code: lives Lindenallee 7, Bremen."""
        words, after = self._words, number + 1
        if len(words.tokens[number]) >= LONGEST_HOUSE_NUMBER or after == len(words.tokens) or words.gap(after) != ", ":
            return False
        token = words.tokens[after]
        is_postal = token.isdigit() and len(token) == LONGEST_HOUSE_NUMBER
        return is_postal or (words.capitals[after] and words.standings[after] is UNKNOWN)

    # ---- verdicts ----------------------------------------------------------------------------------------------

    def _is_name(self, run: Run) -> bool:
        words, first, last = self._words, run[0], run[-1]
        standings = [words.standing(number) for number in run]
        if UNKNOWN in standings or self._is_cued(run):
            return True
        naming = {
            at for at, standing in zip(run, standings, strict=True) if standing and words.tokens[at] not in GENERIC
        }
        if words.tokens[last] in FIRMS and not words.is_neutral(last) and words.capitals[last]:
            # What a firm calls itself names it, be it a clinical word: Sternum Associates.
            naming |= {at for at in run[:-1] if words.tokens[at] not in GENERIC and not words.begins_sentence(at)}
        if len(run) > 1 and any(words.tokens[number] in HEADS for number in run):
            return bool(naming - {last}) or words.tokens[last] in PLACES
        if words.is_neutral(first) or not naming:
            # Where capitals tell nothing, one such word is a word, and two are a name: GRACE HOPE. So is one by itself.
            return len(naming) > 1 or (standings[0] >= DOUBTFUL and words.is_alone(first))
        if len(run) > 1:
            # History of Barrett: the eponym is free, and the other word is only a word.
            has_eponym = any(words.tokens[number] in self._lexicon.beside for number in run)
            is_written_out = any(not words.written[number].isupper() for number in naming)
            is_doubtful = max(standings) >= DOUBTFUL or (is_written_out and not has_eponym)
            is_doubtful &= not words.begins_sentence(first)
            return words.is_initial(first) or len(naming) > 1 or is_doubtful
        if standings[0] is DOUBTFUL:
            return not words.begins_sentence(first) or self._is_followed_as_people_are(first)
        return first > 0 and words.tokens[first - 1] in PLACED and not words.begins_sentence(first)

    def _is_cued(self, run: Run) -> bool:
        """Tell whether a title, a word of kinship or a degree says that this is a name."""
        words, first, after = self._words, run[0], run[-1] + 1
        if first and words.tokens[first - 1] in CUES and len(words.gap(first)) < 4 and "\n" not in words.gap(first):
            least = PLAIN if words.tokens[first - 1] in KIN else DOUBTFUL
            return self._runs.is_introduced(first) or words.standing(first) >= least
        return words.is_word(after) and words.written[after] in DEGREES and words.gap(after).strip() in ("", ",")

    def _is_followed_as_people_are(self, number: int) -> bool:
        """Tell whether what follows a word would follow a person: is, reports, denied, any mark, the line's end."""
        words, after = self._words, number + 1
        if not words.is_word(after):
            return True
        if mark := words.gap(after).lstrip(" \t")[:1]:
            return mark not in _JOINS
        token = words.tokens[after]
        is_done = token.endswith(_DONE_BY_PEOPLE) and token not in _BARE
        is_done &= not (token in _DONE_TO_THINGS and words.tokens[number] in self._lexicon.beside)
        return token in PERSONAL or (words.standings[after] is PLAIN and is_done)
