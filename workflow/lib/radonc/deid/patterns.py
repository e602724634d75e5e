"""What gives itself away by its form: the classes of Safe Harbor (45 CFR 164.514(b)(2)(i)) as google-re2 patterns.

re2 works in linear time on any input, and has no look-around: what must not stand beside a hit is checked on the hit.
A pattern's one group is what is closed; without a group it is the whole hit. The clinic's numbers look much like other
people's dates and phones (``2/14 nodes``, ``50.4/28``), so each class says what it leaves alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Protocol

import re2

from radonc.deid.ordinary import COMMON, NOTES, TITLES
from radonc.deid.spans import Label, Span, tokens


class Match(Protocol):
    """The part of a match object of re2 that is used here."""

    string: str

    def group(self, number: int = 0, /) -> str | None:
        """Return a group's text."""

    def start(self, number: int = 0, /) -> int:
        """Return a group's start."""

    def end(self, number: int = 0, /) -> int:
        """Return a group's end."""


def _always(_: Match) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Pattern:
    """A form that gives itself away; ``accept`` sees each hit and may leave it alone."""

    label: Label
    expression: str
    accept: Callable[[Match], bool] = _always


# ---- dates -----------------------------------------------------------------------------------------------------

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
_CAPITAL_MONTH = _MONTH[:-1] + "|" + _MONTH[3:-1].upper() + ")"
_MONTH_NUMBER = r"(?:1[0-2]|0?[1-9])"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])"
_DAYS = rf"{_DAY}(?:st|nd|rd|th)?(?:\s?(?:-|–|to|and|&)\s?{_DAY}(?:st|nd|rd|th)?)?"
_YEAR = r"(?:19|20)\d\d"
_ANY_YEAR = rf"(?:{_YEAR}|'\d\d|’\d\d)"
_SEPARATOR = re.compile(r"\s*[/.–-]\s*")
_UNIT_AFTER = re.compile(
    r"\s*(?:c?gy|mv|mev|kv|fxs?|fractions?|days?|wks?|weeks?|mos?|months?|yrs?|years?|[cm]m|cc|ml|mg|ng|%|mci|mbq"
    r"|x\s*\d)(?![a-z])",
    re.IGNORECASE,
)
_COUNTED_AFTER = re.compile(r"\s*(?:nodes?|lns?|lymph|cores?|pos|neg|points?|of)", re.IGNORECASE)


def _measured(match: Match) -> bool:
    """Tell whether a unit follows: then it was an amount."""
    return _UNIT_AFTER.match(match.string, match.end()) is not None


def _continues(match: Match) -> bool:
    """Tell whether the number goes on to the left or right, as in ``1/2/3/2015`` or ``12.5/2015``."""
    before, after = match.string[: match.start()][-2:], match.string[match.end() :][:2]
    return re.search(r"\d[./]$", before) is not None or re.match(r"[./]\d", after) is not None


def _is_day(match: Match) -> bool:
    *_, first, second, third = re.findall(r"\d+", match.group() or "")
    separators = _SEPARATOR.findall(match.group() or "")[-2:]
    month, day = sorted((int(first), int(second)))
    if separators[0].strip() != separators[1].strip() or not (1 <= month <= 12 and day <= 31):
        return False
    if len(third) == 4:
        return True
    decimals = "." in separators[0] and len(first + second) < 4
    return not (decimals or _measured(match) or _continues(match))


def _is_month_and_year(match: Match) -> bool:
    return not _measured(match) and not _continues(match)


def _is_month_and_day(match: Match) -> bool:
    return _is_month_and_year(match) and _COUNTED_AFTER.match(match.string, match.end()) is None


def _is_unmeasured(match: Match) -> bool:
    return not _measured(match)


def _is_day_before_month(match: Match) -> bool:
    """Tell whether the day is a number of its own: in ``PSA 8.4 May 2`` it is not."""
    return not _measured(match) and re.search(r"\d[./]$", match.string[: match.start()][-2:]) is None


_DATES = (
    Pattern(
        Label.DATE,
        rf"\b{_YEAR}(?:-{_MONTH_NUMBER}-|/{_MONTH_NUMBER}/|\.{_MONTH_NUMBER}\.){_DAY}(?:[T ]\d\d:\d\d(?::\d\d)?Z?)?\b",
    ),
    Pattern(
        Label.DATE,
        r"\b(?:\d{1,2}[/-]\d{1,2}\s?(?:-|–|to)\s?)?\d{1,2}\s?[/.–-]\s?\d{1,2}\s?[/.–-]\s?(?:(?:19|20)\d\d|\d\d)\b",
        _is_day,
    ),
    Pattern(Label.DATE, rf"\b{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b"),
    Pattern(Label.DATE, rf"\b{_MONTH_NUMBER}\s?[/-]\s?{_YEAR}\b", _is_month_and_year),
    Pattern(Label.DATE, rf"\b{_YEAR}-(?:0[1-9]|1[0-2])\b", _is_month_and_year),
    Pattern(Label.DATE, rf"\b(?:on|dated|since|until|by|of) ({_MONTH_NUMBER}/{_DAY})\b", _is_month_and_day),
    # A month's name with a year, with or without a day.
    Pattern(
        Label.DATE,
        rf"(?i)\b(?:{_MONTH}\.?\s?(?:-|–|/|to|and)\s?)?{_MONTH}[\s.,/-]*(?:the\s)?(?:{_DAYS})?(?:[\s.,/-]|of)*{_ANY_YEAR}\b",
    ),
    Pattern(Label.DATE, rf"(?i)\b{_DAYS}[\s.,/-]*(?:of\s)?{_MONTH}[\s.,/'’-]*(?:{_YEAR}|\d\d)\b", _is_day_before_month),
    # A month's name with a day or a two-digit year: in lower case "may 12" and "mar 3" are other things.
    Pattern(Label.DATE, rf"\b{_CAPITAL_MONTH}[\s.-]*(?:the\s)?{_DAYS}(?:,?\s\d\d)?\b", _is_unmeasured),
    Pattern(Label.DATE, rf"\b{_CAPITAL_MONTH}[-/'’]\d\d\b"),
    Pattern(Label.DATE, rf"\b{_DAYS}[\s-]?(?:of\s)?{_CAPITAL_MONTH}\b", _is_day_before_month),
    Pattern(
        Label.DATE,
        rf"\b(?:in|since|until|till|from|last|this|next|early|late|mid|by|during|of)[\s-]({_CAPITAL_MONTH})\b",
    ),
    Pattern(Label.DATE, rf"(?i)\b(?:spring|summer|autumn|fall|winter|Q[1-4])(?:\s|of|,|')*{_YEAR}\b"),
    # The year of birth shows the age.
    Pattern(Label.DATE, rf"(?i)\b(?:born(?:\s(?:in|on))?|birth\syear|year of birth|yob|dob|b\.)[\s:]*({_YEAR})\b"),
)

# ---- ages over 89 ----------------------------------------------------------------------------------------------

_OVER_89 = r"(?:9\d|1[0-2]\d)"
_AGES = (
    Pattern(Label.AGE, rf"(?i)\b({_OVER_89})[\s-]*(?:years?|yrs?|y)[\s./-]*(?:o(?:ld)?|of\sage)\b"),
    Pattern(Label.AGE, rf"(?i)\b({_OVER_89})\s?(?:yo|y/o|y\.o\.?|yof|yom|yr)\b"),
    Pattern(Label.AGE, rf"\b({_OVER_89})y?[MF]\b", lambda match: not _continues(match)),
    Pattern(Label.AGE, rf"(?i)\b(?:ag(?:ed?|e\sof|e\sis)|age\sat\s\w+)[\s:=]*({_OVER_89})\b", _is_unmeasured),
    Pattern(Label.AGE, r"(?i)\b((?:ninety|one[\s-]hundred)(?:[\s-](?:and\s)?[a-z]+)?)[\s-]years?\b"),
    Pattern(
        Label.AGE,
        r"(?i)\b(?:nonagenarian|centenarian|(?:in|mid|early|late)[\s-](?:(?:his|her|their|the)\s)?(?:mid|early|late)?[\s-]?(?:9|10)0'?s|nineties)\b",
    ),
)

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
    Pattern(Label.PHONE, r"\b[2-9]\d\d-\d{4}\b", lambda match: not _measured(match) and not _continues(match)),
    Pattern(Label.PLACE, rf"\b{_STATE},?\s+(\d{{5}}(?:-\d{{4}})?)\b"),
    Pattern(Label.PLACE, r"\b\d{5}-\d{4}\b", _is_unmeasured),
    Pattern(Label.PLACE, r"(?i)\b(?:zip(?:\s?code)?|postal\scode)[\s:]*(\d{5})\b"),
    Pattern(
        Label.PLACE,
        r"\b\d{1,5}\s(?:[NSEW]\.?\s)?(?:\p{Lu}[\p{L}'’.]+\s){1,3}(?:St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Lane|Ln|Dr|Drive"
        r"|Court|Ct|Way|Pl|Place|Terrace|Hwy|Highway|Circle|Pkwy|Parkway)\b",
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

PATTERNS = (*_ADDRESSES, *_DATES, *_AGES, *_IDS, *_NAMES)

_COMPILED = tuple((pattern, re2.compile(pattern.expression)) for pattern in PATTERNS)


@lru_cache(maxsize=1 << 16)
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
