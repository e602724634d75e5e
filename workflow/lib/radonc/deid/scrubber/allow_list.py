"""The allow-list filter: a word is kept if a vocabulary lists it and its context does not make it a name.

No identifier is searched for here. Words that no vocabulary lists are redacted. Words are judged in name spans: all
that belongs to one name is redacted as soon as one word of it is. Words that are names as well (*Brown*, *Grace*) are
decided by their context, and redacted in doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from radonc.deid.scrubber import alphanumerics
from radonc.deid.scrubber.lexicon import Lexicon, WordClass
from radonc.deid.scrubber.name_spans import NameSpans, TokenSpan
from radonc.deid.scrubber.spans import Span
from radonc.deid.scrubber.tokenizer import tokenize
from radonc.deid.scrubber.tokens_in_context import INITIAL_ENDS, TokensInContext
from radonc.vocabulary.tags import Label
from radonc.wordlists.context_words import (
    COMPANY_NOUNS,
    DEGREES,
    FUNCTION_WORDS,
    GENERIC_INSTITUTION_WORDS,
    HEAD_NOUNS,
    KINSHIP,
    LINKING_WORDS,
    LOCATION_CUES,
    NAME_CUES,
    NAME_PARTICLES,
    NAME_SUFFIXES,
    NUMBERED_ADDRESS_WORDS,
    PERSON_VERBS,
    PLACE_BEGINNINGS,
    PLACE_NOUNS,
    STRONG_HEAD_NOUNS,
)

ALLOWED, COMMON, AMBIGUOUS, EPONYM, UNKNOWN = WordClass

MAX_HOUSE_NUMBER_DIGITS = 5
SAINTS = frozenset({"st", "saint", "ste", "sainte"})
# MR, MS and LT in capitals are resonance, sclerosis and a side.
_AMBIGUOUS_TITLES = frozenset({"MR", "MS", "LT", "COL"})
# Endings of verbs that may follow a person who begins a sentence.
_PERSON_VERB_ENDINGS = ("ed", "es", "ts", "ks", "ls", "ms", "ns", "ys")
# What is done to things, which eponyms often are: Foley placed, Romberg tested; but: Foley denied.
_DONE_TO_THINGS = frozenset(
    {"noted", "tested", "placed", "replaced", "removed", "inserted", "exchanged", "elicited", "performed", "measured"}
)
# Marks that make one thing of a word and what follows: brown-black, walker/cane.
_JOINING_MARKS = frozenset("-–—/&+")
# Infinitives with such an ending, which stand behind may and will.
_INFINITIVES = frozenset(
    {"need", "proceed", "exceed", "succeed", "feed", "bleed", "speed", "spread", "shed", "times", "lines"}
)


def find_spans(masked: str, lexicon: Lexicon, known_names: Sequence[Span] = ()) -> Sequence[Span]:
    """Return the spans that the allow-list does not keep, overlaps included.

    Parameters
    ----------
    masked
        A text; what is redacted already is masked.
    lexicon
        The words that may be kept.
    known_names
        Spans that are known to hold a name, not masked: what belongs to the name is redacted with it.
    """
    return list(AllowListFilter(masked, lexicon, known_names).spans()) if known_names else _cached(masked, lexicon)


@lru_cache(maxsize=1 << 11)
def _cached(masked: str, lexicon: Lexicon) -> tuple[Span, ...]:
    return tuple(AllowListFilter(masked, lexicon, ()).spans())


class AllowListFilter:
    """The allow-list at work on one text; parameters as of ``find_spans``."""

    def __init__(self, masked: str, lexicon: Lexicon, known_names: Sequence[Span]) -> None:
        tokenized = tokenize(masked)
        self._lexicon = lexicon
        self._context = TokensInContext(tokenized, lexicon, known_names)
        self._chunks = list(alphanumerics.chunks(masked, lexicon))
        # Letters that touch digits are judged with them.
        within = {offset for start, end, _ in self._chunks for offset in range(start, end)}
        self._name_spans = NameSpans(self._context, lexicon, [start in within for start in tokenized.starts])

    def spans(self) -> Iterator[Span]:
        """Yield what is redacted."""
        context = self._context
        yield from (Span(start, end, Label.ID) for start, end, is_clinical in self._chunks if not is_clinical)
        yield from (self._span(tokens, Label.PLACE) for tokens in self._name_spans.institutions())
        for tokens in self._name_spans:
            first = tokens[0]
            if len(tokens) == 1 and not context.capitalised[first] and not context.is_caseless(first):
                yield self._span(self._with_initials(first), Label.OTHER)
            elif (name := self._titled(tokens) or self._trimmed(tokens)) and self._is_name(name):
                name = self._with_possessive(name)
                has_head_noun = any(context.tokens[i] in HEAD_NOUNS for i in name)
                yield self._span(self._with_house_number(name), Label.PLACE if has_head_noun else Label.NAME)

    def _span(self, tokens: TokenSpan, label: Label) -> Span:
        return Span(self._context.starts[tokens[0]], self._context.ends[tokens[-1]], label)

    # ---- what of a name span could be a name ---------------------------------------------------------------------

    def _titled(self, span: TokenSpan) -> TokenSpan:
        """Return the name behind a title, whatever its words mean: Dr. Long, Mr. and Mrs. Day."""
        context, first = self._context, span[0]
        if not self._name_spans.is_introduced(first):
            return []
        is_ambiguous_title = context.surface[first - 1] in _AMBIGUOUS_TITLES and "." not in context.gap(first)
        if is_ambiguous_title and not context.classes[first]:
            return []
        return [
            i
            for i in span
            if i == first
            or (context.classes[i] and not context.is_eponym(i))
            or (context.capitalised[i] and context.tokens[i] in HEAD_NOUNS)
            or (context.capitalised[i] and self._lexicon.is_frequent_name(context.tokens[i]))
            or len(context.tokens[i]) == 1
            or context.gap(i) == "-"
        ]

    def _trimmed(self, span: TokenSpan) -> TokenSpan:
        """Return a span without what only stands beside a name: clinical abbreviations, first words of sentences."""
        context = self._context
        # Beside a known name, a common word with a capital is no part of it: Call Whitfield.
        is_known = not context.known_names.isdisjoint(span)
        least = AMBIGUOUS if is_known else COMMON
        cores = [i for i in span if context.class_of(i) >= least or self._ends_place(i, span)]
        if not cores:
            return []
        first, last = cores[1 if len(cores) > 1 and self._leads_to_name(cores[0]) else 0], cores[-1]
        while first > span[0] and (context.gap(first) == "-" or self._belongs(first - 1, is_known, STRONG_HEAD_NOUNS)):
            first -= 1
        while last < span[-1] and (context.gap(last + 1) == "-" or self._belongs(last + 1, is_known, HEAD_NOUNS)):
            last += 1
        while context.tokens[first] in LINKING_WORDS and len(context.tokens[first]) > 1:
            first += 1
        return list(range(first, last + 1))

    def _ends_place(self, i: int, span: TokenSpan) -> bool:
        """Tell whether a word ends the name of a place, whatever its other words mean: Fall River, Cape May."""
        context, before = self._context, i - 1
        if context.tokens[i] not in PLACE_NOUNS or before < span[0] or context.gap(i) != " ":
            return False
        is_generic = context.tokens[before] in GENERIC_INSTITUTION_WORDS
        return not (is_generic or context.is_caseless(i) or context.begins_sentence(before))

    def _leads_to_name(self, i: int) -> bool:
        """Tell whether the first word of a sentence only leads to a name: Called Smith, Lives in Gilroy."""
        context, token = self._context, self._context.tokens[i]
        if context.classes[i] is not COMMON or not context.begins_sentence(i):
            return False
        return token.endswith(("ed", "ing")) or token in PERSON_VERBS or context.tokens[i + 1] in LINKING_WORDS

    def _belongs(self, i: int, is_known: bool, head_nouns: frozenset[str]) -> bool:
        """Tell whether an allowed word is part of the name in its span; weak head nouns only end one: Lund PT."""
        context = self._context
        token, surface = context.tokens[i], context.surface[i]
        if token in head_nouns or token in NAME_SUFFIXES or token in NAME_PARTICLES or token in LINKING_WORDS:
            return True
        if len(token) == 1:
            is_before_name = context.is_word(i + 1) and context.classes[i + 1] is UNKNOWN
            return not is_known or context.is_initial(i) or is_before_name
        if token in PLACE_BEGINNINGS and context.capitalised[i] and context.gap(i + 1) == " ":
            return token not in FUNCTION_WORDS or not context.begins_sentence(i)
        if is_known or context.is_caseless(i) or surface.isupper() or not surface[0].isupper():
            return False
        # Behind a colon or a slash no sentence begins: Referred by: Radiology Rose Hill Clinic.
        begins_sentence = context.begins_sentence(i) and context.gap(i).strip() not in (":", "/")
        return token not in FUNCTION_WORDS and not begins_sentence

    def _with_initials(self, i: int) -> TokenSpan:
        """Return a word in lower case with initials before or behind it: t. mbeki, d'ambrosio, chantelle b."""
        context, first, last = self._context, i, i
        while context.is_initial(first - 1) and context.gap(first).rstrip() in INITIAL_ENDS:
            first -= 1
        if context.is_initial(last + 1) and context.gap(last + 1) == " ":
            last += 1
        return list(range(first, last + 1))

    def _with_possessive(self, span: TokenSpan) -> TokenSpan:
        """Return the name of a church, a school or a shop with its last s: St. Brannock's, at Sandpiper's."""
        context, after = self._context, span[-1] + 1
        is_place = context.tokens[span[0]] in SAINTS or (span[0] > 0 and context.tokens[span[0] - 1] in LOCATION_CUES)
        has_s = context.is_word(after) and context.tokens[after] == "s" and context.gap(after) in ("'", "’")
        return [*span, after] if is_place and has_s else span

    def _with_house_number(self, span: TokenSpan) -> TokenSpan:
        """Return a span with the number of a house before its street, or of a road behind: 12 Thistle Bend, Route 9."""
        context, before, after = self._context, span[0] - 1, span[-1] + 1
        if after < len(context.tokens) and context.tokens[after].isdigit() and context.gap(after) == " ":
            # Lindenallee 7, between two commas or before a town.
            is_listed = context.gap(span[0])[:1] == "," and context.text[context.ends[after] :][:1] in (",", "\n")
            is_road = context.tokens[span[-1]] in NUMBERED_ADDRESS_WORDS
            if is_listed or is_road or self._is_before_town(after):
                span = [*span, after]
        if before < 0 or not context.tokens[before].isdigit() or context.gap(span[0]) != " ":
            return span
        if len(span) < 2 and context.text[context.ends[span[-1]] :][:1] not in (",", "\n", ""):
            return span
        is_short = len(context.tokens[before]) <= MAX_HOUSE_NUMBER_DIGITS
        is_house = is_short and context.gap(before)[-1:] not in ("/", ".", "-")
        return [before, *span] if is_house and not context.is_caseless(span[0]) else span

    def _is_before_town(self, i: int) -> bool:
        """Tell whether a short number stands before a town or a postal code: lives Lindenallee 7, Bremen."""
        context, after = self._context, i + 1
        is_short = len(context.tokens[i]) < MAX_HOUSE_NUMBER_DIGITS
        if not is_short or after == len(context.tokens) or context.gap(after) != ", ":
            return False
        token = context.tokens[after]
        is_postal_code = token.isdigit() and len(token) == MAX_HOUSE_NUMBER_DIGITS
        return is_postal_code or (context.capitalised[after] and context.classes[after] is UNKNOWN)

    # ---- is it a name? -------------------------------------------------------------------------------------------

    def _is_name(self, span: TokenSpan) -> bool:
        context, first, last = self._context, span[0], span[-1]
        classes = [context.class_of(i) for i in span]
        if UNKNOWN in classes or self._is_cued(span):
            return True
        specific = {i for i in span if context.tokens[i] not in GENERIC_INSTITUTION_WORDS}
        identifying = {i for i, word_class in zip(span, classes, strict=True) if word_class and i in specific}
        if context.tokens[last] in COMPANY_NOUNS and not context.is_caseless(last) and context.capitalised[last]:
            # Before such a noun even a clinical word identifies: Sternum Associates.
            identifying |= {i for i in specific if i != last and not context.begins_sentence(i)}
        if len(span) > 1 and any(context.tokens[i] in HEAD_NOUNS for i in span):
            return bool(identifying - {last}) or context.tokens[last] in PLACE_NOUNS
        if context.is_caseless(first) or not identifying:
            # In caseless text, one such word is a word, and two are a name: GRACE HOPE. So is one alone in its line.
            return len(identifying) > 1 or (classes[0] >= AMBIGUOUS and context.is_alone(first))
        if len(span) > 1:
            # History of Barrett: the eponym is allowed, and the other word is only a word.
            has_eponym = any(context.tokens[i] in self._lexicon.eponym_contexts for i in span)
            is_written_out = any(not context.surface[i].isupper() for i in identifying)
            is_doubtful = max(classes) >= AMBIGUOUS or (is_written_out and not has_eponym)
            is_doubtful &= not context.begins_sentence(first)
            return context.is_initial(first) or len(identifying) > 1 or is_doubtful
        if classes[0] is AMBIGUOUS:
            return not context.begins_sentence(first) or self._is_followed_like_person(first)
        return first > 0 and context.tokens[first - 1] in LOCATION_CUES and not context.begins_sentence(first)

    def _is_cued(self, span: TokenSpan) -> bool:
        """Tell whether a title, a word of kinship or a degree says that this is a name."""
        context, first, after = self._context, span[0], span[-1] + 1
        cue = context.tokens[first - 1] if first else ""
        if cue in NAME_CUES and len(context.gap(first)) < 4 and "\n" not in context.gap(first):
            least = COMMON if cue in KINSHIP else AMBIGUOUS
            return self._name_spans.is_introduced(first) or context.class_of(first) >= least
        return context.is_word(after) and context.surface[after] in DEGREES and context.gap(after).strip() in ("", ",")

    def _is_followed_like_person(self, i: int) -> bool:
        """Tell whether what follows a word would follow a person: is, reports, denied, any mark, the line's end."""
        context, after = self._context, i + 1
        if not context.is_word(after):
            return True
        if mark := context.gap(after).lstrip(" \t")[:1]:
            return mark not in _JOINING_MARKS
        token = context.tokens[after]
        is_verb = token.endswith(_PERSON_VERB_ENDINGS) and token not in _INFINITIVES
        is_verb &= not (token in _DONE_TO_THINGS and context.tokens[i] in self._lexicon.eponym_contexts)
        return token in PERSON_VERBS or (context.classes[after] is COMMON and is_verb)
