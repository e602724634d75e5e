"""From a text to a text with typed tags in it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from radonc.deid.scrubber import closing, patterns
from radonc.deid.scrubber.known import Hunt
from radonc.deid.scrubber.lexicon import Lexicon
from radonc.deid.scrubber.reading import plain, read
from radonc.deid.scrubber.spans import MASK, Span, close, mask, merge
from radonc.vocabulary.tags import TAG, Label

_NAMED = (Label.NAME, Label.PLACE)
_TOUCHED = re.compile(rf"[^\W_]{MASK}|{MASK}[^\W_]")


class Scrubber:
    """Closes what is known of one patient, what its form gives away, and what no vocabulary lets through."""

    def __init__(self, own: Hunt, lexicon: Lexicon) -> None:
        self._own = own
        self._lexicon = lexicon

    def scrub(self, text: str) -> tuple[str, list[Span]]:
        """Return the text with tags in it, and the places closed, in order and apart, as offsets into the input.

        What no vocabulary has is sought when all else is masked. Tags that are in the text already stay.
        """
        text = text.replace(MASK, " ")
        masked = plain(text)
        if "[" in masked:
            masked = mask(masked, [match.span() for match in TAG.finditer(masked)])
        own = list(self._own.spans(read(masked)))
        formal = list(patterns.spans(masked))
        # A form may come to light when a name that touches it is masked: Whitfield92-year-old.
        if _TOUCHED.search(without_own := _masked(masked, own)):
            formal += patterns.spans(without_own)
        # Names stay to be seen: what belongs to them is closed with them, such as J. in J. Whitfield.
        named = [span for span in own if span.label in _NAMED]
        masked = _masked(masked, [*formal, *(span for span in own if span.label not in _NAMED)])
        spans = merge(text, [*own, *formal, *closing.spans(masked, self._lexicon, named)])
        return close(text, spans), spans


def _masked(text: str, spans: Sequence[Span]) -> str:
    return mask(text, ((span.start, span.end) for span in spans)) if spans else text


def count_tokens(text: str, spans: Sequence[Span]) -> tuple[int, int]:
    """Return how many tokens a text has, and how many of them stand in places that are closed."""
    starts = read(text).starts
    return len(starts), sum(bisect_left(starts, span.end) - bisect_left(starts, span.start) for span in spans)
