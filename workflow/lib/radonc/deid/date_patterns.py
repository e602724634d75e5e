"""Dates but for the year, and ages over 89, as people write them (45 CFR 164.514(b)(2)(i)(C)).

Counts of nodes, doses and follow-up times look much like dates (``2/14 nodes``, ``10-20-30 Gy``, ``6/12/18 months``):
each pattern says what it leaves alone. A year alone may stay.
"""

from __future__ import annotations

import re

from radonc.deid.forms import Match, Pattern, continues, is_measured, is_unmeasured, starts_within_number
from radonc.deid.spans import Label

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
_COUNTED_AFTER = re.compile(r"\s*(?:nodes?|lns?|lymph|cores?|pos|neg|points?|of)", re.IGNORECASE)


def _is_day(match: Match) -> bool:
    *_, first, second, third = re.findall(r"\d+", match.group() or "")
    separators = _SEPARATOR.findall(match.group() or "")[-2:]
    month, day = sorted((int(first), int(second)))
    if separators[0].strip() != separators[1].strip() or not (1 <= month <= 12 and day <= 31):
        return False
    if len(third) == 4:
        return True
    decimals = "." in separators[0] and len(first + second) < 4
    return not (decimals or is_measured(match) or continues(match))


def _is_month_and_year(match: Match) -> bool:
    return not is_measured(match) and not continues(match)


def _is_month_and_day(match: Match) -> bool:
    return _is_month_and_year(match) and _COUNTED_AFTER.match(match.string, match.end()) is None


def _is_day_before_month(match: Match) -> bool:
    """Tell whether the day is a number of its own: in ``PSA 8.4 May 2`` it is not."""
    return not is_measured(match) and not starts_within_number(match)


DATES = (
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
    Pattern(Label.DATE, rf"\b{_CAPITAL_MONTH}[\s.-]*(?:the\s)?{_DAYS}(?:,?\s\d\d)?\b", is_unmeasured),
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
AGES = (
    Pattern(Label.AGE, rf"(?i)\b({_OVER_89})[\s-]*(?:years?|yrs?|y)[\s./-]*(?:o(?:ld)?|of\sage)\b"),
    Pattern(Label.AGE, rf"(?i)\b({_OVER_89})\s?(?:yo|y/o|y\.o\.?|yof|yom|yr)\b"),
    Pattern(Label.AGE, rf"\b({_OVER_89})y?[MF]\b", lambda match: not continues(match)),
    Pattern(Label.AGE, rf"(?i)\b(?:ag(?:ed?|e\sof|e\sis)|age\sat\s\w+)[\s:=]*({_OVER_89})\b", is_unmeasured),
    Pattern(Label.AGE, r"(?i)\b((?:ninety|one[\s-]hundred)(?:[\s-](?:and\s)?[a-z]+)?)[\s-]years?\b"),
    Pattern(
        Label.AGE,
        r"(?i)\b(?:nonagenarian|centenarian|(?:in|mid|early|late)[\s-](?:(?:his|her|their|the)\s)?(?:mid|early|late)?[\s-]?(?:9|10)0'?s|nineties)\b",
    ),
)
