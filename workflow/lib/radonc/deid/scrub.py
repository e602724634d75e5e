"""From a text and the places to close to a text with typed tags in it, never with surrogates.

A made-up name or date in its place would be learnt as if it were true; a tag says that something was here, and what.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from radonc.deid import patterns
from radonc.deid.known import Anybody, Hunt
from radonc.deid.spans import MASK, TAG, Span, mask, view

# Between two parts of one thing, such as the comma in "Smith, Ann".
_JOINT = re.compile(r"[\s,.'’/-]{0,3}")


class Scrubber:
    """Closes what is known of one patient, what is telling in anybody's record, and what its form gives away."""

    def __init__(self, own: Hunt, anybody: Anybody) -> None:
        self._own = own
        self._anybody = anybody

    def scrub(self, text: str) -> tuple[str, list[Span]]:
        """Return the text with tags in it, and the places closed, in order and apart, as offsets into the input.

        The text is searched again with the found places masked until nothing more is found: so scrubbing what is
        scrubbed changes nothing. Tags that are in the text already stay.
        """
        text = text.replace(MASK, " ")
        tags = [match.span() for match in TAG.finditer(text)]
        found: list[Span] = []
        masked = mask(text, tags)
        while fresh := self._search(masked):
            found += fresh
            masked = mask(masked, ((span.start, span.end) for span in fresh))
        spans = merge(text, found)
        return close(text, spans), spans

    def _search(self, masked: str) -> list[Span]:
        seen = view(masked)
        return [*self._own.spans(seen), *self._anybody.spans(masked, seen), *patterns.spans(masked)]


def merge(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return the places without overlaps, in order; of overlapping ones the longest gives the label.

    Two places with one label and nothing but a blank or a mark between them become one.
    """
    merged: list[tuple[Span, int]] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if merged:
            last, longest = merged[-1]
            length = span.end - span.start
            joint = text[last.end : span.start]
            if span.start < last.end or (span.label is last.label and _JOINT.fullmatch(joint)):
                label = span.label if length > longest else last.label
                merged[-1] = Span(last.start, max(last.end, span.end), label), max(longest, length)
                continue
        merged.append((span, span.end - span.start))
    return [span for span, _ in merged]


def close(text: str, spans: Sequence[Span]) -> str:
    """Return the text with a tag in the place of each span."""
    parts: list[str] = []
    position = 0
    for span in spans:
        parts += [text[position : span.start], span.label.tag]
        position = span.end
    return "".join([*parts, text[position:]])
