"""How the gate reads a text: in pieces between tags, folded, with blanks or nothing between the words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

Day = tuple[int, int, int]
"""Year, month, day."""

MIN_JOINED = 5
"""In words from this length on, a separator may stand between any two characters (``Mc Donald``, ``0012-3456``)."""

_TAG = re.compile(r"\[(?:NAME|DATE|AGE|ID|PHONE|PLACE|EMAIL|URL)\]")
_RUN = re.compile(r"[^\W\d_]+|\d+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"(?:(?<=jan)uary|(?<=feb)ruary|(?<=mar)ch|(?<=apr)il|(?<=jun)e|(?<=jul)y|(?<=aug)ust|(?<=sep)t(?:ember)?"
    r"|(?<=oct)ober|(?<=(?:nov))ember|(?<=dec)ember)?(?![a-z])"
)
_NUMERIC_DATE = re.compile(r"(?<!\d)(?<!\d[/.-])(\d{1,4})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{1,4})(?!\d|[/.-]\d)")
_MONTH_YEAR = re.compile(r"(?<!\d)(?<!\d[/.-])(\d{1,2})[/-](\d{4})(?!\d|[/.-]\d)")
_NAMED_MONTH = re.compile(
    r"(?:(?<!\d)(\d{1,2})(?:st|nd|rd|th)?[\s,.-]*(?:of\s)?)?(?<![a-z])" + _MONTH + r"[\s,./-]*"
    r"(?:(\d{1,2})(?!\d)(?:st|nd|rd|th)?)?(?:[\s,./-]*((?:19|20)\d\d)(?!\d))?"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text between tags.

    Attributes
    ----------
    folded
        In lower case, without accents and invisible characters.
    spaced
        Its words and numbers with one blank between, before and after.
    joined
        Its words and numbers with nothing between.
    capitalised
        Its words that are written with a capital, folded.
    has_digits
        Whether there are numbers in it.
    """

    folded: str
    spaced: str
    joined: str
    capitalised: frozenset[str]
    has_digits: bool

    def holds(self, needle: str) -> bool:
        """Tell whether a folded word or number stands in the piece; one with blanks around it, only as it reads."""
        if needle.startswith(" "):
            return needle in self.spaced
        return needle in self.joined and _exactly(needle).search(self.folded) is not None


@lru_cache(maxsize=1 << 13)
def pieces(text: str) -> tuple[Piece, ...]:
    """Cut a text at its tags."""
    found = []
    for part in _TAG.split(text):
        runs = fold_runs(part)
        capitalised = frozenset("".join(fold_runs(run)) for run in _RUN.findall(_visible(part)) if run[0].isupper())
        has_digits = any(run.isdigit() for run in runs)
        found.append(Piece(_fold(part), f" {' '.join(runs)} ", "".join(runs), capitalised, has_digits))
    return tuple(found)


def fold_runs(text: str) -> list[str]:
    """Return a text's words and numbers, folded."""
    return _RUN.findall(_fold(text))


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", _visible(text).casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _visible(text: str) -> str:
    """Return the text composed, without soft hyphens and other invisible characters."""
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFC", text)
    return "".join(character for character in composed if unicodedata.category(character) != "Cf")


@lru_cache(maxsize=1 << 12)
def _exactly(needle: str) -> re.Pattern[str]:
    """Return the pattern of a word or number with separators allowed in it, and no more of its kind beside it."""
    before, after = (r"\d" if character.isdigit() else r"[^\W\d_]" for character in (needle[0], needle[-1]))
    pattern = re.escape(needle[0])
    for last, character in pairwise(needle):
        is_border = last.isdigit() != character.isdigit()
        pattern += (r"[\W_]*" if is_border or len(needle) >= MIN_JOINED else "") + re.escape(character)
    return re.compile(f"(?<!{before}){pattern}(?!{after})")


def tells_date(folded: str, own: Set[Day]) -> bool:
    """Tell whether a text holds a date.

    Parameters
    ----------
    folded
        A piece's folded text.
    own
        The patient's dates. Of these also short forms count: two-digit years, day and month's name, month/year. Of
        others those with a year of four digits: whole dates, and a month's name with a year.
    """
    return _tells_day(folded, own) or _tells_month_and_year(folded, own) or _tells_named_month(folded, own)


def _tells_day(folded: str, own: Set[Day]) -> bool:
    for match in _NUMERIC_DATE.finditer(folded):
        first, middle, last = int(match[1]), int(match[3]), int(match[4])
        is_long_enough = len(match[1]) == 4 or len(match[4]) >= 2
        if is_long_enough and any((first, middle, last) in _numeric_forms(*day) for day in own):
            return True
        if _is_year(match[1]) and _in_calendar(middle, last):
            return True
        if _is_year(match[4]) and _in_calendar(*sorted((first, middle))):
            return True
    return False


def _tells_month_and_year(folded: str, own: Set[Day]) -> bool:
    return any(
        (int(match[1]), int(match[2])) in {(month, year) for year, month, _ in own}
        for match in _MONTH_YEAR.finditer(folded)
    )


def _tells_named_month(folded: str, own: Set[Day]) -> bool:
    for match in _NAMED_MONTH.finditer(folded):
        days = {(month, day) for _, month, day in own}
        month = _MONTHS.index(match[2]) + 1
        if match[4] or any(day and (month, int(day)) in days for day in (match[1], match[3])):
            return True
    return False


def _numeric_forms(year: int, month: int, day: int) -> Iterator[Day]:
    for shown in (year, year % 100):
        yield month, day, shown
        yield day, month, shown
    yield year, month, day


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and digits.startswith(("19", "20"))


def _in_calendar(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31
