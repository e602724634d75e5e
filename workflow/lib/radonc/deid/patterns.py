"""What gives itself away by its form: the classes of Safe Harbor (45 CFR 164.514(b)(2)(i)) as patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile

import re2

from radonc.deid.date_patterns import AGES, DATES
from radonc.deid.forms import Match, Pattern, continues, is_measured, is_unmeasured, starts_within_number
from radonc.deid.ordinary import COMMON, NOTES, TITLES
from radonc.deid.spans import Label, Span, tokens

# ---- numbers and addresses -------------------------------------------------------------------------------------

_STATE = (
    r"(?:AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK"
    r"|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY)"
)
_CUE = (
    r"(?:MRN|MR|med(?:ical)?\.?\srec(?:ord)?|chart|acc(?:oun)?t|accession|policy|member|insurance|licen[cs]e|specimen"
    r"|device|NHS|CSN|SSN|HICN|DL|S/N|ID)"
)
# Words that are no cue without a number sign: "path: 12/14 nodes".
_WEAK_CUE = r"(?:record|case|patient|pt|encounter|visit|serial|path(?:ology)?|hospital|registry)"
_NUMBER_SIGN = r"(?:\s?(?:id|no|nr|num|number)\b\.?|\s?#)"
_NUMBER = r"([a-z]{0,4}[-.]?\d[a-z0-9]*(?:[-./][a-z0-9]+)*)\b"


def _is_record_number(match: Match) -> bool:
    return len(re.findall(r"\d", match.group(1) or "")) >= 3


def _is_ip(match: Match) -> bool:
    return all(int(part) <= 255 for part in (match.group() or "").split("."))


_IDS = (
    Pattern(Label.ID, r"\b\d{3}-\d{2}-\d{4}\b"),
    Pattern(Label.ID, rf"(?i)\b{_CUE}(?:{_NUMBER_SIGN}|\s?[:=]){{1,3}}\s?(?:is\s)?{_NUMBER}", _is_record_number),
    Pattern(Label.ID, rf"(?i)\b{_WEAK_CUE}{_NUMBER_SIGN}\s?[:=]?\s?{_NUMBER}", _is_record_number),
    Pattern(Label.ID, r"(?i)\b(?:MRN|SSN|CSN|HICN|NHS)\s(?:is\s)?([a-z]{0,4}[-.]?\d(?:[-./ ]?[a-z0-9]*\d)+)\b"),
    Pattern(Label.ID, r"\b[A-Z]{1,3}-?\d\d-\d{3,6}\b"),
    # No dose, count or laboratory value has seven digits.
    Pattern(Label.ID, r"\b\d{7,}\b"),
)
_ADDRESSES = (
    Pattern(Label.EMAIL, r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+"),
    Pattern(Label.URL, r"(?i)\b(?:https?://|www\.)[\w./?=&%#:;,+~@!$'()*-]*[\w/]"),
    Pattern(Label.URL, r"\b\d{1,3}(?:\.\d{1,3}){3}\b", _is_ip),
    Pattern(
        Label.PHONE,
        r"(?:\+1[-. ]?|\b(?:001|1)[-.])?(?:\(\d{3}\)|\b\d{3})\s?[-./]?\s?\d{3}[-. ]\d{4}"
        r"(?:,?\s?(?:x|ext\.?)\s?\d{1,6})?\b",
    ),
    Pattern(Label.PHONE, r"\+\d{1,3}[-. (]{1,2}\d(?:[-. ()]{0,2}\d){6,12}\b"),
    Pattern(Label.PHONE, r"\b[2-9]\d\d-\d{4}\b", lambda match: not is_measured(match) and not continues(match)),
    Pattern(Label.PLACE, rf"\b{_STATE},?\s+(\d{{5}}(?:-\d{{4}})?)\b"),
    Pattern(Label.PLACE, r"\b\d{5}-\d{4}\b", is_unmeasured),
    Pattern(Label.PLACE, r"(?i)\b(?:zip(?:\s?code)?|postal\scode)[\s:]*(\d{5})\b"),
    Pattern(
        Label.PLACE,
        r"\b\d{1,5}\s(?:[NSEW]\.?\s)?(?:\p{Lu}[\p{L}'’.]+\s){1,3}(?:St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Lane|Ln|Dr|Drive"
        r"|Court|Ct|Way|Pl|Place|Terrace|Hwy|Highway|Circle|Pkwy|Parkway)\b",
        lambda match: not starts_within_number(match),
    ),
    Pattern(Label.PLACE, r"(?i)\bP\.?\s?O\.?\sBox\s\d+\b"),
)

# ---- names beside a cue ----------------------------------------------------------------------------------------

_PARTICLE = r"(?:(?:van|von|de|der|den|la|le|del|della|da|di|du|al|el|bin|ter)\s)*"
_WORD = r"\p{Lu}(?:['’]?[\p{L}]+(?:[-'’]\p{Lu}\p{L}+)*)"
_MIXED_WORD = r"\p{Lu}(?:['’]?\p{Lu})?\p{Ll}[\p{L}'’-]*"
_INITIAL = r"\p{Lu}\."
_NAME = rf"(?:{_INITIAL}\s?)*{_PARTICLE}{_WORD}(?:\s(?:{_INITIAL}|{_PARTICLE}{_WORD})){{0,2}}"
_KIN = (
    r"(?:wife|husband|spouse|partner|son|daughter|mother|father|mom|dad|sister|brother|aunt|uncle|niece|nephew|cousin"
    r"|grand(?:mother|father|son|daughter)|friend|neighbou?r|caregiver|guardian|fianc[eé]e?)"
)


def _is_no_heading(match: Match) -> bool:
    return not NOTES.issuperset(tokens(match.group(1) or ""))


def _is_no_common_word(match: Match) -> bool:
    return tokens(match.group(1) or "")[0] not in COMMON


def _titled_in_capitals(match: Match) -> bool:
    title = match.string[match.start() : match.start(1)]
    return title.startswith(("DR", "MRS", "PROF")) or "." in title


_NAMES = (
    # Not MR and MS in capitals without a period: those are resonance and sclerosis.
    Pattern(Label.NAME, rf"\b(?:[Dd]rs?|Mr|mr|Mrs|mrs|Ms|ms|Miss|Mx|Prof|Professor|Doctor|Rev)\b\.?\s?({_NAME})"),
    Pattern(
        Label.NAME,
        rf"\b(?:DR|MR\.|MRS|MS\.|PROF)\.?\s?({_MIXED_WORD}(?:\s(?:{_INITIAL}|{_MIXED_WORD})){{0,2}})",
    ),
    Pattern(
        Label.NAME,
        r"\b(?:DR|MR|MRS|MS|PROF)(?:\.\s?|\b\s)(\p{Lu}[\p{Lu}'’-]+)\b",
        _titled_in_capitals,
    ),
    Pattern(Label.NAME, r"\b(?:dr|mrs|Dr|Mrs)\.?\s(\p{Ll}{3,}(?:['’-]\p{Ll}{2,})?)\b"),
    Pattern(
        Label.NAME,
        rf"((?:{_WORD}\s|{_INITIAL}\s?){{0,2}}\b{_WORD})"
        r"(?:,\s?(?:MD|md|DO|PhD|NP|RN|PA|PA-C|FRCR)\b|\s(?:MD|PhD|FRCR)\b|,?\s?(?:M\.D\.|D\.O\.))",
        _is_no_heading,
    ),
    Pattern(
        Label.NAME,
        rf"(?i:\b{_KIN})(?:\s(?:is|named|called)|[,:]|\s\(|)\s?(\b{_MIXED_WORD}(?:\s{_MIXED_WORD})?)\b",
        _is_no_common_word,
    ),
)


_SPACED_WORD = re.compile(r"\S+")
_STAGE = re.compile(r"[IVX]+[A-C]?")

PATTERNS = (*_ADDRESSES, *DATES, *AGES, *_IDS, *_NAMES)

_COMPILED = tuple((pattern, re2.compile(pattern.expression)) for pattern in PATTERNS)


@lru_cache(maxsize=1 << 13)
def spans(text: str) -> tuple[Span, ...]:
    """Return the places whose form gives them away, overlaps included."""
    return tuple(_search(text))


def _search(text: str) -> Iterator[Span]:
    for pattern, expression in _COMPILED:
        for match in expression.finditer(text):
            if pattern.accept(match):
                start, end = match.span(expression.groups)
                if pattern.label is Label.NAME:
                    start, end = _name_within(text, start, end)
                yield Span(start, end, pattern.label)


def _name_within(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the place without titles, headings and stages around a name: of ``by Smith Stage IIIA``, that of Smith."""
    words = list(_SPACED_WORD.finditer(text, start, end))
    while len(words) > 1 and _is_no_name(words[0][0]):
        words.pop(0)
    name = [words[0], *takewhile(lambda word: not _is_no_name(word[0]), words[1:])]
    return name[0].start(), name[-1].end()


def _is_no_name(word: str) -> bool:
    return _STAGE.fullmatch(word) is not None or not (TITLES | NOTES).isdisjoint(tokens(word)[:1])
