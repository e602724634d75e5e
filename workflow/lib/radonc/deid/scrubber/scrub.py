"""From a text to a text with typed tags in it."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from radonc.deid.scrubber import allow_list
from radonc.deid.scrubber.known_identifiers import Identity, KnownIdentifierMatcher
from radonc.deid.scrubber.lexicon import Lexicon
from radonc.deid.scrubber.safe_harbor_patterns import PATTERNS
from radonc.deid.scrubber.tokenizer import MASK, Span, mask, merge, redact, to_ascii_marks, tokenize
from radonc.vocabulary.tags import TAG, Label

_NAMES = (Label.NAME, Label.PLACE)
_TOUCHES_MASK = re.compile(rf"[^\W_]{MASK}|{MASK}[^\W_]")


class Scrubber:
    """Redacts the known identifiers of one patient, what matches a pattern, and what the allow-list does not keep."""

    def __init__(self, identity: Identity, lexicon: Lexicon) -> None:
        self._known_identifiers = KnownIdentifierMatcher(identity, lexicon)
        self._lexicon = lexicon

    def scrub(self, text: str) -> tuple[str, list[Span]]:
        """Return the text with tags, and the redacted spans, in order and without overlaps, as offsets into the input.

        The allow-list comes last, when all else is masked. Tags that are in the text already stay.
        """
        text = text.replace(MASK, " ")
        masked = to_ascii_marks(text)
        if "[" in masked:
            masked = mask(masked, [match.span() for match in TAG.finditer(masked)])
        known = list(self._known_identifiers.find(tokenize(masked)))
        matched = list(PATTERNS.find(masked))
        # A pattern may match only when a name that touches it is masked: Whitfield92-year-old.
        if _TOUCHES_MASK.search(without_known := mask(masked, known)):
            matched += PATTERNS.find(without_known)
        # Names stay visible: what belongs to them is redacted with them, such as J. in J. Whitfield.
        names = tuple(span for span in known if span.label in _NAMES)
        masked = mask(masked, [*matched, *(span for span in known if span.label not in _NAMES)])
        spans = merge(text, [*known, *matched, *allow_list.find_spans(masked, self._lexicon, names)])
        return redact(text, spans), spans


def count_tokens(text: str, spans: Sequence[Span]) -> tuple[int, int]:
    """Return how many tokens a text has, and how many of them stand in redacted spans."""
    starts = tokenize(text).starts
    return len(starts), sum(bisect_left(starts, span.end) - bisect_left(starts, span.start) for span in spans)
