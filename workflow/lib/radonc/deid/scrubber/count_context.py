"""What makes a number an amount, or two numbers with a slash a count, score or dose: ``2/14 nodes``, ``20/5 Gy``."""

from __future__ import annotations

import re

_UNIT = re.compile(
    r"[ \t]*(?:c?gy|mv|mev|kv|fxs?|fractions?|days?|wks?|weeks?|mos?|months?|yrs?|years?|[cm]m|cc|ml|mg|ng|%|mci|mbq"
    r"|x\s*\d)(?![a-z])",
    re.IGNORECASE,
)
# Regular expressions, with a blank between.
_BEFORE = r"""
nodes? lns? lnd n\+ pln pelvic axillary sentinel slnb? lymph positive pos involved involving cores? biops\w+ bx
segments? quadrants? grade gr g gleason gl gg isup nottingham richardson bloom sbr allred er pr ki her-?2
p?n[0-3]\w{0,3} score scored mirels sins bilsky child child-pugh pirads birads pain strength power motor
reflexes dtrs murmur ecog kps ps nyha stage bp bmi phq gad gcs mmse moca fxs? fractions? fr treatments? rx dose
doses gy cgy cycles? levels? ratio mets? vision va od os ou acuity alloy wedge fev1 fvc [cltsr]\d{1,2}
"""
_AFTER = r"""
nodes? lns? lymph cores? pos neg points? of strength power motor fxs? fractions? treatments? sessions? cycles?
pain murmur systolic involved sampled sentinel axillary pelvic margins? samples? biops\w* quadrants? chips high
mitoses hpf drinks packs? ppd per\sprotocol whole short boost \(sn\) palliative
"""
_COUNTED_BEFORE = re.compile(
    rf"(?:^|[^a-z])(?:{'|'.join(_BEFORE.split())})[\s:=#(~]*(?:was|is|were|of|status|at)?[\s:=#(~]*$", re.IGNORECASE
)
_COUNTED_AFTER = re.compile(rf"\s*(?:(?:{'|'.join(_AFTER.split())})(?![a-z])|[+/]\s?\d|x(?![a-z]))", re.IGNORECASE)
_GIVEN_TO = re.compile(r"\s*to\sthe\b", re.IGNORECASE)
_JOINED = frozenset("-/.+x×")
# British notes count days, weeks and months so: 3/7, 6/52, 3/12.
_SHORT_DURATION = re.compile(r"\b(?:in|for|after|over|every)\s\d{1,2}/(?:7|12)$|\b24/7$", re.IGNORECASE)
_CONTEXT_CHARACTERS = 24


def has_unit(text: str, end: int) -> bool:
    """Tell whether a unit follows a number that ends at this offset: then it is an amount."""
    return _UNIT.match(text, end) is not None


def is_count(text: str, start: int, end: int) -> bool:
    """Tell whether the context of two numbers makes them a count, a score or a dose."""
    if has_unit(text, end) or _COUNTED_AFTER.match(text, end):
        return True
    # A dose is more than its fractions: 8/1 to the rib; but: moved 3/14 to the ward.
    first, *others = map(int, re.findall(r"\d+", text[start:end]))
    if _GIVEN_TO.match(text, end) and all(first > other for other in others):
        return True
    before = text[max(0, start - _CONTEXT_CHARACTERS) : start]
    if before[-1:] in _JOINED or before[-2:] == "+ ":
        return True
    is_duration = _SHORT_DURATION.search(before[-10:] + text[start:end]) is not None
    return is_duration or _COUNTED_BEFORE.search(before) is not None


def is_within_number(text: str, start: int, end: int) -> bool:
    """Tell whether a number goes on beside a point, a slash or a hyphen: 40.5, 4500/25, 4500-5040."""
    return re.search(r"\d[./,-]$", text[max(0, start - 2) : start]) is not None or (
        re.match(r"[./,-]\d", text[end : end + 2]) is not None
    )
