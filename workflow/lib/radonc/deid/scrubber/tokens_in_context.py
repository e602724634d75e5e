"""The tokens of a text in their context: how they are written, what is between them, what class each word has there."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import compress

from radonc.deid.scrubber.lexicon import Lexicon, WordClass
from radonc.deid.scrubber.spans import Span
from radonc.deid.scrubber.tokenizer import TokenizedText
from radonc.wordlists.context_words import EPONYM_TERMS, STAGES, STRONG_HEAD_NOUNS, TITLES_AND_ROLES, UNIT_NAMES

UPPERCASE_SHARE = 0.7
"""A line with this share of its letters in capitals is an uppercase line: there capitals are uninformative."""

INITIAL_ENDS = frozenset({".", "'", "’"})
_LOWERCASE = re.compile(r"[a-zß-ÿ]+")
_UPPERCASE = re.compile(r"[A-ZÀ-Þ]+")
_MAY_BE_UPPERCASE = re.compile(r"[A-ZÀ-Þ]{3}[^a-zß-ÿ\n]{0,4}[A-ZÀ-Þ]{2}")
_TITLE_CASE = re.compile(r"\b[A-ZÀ-Þ]['’]?[a-zß-ÿ]")
_SENTENCE_ENDS = frozenset(".!?:;\n•*#>|")
_ITEM_MARKS = frozenset({"/", "-", "–", "—", "·", ")", "] "})
_AGE_AFTER = re.compile(r"\s?-?(?:y|yo|yr|yrs|year|years|[MFmf])\b|/\d|[-.]\d{3}")


class TokensInContext:
    """The tokens of a text by index; an index beyond the first and the last is no word.

    Parameters
    ----------
    known_names
        Spans that are known to hold a name: their words are in no vocabulary, whatever they mean.

    Attributes
    ----------
    tokens, surface
        The tokens, folded and as they are written.
    capitalised
        Whether each begins with a capital.
    known_names
        The indices of the words that are known to be names.
    classes
        The class of each word wherever it stands; numbers and single letters are allowed.
    """

    def __init__(self, tokenized: TokenizedText, lexicon: Lexicon, known_names: Sequence[Span] = ()) -> None:
        self.text = tokenized.text
        self.tokens = tokenized.tokens
        self.surface = tokenized.surface
        self.starts = tokenized.starts
        self.ends = tokenized.ends
        self.capitalised = [word[0].isupper() for word in self.surface]
        self.classes = [
            lexicon.classify(token) if listed is None else listed
            for token, listed in zip(self.tokens, map(lexicon.listed_class, self.tokens), strict=True)
        ]
        for i in compress(range(len(self.tokens)), self.capitalised):
            if self.tokens[i] in lexicon.ambiguous_if_capitalised:
                # A number follows a laboratory value or a count, and no name: Na 131, Day 3.
                is_numbered = i + 1 < len(self.tokens) and self.tokens[i + 1].isdigit()
                if not (self.surface[i].isupper() or is_numbered):
                    self.classes[i] = WordClass.AMBIGUOUS
        self.known_names = {
            i
            for span in known_names
            for i in range(bisect_left(self.starts, span.start), bisect_left(self.starts, span.end))
            if self.tokens[i].isalpha()
        }
        for i in self.known_names:
            self.classes[i] = WordClass.UNKNOWN
        self._gaps = tokenized.gaps
        self._eponym_contexts = lexicon.eponym_contexts
        self._uppercase_lines = _uppercase_lines(self.text)
        self._has_no_capitals = _TITLE_CASE.search(self.text) is None

    def is_word(self, i: int) -> bool:
        """Tell whether there is a token of that index, made of letters."""
        return 0 <= i < len(self.tokens) and self.tokens[i].isalpha()

    def is_initial(self, i: int) -> bool:
        """Tell whether a single letter stands there, with a period or an apostrophe: J. Smith, O'Neil."""
        return self.is_word(i) and len(self.tokens[i]) == 1 and self._gaps[i + 1][:1] in INITIAL_ENDS

    def is_caseless(self, i: int) -> bool:
        """Tell whether capitals are uninformative at a word: in an uppercase line, or a text without capitals."""
        if self._has_no_capitals and not self.capitalised[i]:
            return True
        if not self._uppercase_lines or not self.surface[i].isupper():
            return False
        before = bisect_right(self._uppercase_lines, (self.starts[i], len(self.text))) - 1
        return before >= 0 and self.starts[i] < self._uppercase_lines[before][1]

    def is_alone(self, i: int) -> bool:
        """Tell whether a word is the only token of its line."""
        is_last = i + 1 == len(self.tokens) or "\n" in self._gaps[i + 1]
        return is_last and "\n" in self.gap(i)

    def gap(self, i: int) -> str:
        """Return what stands between a token and the one before it; before the first token, a new line."""
        return self._gaps[i] if i else "\n"

    def begins_sentence(self, i: int) -> bool:
        """Tell whether a word begins a sentence, a line or an item; behind a title or an initial it does not."""
        gap = self.gap(i)
        if gap[:1] == "." and (len(self.tokens[i - 1]) == 1 or self.tokens[i - 1] in TITLES_AND_ROLES):
            return False
        return not _SENTENCE_ENDS.isdisjoint(gap) or gap.strip(" ") in _ITEM_MARKS

    def class_of(self, i: int) -> WordClass:
        """Return a word's class in its context: beside its words an eponym is allowed, and a unit behind a number."""
        word_class, token = self.classes[i], self.tokens[i]
        if word_class is WordClass.ALLOWED:
            return word_class
        if token in UNIT_NAMES and i and self.tokens[i - 1].isdigit():
            return WordClass.ALLOWED
        if token not in self._eponym_contexts or word_class is WordClass.UNKNOWN:
            return word_class
        if i + 1 < len(self.tokens) and self.tokens[i + 1] in STRONG_HEAD_NOUNS and self.capitalised[i + 1]:
            # Whipple Hospital
            return WordClass.AMBIGUOUS
        if self._eponym_contexts[token] is None or self.is_eponym(i):
            return WordClass.ALLOWED
        return min(word_class, WordClass.AMBIGUOUS)

    def is_eponym(self, i: int) -> bool:
        """Tell whether the context of a word makes it the name of a disease, a score or a sign."""
        if self.tokens[i] not in self._eponym_contexts:
            return False
        context = self._eponym_contexts[self.tokens[i]]
        if context and not context.isdisjoint(self.tokens[max(0, i - 2) : i + 3]):
            return True
        return self._precedes_term(i) or self._precedes_grade(i)

    def _precedes_term(self, i: int) -> bool:
        """Tell whether a term follows an eponym, at most one word between: Hodgkin's disease, Clark skin level."""
        for follows in (i + 1, i + 2):
            if not self.is_word(follows) or self._gaps[follows].strip("'’s- \t"):
                return False
            if self.tokens[follows] in EPONYM_TERMS:
                return True
        return False

    def _precedes_grade(self, i: int) -> bool:
        """Tell whether a number follows an eponym, which grades or measures: Braden 17, Mallampati II; and no age."""
        follows = i + 1
        if follows == len(self.tokens) or self._gaps[follows] not in (" ", ": ", "'s ", " = ", "="):
            return False
        if self.tokens[follows] in STAGES:
            return True
        is_short = self.tokens[follows].isdigit() and len(self.tokens[follows]) < 4
        return is_short and _AGE_AFTER.match(self.text, self.ends[follows]) is None


def _uppercase_lines(text: str) -> list[tuple[int, int]]:
    lines: list[tuple[int, int]] = []
    if not _MAY_BE_UPPERCASE.search(text):
        return lines
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        n_capitals = sum(map(len, _UPPERCASE.findall(line)))
        if n_capitals and n_capitals >= UPPERCASE_SHARE * (n_capitals + sum(map(len, _LOWERCASE.findall(line)))):
            lines.append((start, end))
        start = end + 1
    return lines
