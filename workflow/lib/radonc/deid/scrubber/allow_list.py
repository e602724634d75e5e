"""The allow-list filter: a word is kept if a vocabulary lists it and its context does not make it a name.

No identifier is searched for here. Words that no vocabulary lists are redacted. Words are judged in name spans: all
that belongs to one name is redacted as soon as one word of it is. Words that are names as well (*Brown*, *Grace*) are
decided by their context, and redacted in doubt.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from radonc.deid.scrubber.lexicon import Lexicon, WordClass
from radonc.deid.scrubber.name_spans import INITIAL_ENDS, NameSpans, TokenSpan
from radonc.deid.scrubber.tokenizer import Span
from radonc.vocabulary.tags import Label
from radonc.wordlists import context_words as words

ALLOWED, COMMON, AMBIGUOUS, EPONYM, UNKNOWN = WordClass

MAX_HOUSE_NUMBER_DIGITS = 5
# Endings of verbs that may follow a person who begins a sentence.
_PERSON_VERB_ENDINGS = ("ed", "es", "ts", "ks", "ls", "ms", "ns", "ys")


@lru_cache(maxsize=1 << 11)
def find_spans(masked: str, lexicon: Lexicon, known_names: tuple[Span, ...] = ()) -> Sequence[Span]:
    """Return the spans that the allow-list does not keep in a masked text, with what belongs to known names."""
    return tuple(AllowListFilter(masked, lexicon, known_names).redacted())


class AllowListFilter(NameSpans):
    """The allow-list at work on the name spans of one text; parameters as of ``find_spans``."""

    def redacted(self) -> Iterator[Span]:
        """Yield what is redacted."""
        yield from (Span(start, end, Label.ID) for start, end, is_clinical in self.chunks if not is_clinical)
        yield from (self._span(tokens, Label.PLACE) for tokens in self.institutions())
        for tokens in self.name_spans():
            first = tokens[0]
            if len(tokens) == 1 and not self.capitalised[first] and not self.is_caseless(first):
                yield self._span(self._with_initials(first), Label.OTHER)
            elif (name := self._titled(tokens) or self._trimmed(tokens)) and self._is_name(name):
                name = self._with_possessive(name)
                has_head_noun = any(self.tokens[i] in words.HEAD_NOUNS for i in name)
                yield self._span(self._with_house_number(name), Label.PLACE if has_head_noun else Label.NAME)

    def _span(self, tokens: TokenSpan, label: Label) -> Span:
        return Span(self.starts[tokens[0]], self.ends[tokens[-1]], label)

    def _titled(self, span: TokenSpan) -> TokenSpan:
        """Return the name behind a title, whatever its words mean: Dr. Long, Mr. and Mrs. Day."""
        name = span[:1]
        is_ambiguous_title = self.surface[name[0] - 1] in words.AMBIGUOUS_TITLES and "." not in self.gap(name[0])
        if (is_ambiguous_title and not self.classes[name[0]]) or not self.is_introduced(name[0]):
            return []
        for i in span[1:]:
            token = self.tokens[i]
            is_name = token in words.HEAD_NOUNS or self._lexicon.is_frequent_name(token)
            is_joined = len(token) == 1 or self.gap(i) == "-"
            if is_joined or (self.capitalised[i] and is_name) or (self.classes[i] and not self.is_eponym(i)):
                name.append(i)
        return name

    def _trimmed(self, span: TokenSpan) -> TokenSpan:
        """Return a span without what only stands beside a name: clinical abbreviations, first words of sentences."""
        # Beside a known name, a common word with a capital is no part of it: Call Whitfield.
        is_known = not self.known_names.isdisjoint(span)
        least = AMBIGUOUS if is_known else COMMON
        cores = [i for i in span if self.class_of(i) >= least or self._ends_place(i, span)]
        if not cores:
            return []
        first, last = cores[1 if len(cores) > 1 and self._leads_to_name(cores[0]) else 0], cores[-1]
        # Weak head nouns only end a name: Lund PT.
        head_nouns = words.STRONG_HEAD_NOUNS
        while first > span[0] and (self.gap(first) == "-" or self._belongs(first - 1, is_known, head_nouns)):
            first -= 1
        while last < span[-1] and (self.gap(last + 1) == "-" or self._belongs(last + 1, is_known, words.HEAD_NOUNS)):
            last += 1
        while self.tokens[first] in words.LINKING_WORDS and len(self.tokens[first]) > 1:
            first += 1
        return list(range(first, last + 1))

    def _ends_place(self, i: int, span: TokenSpan) -> bool:
        """Tell whether a word ends the name of a place, whatever its other words mean: Fall River, Cape May."""
        before = i - 1
        if self.tokens[i] not in words.PLACE_NOUNS or before < span[0] or self.gap(i) != " ":
            return False
        is_generic = self.tokens[before] in words.GENERIC_INSTITUTION_WORDS
        return not (is_generic or self.is_caseless(i) or self.begins_sentence(before))

    def _leads_to_name(self, i: int) -> bool:
        """Tell whether the first word of a sentence only leads to a name: Called Smith, Lives in Gilroy."""
        if self.classes[i] is not COMMON or not self.begins_sentence(i):
            return False
        is_verb = self.tokens[i].endswith(("ed", "ing")) or self.tokens[i] in words.PERSON_VERBS
        return is_verb or self.tokens[i + 1] in words.LINKING_WORDS

    def _belongs(self, i: int, is_known: bool, head_nouns: frozenset[str]) -> bool:
        """Tell whether an allowed word is part of the name in its span."""
        token, surface = self.tokens[i], self.surface[i]
        if token in head_nouns or token in words.NAME_SUFFIXES or token in words.NAME_PARTICLES | words.LINKING_WORDS:
            return True
        if len(token) == 1:
            is_before_name = self.is_word(i + 1) and self.classes[i + 1] is UNKNOWN
            return not is_known or self.is_initial(i) or is_before_name
        if token in words.PLACE_BEGINNINGS and self.capitalised[i] and self.gap(i + 1) == " ":
            return token not in words.FUNCTION_WORDS or not self.begins_sentence(i)
        if is_known or self.is_caseless(i) or surface.isupper() or not surface[0].isupper():
            return False
        # Behind a colon or a slash no sentence begins: Referred by: Radiology Rose Hill Clinic.
        begins_sentence = self.begins_sentence(i) and self.gap(i).strip() not in (":", "/")
        return token not in words.FUNCTION_WORDS and not begins_sentence

    def _with_initials(self, i: int) -> TokenSpan:
        """Return a word in lower case with initials before or behind it: t. mbeki, d'ambrosio, chantelle b."""
        first = last = i
        while self.is_initial(first - 1) and self.gap(first).rstrip() in INITIAL_ENDS:
            first -= 1
        if self.is_initial(last + 1) and self.gap(last + 1) == " ":
            last += 1
        return list(range(first, last + 1))

    def _with_possessive(self, span: TokenSpan) -> TokenSpan:
        """Return the name of a church, a school or a shop with its last s: St. Brannock's, at Sandpiper's."""
        after = span[-1] + 1
        is_place = self.tokens[span[0]] in ("st", "saint", "ste", "sainte") or self.is_located(span[0])
        has_s = self.is_word(after) and self.tokens[after] == "s" and self.gap(after) in ("'", "’")
        return [*span, after] if is_place and has_s else span

    def _with_house_number(self, span: TokenSpan) -> TokenSpan:
        """Return a span with the number of a house before its street, or of a road behind: 12 Thistle Bend, Route 9."""
        before, after = span[0] - 1, span[-1] + 1
        if after < len(self.tokens) and self.tokens[after].isdigit() and self.gap(after) == " ":
            # Lindenallee 7, between two commas or before a town.
            is_listed = self.gap(span[0])[:1] == "," and self.text[self.ends[after] :][:1] in (",", "\n")
            is_road = self.tokens[span[-1]] in words.NUMBERED_ADDRESS_WORDS
            if is_listed or is_road or self._is_before_town(after):
                span = [*span, after]
        if before < 0 or not self.tokens[before].isdigit() or self.gap(span[0]) != " ":
            return span
        if len(span) < 2 and self.text[self.ends[span[-1]] :][:1] not in (",", "\n", ""):
            return span
        is_short = len(self.tokens[before]) <= MAX_HOUSE_NUMBER_DIGITS
        is_house = is_short and self.gap(before)[-1:] not in ("/", ".", "-")
        return [before, *span] if is_house and not self.is_caseless(span[0]) else span

    def _is_before_town(self, i: int) -> bool:
        """Tell whether a short number stands before a town or a postal code: lives Lindenallee 7, Bremen."""
        after = i + 1
        if len(self.tokens[i]) >= MAX_HOUSE_NUMBER_DIGITS or after == len(self.tokens) or self.gap(after) != ", ":
            return False
        token = self.tokens[after]
        is_postal_code = token.isdigit() and len(token) == MAX_HOUSE_NUMBER_DIGITS
        return is_postal_code or (self.capitalised[after] and self.classes[after] is UNKNOWN)

    def _is_name(self, span: TokenSpan) -> bool:
        first, last = span[0], span[-1]
        classes = [self.class_of(i) for i in span]
        if UNKNOWN in classes or self._is_cued(span):
            return True
        specific = {i for i in span if self.tokens[i] not in words.GENERIC_INSTITUTION_WORDS}
        identifying = {i for i, word_class in zip(span, classes, strict=True) if word_class and i in specific}
        if self.tokens[last] in words.COMPANY_NOUNS and not self.is_caseless(last) and self.capitalised[last]:
            # Before such a noun even a clinical word identifies: Sternum Associates.
            identifying |= {i for i in specific if i != last and not self.begins_sentence(i)}
        if len(span) > 1 and any(self.tokens[i] in words.HEAD_NOUNS for i in span):
            return bool(identifying - {last}) or self.tokens[last] in words.PLACE_NOUNS
        if self.is_caseless(first) or not identifying:
            # In caseless text, one such word is a word, and two are a name: GRACE HOPE. So is one alone in its line.
            is_alone = "\n" in self.gap(first) and (first + 1 == len(self.tokens) or "\n" in self.gap(first + 1))
            return len(identifying) > 1 or (classes[0] >= AMBIGUOUS and is_alone)
        if len(span) > 1:
            # History of Barrett: the eponym is allowed, and the other word is only a word.
            has_eponym = any(self.tokens[i] in self._lexicon.eponym_contexts for i in span)
            is_written_out = any(not self.surface[i].isupper() for i in identifying)
            is_doubtful = max(classes) >= AMBIGUOUS or (is_written_out and not has_eponym)
            is_doubtful &= not self.begins_sentence(first)
            return self.is_initial(first) or len(identifying) > 1 or is_doubtful
        if classes[0] is AMBIGUOUS:
            return not self.begins_sentence(first) or self._is_followed_like_person(first)
        return self.is_located(first) and not self.begins_sentence(first)

    def _is_cued(self, span: TokenSpan) -> bool:
        """Tell whether a title, a word of kinship or a degree says that this is a name."""
        first, after = span[0], span[-1] + 1
        cue = self.tokens[first - 1] if first else ""
        if cue in words.NAME_CUES and len(self.gap(first)) < 4 and "\n" not in self.gap(first):
            least = COMMON if cue in words.KINSHIP else AMBIGUOUS
            return self.is_introduced(first) or self.class_of(first) >= least
        has_degree = self.is_word(after) and self.surface[after] in words.DEGREES
        return has_degree and self.gap(after).strip() in ("", ",")

    def _is_followed_like_person(self, i: int) -> bool:
        """Tell whether what follows a word would follow a person: is, reports, denied, any mark, the line's end."""
        after = i + 1
        if not self.is_word(after):
            return True
        if mark := self.gap(after).lstrip(" \t")[:1]:
            # Some marks make one thing of a word and what follows: brown-black, walker/cane.
            return mark not in "-–—/&+"
        token = self.tokens[after]
        is_verb = token.endswith(_PERSON_VERB_ENDINGS) and token not in words.INFINITIVES
        is_verb &= not (token in words.DONE_TO_THINGS and self.tokens[i] in self._lexicon.eponym_contexts)
        return token in words.PERSON_VERBS or (self.classes[after] is COMMON and is_verb)
