"""Treated sites in a sentence: words that name a place, and whether what stands beside says that it was treated."""

from __future__ import annotations

import re
from typing import NamedTuple

from radonc.vocabulary.regimen.lexicon import CLASS, pattern
from radonc.vocabulary.regimen.tokens import Sentence

_BODY = "vertebra number (?: (?: dash | to | slash ) vertebra? number )?"
_SIDE = "(?: [side letter rt] (?: slash letter )? stop? )"
_ZONE = "[zone lobar adj]"
_PLACE = f"(?: [zone side lobar adj] dash? )* [site loose part] (?: dash? (?: {_ZONE}{{1,2}} dash? )? part )*"
_LOBAR = "zone{0,2} lobar (?: dash lobar )?"
_ADJ = "(?: adj (?= dash? [irradiation rt technique disease boost visit] ) )"
_NAME = f"(?: {_SIDE} (?: {_PLACE} | {_LOBAR} | {_ADJ} ) | {_PLACE} | {_ADJ} ) (?: open [side letter] close | (?: comma | low )? [side letter] (?! [zone part site lobar loose adj] ) | open? {_BODY} close? )?"
_WHOLE = f"{_NAME} (?: of article? {_NAME} )*"
_JOIN = "(?: comma? and | plus | slash )"
_SPINE = f"(?: [zone site side]{{0,2}} {_BODY} (?: part | site )? )"
SCAN = re.compile(
    pattern(
        f"{_SPINE} | {_WHOLE} (?: (?: comma {_WHOLE} )+ {_JOIN} article? {_WHOLE} | (?: {_JOIN} article? {_WHOLE} )+ )?"
    )
)

_SIDED = {CLASS["side"], CLASS["letter"], CLASS["rt"]}
_POINTING = {CLASS[name] for name in ("dash", "comma", "open", "low")}
_ARMED = {CLASS["to"], CLASS["of"]}
TREATED, NAMED, DISEASED = 2, 1, 0
_PASSED = {CLASS[name] for name in ("article", "tilde", "prior", "ptv", "total")}
_LEADING = {
    CLASS[name] for name in ("to", "irradiation", "rt", "technique", "boost", "sib", "colon", "gray", "fraction")
}
_FOLLOWING = {
    CLASS[name]
    for name in (
        "irradiation",
        "rt",
        "technique",
        "boost",
        "sib",
        "number",
        "modality",
        "colon",
        "dose",
        "ptv",
        "single",
    )
}
_DISEASE, _OF, _AT = CLASS["disease"], CLASS["of"], {CLASS["in"], CLASS["at"], CLASS["and"]}
_LIMITS = {CLASS["limit"], CLASS["less"], CLASS["volume"], CLASS["after"], CLASS["negative"], CLASS["imaging"]}
_VERTEBRAE = {"C": 7, "T": 12, "L": 5, "S": 5}


class Site(NamedTuple):
    """A site: its words in normal form, the tokens from ``start`` to before ``end``, and how surely it was treated."""

    words: str
    start: int
    end: int
    rank: int


def sites(sentence: Sentence) -> list[Site]:
    """Return the sites, in order.

    Places that a limit, a denial or a picture speaks of are left out, and an organ whose lobe follows (lung, RUL).
    """
    classes, found = sentence.classes, []
    for match in SCAN.finditer(classes):
        start, end = match.span()
        if classes[start] == CLASS["vertebra"] or CLASS["vertebra"] in match[0]:
            if not _is_spine(sentence, start, end):
                continue
        else:
            start = _without_whole(sentence, start, end)
        rank = _rank(sentence, start, end)
        if rank is not None:
            site = Site(words(sentence, start, end), start, end, rank)
            if found and site.words.endswith("lobe") and start - found[-1].end <= 1:
                found.pop()
            found.append(site)
    return found


def _without_whole(sentence: Sentence, start: int, end: int) -> int:
    """Leave "whole" out; where it names a place of its own (whole brain), it is no token of its own."""
    if end - start > 1 and sentence.tokens[start].word in ("whole", "entire", "intact", "partial"):
        start += 1
        if sentence.classes[start] == CLASS["dash"]:
            start += 1
    return start


def _is_spine(sentence: Sentence, start: int, end: int) -> bool:
    """Tell vertebrae (T8-T10, L4) from stages (T2N0) and codes."""
    tokens, starts = sentence.tokens, sentence.starts
    place = sentence.classes.index(CLASS["vertebra"], start)
    numbers = [tokens[at].value for at in range(place, end) if sentence.classes[at] == CLASS["number"]]
    highest = _VERTEBRAE[str(tokens[place].value)]
    if not all(isinstance(value, float) and 1 <= value <= max(highest, 5) and value == int(value) for value in numbers):
        return False
    if place and starts[place] == sentence.end(place - 1) and sentence.classes[place - 1] == CLASS["word"]:
        return False
    glued = end < len(tokens) and starts[end] == sentence.end(end - 1) and sentence.classes[end] not in _SIGNS
    staged = end < len(tokens) and tokens[end].word in ("n", "m", "nx", "mx", "ca", "pn", "cn")
    return (
        not glued
        and not staged
        and (len(numbers) > 1 or tokens[place].value != "T" or numbers[0] > 4 or _treated(sentence, start))
    )  # type: ignore[operator]


_SIGNS = {CLASS[name] for name in ("comma", "stop", "colon", "close", "dash", "slash", "open")}


def _treated(sentence: Sentence, start: int) -> bool:
    return start > 0 and sentence.classes[start - 1] in _LEADING


def _rank(sentence: Sentence, start: int, end: int) -> int | None:
    classes = sentence.classes
    before = start - 1
    while before >= 0 and classes[before] in _PASSED:
        before -= 1
    if before > 0 and classes[before] == CLASS["stop"] and classes[before - 1] == CLASS["after"]:
        return None
    leading = classes[before] if before >= 0 else ""
    following = classes[end] if end < len(classes) else ""
    if leading in _LIMITS or (following in _LIMITS and following != CLASS["negative"]):
        return None
    if leading == _OF and before and classes[before - 1] in _LEADING:
        return TREATED
    if sentence.tokens[start].word == "arm" and leading not in _ARMED:
        return None  # of a trial
    if (
        following == _DISEASE
        or leading == _DISEASE
        or (leading in (_OF, *_AT) and _DISEASE in classes[max(before - 3, 0) : before])
    ):
        return DISEASED
    if leading in _LEADING or following in _FOLLOWING:
        return TREATED
    if following in _POINTING and classes[end + 1 : end + 2] == CLASS["number"]:
        return TREATED
    told = classes[start:end]
    if CLASS["site"] not in told and CLASS["vertebra"] not in told and not (_SIDED & set(told)):
        return None
    return NAMED


def words(sentence: Sentence, start: int, end: int) -> str:
    """Return a site's words in normal form: lower case, sides and short forms written out, ``and`` between places."""
    parts: list[str] = []
    for place in range(start, end):
        token, kind = sentence.tokens[place], sentence.classes[place]
        if kind in _SILENT:
            continue
        if kind == CLASS["comma"]:
            parts[-1] += ","
        elif kind in _AND:
            parts.append("and")
        elif kind == CLASS["vertebra"]:
            parts.append(str(token.value))
        elif kind in (CLASS["dash"], CLASS["to"]):
            parts.append("-")
        elif kind == CLASS["number"]:
            parts.append(f"{token.value:g}")
        elif kind == CLASS["adj"]:
            parts.append(str(token.value) if place == end - 1 else token.word)
        elif kind == CLASS["rt"]:
            parts.append("right")
        else:
            parts.append(str(token.value))
    text = " ".join(parts)
    if CLASS["vertebra"] in sentence.classes[start:end]:
        text = _VERTEBRA_BLANKS.sub(lambda found: found[0].replace(" ", ""), text)
        return _HEAD_LETTER.sub(r"\1\2-\1\3", text)
    side = _SIDE_BEHIND.fullmatch(text)
    return f"{side[2]} {side[1]}" if side else text


_SILENT = {CLASS["open"], CLASS["close"], CLASS["stop"], CLASS["article"], CLASS["low"]}
_AND = {CLASS["and"], CLASS["plus"], CLASS["slash"]}
_VERTEBRA_BLANKS = re.compile(r"[CTLS](?: \d+)(?: - (?:[CTLS] )?\d+)?")
_HEAD_LETTER = re.compile(r"([CTLS])(\d+)-(\d+)")
_SIDE_BEHIND = re.compile(r"([a-z ]+?),? (left|right|bilateral)")
