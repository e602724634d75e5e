"""Treated sites in a sentence: words that name a place, and whether what stands beside says that it was treated."""

import re
from typing import NamedTuple

from radonc.regimen.lexicon import CLASS, Sentence, classes, read_forms

TREATED = 2
# How certain it is that a site was treated: something beside it says so, it is named, a disease is there.
_CERTAINTIES = {"treated": TREATED, "named": 1, "diseased": 0, "excluded": None}
_FORMS = tuple(read_forms("sites"))
_REGEX = {form.kind: form.regex for form in _FORMS if form.kind not in _CERTAINTIES}
_NEIGHBOURS = [form for form in _FORMS if form.kind in _CERTAINTIES]
_FIRST_THAT_FITS = re.compile(
    "|".join(f"{'[^>]*' if '>' in form.regex.pattern else '[^<]*?'}{form.regex.pattern}()" for form in _NEIGHBOURS)
)
_PASSED_OVER = "".join(classes("article tilde prior ptv total"))
_LEADING = classes("to irradiation rt technique boost sib colon gray fraction")
_REACH = 16  # tokens before a site that are looked at
_SIGNS = classes("comma stop colon close dash slash open bar")
# What a name is made of.
_SILENT, _ZONE_ALONE, _ROMAN = classes("open close stop article low"), classes("adj lobar"), classes("roman volume")
_NUMBER, _RT = CLASS["number"], CLASS["rt"]
_WRITTEN = dict.fromkeys(classes("and plus slash"), "and") | dict.fromkeys(classes("dash to"), "-") | {_RT: "right"}

_NUMERALS = {word: str(place) for place, word in enumerate(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii"), 1)}
_NARROWING = frozenset({"whole", "entire", "intact", "partial", "involved", "residual", "ipsilateral"})
_NODES = "lymph nodes"
_MIDLINE = re.compile(
    "prostate( bed)?|pelvis|bladder|rectum|anus|anal|cervix|uterus|endometrium|vagina|vaginal cuff|vulva|penis|urethra"
    "|o?esophagus|stomach|pancreas|larynx|trachea|mediastinum|(whole )?brain|((cervical|thoracic|lumbar) )?spine|sacrum"
    "|whole|spinal cord|pituitary|head and neck|abdomen|sternum"
)
_N_VERTEBRAE = {"C": 7, "T": 12, "L": 5, "S": 5}
_MAX_STAGE = 4
_STAGE_WORDS = ("n", "m", "nx", "mx", "ca", "pn", "cn")
_SPACED_BODY = re.compile(r"([CTLS]) (\d+)(?:(?: -)?(?: ([CTLS]))? (\d+))?")
_BEFORE_SIDE = re.compile(r"([a-z ]+?),? (left|right|bilateral)")


class Site(NamedTuple):
    """A site: its name in normal form, its tokens (``start`` to before ``end``), and the certainty of its treatment."""

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
        body = _REGEX["body"].search(kinds, start, end)
        if body and not _is_spine(sentence, start, end, body.start()):
            # What stands before a stage (anus T2N0) may be a site.
            alone = _REGEX["place"].match(kinds, start, end)
            if not alone:
                continue
            end = alone.end()
        # "Whole" and the like are left out; where they are part of a name (whole brain), they are no token.
        if end - start > 1 and tokens[start].word in _NARROWING:
            start += 2 if kinds[start + 1] == CLASS["dash"] else 1
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


def _is_spine(sentence: Sentence, start: int, end: int, first: int) -> bool:
    """Distinguish vertebrae (T8-T10, L4), of which the token ``first`` is a letter, from stages (T2N0) and codes."""
    tokens, starts, kinds = sentence.tokens, sentence.starts, sentence.classes
    letter = tokens[first].word.upper()
    numbers = [tokens[at].amount for at in range(first, end) if kinds[at] == _NUMBER]
    if not all(number in range(1, max(_N_VERTEBRAE[letter], 5) + 1) for number in numbers):
        return False
    if first and kinds[first - 1] == CLASS["word"] and starts[first] == sentence.end(first - 1):
        return False
    if end < len(tokens):
        glued = starts[end] == sentence.end(end - 1) and kinds[end] not in _SIGNS
        if glued or tokens[end].word in _STAGE_WORDS:
            return False
    led = start > 0 and kinds[start - 1] in _LEADING
    return letter != "T" or len(numbers) > 1 or numbers[0] > _MAX_STAGE or led


def _certainty(sentence: Sentence, start: int, end: int) -> int | None:
    """Return the certainty that a site was treated, by what stands beside it; None where that is excluded."""
    tokens, kinds = sentence.tokens, sentence.classes
    before = kinds[max(start - _REACH, 0) : start].rstrip(_PASSED_OVER)[-4:]
    if tokens[start].word == "arm":  # of a trial
        is_letter = end < len(tokens) and tokens[end].length == 1 and kinds[end] not in _SIGNS
        if is_letter or before[-1:] not in (CLASS["to"], CLASS["of"]):
            return None
    is_counted = kinds[max(start - 1, 0) : start] == _NUMBER or _REGEX["count"].match(kinds, end)
    if is_counted and tokens[end - 1].value == _NODES:  # nodes 2/17, 2/14 nodes
        return None
    found = _FIRST_THAT_FITS.match(f"{before}<{kinds[start:end]}>{kinds[end : end + 4]}")
    return _CERTAINTIES[_NEIGHBOURS[(found.lastindex or 1) - 1].kind] if found else None


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
        if kind == CLASS["comma"] and parts:
            parts[-1] += ","
        elif kind in _WRITTEN:
            parts.append(_WRITTEN[kind])
        elif kind == _NUMBER:
            parts.append(f"{token.amount:g}")
        elif kind in _ROMAN:
            counted = parts[-1:] == ["segment"]  # of liver or lung, VIII is 8; levels of the neck stay roman
            parts.append(_NUMERALS.get(token.word, token.word) if counted else token.word.upper())
        elif kind == CLASS["vertebra"] or (kind == CLASS["lumbar"] and kinds[place + 1 : place + 2] == _NUMBER):
            parts.append(token.word.upper())
        elif kind in _ZONE_ALONE and place < end - 1:
            parts.append(token.word)
        else:
            parts.append("nodes" if token.value == _NODES else token.value)
    name = " ".join(parts)
    if _REGEX["body"].search(kinds, start, end):
        return _SPACED_BODY.sub(_vertebrae, name)
    side_behind = _BEFORE_SIDE.fullmatch(name)
    return f"{side_behind[2]} {side_behind[1]}" if side_behind else name


def _vertebrae(found: re.Match[str]) -> str:
    letter, first, second_letter, last = found.groups()
    return f"{letter}{first}-{second_letter or letter}{last}" if last else f"{letter}{first}"
