"""Name spans: words that would be one name if one of them is a name (*Anna S. of St. Vincent's Hospital*).

Where capitals are informative, a span is made of capitalised words, with small words between them (of, de la). Where
they are not, in an uppercase line or a text without capitals, it is made of words that could be names by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from radonc.deid.scrubber.lexicon import Lexicon, WordClass
from radonc.deid.scrubber.tokens_in_context import TokensInContext
from radonc.wordlists.context_words import (
    DEGREES,
    DOTTED_BEFORE_NAMES,
    FUNCTION_WORDS,
    GENERIC_INSTITUTION_WORDS,
    KINSHIP,
    LINKING_WORDS,
    LOCATION_CUES,
    NAME_CUES,
    NAME_PARTICLES,
    NAME_SUFFIXES,
    STRONG_HEAD_NOUNS,
    TITLES,
)

TokenSpan = list[int]
"""Indices of consecutive tokens."""

MAX_INSTITUTION_WORDS = 4
"""Words before the head noun, where no capital shows where the institution's name begins."""

MAX_FOREIGN_PARTICLE_LETTERS = 3
"""Letters of the small words of other languages within names."""

# What may stand between the words of one name.
_JOINT = re.compile(r"[ \t]{1,2}|[-/'’]|[-/] |[ \t]?&[ \t]?|\.[ \t]{0,2}|['’]?s[ \t]|[ \t][\"“(]|[\"”)][ \t]")
_COMMA = re.compile(r",[ \t]")
# Titles that are nothing else, even where they are written small.
_UNAMBIGUOUS_TITLES = frozenset({"dr", "drs", "mrs", "prof", "professor"})


class NameSpans:
    """The name spans of a text.

    Parameters
    ----------
    context
        The text's tokens.
    excluded
        For each token, whether it is judged elsewhere and belongs to no span.
    """

    def __init__(self, context: TokensInContext, lexicon: Lexicon, excluded: list[bool]) -> None:
        self._context = context
        self._lexicon = lexicon
        self._excluded = excluded

    def __iter__(self) -> Iterator[TokenSpan]:
        """Yield the spans in order; an unknown word in lower case is a span of its own."""
        context, reached = self._context, -1
        for i, (capital, word_class) in enumerate(zip(context.capitalised, context.classes, strict=True)):
            if i <= reached or self._excluded[i]:
                continue
            is_unknown = word_class is WordClass.UNKNOWN
            if not (capital or is_unknown or self._is_lowercase_name(i) or self._is_lowercase_pair(i)):
                continue
            if word_class is WordClass.ALLOWED and self._stands_alone(i):
                continue
            if is_unknown or self._is_member(i) or self.is_introduced(i):
                span = self._span_from(self._start(i, reached))
                yield span
                reached = span[-1]

    def _stands_alone(self, i: int) -> bool:
        """Tell whether an allowed word with a capital is in no span, as most words that begin a sentence."""
        context, after = self._context, i + 1
        if i and context.tokens[i - 1] in NAME_CUES:
            return False
        if after == len(context.tokens):
            return True
        token = context.tokens[after]
        return not context.capitalised[after] and token not in LINKING_WORDS and token not in NAME_PARTICLES

    def _is_lowercase_name(self, i: int) -> bool:
        """Tell whether a name that is a word stands behind a title or a cue, though without a capital: dr brown."""
        token = self._context.tokens[i]
        before = self._context.tokens[i - 1] if i else ""
        if before not in NAME_CUES or not self.is_introduced(i):
            return False
        is_name = before in _UNAMBIGUOUS_TITLES and self._lexicon.is_frequent_name(token)
        return (is_name and token not in FUNCTION_WORDS) or self._context.classes[i] >= WordClass.AMBIGUOUS

    def _is_lowercase_pair(self, i: int) -> bool:
        """Tell whether, where capitals are uninformative, two possible names stand side by side: john smith."""
        context, after = self._context, i + 1
        if context.classes[i] < WordClass.AMBIGUOUS or not context.is_caseless(i) or not self._is_joined(after):
            return False
        return min(context.class_of(i), context.class_of(after)) >= WordClass.AMBIGUOUS

    def institutions(self) -> Iterator[TokenSpan]:
        """Yield institutions where capitals are uninformative: from the first identifying word to the head noun."""
        context = self._context
        for i, token in enumerate(context.tokens):
            if token not in STRONG_HEAD_NOUNS or not context.is_caseless(i):
                continue
            first = i
            while i - first < MAX_INSTITUTION_WORDS and self._describes_institution(first - 1):
                first -= 1
            identifying = (
                at
                for at in range(first, i)
                if context.classes[at] and context.tokens[at] not in GENERIC_INSTITUTION_WORDS
            )
            if (named := next(identifying, None)) is not None:
                yield list(range(first if self._is_set_off(first) else named, i + 1))

    def _is_set_off(self, i: int) -> bool:
        """Tell whether a word stands at the start of a line or clause, or behind a word that leads to a place."""
        return not i or self._context.gap(i) != " " or self._context.tokens[i - 1] in LOCATION_CUES

    def is_introduced(self, i: int) -> bool:
        """Tell whether a title stands before a word, or a cue before a frequent name: Dr. Long, husband Will."""
        context, gap = self._context, self._context.gap(i)
        if not i or len(gap) > 2 or "\n" in gap or not context.is_word(i) or self._is_title(i):
            return False
        before = context.tokens[i - 1]
        is_cue = before in NAME_CUES and (gap == " " or (gap == ": " and before not in KINSHIP))
        if before in TITLES or not is_cue:
            return before in TITLES
        is_eponym = context.tokens[i] in self._lexicon.eponym_contexts and context.class_of(i) is WordClass.ALLOWED
        return self._lexicon.is_frequent_name(context.tokens[i]) and not is_eponym

    # ---- what belongs to a span --------------------------------------------------------------------------------

    def _span_from(self, first: int) -> TokenSpan:
        context, span = self._context, [first]
        # Dr. Sorensen at Lakemoor Hospital: a name behind a title ends before the small words of institutions.
        is_titled = first > 0 and context.tokens[first - 1] in TITLES
        links = NAME_PARTICLES if is_titled else NAME_PARTICLES | LINKING_WORDS
        while True:
            follows = span[-1] + 1
            while self._is_joined(follows) and not context.capitalised[follows] and context.tokens[follows] in links:
                follows += 1
            if self._is_foreign_particle(follows):
                follows += 1
            if context.is_caseless(span[-1]):
                follows = self._head_noun_after(follows)
            if not (self._is_joined(follows) and self._continues(follows)):
                return span
            span += range(span[-1] + 1, follows + 1)

    def _start(self, i: int, reached: int) -> int:
        """Return where the span of a word begins: with a particle before it, or words whose case is uninformative."""
        context, before = self._context, i - 1
        while before > reached and self._is_joined(before + 1) and context.is_word(before):
            is_particle = context.tokens[before] in NAME_PARTICLES and context.gap(before + 1)[0] in " ."
            if not is_particle and not (context.is_caseless(before) and self._is_member(before)):
                break
            before -= 1
        return before + 1

    def _is_member(self, i: int) -> bool:
        """Tell whether a word could be part of a name, by its capital, or by itself where that is uninformative."""
        context = self._context
        if not context.is_word(i) or self._excluded[i] or self._is_title(i):
            return False
        if not context.is_caseless(i):
            return context.capitalised[i]
        return context.classes[i] >= WordClass.AMBIGUOUS or context.tokens[i] in NAME_SUFFIXES or context.is_initial(i)

    def _is_title(self, i: int) -> bool:
        """Tell whether a word is a title, a cue or a degree: it stands beside a name and is no part of it."""
        return self._context.tokens[i] in NAME_CUES or self._context.surface[i] in DEGREES

    def _is_foreign_particle(self, i: int) -> bool:
        """Tell whether a short word in lower case stands between two unknown ones: Brunnhof am Waldsee."""
        context = self._context
        if not (context.is_word(i) and context.is_word(i + 1)) or context.tokens[i] in LINKING_WORDS:
            return False
        is_between = all(
            context.capitalised[side] and context.classes[side] is WordClass.UNKNOWN for side in (i - 1, i + 1)
        )
        is_short = len(context.tokens[i]) <= MAX_FOREIGN_PARTICLE_LETTERS and not context.capitalised[i]
        return is_between and is_short and context.gap(i) == context.gap(i + 1) == " "

    def _continues(self, i: int) -> bool:
        is_head_noun = self._context.is_caseless(i) and self._context.tokens[i] in STRONG_HEAD_NOUNS
        return is_head_noun or self._is_member(i)

    def _is_joined(self, i: int) -> bool:
        """Tell whether a word is joined to the one before it."""
        context = self._context
        if not context.is_word(i):
            return False
        gap, before = context.gap(i), context.tokens[i - 1]
        if _JOINT.fullmatch(gap):
            return gap[0] != "." or len(before) == 1 or before in DOTTED_BEFORE_NAMES
        if not _COMMA.fullmatch(gap):
            return False
        return context.tokens[i] in NAME_SUFFIXES or self._is_surname_first(i)

    def _is_surname_first(self, i: int) -> bool:
        """Tell whether a comma separates a surname from a given name or an initial, and no two things."""
        context = self._context
        surname, given = context.class_of(i - 1), context.class_of(i)
        if context.is_caseless(i):
            return False
        is_initial = len(context.tokens[i]) == 1 and surname >= WordClass.AMBIGUOUS
        return is_initial or (WordClass.UNKNOWN in (surname, given) and WordClass.ALLOWED not in (surname, given))

    # ---- institutions where capitals are uninformative ----------------------------------------------------------

    def _head_noun_after(self, i: int) -> int:
        """Return the head noun of an institution that follows soon, or the word: NORTHGATE HEMATOLOGY PARTNERS."""
        context = self._context
        for at in range(i, i + MAX_INSTITUTION_WORDS - 1):
            if not (context.is_word(at) and context.gap(at) == " "):
                break
            if context.tokens[at] in STRONG_HEAD_NOUNS:
                return at
        return i

    def _describes_institution(self, i: int) -> bool:
        """Tell whether a word could belong to the institution whose next word follows it."""
        context = self._context
        if not context.is_word(i):
            return False
        gap, token = context.gap(i + 1), context.tokens[i]
        is_near = gap in (" ", "'", "'s ", "-") or (gap == ". " and token in DOTTED_BEFORE_NAMES)
        return is_near and token not in FUNCTION_WORDS and token not in NAME_CUES
