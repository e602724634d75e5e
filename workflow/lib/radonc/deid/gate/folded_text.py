"""Texts as the gate searches them: folded, with and without blanks between their words, and their dates."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

CUT = "\x1f"  # stands where something was cut out: no term matches across it
# In words from this length on, a separator may stand between any two characters (``Mc Donald``, ``0012-3456``).
MIN_JOINED = 5
Day = tuple[int, int, int]  # year, month, day
# How a date stands in a text. ``day``: year, month and day of a whole date with a year of four digits, both where it
# can be read in two ways. ``compact``: the same as eight digits, which may also be a number. ``numbers``: three numbers
# with separators, in their order. ``month``: year, month and 0 of 3/2014. ``named``: month, day or 0, and 0 of a month
# in words without a year.
DateForm = tuple[str, int, int, int]
NAMED_WITH_YEAR: DateForm = ("named with year", 0, 0, 0)
_TAG = re.compile(r"\[(?:NAME|DATE|AGE|ID|PHONE|PLACE|EMAIL|URL|OTHER)\]")
# Digests and the digits of a computed number: a piece of them may look like a record number.
_COMPUTED = re.compile(
    r"(?<![^\W_])[a-z]?(?=[0-9a-f]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,}(?![^\W_])"
    r"|(?<![\d.])\d{1,2}\.\d{7}(?![\d.])|(?<![\d.])\d+\.\d{8,}(?![\d.])"
)
_MAYBE_COMPUTED = re.compile(r"[0-9a-f]{12}|\d\.\d{7}")
_RUN = re.compile(rf"[^\W\d_]+|\d+|{CUT}")
_BETWEEN = re.compile(rf"[^\w{CUT}]+|_+")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Before each form of dates what all of them have and most texts do not: much faster to search for.
_NUMERIC = (
    re.compile(r"\d\s?([/._-])\s?\d{1,2}\s?\1\s?\d"),
    re.compile(r"(?<!\d)(?<!\d[/._-])(\d{1,4})\s?([/._-])\s?(\d{1,2})\s?\2\s?(\d{1,4})(?!\d|[/.-]\d)"),
)
_MONTH_YEAR = (
    re.compile(r"\d[/-]\d{4}"),
    re.compile(r"(?<!\d)(?<!\d[/.-])(\d{1,2})[/-](\d{4})(?!\d|[/.-]\d)"),
)
_COMPACT = (re.compile(r"\d{8}"), re.compile(r"(?<![\d.])(\d\d)(\d\d)(\d\d)(\d\d)(?![\d.]\d|\d)"))
_NAMED = (
    re.compile("|".join(_MONTHS)),
    re.compile(
        rf"(?:(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[\s,._-]*(?:of\s)?)?(?<![a-z])({'|'.join(_MONTHS)})"
        r"(?:(?<=jan)uary|(?<=feb)ruary|(?<=mar)ch|(?<=apr)il|(?<=jun)e|(?<=jul)y|(?<=aug)ust|(?<=sep)t(?:ember)?"
        r"|(?<=oct)ober|(?<=nov)ember|(?<=dec)ember)?(?![a-z])[\s,./_-]*"
        r"(?:(\d{1,2})(?!\d)(?:st|nd|rd|th)?)?(?:[\s,./_-]*((?:19|20)\d\d)(?!\d))?"
    ),
)


@dataclass(frozen=True)
class FoldedText:
    """A text as the gate searches it."""

    visible: str  # in its case, with ``CUT`` where tags and computed numbers stood
    folded: str  # the same in lower case, without accents and invisible characters
    spaced: str  # its words and numbers with one blank between, before and after
    joined: str  # its words and numbers without anything between

    @cached_property
    def capitalised(self) -> frozenset[str]:
        """Its words that are written with a capital, folded."""
        words = _WORD.findall(_composed(self.visible))
        return frozenset("".join(fold_tokens(word)) for word in words if word[0].isupper())

    @cached_property
    def dates(self) -> frozenset[DateForm]:
        """Its dates."""
        return find_dates(self.folded)

    @cached_property
    def _places(self) -> list[int]:
        """The place in the folded text of each character of the joined one."""
        return [place for place, character in enumerate(self.folded) if character.isalnum() or character == CUT]

    def contains(self, term: str) -> bool:
        """Tell whether a folded word or number stands in the text, with no more of its kind beside it.

        A term with a blank before it must stand as it is; in others of some length separators are ignored.
        """
        if term.startswith(" "):
            return term in self.spaced
        start = self.joined.find(term)
        while start >= 0:
            if self._is_whole(term, self._places[start : start + len(term)]):
                return True
            start = self.joined.find(term, start + 1)
        return False

    def _is_whole(self, term: str, places: list[int]) -> bool:
        before = self.folded[places[0] - 1 : places[0]]
        after = self.folded[places[-1] + 1 : places[-1] + 2]
        if _same_kind(before, term[0]) or _same_kind(term[-1], after):
            return False
        return len(term) >= MIN_JOINED or all(
            place + 1 == following or term[index].isdigit() != term[index + 1].isdigit()
            for index, (place, following) in enumerate(pairwise(places))
        )


def _same_kind(left: str, right: str) -> bool:
    return (left.isdigit() and right.isdigit()) or (left.isalpha() and right.isalpha())


@lru_cache(maxsize=1 << 14)
def fold_text(text: str) -> FoldedText:
    """Fold a text."""
    visible = _TAG.sub(CUT, text.replace(CUT, " "))
    if _MAYBE_COMPUTED.search(visible):
        visible = _COMPUTED.sub(CUT, visible)
    folded = _fold(visible)
    return FoldedText(visible, folded, f" {' '.join(_RUN.findall(folded))} ", _BETWEEN.sub("", folded))


def fold_tokens(text: str) -> list[str]:
    """Return a text's words and numbers, folded."""
    return _RUN.findall(_fold(text))


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", _composed(text).casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _composed(text: str) -> str:
    """Return the text composed, without soft hyphens and other invisible characters."""
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFC", text)
    return "".join(character for character in composed if unicodedata.category(character) != "Cf")


def find_dates(folded: str) -> frozenset[DateForm]:
    """Return the dates of a folded text."""
    if not _DIGIT.search(folded):
        return frozenset()
    found: set[DateForm] = set()
    for first, _, middle, last in _matches(_NUMERIC, folded):
        found.update(("day", *day) for day in _days(first, middle, last))
        if len(first) == 4 or len(last) >= 2:
            found.add(("numbers", int(first), int(middle), int(last)))
    for a, b, c, d in _matches(_COMPACT, folded):
        found.update(("compact", *day) for day in (*_days(a + b, c, d), *_days(a, b, c + d)))
    found.update(("month", int(year), int(month), 0) for month, year in _matches(_MONTH_YEAR, folded))
    for before, name, after, year in _matches(_NAMED, folded):
        month, days = _MONTHS.index(name) + 1, [int(day) for day in (before, after) if day] or [0]
        if year:
            found.add(NAMED_WITH_YEAR)
            found.update(("day", int(year), month, day) for day in days if day)
        else:
            found.update(("named", month, day, 0) for day in days)
    return frozenset(found)


def _matches(form: tuple[re.Pattern[str], re.Pattern[str]], folded: str) -> list[tuple[str, ...]]:
    maybe, pattern = form
    return pattern.findall(folded) if maybe.search(folded) else []


def _days(first: str, middle: str, last: str) -> Iterator[Day]:
    """Yield the days that three numbers can be: the year first, or last with month and day in either order."""
    for year, month, day in ((first, middle, last), (last, first, middle), (last, middle, first)):
        if len(year) == 4 and year.startswith(("19", "20")) and 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
            yield int(year), int(month), int(day)


def has_full_date(dates: Iterable[DateForm]) -> bool:
    """Tell whether there is a date that no text may keep: a whole one, or a month's name with a year."""
    return any(form in ("day", "named with year") for form, *_ in dates)


def has_any_of(dates: Set[DateForm], days: Iterable[Day]) -> bool:
    """Tell whether there is one of some days, in a short form or a whole one, or a named month with any year."""
    is_one = bool(dates) and any(not dates.isdisjoint(_forms_of(*day)) for day in days)
    return is_one or NAMED_WITH_YEAR in dates


def _forms_of(year: int, month: int, day: int) -> set[DateForm]:
    orders = ((month, day, year % 100), (day, month, year % 100), (year % 100, month, day))
    forms = {("day", year, month, day), ("compact", year, month, day), ("month", year, month, 0)}
    return {*forms, ("named", month, day, 0), *(("numbers", *order) for order in orders)}
