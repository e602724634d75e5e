"""The forms in which people write an identifier: from one value of a column to the token sequences to hunt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import product

from radonc.deid.ordinary import SUFFIXES, TITLES, is_distinct
from radonc.deid.spans import tokens

Variants = Iterator[tuple[str, ...]]

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip

SHORTEST_ID = 5
"""Shorter numbers are doses and counts as well; with a cue (``MRN 4711``) the patterns close them."""

SHORTEST_PHONE = 7
SHORTEST_PLAN = 3
STREET_SUFFIXES = {
    "st": "street", "ave": "avenue", "rd": "road", "dr": "drive", "ln": "lane", "ct": "court", "blvd": "boulevard",
    "pl": "place", "hwy": "highway", "ter": "terrace", "cir": "circle", "pkwy": "parkway", "sq": "square", "way": "way",
}  # fmt: skip
_LONG_SUFFIXES = {long: short for short, long in STREET_SUFFIXES.items()}
_UNIT = re.compile(r"[\s,]*(?:\b(?:apt|apartment|unit|suite|ste|no)\b\.?|#)\s*\w+\s*$", re.IGNORECASE)


def full_names(given: list[str], surname: list[str]) -> Variants:
    """Yield the orders of given names and surname, with initials too: ``Ann Lee``, ``Lee, A.``, ``A. B. Lee``."""
    if not given or not surname:
        return
    initials = [name[0] for name in given]
    heads = {tuple(given), tuple(given[:1]), tuple(initials), tuple(initials[:1]), (given[0], *initials[1:])}
    for head in sorted(heads):
        yield (*head, *surname)
        yield (*surname, *head)
    for name in (name for name in given if len(name) > 1):
        yield name, surname[0][0]
        yield (name, *surname)
        yield (*surname, name)


def name_parts(words: Iterable[str]) -> list[str]:
    """Return the words of a name that have two letters or more."""
    return [word for word in words if len(word) > 1]


def own_name(text: str) -> list[str]:
    """Return the words of one of the patient's own name fields."""
    return [word for word in tokens(text) if word not in SUFFIXES]


def person(text: str) -> tuple[list[str], list[str]]:
    """Return given names and surname of a physician or relative: ``Smith, Ann (wife)``, ``Dr. Ann Smith, MD``."""
    head, _, tail = text.partition(",")
    first, last = (_without_titles(part) for part in (head, tail))
    if last:
        return last, first
    return first[:-1], first[-1:]


def _without_titles(text: str) -> list[str]:
    return [word for word in tokens(text) if word not in TITLES]


def record_number(text: str) -> Variants:
    """Yield a record number; separators do not matter to the hunt."""
    parts = tokens(text)
    if len("".join(parts)) >= SHORTEST_ID:
        yield tuple(parts)


def phone(text: str) -> Variants:
    """Yield a phone number's digits without country and extension, and the number without the area code too."""
    digits = "".join(part for part in tokens(re.split(r"x|ext", text, flags=re.IGNORECASE)[0]) if part.isdigit())
    if len(digits) < SHORTEST_PHONE:
        return
    national = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    yield (national,)
    if len(national) == 10:
        yield (national[3:],)


def street(text: str) -> Variants:
    """Yield an address, with and without its unit; its suffix short, long and left out; and without its number."""
    parts = tokens(_UNIT.sub("", text))
    yield tuple(tokens(text))
    yield tuple(parts)
    has_number = bool(parts) and parts[0].isdigit()
    suffixes = STREET_SUFFIXES.keys() | _LONG_SUFFIXES.keys()
    end = next((place for place, part in enumerate(parts) if place > has_number and part in suffixes), None)
    if end is None:
        return
    name = parts[:end]
    short, long = _LONG_SUFFIXES.get(parts[end], parts[end]), STREET_SUFFIXES.get(parts[end], parts[end])
    for suffix in (short, long):
        yield (*name, suffix)
        yield (*name[has_number:], suffix)
    if has_number:
        yield tuple(name)


def city(text: str) -> Variants:
    """Yield a city's name."""
    parts = tokens(text.split(",")[0])
    if len("".join(parts)) > 1:
        yield tuple(parts)


def postal_code(text: str) -> Iterator[str]:
    """Yield a postal code, and the five digits of ZIP+4, as words: ``50911`` is not ``C50.911``."""
    parts = tokens(text)
    whole = "".join(parts)
    if len(whole) >= SHORTEST_ID:
        yield " ".join(parts)
        yield whole
    if whole.isdigit() and len(whole) == 9:
        yield f"{whole[:5]} {whole[5:]}"
        yield whole[:5]


def email(text: str) -> Variants:
    """Yield an address, and the part before the @ where it is long enough to be no ordinary word."""
    yield tuple(tokens(text))
    local = tokens(text.split("@")[0])
    if len("".join(local)) >= SHORTEST_ID:
        yield tuple(local)


def plan(text: str) -> Variants:
    """Yield the name of a plan where it says more than site and technique (``ordinary.is_distinct``)."""
    parts = tokens(text)
    if len("".join(parts)) >= SHORTEST_PLAN and is_distinct(parts):
        yield tuple(parts)


def machine(text: str) -> Variants:
    """Yield the name of a machine where it is one of several (``Linac 2``), or more than a technique (``HDR``)."""
    parts = tokens(text)
    if len("".join(parts)) >= SHORTEST_PLAN and (is_distinct(parts) or any(part.isdigit() for part in parts)):
        yield tuple(parts)


@lru_cache(maxsize=1 << 16)
def day(value: date) -> tuple[str, ...]:
    """Return the ways to write a day, and its month's name with its year, as words; orders m-d-y, d-m-y and y-m-d.

    A month's number with a year is left to the patterns, which see the slash: ``PSA 8.4 2014`` is no April.
    """
    years = (f"{value.year:04d}", f"{value.year % 100:02d}")
    months = sorted({str(value.month), f"{value.month:02d}"})
    days = sorted({str(value.day), f"{value.day:02d}"})
    name = MONTHS[value.month - 1]
    names = sorted({name, name[:3], *(["sept"] if value.month == 9 else [])})
    ordinals = [form for number in days for form in ((number,), (number, _ordinal(value.day)))]
    found: set[tuple[str, ...]] = set()
    for month, number, year in product(months, days, years):
        found |= {(month, number, year), (number, month, year)}
    for month, number in product(months, days):
        found.add((years[0], month, number))
    for month, ordinal in product(names, ordinals):
        found |= {(month, *ordinal), (*ordinal, month), (*ordinal, "of", month), (month, "the", *ordinal)}
    found |= {(month, year) for month, year in product(names, years)}
    found |= {(month, "of", years[0]) for month in names} | {(years[0], month) for month in names}
    numeric = f"{value.month:02d}{value.day:02d}"
    found |= {(years[0] + numeric,), (numeric + years[0],), (f"{value.day:02d}{value.month:02d}{years[0]}",)}
    return tuple(sorted(" ".join(form) for form in _with_years(found, names, years)))


def _with_years(found: set[tuple[str, ...]], names: list[str], years: tuple[str, str]) -> set[tuple[str, ...]]:
    """Add the year, where it is named, behind a day with its month, so that the whole date is closed."""
    month_and_day = {form for form in found if set(form) & set(names) and not set(form) & set(years)}
    return found | {(*form, year) for form in month_and_day for year in years}


def _ordinal(number: int) -> str:
    if number in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
