"""The dates in a text, as people and programs write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

Day = tuple[int, int, int]
"""Year, month, day."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"(?:(?<=jan)uary|(?<=feb)ruary|(?<=mar)ch|(?<=apr)il|(?<=jun)e|(?<=jul)y|(?<=aug)ust|(?<=sep)t(?:ember)?"
    r"|(?<=oct)ober|(?<=nov)ember|(?<=dec)ember)?(?![a-z])"
)
# What all dates of a form have and most texts do not: much faster to search for.
_MAYBE_NUMERIC = re.compile(r"\d\s?([/._-])\s?\d{1,2}\s?\1\s?\d")
_MAYBE_MONTH_YEAR = re.compile(r"\d[/-]\d{4}")
_EIGHT_DIGITS = re.compile(r"\d{8}")
_DIGIT = re.compile(r"\d")
_ANY_MONTH = re.compile("|".join(_MONTHS))
_NUMERIC = re.compile(r"(?<!\d)(?<!\d[/._-])(\d{1,4})\s?([/._-])\s?(\d{1,2})\s?\2\s?(\d{1,4})(?!\d|[/.-]\d)")
_MONTH_YEAR = re.compile(r"(?<!\d)(?<!\d[/.-])(\d{1,2})[/-](\d{4})(?!\d|[/.-]\d)")
_COMPACT = re.compile(r"(?<![\d.])(\d\d)(\d\d)(\d\d)(\d\d)(?![\d.]\d|\d)")
_NAMED = re.compile(
    r"(?:(?<!\d)(\d{1,2})(?:st|nd|rd|th)?[\s,._-]*(?:of\s)?)?(?<![a-z])" + _MONTH + r"[\s,./_-]*"
    r"(?:(\d{1,2})(?!\d)(?:st|nd|rd|th)?)?(?:[\s,./_-]*((?:19|20)\d\d)(?!\d))?"
)


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a text.

    Attributes
    ----------
    days
        Whole dates with a year of four digits; both, where day and month can be read in two ways.
    compact
        The same written as eight digits, which may also be a number.
    numbers
        Three numbers with separators, in their order: dates in some format, or none.
    months
        Year and month: ``3/2014``.
    named
        Month, day and year of a month in words; what is missing is 0.
    """

    days: frozenset[Day] = frozenset()
    compact: frozenset[Day] = frozenset()
    numbers: frozenset[Day] = frozenset()
    months: frozenset[tuple[int, int]] = frozenset()
    named: frozenset[Day] = frozenset()

    def has_full_date(self) -> bool:
        """Tell whether there is a date that no text may keep: a whole one, or a month's name with a year."""
        return bool(self.days) or any(year for _, _, year in self.named)

    def has_any_of(self, days: Set[Day]) -> bool:
        """Tell whether there is one of some days, in a short form or a whole one."""
        if not (self.days or self.compact or self.numbers or self.months or self.named):
            return False
        if (self.days | self.compact) & days or any(year for _, _, year in self.named):
            return True
        return (
            any(form in self.numbers for day in days for form in _short_forms(*day))
            or any((year, month) in self.months for year, month, _ in days)
            or any((month, day, 0) in self.named for _, month, day in days)
        )


_NONE = Dates()


def find_dates(folded: str) -> Dates:
    """Return the dates of a folded text."""
    if not _DIGIT.search(folded):
        return _NONE
    days: set[Day] = set()
    compact: set[Day] = set()
    numbers: set[Day] = set()
    for match in _matches(_NUMERIC, _MAYBE_NUMERIC, folded):
        parts = (match[1], match[3], match[4])
        days.update(_days(*parts))
        if len(match[1]) == 4 or len(match[4]) >= 2:
            numbers.add((int(match[1]), int(match[3]), int(match[4])))
    for match in _matches(_COMPACT, _EIGHT_DIGITS, folded):
        compact.update(_days(match[1] + match[2], match[3], match[4]))
        compact.update(_days(match[1], match[2], match[3] + match[4]))
    months = {(int(match[2]), int(match[1])) for match in _matches(_MONTH_YEAR, _MAYBE_MONTH_YEAR, folded)}
    named = set(_named(folded))
    days.update((year, month, day) for month, day, year in named if day and year)
    return Dates(frozenset(days), frozenset(compact), frozenset(numbers), frozenset(months), frozenset(named))


def _matches(pattern: re.Pattern[str], maybe: re.Pattern[str], folded: str) -> Iterator[re.Match[str]]:
    return pattern.finditer(folded) if maybe.search(folded) else iter(())


def _days(first: str, middle: str, last: str) -> Iterator[Day]:
    if _is_year(first) and _in_calendar(int(middle), int(last)):
        yield int(first), int(middle), int(last)
    if _is_year(last):
        for month, day in ((int(first), int(middle)), (int(middle), int(first))):
            if _in_calendar(month, day):
                yield int(last), month, day


def _named(folded: str) -> Iterator[Day]:
    for match in _matches(_NAMED, _ANY_MONTH, folded):
        month = _MONTHS.index(match[2]) + 1
        days = [int(day) for day in (match[1], match[3]) if day] or [0]
        yield from ((month, day, int(match[4] or 0)) for day in days)


def _short_forms(year: int, month: int, day: int) -> Iterator[Day]:
    yield month, day, year % 100
    yield day, month, year % 100
    yield year % 100, month, day


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and digits.startswith(("19", "20"))


def _in_calendar(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31
