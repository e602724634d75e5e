"""Inline marks of the corpus: ``⟦NAME:Karla Okonkwo⟧`` identifies, ``⟪DRUG:cisplatin⟫`` must stay."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

IDENTIFIERS = ("NAME", "PLACE", "ORG", "PHONE", "EMAIL", "URL", "DATE", "AGE", "ID", "IDBARE", "ZIP")
PROTECTED = (
    "EPONYM",
    "TNM",
    "DOSE",
    "FRACTIONS",
    "CODE",
    "ENERGY",
    "AGE89",
    "LATERALITY",
    "DRUG",
    "GRADE",
)
_MARK = re.compile(rf"⟦(?:{'|'.join(IDENTIFIERS)}):[^⟦⟧⟪⟫]+⟧|⟪(?:{'|'.join(PROTECTED)}):[^⟦⟧⟪⟫]+⟫")


@dataclass(frozen=True)
class Segment:
    """A piece of text; ``label`` is an identifier class, a told column or a protected kind, ``form`` how it is written.

    ``form`` is ``""`` for plain text, ``"protected"``, ``"unknown"``, ``"exact"``, ``"format"`` or ``"edit1"``.
    """

    text: str
    label: str = ""
    form: str = ""


def parse(marked: str) -> list[Segment]:
    """Split marked text into segments.

    Raises
    ------
    ValueError
        When a bracket is left that belongs to no well-formed mark.
    """
    segments = []
    position = 0
    for found in _MARK.finditer(marked):
        segments.append(Segment(marked[position : found.start()]))
        label, text = found.group()[1:-1].split(":", 1)
        segments.append(Segment(text, label, "unknown" if label in IDENTIFIERS else "protected"))
        position = found.end()
    segments.append(Segment(marked[position:]))
    for segment in segments:
        if set(segment.text) & set("⟦⟧⟪⟫"):
            raise ValueError(f"a mark is malformed near {segment.text[:40]!r}")
    return [segment for segment in segments if segment.text]


def record(identifier: str, segments: list[Segment], known: dict[str, str | list[str]]) -> dict[str, Any]:
    """Join segments into one record of the corpus, with character offsets into its text (end exclusive)."""
    text, spans, protected = "", [], []
    for segment in segments:
        start, end = len(text), len(text) + len(segment.text)
        text += segment.text
        if segment.form == "protected":
            protected.append({"start": start, "end": end, "kind": segment.label})
        elif segment.form:
            told = segment.form != "unknown"
            spans.append({"start": start, "end": end, "class": segment.label, "told": told, "form": segment.form})
    return {"id": identifier, "text": text, "known": known, "spans": spans, "protected": protected}
