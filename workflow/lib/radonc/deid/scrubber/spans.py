"""Spans of a text: what stands there, how they are merged, masked and redacted with tags.

A surrogate name or date in the place of a real one would be learnt as if it were true; a tag says that something was
here, and what.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from radonc.vocabulary.tags import Label

MASK = "\0"
"""Stands for every character of a redacted span: no identifier contains it, none reaches across it."""

# Between two parts of one thing, such as the comma in "Smith, Ann".
_JOINT = re.compile(r"[ \t,.'’/-]{0,3}")


class Span(NamedTuple):
    """Offsets of a span's first character and of the one after its last, and what stands there."""

    start: int
    end: int
    label: Label


def mask(text: str, places: Iterable[Span | tuple[int, int]]) -> str:
    """Return the text with the places masked, at the same length."""
    characters = list(text)
    for start, end, *_ in places:
        characters[start:end] = MASK * (end - start)
    return "".join(characters)


def merge(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return the spans without overlaps, in order; of overlapping ones the longest gives the label.

    Two spans with one label and only a blank or a mark between them become one.
    """
    merged: list[tuple[Span, int]] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        length = span.end - span.start
        if merged:
            last, longest = merged[-1]
            joint = text[last.end : span.start]
            if span.start < last.end or (span.label is last.label and _JOINT.fullmatch(joint)):
                label = span.label if length > longest else last.label
                merged[-1] = Span(last.start, max(last.end, span.end), label), max(longest, length)
                continue
        merged.append((span, length))
    return [span for span, _ in merged]


def redact(text: str, spans: Sequence[Span]) -> str:
    """Return the text with a tag in the place of each span."""
    parts: list[str] = []
    position = 0
    for start, end, label in spans:
        parts += [text[position:start], label.tag]
        position = end
    return "".join([*parts, text[position:]])
