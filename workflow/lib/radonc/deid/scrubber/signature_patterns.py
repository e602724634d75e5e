"""Initials and single names, as they sign, dictate and type."""

from __future__ import annotations

import re

from radonc.deid.scrubber.context import DOTTED, ENDINGS, PAIRS
from radonc.deid.scrubber.forms import Match, Pattern
from radonc.vocabulary.tags import Label


def _are_initials(match: Match) -> bool:
    return re.sub(r"[.\s]", "", match.group(1) or "").lower() not in DOTTED


def _are_no_sides(match: Match) -> bool:
    return re.sub(r"\s", "", match.group(1) or "") not in PAIRS


def _is_no_last_word(match: Match) -> bool:
    return (match.group(1) or "").upper() not in ENDINGS


SIGNATURES = (
    Pattern(
        Label.NAME,
        r"\b(\p{Lu}\.\s?\p{Lu}\.(?:\s?\p{Lu}\.)?)(?:[^\p{L}.]|$)",
        "discussed with J.S. today",
        _are_initials,
    ),
    # Spelt letter by letter.
    Pattern(Label.NAME, r"\b(\p{Lu}(?:[\s-]\p{Lu}){3,})\b", "spelt B R A N D T by her"),
    # Initials of who dictated and who typed, and of who signed.
    Pattern(Label.NAME, r"\b([A-Z]{2,3}/[a-z]{2,3})\s*$", "Thank you for this kind referral. KTB/mo"),
    Pattern(Label.NAME, r"(?m)\b([A-Z]{2}\s?/\s?[A-Z]{2})\s*$", "Set up with the new mask. KT / BW", _are_no_sides),
    # A first name under a letter.
    Pattern(Label.NAME, r"[,.!?]\s*\n\s*[-–—]?\s?(\p{Lu}\p{Ll}+)\s*$", "Many thanks,\nGrace", _is_no_last_word),
    Pattern(Label.NAME, r"(?:\n|[.!?]\s+|\s[-–—]\s?)([A-Z]{2,3})\s*$", "Will call tomorrow. KTB", _is_no_last_word),
)
