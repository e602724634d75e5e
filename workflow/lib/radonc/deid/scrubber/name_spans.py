"""The tokens of a text in their context, and its name spans: words that are one name if one of them is a name.

*Anna S. of St. Vincent's Hospital* is one span. Where capitals are informative, a span is made of capitalised words,
with small words between them (of, de la). Where they are not, in an uppercase line or a text without capitals, it is
made of words that could be names by themselves.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import compress

from radonc.deid.scrubber import alphanumerics
from radonc.deid.scrubber.lexicon import Lexicon, WordClass
from radonc.deid.scrubber.tokenizer import Span, tokenize
from radonc.wordlists import context_words as words

# Indices of consecutive tokens.
TokenSpan = list[int]
# A line with this share of its letters in capitals is an uppercase line: there capitals are uninformative.
UPPERCASE_SHARE = 0.7
# Words before the head noun, where no capital shows where the institution's name begins.
MAX_INSTITUTION_WORDS = 4
INITIAL_ENDS = frozenset({".", "'", "’"})
_LOWERCASE = re.compile(r"[a-zß-ÿ]+")
_UPPERCASE = re.compile(r"[A-ZÀ-Þ]+")
_MAY_BE_UPPERCASE = re.compile(r"[A-ZÀ-Þ]{3}[^a-zß-ÿ\n]{0,4}[A-ZÀ-Þ]{2}")
_TITLE_CASE = re.compile(r"\b[A-ZÀ-Þ]['’]?[a-zß-ÿ]")
_SENTENCE_ENDS = frozenset(".!?:;\n•*#>|")
_ITEM_MARKS = frozenset({"/", "-", "–", "—", "·", ")", "] "})
_AGE_AFTER = re.compile(r"\s?-?(?:y|yo|yr|yrs|year|years|[MFmf])\b|/\d|[-.]\d{3}")
# What may stand between the words of one name.
_JOINT = re.compile(r"[ \t]{1,2}|[-/'’]|[-/] |[ \t]?&[ \t]?|\.[ \t]{0,2}|['’]?s[ \t]|[ \t][\"“(]|[\"”)][ \t]")


class NameSpans:
    """The tokens of a text by index, and its name spans. Words of known names are unknown, whatever they mean."""

    def __init__(self, masked: str, lexicon: Lexicon, known_names: Sequence[Span]) -> None:
        self.text, tokenized = masked, tokenize(masked)
        self.tokens, self.surface, self._gaps = tokenized.tokens, tokenized.surface, tokenized.gaps
        self.starts, self.ends = tokenized.starts, tokenized.ends
        # Letters that touch digits are judged with them.
        self.chunks = list(alphanumerics.chunks(masked, lexicon))
        within = {offset for start, end, _ in self.chunks for offset in range(start, end)}
        self.is_in_chunk = [start in within for start in self.starts]
        self.capitalised = [word[0].isupper() for word in self.surface]
        # The class of each word wherever it stands; numbers and single letters are allowed.
        self.classes = list(map(lexicon.classify, self.tokens))
        for i in compress(range(len(self.tokens)), self.capitalised):
            if self.tokens[i] in lexicon.ambiguous_if_capitalised:
                # A number follows a laboratory value or a count, and no name: Na 131, Day 3.
                is_numbered = i + 1 < len(self.tokens) and self.tokens[i + 1].isdigit()
                if not (self.surface[i].isupper() or is_numbered):
                    self.classes[i] = WordClass.AMBIGUOUS
        self.known_names: set[int] = set()
        for start, end, _ in known_names:
            named = range(bisect_left(self.starts, start), bisect_left(self.starts, end))
            self.known_names.update(filter(self.is_word, named))
        for i in self.known_names:
            self.classes[i] = WordClass.UNKNOWN
        self._lexicon = lexicon
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

    def gap(self, i: int) -> str:
        """Return what stands between a token and the one before it; before the first token, a new line."""
        return self._gaps[i] if i else "\n"

    def begins_sentence(self, i: int) -> bool:
        """Tell whether a word begins a sentence, a line or an item; behind a title or an initial it does not."""
        gap = self.gap(i)
        if gap[:1] == "." and (len(self.tokens[i - 1]) == 1 or self.tokens[i - 1] in words.TITLES_AND_ROLES):
            return False
        return not _SENTENCE_ENDS.isdisjoint(gap) or gap.strip(" ") in _ITEM_MARKS

    def class_of(self, i: int) -> WordClass:
        """Return a word's class in its context: beside its words an eponym is allowed, and a unit behind a number."""
        word_class, token = self.classes[i], self.tokens[i]
        if word_class is WordClass.ALLOWED:
            return word_class
        if token in words.UNIT_NAMES and i and self.tokens[i - 1].isdigit():
            return WordClass.ALLOWED
        if token not in self._lexicon.eponym_contexts or word_class is WordClass.UNKNOWN:
            return word_class
        if i + 1 < len(self.tokens) and self.tokens[i + 1] in words.STRONG_HEAD_NOUNS and self.capitalised[i + 1]:
            # Whipple Hospital
            return WordClass.AMBIGUOUS
        if self._lexicon.eponym_contexts[token] is None or self.is_eponym(i):
            return WordClass.ALLOWED
        return min(word_class, WordClass.AMBIGUOUS)

    def is_eponym(self, i: int) -> bool:
        """Tell whether the context of a word makes it the name of a disease, a score or a sign."""
        if self.tokens[i] not in self._lexicon.eponym_contexts:
            return False
        context = self._lexicon.eponym_contexts[self.tokens[i]] or frozenset()
        is_beside_its_words = not context.isdisjoint(self.tokens[max(0, i - 2) : i + 3])
        return is_beside_its_words or self._precedes_term(i) or self._precedes_grade(i)

    def _precedes_term(self, i: int) -> bool:
        """Tell whether a term follows an eponym, at most one word between: Hodgkin's disease, Clark skin level."""
        for follows in (i + 1, i + 2):
            if not self.is_word(follows) or self._gaps[follows].strip("'’s- \t"):
                return False
            if self.tokens[follows] in words.EPONYM_TERMS:
                return True
        return False

    def _precedes_grade(self, i: int) -> bool:
        """Tell whether a number follows an eponym, which grades or measures: Braden 17, Mallampati II; and no age."""
        follows = i + 1
        if follows == len(self.tokens) or self._gaps[follows] not in (" ", ": ", "'s ", " = ", "="):
            return False
        if self.tokens[follows] in words.STAGES:
            return True
        is_short = self.tokens[follows].isdigit() and len(self.tokens[follows]) < 4
        return is_short and _AGE_AFTER.match(self.text, self.ends[follows]) is None

    def name_spans(self) -> Iterator[TokenSpan]:
        """Yield the spans in order; an unknown word in lower case is a span of its own."""
        reached = -1
        for i, (capital, word_class) in enumerate(zip(self.capitalised, self.classes, strict=True)):
            if i <= reached or self.is_in_chunk[i]:
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
        if i and self.tokens[i - 1] in words.NAME_CUES:
            return False
        if i + 1 == len(self.tokens):
            return True
        after = self.tokens[i + 1]
        return not (self.capitalised[i + 1] or after in words.LINKING_WORDS or after in words.NAME_PARTICLES)

    def _is_lowercase_name(self, i: int) -> bool:
        """Tell whether a name that is a word stands behind a title or a cue, though without a capital: dr brown."""
        token, before = self.tokens[i], self.tokens[i - 1] if i else ""
        if before not in words.NAME_CUES or not self.is_introduced(i):
            return False
        is_name = before in words.UNAMBIGUOUS_TITLES and self._lexicon.is_frequent_name(token)
        return (is_name and token not in words.FUNCTION_WORDS) or self.classes[i] >= WordClass.AMBIGUOUS

    def _is_lowercase_pair(self, i: int) -> bool:
        """Tell whether, where capitals are uninformative, two possible names stand side by side: john smith."""
        if self.classes[i] < WordClass.AMBIGUOUS or not self.is_caseless(i) or not self._is_joined(i + 1):
            return False
        return min(self.class_of(i), self.class_of(i + 1)) >= WordClass.AMBIGUOUS

    def institutions(self) -> Iterator[TokenSpan]:
        """Yield institutions where capitals are uninformative: from the first identifying word to the head noun."""
        for i in filter(self._is_head_noun, range(len(self.tokens))):
            first = i
            while i - first < MAX_INSTITUTION_WORDS and self._describes_institution(first - 1):
                first -= 1
            for named in range(first, i):
                if self.classes[named] and self.tokens[named] not in words.GENERIC_INSTITUTION_WORDS:
                    begins_clause = self.gap(first) != " " or self.is_located(first)
                    yield list(range(first if begins_clause else named, i + 1))
                    break

    def is_located(self, i: int) -> bool:
        """Tell whether a word stands behind one that leads to a place: lives in Teapot."""
        return i > 0 and self.tokens[i - 1] in words.LOCATION_CUES

    def is_introduced(self, i: int) -> bool:
        """Tell whether a title stands before a word, or a cue before a frequent name: Dr. Long, husband Will."""
        gap = self.gap(i)
        if not i or len(gap) > 2 or "\n" in gap or not self.is_word(i) or self._is_title(i):
            return False
        before = self.tokens[i - 1]
        is_cue = before in words.NAME_CUES and (gap == " " or (gap == ": " and before not in words.KINSHIP))
        if before in words.TITLES or not is_cue or not self._lexicon.is_frequent_name(self.tokens[i]):
            return before in words.TITLES
        return self.tokens[i] not in self._lexicon.eponym_contexts or self.class_of(i) is not WordClass.ALLOWED

    def _span_from(self, first: int) -> TokenSpan:
        span = [first]
        # Dr. Sorensen at Lakemoor Hospital: a name behind a title ends before the small words of institutions.
        is_titled = first > 0 and self.tokens[first - 1] in words.TITLES
        links = words.NAME_PARTICLES if is_titled else words.NAME_PARTICLES | words.LINKING_WORDS
        while True:
            follows = span[-1] + 1
            while self._is_joined(follows) and not self.capitalised[follows] and self.tokens[follows] in links:
                follows += 1
            if self._is_foreign_particle(follows):
                follows += 1
            if self.is_caseless(span[-1]):
                follows = self._head_noun_after(follows)
            if not (self._is_joined(follows) and (self._is_head_noun(follows) or self._is_member(follows))):
                return span
            span += range(span[-1] + 1, follows + 1)

    def _start(self, i: int, reached: int) -> int:
        """Return where the span of a word begins: with a particle before it, or words whose case is uninformative."""
        before = i - 1
        while before > reached and self._is_joined(before + 1) and self.is_word(before):
            is_particle = self.tokens[before] in words.NAME_PARTICLES and self.gap(before + 1)[0] in " ."
            if not is_particle and not (self.is_caseless(before) and self._is_member(before)):
                break
            before -= 1
        return before + 1

    def _is_member(self, i: int) -> bool:
        """Tell whether a word could be part of a name, by its capital, or by itself where that is uninformative."""
        if not self.is_word(i) or self.is_in_chunk[i] or self._is_title(i):
            return False
        if not self.is_caseless(i):
            return self.capitalised[i]
        is_suffix = self.tokens[i] in words.NAME_SUFFIXES
        return self.classes[i] >= WordClass.AMBIGUOUS or is_suffix or self.is_initial(i)

    def _is_title(self, i: int) -> bool:
        """Tell whether a word is a title, a cue or a degree: it stands beside a name and is no part of it."""
        return self.tokens[i] in words.NAME_CUES or self.surface[i] in words.DEGREES

    def _is_foreign_particle(self, i: int) -> bool:
        """Tell whether a short word in lower case stands between two unknown ones: Brunnhof am Waldsee."""
        if not (self.is_word(i) and self.is_word(i + 1)) or self.tokens[i] in words.LINKING_WORDS:
            return False
        is_short = len(self.tokens[i]) <= 3 and not self.capitalised[i]
        is_between = all(self.capitalised[j] and self.classes[j] is WordClass.UNKNOWN for j in (i - 1, i + 1))
        return is_between and is_short and self.gap(i) == self.gap(i + 1) == " "

    def _is_head_noun(self, i: int) -> bool:
        return self.tokens[i] in words.STRONG_HEAD_NOUNS and self.is_caseless(i)

    def _is_joined(self, i: int) -> bool:
        if not self.is_word(i):
            return False
        gap, before = self.gap(i), self.tokens[i - 1]
        if _JOINT.fullmatch(gap):
            return gap[0] != "." or len(before) == 1 or before in words.DOTTED_BEFORE_NAMES
        return gap in (", ", ",\t") and (self.tokens[i] in words.NAME_SUFFIXES or self._is_surname_first(i))

    def _is_surname_first(self, i: int) -> bool:
        """Tell whether a comma separates a surname from a given name or an initial, and no two things."""
        surname, given = self.class_of(i - 1), self.class_of(i)
        is_initial = len(self.tokens[i]) == 1 and surname >= WordClass.AMBIGUOUS
        are_names = WordClass.UNKNOWN in (surname, given) and WordClass.ALLOWED not in (surname, given)
        return (is_initial or are_names) and not self.is_caseless(i)

    def _head_noun_after(self, i: int) -> int:
        """Return the head noun of an institution that follows soon, or the word: NORTHGATE HEMATOLOGY PARTNERS."""
        for at in range(i, i + MAX_INSTITUTION_WORDS - 1):
            if not (self.is_word(at) and self.gap(at) == " "):
                break
            if self.tokens[at] in words.STRONG_HEAD_NOUNS:
                return at
        return i

    def _describes_institution(self, i: int) -> bool:
        if not self.is_word(i):
            return False
        gap, token = self.gap(i + 1), self.tokens[i]
        is_near = gap in (" ", "'", "'s ", "-") or (gap == ". " and token in words.DOTTED_BEFORE_NAMES)
        return is_near and token not in words.FUNCTION_WORDS and token not in words.NAME_CUES


def _uppercase_lines(text: str) -> list[tuple[int, int]]:
    lines = []
    for line in re.finditer(".+", text) if _MAY_BE_UPPERCASE.search(text) else ():
        n_capitals, n_small = (sum(map(len, letters.findall(line[0]))) for letters in (_UPPERCASE, _LOWERCASE))
        if n_capitals and n_capitals >= UPPERCASE_SHARE * (n_capitals + n_small):
            lines.append(line.span())
    return lines
