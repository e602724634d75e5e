"""The variants in which people write an identifier: from a value of a column to the token sequences to search."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import groupby, product

from radonc.deid.scrubber.tokenizer import tokens_of
from radonc.wordlists.context_words import NAME_PARTICLES, NAME_SUFFIXES, TITLES_AND_ROLES

Variants = Iterator[tuple[str, ...]]
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip

# Shorter numbers are doses and counts as well; behind a cue (MRN 4711) the patterns redact them.
MIN_ID_CHARACTERS = 5
MIN_PHONE_DIGITS = 7

STREET_SUFFIXES = {
    "st": "street", "ave": "avenue", "av": "avenue", "rd": "road", "dr": "drive", "ln": "lane", "ct": "court",
    "crt": "court", "blvd": "boulevard", "bvd": "boulevard", "pl": "place", "hwy": "highway", "ter": "terrace",
    "terr": "terrace", "tce": "terrace", "cir": "circle", "cres": "crescent", "pkwy": "parkway", "sq": "square",
    "trl": "trail", "gdns": "gardens", "cl": "close", "gr": "grove", "way": "way", "wy": "way", "row": "row",
    "loop": "loop",
}  # fmt: skip
CITY_BEGINNINGS = {
    "north": "n", "south": "s", "east": "e", "west": "w", "mount": "mt", "fort": "ft", "saint": "st", "port": "pt",
    "point": "pt", "sainte": "ste",
}  # fmt: skip
_UNIT = re.compile(r"[\s,]*(?:\b(?:apt|apartment|unit|suite|ste|no)\b\.?|#)\s*\w+\s*$", re.IGNORECASE)


def full_names(given: list[str], surname: list[str]) -> Variants:
    """Yield the orders of given names and surname, with initials too: ``Ann Lee``, ``Lee, A.``, ``A. B. Lee``."""
    if not given or not surname:
        return
    initials = [name[0] for name in given]
    heads = {tuple(given), tuple(given[:1]), tuple(initials), tuple(initials[:1]), (given[0], *initials[1:])}
    for head in sorted(heads | {(name,) for name in name_parts(given)}):
        yield (*head, *surname)
        yield (*surname, *head)
    yield from ((name, surname[0][0]) for name in name_parts(given))


def name_parts(words: Iterable[str]) -> list[str]:
    """Return the words of a name that have two letters or more."""
    return [word for word in words if len(word) > 1]


def patient_name(text: str) -> list[str]:
    """Return the words of one of the patient's name fields."""
    return [word for word in tokens_of(text) if word not in NAME_SUFFIXES]


def person(text: str) -> tuple[list[str], list[str]]:
    """Return given names and surname of a physician or relative: ``Smith, Ann (wife)``, ``Dr. Ann van Berg, MD``."""
    head, _, tail = text.partition(",")
    if last := _without_titles(tail):
        return last, _without_titles(head)
    words = [word for word in map(_without_titles, head.split()) if word]
    begin = len(words) - 1
    while begin > 1 and words[begin - 1][0] in NAME_PARTICLES:
        begin -= 1
    given, surname = words[: max(begin, 0)], words[max(begin, 0) :]
    return [token for word in given for token in word], [token for word in surname for token in word]


def _without_titles(text: str) -> list[str]:
    return [word for word in tokens_of(text) if word not in TITLES_AND_ROLES]


def record_number(text: str) -> Variants:
    """Yield a record number; the search ignores separators."""
    parts = tokens_of(text)
    whole = "".join(parts)
    if len(whole) >= MIN_ID_CHARACTERS:
        yield tuple(parts)
        if whole.isdigit() and len(whole.lstrip("0")) >= MIN_ID_CHARACTERS:
            yield (whole.lstrip("0"),)


def short_number(text: str) -> Iterator[str]:
    """Yield a number of four digits, with and without leading zeros: a dose may look the same."""
    whole = "".join(tokens_of(text))
    bare = whole.lstrip("0")
    if whole.isdigit() and 0 < len(bare) <= 4 <= len(whole):
        yield from {bare, whole} if len(bare) == 4 else {whole}


def phone(text: str) -> Variants:
    """Yield a phone number's digits without country and extension, and the number without the area code too."""
    number = re.sub(r"\(0\)", "", re.split(r"x|ext", text, flags=re.IGNORECASE)[0])
    digits = re.sub(r"\D", "", number)
    if len(digits) < MIN_PHONE_DIGITS:
        return
    national = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    yield (national,)
    if len(national) == 10:
        yield ("1" + national,)
        yield (national[3:],)
    if national[0] == "0":
        # Behind a country code the zero is left out.
        yield (national.lstrip("0"),)
    if number.strip()[:1] == "+" or digits.startswith("00"):
        for country_code_length in (1, 2, 3):
            rest = digits.lstrip("0")[country_code_length:]
            if len(rest) > MIN_PHONE_DIGITS:
                yield (rest,)
                yield ("0" + rest,)


def street(text: str) -> Variants:
    """Yield an address, with and without its unit; its suffix short, long and left out; and without its number."""
    parts = tokens_of(_UNIT.sub("", text))
    yield tuple(tokens_of(text))
    yield tuple(parts)
    has_number = bool(parts) and parts[0].isdigit()
    suffixes = {*STREET_SUFFIXES, *STREET_SUFFIXES.values()}
    end = next((place for place, part in enumerate(parts) if place > has_number and part in suffixes), None)
    if end is None:
        return
    name, full = parts[:end], STREET_SUFFIXES.get(parts[end], parts[end])
    for suffix in (full, *(short for short, long in STREET_SUFFIXES.items() if long == full)):
        yield (*name, suffix)
        yield (*name[has_number:], suffix)
    if has_number:
        yield tuple(name)


def city(text: str) -> Variants:
    """Yield a city's name, its first word in full and short: Mount Vernon, Mt. Vernon."""
    parts = tokens_of(text.split(",")[0])
    if len("".join(parts)) < 2:
        return
    yield tuple(parts)
    for place, part in enumerate(parts if len(parts) > 1 else ()):
        for long, short in CITY_BEGINNINGS.items():
            if part in (long, short):
                yield (*parts[:place], short if part == long else long, *parts[place + 1 :])


def postal_code(text: str) -> Iterator[str]:
    """Yield a postal code, and the five digits of ZIP+4, as words: ``50911`` is not ``C50.911``."""
    parts = tokens_of(text)
    whole = "".join(parts)
    if len(whole) >= MIN_ID_CHARACTERS:
        yield " ".join(parts)
        yield whole
    if not whole.isdigit():
        # SW1A 1AA and SW1A1AA
        yield " ".join(tokens_of(whole))
    elif len(whole) == 9:
        yield f"{whole[:5]} {whole[5:]}"
        yield whole[:5]


def email(text: str) -> Variants:
    """Yield an address, and the part before the @ where it is too long for an ordinary word."""
    yield tuple(tokens_of(text))
    local, _, host = text.partition("@")
    spelt = [word for part in host.split(".") for word in (*tokens_of(part), "dot")][:-1]
    yield (*tokens_of(local), "at", *tokens_of(host))
    yield (*tokens_of(local), "at", *spelt)
    if len("".join(tokens_of(local))) >= MIN_ID_CHARACTERS:
        yield tuple(tokens_of(local))


def plan(text: str) -> Variants:
    """Yield the name of a plan or a machine, of three characters or more."""
    parts = tokens_of(text)
    if len("".join(parts)) > 2:
        yield tuple(parts)


@lru_cache(maxsize=1 << 10)
def date_forms(value: date) -> Mapping[str, list[str]]:
    """Return the forms of a day as words, and of its month's name with its year, by the first word of each.

    Orders are m-d-y, d-m-y and y-m-d. A month's number with a year is left to the patterns, which see the slash:
    ``PSA 8.4 2014`` is no April. Cached, as patients share dates.
    """
    year, month, day = value.isoformat().split("-")
    years, months, days = (year, year[2:]), {str(value.month), month}, {str(value.day), day}
    full_name = MONTHS[value.month - 1]
    names = {full_name, full_name[:3], *(["sept"] if value.month == 9 else [])}
    ordinal = "th" if value.day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value.day % 10, "th")
    forms = {year + month + day, month + day + year, day + month + year}
    for month, day in product(months, days):
        forms |= {f"{pair} {any_year}" for pair in (f"{month} {day}", f"{day} {month}") for any_year in years}
        forms.add(f"{year} {month} {day}")
    for name, day in product(names, days):
        for written in (day, f"{day} {ordinal}"):
            alone = {f"{name} {written}", f"{written} {name}", f"{written} of {name}", f"{name} the {written}"}
            # With the year behind, so that the whole date is redacted.
            forms |= alone | {f"{form} {any_year}" for form in alone for any_year in years}
    for name in names:
        forms |= {f"{name} {any_year}" for any_year in years} | {f"{name} of {year}", f"{year} {name}"}
    return {first: list(found) for first, found in groupby(sorted(forms), lambda form: form.split()[0])}
