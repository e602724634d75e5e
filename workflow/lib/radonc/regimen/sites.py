"""Treated sites in a sentence: words that name a place, and whether what stands beside says that it was treated."""

from __future__ import annotations

import re
from typing import NamedTuple

from radonc.regimen.lexicon import CLASS, pattern
from radonc.regimen.tokens import Sentence

TREATED, NAMED, DISEASED = 2, 1, 0
"""How surely a site was treated: something beside it says so; it is named; it is the place of a disease."""

_BODY = "[vertebra lumbar] number (?: [dash to] [vertebra lumbar]? number )?"
_LETTER = "(?: [side letter] | lumbar (?! dash? number ) )"
_SIDE = f"(?: {_LETTER} (?: slash letter )? [stop dash low]? | both article? | open {_LETTER} close | rt )"
_JOIN = "(?: comma? and | plus | slash )"
_ZONES = "[zone lobar adj]{1,2} dash?"
_COORDINATED = f"(?: {_ZONES} {_JOIN} ){{1,2}}"  # pelvic and inguinal nodes
_PARTS = f"(?: dash? (?: {_ZONES} )? part ){{0,4}}"
_NUMERAL = "(?: [roman volume] | number (?! [gray fraction times percent] ) )"
_LEVELS = f"level {_NUMERAL} (?: [dash to and slash comma] {_NUMERAL} ){{0,4}}"
_ZONED = f"(?: [zone side lobar adj] dash? ){{0,5}} (?: {_LEVELS} [zone lobar adj]? )?"
_PLACE = f"(?: {_COORDINATED} )? {_ZONED} [site loose part] {_PARTS}"
_LOBAR = "zone{0,2} lobar (?: dash lobar )?"
_ADJECTIVE = "[adj lobar] (?= dash? [irradiation rt technique disease boost sib visit modality source] )"
_SIDE_BEHIND = f"[comma low]? {_LETTER} (?! dash? [zone part site lobar loose adj] )"
_BEHIND = f"(?: open? {_LEVELS} close? | open {_LETTER} close | {_SIDE_BEHIND} | open? {_BODY} close? )?"
_NAME = f"(?: {_SIDE} (?: {_PLACE} | {_LOBAR} | {_ADJECTIVE} ) | {_PLACE} | {_ADJECTIVE} | {_LEVELS} ) {_BEHIND}"
_WHOLE = f"{_NAME} (?: of article? {_NAME} ){{0,2}}"
_LISTED = f"(?: comma {_WHOLE} ){{1,5}} {_JOIN} article? {_WHOLE} | comma {_COORDINATED} {_PLACE}"
_JOINED = f"(?: {_JOIN} article? {_WHOLE} ){{1,5}}"
_SPINE = f"[zone site side]{{0,2}} {_BODY} [part site]?"
_ALONE = re.compile(pattern(_PLACE))
_MEASURED = re.compile(pattern("number [length percent mass] (?! number )"))
_UNITS = "[gray slash times in fraction visit low plus dash mv kv mev beam arrow number bar to freq]"
_QUANTIFIED = re.compile(pattern(f"number (?: {_UNITS} | $ )"))
_COUNTED = re.compile(pattern("number [slash of] number (?! [gray fraction] )"))
_BODIES = re.compile(pattern("[vertebra lumbar] (?= number )"))
_SCAN = re.compile(pattern(f"{_SPINE} | {_WHOLE} (?: {_LISTED} | {_JOINED} )?"))


def _of(*names: str) -> frozenset[str]:
    return frozenset(CLASS[name] for name in names)


_PASSED = _of("article", "tilde", "prior", "ptv", "total")
_LEADING = _of("to", "irradiation", "rt", "technique", "boost", "sib", "colon", "gray", "fraction")
_FOLLOWING = _of(
    *(
        "irradiation",
        "rt",
        "technique",
        "boost",
        "sib",
        "number",
        "modality",
        "source",
        "colon",
        "dose",
        "given",
        "ptv",
        "single",
    )
)
_POINTING = _of("dash", "comma", "open", "low", "bar")
_LIMITS = _of("limit", "measured", "less", "volume", "after", "negative", "imaging")
_SURE = _of("site", "vertebra", "lumbar", "side", "letter", "rt")
_AT = _of("in", "with", "and", "of")
_PREFIXED = _of("negative", "after", "less")
_ARMED = _of("to", "of")
_SIGNS = _of("comma", "stop", "colon", "close", "dash", "slash", "open", "bar")
_SILENT = _of("open", "close", "stop", "article", "low")
_MADE_OF = _of("adj", "lobar")
_LEVEL, _COLON, _LOOSE, _TO = (CLASS[name] for name in ("level", "colon", "loose", "to"))
_ROMANS = _of("roman", "volume")  # a V is both
_NUMERALS = {word: place for place, word in enumerate(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii"), 1)}
_LEVEL_WORDS = {"seg": "segment", "levels": "level", "stations": "station"}
_FRACTION = CLASS["fraction"]
_COMING = _of("number", "total", "dose")
_COUNTING = _of("slash", "times", "in")
_MEASURES = _of("length", "percent", "mass")
_LINKING = _of("word", "equals")
_REACH = 3
_AND = _of("and", "plus", "slash")
_DASHES = _of("dash", "to")
_NEGATIVE = CLASS["negative"]
_DISEASE, _OF, _NUMBER, _STOP, _AFTER, _VERTEBRA, _LUMBAR = (
    CLASS[name] for name in ("disease", "of", "number", "stop", "after", "vertebra", "lumbar")
)
_RT, _DASH, _COMMA, _WORD, _LESS, _IS = (CLASS[name] for name in ("rt", "dash", "comma", "word", "less", "equals"))
_NARROWING = {"whole", "entire", "intact", "partial", "involved", "residual", "ipsilateral"}
_NODES = "lymph nodes"
_MIDLINE = frozenset(
    (
        *("prostate", "prostate bed", "pelvis", "bladder", "rectum", "anus", "anal", "cervix", "uterus", "endometrium"),
        *("vagina", "vaginal cuff", "vulva", "penis", "urethra", "esophagus", "oesophagus", "stomach", "pancreas"),
        *("larynx", "trachea", "mediastinum", "brain", "whole brain", "spine", "cervical spine", "thoracic spine"),
        *("lumbar spine", "sacrum", "whole", "spinal cord", "pituitary", "head and neck", "abdomen", "sternum"),
    )
)
_VERTEBRAE = {"C": 7, "T": 12, "L": 5, "S": 5}
_LARGEST_STAGE = 4
_STAGED = ("n", "m", "nx", "mx", "ca", "pn", "cn")
_SPACED_BODY = re.compile(r"([CTLS]) (\d+)(?:(?: -)?(?: ([CTLS]))? (\d+))?")
_BEFORE_SIDE = re.compile(r"([a-z ]+?),? (left|right|bilateral)")


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
    found: list[Site] = []
    for match in _SCAN.finditer(sentence.classes):
        start, end = match.span()
        if _is_bodied(match[0]) and not _is_spine(sentence, start, end):
            # What stands before a stage (anus T2N0) may be a site.
            alone = _ALONE.match(sentence.classes, start, end)
            if not alone:
                continue
            end = alone.end()
        start = _without_rt(sentence, _without_whole(sentence, start, end), end)
        rank = _rank(sentence, start, end)
        if rank is not None:
            site = Site(words(sentence, start, end), start, end, rank)
            if found and site.words.endswith("lobe") and start - found[-1].end <= 1:
                found.pop()
            found.append(site)
    return found


def _without_whole(sentence: Sentence, start: int, end: int) -> int:
    """Leave "whole" and its like out; where it names a place of its own (whole brain), it is no token of its own."""
    if end - start > 1 and sentence.tokens[start].word in _NARROWING:
        start += 1
        if sentence.classes[start] == _DASH:
            start += 1
    return start


def _without_rt(sentence: Sentence, start: int, end: int) -> int:
    """Leave "RT" out where it is no side: before what lies in the middle of the body."""
    if sentence.classes[start] == _RT and end - start > 1 and sentence.tokens[start + 1].value in _MIDLINE:
        return start + 1
    return start


def _is_bodied(classes: str) -> bool:
    """Tell whether a site's name holds the number of a vertebra; the pattern is asked of few."""
    return (_VERTEBRA in classes or _LUMBAR in classes) and _BODIES.search(classes) is not None


def _is_spine(sentence: Sentence, start: int, end: int) -> bool:
    """Tell vertebrae (T8-T10, L4) from stages (T2N0) and codes."""
    tokens, starts, classes = sentence.tokens, sentence.starts, sentence.classes
    body = _BODIES.search(classes, start)
    assert body
    first = body.start()
    letter = tokens[first].word.upper()
    numbers = [tokens[at].amount for at in range(first, end) if classes[at] == _NUMBER]
    if not all(number in range(1, max(_VERTEBRAE[letter], 5) + 1) for number in numbers):
        return False
    if first and classes[first - 1] == _WORD and starts[first] == sentence.end(first - 1):
        return False
    if end < len(tokens):
        glued = starts[end] == sentence.end(end - 1) and classes[end] not in _SIGNS
        if glued or tokens[end].word in _STAGED:
            return False
    led = start > 0 and classes[start - 1] in _LEADING
    return letter != "T" or len(numbers) > 1 or numbers[0] > _LARGEST_STAGE or led


def _rank(sentence: Sentence, start: int, end: int) -> int | None:
    """Return how surely a site was treated, by what stands before and behind it; None where it surely was not."""
    classes = sentence.classes
    before = start - 1
    while before >= 0 and classes[before] in _PASSED:
        before -= 1
    if before > 0 and classes[before] == _STOP and classes[before - 1] == _AFTER:  # incl.
        return None
    leading = classes[before : before + 1] if before >= 0 else ""
    following = classes[end : end + 1]
    if following == _IS:  # the tumor bed was boosted
        following = classes[end + 1 : end + 2]
    if leading in _LIMITS or (following in _LIMITS and following not in _PREFIXED):
        return None
    if _is_denied(sentence, start, end) or _MEASURED.match(classes, end):
        return None
    if following == _LESS and classes[end + 1 : end + 2] == _NUMBER:
        return None
    if sentence.tokens[start].word == "arm" and (leading not in _ARMED or _is_letter(sentence, end)):
        return None  # of a trial
    if leading == _OF and before and classes[before - 1] in _LEADING:
        return TREATED
    if _DISEASE in (leading, following) or (leading in _AT and _DISEASE in classes[max(before - 3, 0) : before]):
        return DISEASED
    if leading == _FRACTION and classes[before - 1 : before] != _NUMBER:
        return DISEASED  # "# sacrum" is a fracture
    if leading in _LEADING:
        return TREATED
    if following in _FOLLOWING and not _is_idle(classes, following, start, end):
        return TREATED
    if following == _TO and classes[end + 1 : end + 2] in _COMING:
        return TREATED
    if leading == _NUMBER and classes[before - 1 : before] in _COUNTING:
        return TREATED
    if following in _POINTING and classes[end + 1 : end + 2] == _NUMBER:
        return None if classes[end + 2 : end + 3] in _MEASURES else TREATED
    return None if _SURE.isdisjoint(classes[start:end]) else NAMED


def _is_idle(classes: str, following: str, start: int, end: int) -> bool:
    """Tell whether a number that is no quantity follows (bed 14), or a colon before a finding (skin: erythema)."""
    if following == _NUMBER:
        return _QUANTIFIED.match(classes, end) is None
    return following == _COLON and classes[start:end] == _LOOSE and classes[end + 1 : end + 2] != _NUMBER


def _is_denied(sentence: Sentence, start: int, end: int) -> bool:
    """Tell whether what follows denies (was not treated, must not), or counts (nodes 2/17, 2/14 nodes)."""
    classes = sentence.classes
    behind = classes[end : end + _REACH]
    at = behind.find(_NEGATIVE)
    if at >= 0 and all(kind in _LINKING for kind in behind[:at]):
        return True
    if sentence.tokens[end - 1].value != _NODES:
        return False
    return _COUNTED.match(classes, end) is not None or classes[max(start - 1, 0) : start] == _NUMBER


def _is_letter(sentence: Sentence, place: int) -> bool:
    return place < len(sentence.tokens) and sentence.tokens[place].length == 1 and sentence.classes[place] not in _SIGNS


def words(sentence: Sentence, start: int, end: int) -> str:
    """Return a site's words in normal form: lower case, sides and short forms written out, ``and`` between places.

    A side that stands behind comes before; vertebrae are written as T8-T10, lymph nodes of a place as its nodes.
    """
    if end - start == 1 and sentence.classes[start] != _RT:
        return sentence.tokens[start].value
    parts: list[str] = []
    for place in range(start, end):
        token, kind = sentence.tokens[place], sentence.classes[place]
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
        elif kind in _ROMANS:
            counted = parts[-1:] == ["segment"]  # of liver or lung, VIII is 8; levels of the neck stay roman
            parts.append(str(_NUMERALS.get(token.word, token.word)) if counted else token.word.upper())
        elif kind == _LEVEL:
            parts.append(_LEVEL_WORDS.get(token.word, token.word))
        elif kind == _RT:
            parts.append("right")
        elif kind == _VERTEBRA or (kind == _LUMBAR and sentence.classes[place + 1 : place + 2] == _NUMBER):
            parts.append(token.word.upper())
        else:
            value = token.word if kind in _MADE_OF and place < end - 1 else token.value
            parts.append("nodes" if value == _NODES and end - start > 1 else value)
    text = " ".join(parts)
    if _is_bodied(sentence.classes[start:end]):
        return _SPACED_BODY.sub(_body, text)
    behind = _BEFORE_SIDE.fullmatch(text)
    return f"{behind[2]} {behind[1]}" if behind else text


def _body(found: re.Match[str]) -> str:
    letter, first, second_letter, last = found.groups()
    return f"{letter}{first}-{second_letter or letter}{last}" if last else f"{letter}{first}"
