"""Treated sites in a sentence: words that name a place, and whether what stands beside says that it was treated."""

from __future__ import annotations

import re
from typing import NamedTuple

from radonc.regimen.lexicon import CLASS, classes
from radonc.regimen.patterns import load
from radonc.regimen.tokens import Sentence

TREATED, NAMED, DISEASED = 2, 1, 0
"""How surely a site was treated: something beside it says so; it is named; it is the place of a disease."""

_REGEX = {form.kind: form.regex for form in load("sites")}

# What may stand before and behind a site.
_PASSED_OVER = classes("article tilde prior ptv total")
_LEADING = classes("to irradiation rt technique boost sib colon gray fraction")
_FOLLOWING = classes("irradiation rt technique boost sib number modality source colon dose given ptv single")
_POINTING = classes("dash comma open low bar")
_EXCLUDING = classes("limit measured less volume after negative imaging")
_EXCLUDING_BEFORE = classes("negative after less")
_SIGNS = classes("comma stop colon close dash slash open bar")
_SURE = classes("site vertebra lumbar side letter rt")
_COMING, _COUNTING, _MEASURES = classes("number total dose"), classes("slash times in"), classes("length percent mass")
_AT, _OF_ARM, _LINKING = classes("in with and of"), classes("to of"), classes("word equals")
# What a name is made of.
_SILENT, _ZONE_ALONE, _ROMAN = classes("open close stop article low"), classes("adj lobar"), classes("roman volume")
_AND, _DASHES = classes("and plus slash"), classes("dash to")
_AFTER, _COLON, _COMMA, _DISEASE, _FRACTION = (
    CLASS[name] for name in ("after", "colon", "comma", "disease", "fraction")
)
_IS, _LESS, _LOOSE, _LUMBAR = (CLASS[name] for name in ("equals", "less", "loose", "lumbar"))
_NEGATIVE, _NUMBER, _OF, _RT, _STOP = (CLASS[name] for name in ("negative", "number", "of", "rt", "stop"))
_TO, _VERTEBRA, _WORD, _DASH = (CLASS[name] for name in ("to", "vertebra", "word", "dash"))

_NUMERALS = {word: place for place, word in enumerate(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii"), 1)}
_NARROWING = frozenset({"whole", "entire", "intact", "partial", "involved", "residual", "ipsilateral"})
_NODES = "lymph nodes"
_MIDLINE = re.compile(
    "prostate( bed)?|pelvis|bladder|rectum|anus|anal|cervix|uterus|endometrium|vagina|vaginal cuff|vulva|penis|urethra"
    "|o?esophagus|stomach|pancreas|larynx|trachea|mediastinum|(whole )?brain|((cervical|thoracic|lumbar) )?spine|sacrum"
    "|whole|spinal cord|pituitary|head and neck|abdomen|sternum"
)
_VERTEBRAE = {"C": 7, "T": 12, "L": 5, "S": 5}
_MAX_STAGE = 4
_STAGE_WORDS = ("n", "m", "nx", "mx", "ca", "pn", "cn")
_SPACED_BODY = re.compile(r"([CTLS]) (\d+)(?:(?: -)?(?: ([CTLS]))? (\d+))?")
_BEFORE_SIDE = re.compile(r"([a-z ]+?),? (left|right|bilateral)")


class Site(NamedTuple):
    """A site: its name in normal form, the tokens from ``start`` to before ``end``, and how surely it was treated."""

    name: str
    start: int
    end: int
    certainty: int


def find_sites(sentence: Sentence) -> list[Site]:
    """Return the sites, in order.

    Places that a limit, a denial or a picture speaks of are left out, and an organ whose lobe follows (lung, RUL).
    """
    tokens, kinds = sentence.tokens, sentence.classes
    found: list[Site] = []
    for match in _REGEX["site"].finditer(kinds):
        start, end = match.span()
        if _has_body(match[0]) and not _is_spine(sentence, start, end):
            # What stands before a stage (anus T2N0) may be a site.
            alone = _REGEX["place"].match(kinds, start, end)
            if not alone:
                continue
            end = alone.end()
        # "Whole" and the like are left out; where they are part of a name (whole brain), they are no token.
        if end - start > 1 and tokens[start].word in _NARROWING:
            start += 2 if kinds[start + 1] == _DASH else 1
        # "RT" is no side before what lies in the middle of the body.
        if end - start > 1 and kinds[start] == _RT and _MIDLINE.fullmatch(tokens[start + 1].value):
            start += 1
        certainty = _certainty(sentence, start, end)
        if certainty is not None:
            site = Site(site_name(sentence, start, end), start, end, certainty)
            if found and site.name.endswith("lobe") and start - found[-1].end <= 1:
                found.pop()
            found.append(site)
    return found


def _has_body(kinds: str) -> bool:
    """Tell whether a site's name holds the number of a vertebra; the pattern is asked of few."""
    return (_VERTEBRA in kinds or _LUMBAR in kinds) and _REGEX["body"].search(kinds) is not None


def _is_spine(sentence: Sentence, start: int, end: int) -> bool:
    """Tell vertebrae (T8-T10, L4) from stages (T2N0) and codes."""
    tokens, starts, kinds = sentence.tokens, sentence.starts, sentence.classes
    body = _REGEX["body"].search(kinds, start)
    assert body
    first = body.start()
    letter = tokens[first].word.upper()
    numbers = [tokens[at].amount for at in range(first, end) if kinds[at] == _NUMBER]
    if not all(number in range(1, max(_VERTEBRAE[letter], 5) + 1) for number in numbers):
        return False
    if first and kinds[first - 1] == _WORD and starts[first] == sentence.end(first - 1):
        return False
    if end < len(tokens):
        glued = starts[end] == sentence.end(end - 1) and kinds[end] not in _SIGNS
        if glued or tokens[end].word in _STAGE_WORDS:
            return False
    led = start > 0 and kinds[start - 1] in _LEADING
    return letter != "T" or len(numbers) > 1 or numbers[0] > _MAX_STAGE or led


def _certainty(sentence: Sentence, start: int, end: int) -> int | None:
    """Return how surely a site was treated, by what stands before and behind it; None where it surely was not."""
    kinds = sentence.classes
    before = start - 1
    while before >= 0 and kinds[before] in _PASSED_OVER:
        before -= 1
    if before > 0 and kinds[before] == _STOP and kinds[before - 1] == _AFTER:  # incl.
        return None
    leading = kinds[before] if before >= 0 else ""
    following, next_but_one = kinds[end : end + 1], kinds[end + 1 : end + 2]
    if following == _IS:  # the tumor bed was boosted
        following = next_but_one
    if leading in _EXCLUDING or (following in _EXCLUDING and following not in _EXCLUDING_BEFORE):
        return None
    if _is_excluded(sentence, start, end) or (following == _LESS and next_but_one == _NUMBER):
        return None
    if sentence.tokens[start].word == "arm" and (leading not in _OF_ARM or _is_letter(sentence, end)):
        return None  # of a trial
    if leading == _OF and before and kinds[before - 1] in _LEADING:
        return TREATED
    if _DISEASE in (leading, following) or (leading in _AT and _DISEASE in kinds[max(before - 3, 0) : before]):
        return DISEASED
    if leading == _FRACTION and kinds[before - 1 : before] != _NUMBER:
        return DISEASED  # "# sacrum" is a fracture
    if leading in _LEADING or (following == _TO and next_but_one in _COMING):
        return TREATED
    if following in _FOLLOWING and not _is_idle(kinds, following, start, end):
        return TREATED
    if leading == _NUMBER and kinds[before - 1 : before] in _COUNTING:
        return TREATED
    if following in _POINTING and next_but_one == _NUMBER:
        return None if kinds[end + 2 : end + 3] in _MEASURES else TREATED
    return None if _SURE.isdisjoint(kinds[start:end]) else NAMED


def _is_excluded(sentence: Sentence, start: int, end: int) -> bool:
    """Tell whether what follows denies (was not treated, must not), measures, or counts (nodes 2/17, 2/14 nodes)."""
    kinds = sentence.classes
    linked, denies, _ = kinds[end : end + 3].partition(_NEGATIVE)
    if (denies and _LINKING.issuperset(linked)) or _REGEX["measure"].match(kinds, end):
        return True
    if sentence.tokens[end - 1].value != _NODES:
        return False
    return _REGEX["count"].match(kinds, end) is not None or kinds[max(start - 1, 0) : start] == _NUMBER


def _is_idle(kinds: str, following: str, start: int, end: int) -> bool:
    """Tell whether a number that is no quantity follows (bed 14), or a colon before a finding (skin: erythema)."""
    if following == _NUMBER:
        return _REGEX["quantity"].match(kinds, end) is None
    return following == _COLON and kinds[start:end] == _LOOSE and kinds[end + 1 : end + 2] != _NUMBER


def _is_letter(sentence: Sentence, place: int) -> bool:
    return place < len(sentence.tokens) and sentence.tokens[place].length == 1 and sentence.classes[place] not in _SIGNS


def site_name(sentence: Sentence, start: int, end: int) -> str:
    """Return a site's name in normal form: lower case, sides and short forms written out, ``and`` between places.

    A side that stands behind comes before; vertebrae are written as T8-T10, lymph nodes of a place as its nodes.
    """
    kinds = sentence.classes
    if end - start == 1 and kinds[start] != _RT:
        return sentence.tokens[start].value
    parts: list[str] = []
    for place in range(start, end):
        token, kind = sentence.tokens[place], kinds[place]
        if kind in _SILENT or (token.word in _NARROWING and parts and place < end - 1):
            continue
        if kind == _COMMA and parts:
            parts[-1] += ","
        elif kind in _AND:
            parts.append("and")
        elif kind in _DASHES:
            parts.append("-")
        elif kind == _NUMBER:
            parts.append(f"{token.amount:g}")
        elif kind in _ROMAN:
            counted = parts[-1:] == ["segment"]  # of liver or lung, VIII is 8; levels of the neck stay roman
            parts.append(str(_NUMERALS.get(token.word, token.word)) if counted else token.word.upper())
        elif kind == _RT:
            parts.append("right")
        elif kind == _VERTEBRA or (kind == _LUMBAR and kinds[place + 1 : place + 2] == _NUMBER):
            parts.append(token.word.upper())
        elif kind in _ZONE_ALONE and place < end - 1:
            parts.append(token.word)
        else:
            parts.append("nodes" if token.value == _NODES else token.value)
    name = " ".join(parts)
    if _has_body(kinds[start:end]):
        return _SPACED_BODY.sub(_vertebrae, name)
    side_behind = _BEFORE_SIDE.fullmatch(name)
    return f"{side_behind[2]} {side_behind[1]}" if side_behind else name


def _vertebrae(found: re.Match[str]) -> str:
    letter, first, second_letter, last = found.groups()
    return f"{letter}{first}-{second_letter or letter}{last}" if last else f"{letter}{first}"
