"""The written forms of a told identifier: case, order, spacing, initials, accents, separators, and one typing error."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from random import Random
from typing import TypeVar

T = TypeVar("T")

_STROKES = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "đ": "d", "æ": "ae", "ß": "ss"})
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def pick(rng: Random, options: Sequence[T]) -> T:
    """One of ``options``; built on ``Random.random`` alone, the one draw that Python keeps the same for ever."""
    return options[int(rng.random() * len(options))]


def chance(rng: Random, probability: float) -> bool:
    """Whether an event of that probability happens."""
    return rng.random() < probability


def shuffled(rng: Random, items: Sequence[T]) -> list[T]:
    """The items in a random order."""
    return [item for _, item in sorted(((rng.random(), index), item) for index, item in enumerate(items))]


def fold(text: str) -> str:
    """``text`` without accents: ``Núñez`` is ``Nunez``."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_STROKES))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def spelling(rng: Random, text: str, may_lower: bool) -> str:
    """A name in another case, with accents folded or decomposed, or with its hyphen or apostrophe changed."""
    options = [text.upper(), text.upper(), text.replace(" ", "  ") if " " in text else text]
    if may_lower:
        options.append(text.lower())
    if fold(text) != text:
        options += [fold(text), fold(text).upper(), unicodedata.normalize("NFD", text)]
    if "-" in text:
        options += [text.replace("-", " "), text.replace("-", ""), text.replace("-", "\u2010")]
    if "'" in text:
        options += [text.replace("'", "\u2019"), text.replace("'", ""), text.replace("'", " ")]
    return pick(rng, options)


def full_name(rng: Random, first: str, middle: str, last: str, nicknames: Sequence[str]) -> str:
    """Given name before surname."""
    options = [f"{first} {last}", f"{first[0]}. {last}", f"{first[0]} {last}"]
    if middle:
        options += [f"{first} {middle} {last}", f"{first} {middle[0]}. {last}", f"{first[0]}.{middle[0]}. {last}"]
    options += [f"{nickname} {last}" for nickname in nicknames]
    return pick(rng, options)


def reversed_name(rng: Random, first: str, middle: str, last: str) -> str:
    """Surname before given name, as registers and DICOM headers write it."""
    options = [f"{last}, {first}", f"{last},{first}", f"{last} {first}", f"{last}, {first[0]}.", f"{last}^{first}"]
    if middle:
        options += [f"{last}, {first} {middle}", f"{last}, {first} {middle[0]}.", f"{last}^{first}^{middle}"]
    return pick(rng, options)


def edited(rng: Random, part: str) -> str:
    """``part`` after one insertion, deletion, substitution or transposition, its capital restored."""
    place = int(rng.random() * len(part))
    operation = pick(rng, ("insert", "delete", "substitute", "transpose"))
    letter = pick(rng, _LETTERS)
    if operation == "insert":
        wrong = part[:place] + letter + part[place:]
    elif operation == "delete":
        wrong = part[:place] + part[place + 1 :]
    elif operation == "substitute":
        wrong = part[:place] + letter + part[place + 1 :]
    else:
        place = min(place, len(part) - 2)
        wrong = part[:place] + part[place + 1] + part[place] + part[place + 2 :]
    if part[0].isupper() and part[1].islower():
        wrong = wrong[0].upper() + wrong[1].lower() + wrong[2:]
    return wrong


def edit_name(rng: Random, name: str) -> str | None:
    """``name`` with one typing error in one part of five letters or more, or None when it has no such part."""
    parts = [found for found in re.finditer(r"[^\W\d_]+", name) if len(found.group()) >= 5]
    if not parts:
        return None
    chosen = pick(rng, parts)
    wrong = edited(rng, chosen.group())
    if fold(wrong).casefold() == fold(chosen.group()).casefold():
        return None
    return name[: chosen.start()] + wrong + name[chosen.end() :]


def date_form(rng: Random, day: date) -> str:
    """A date in one of the orders and formats that charts use; two-digit years and both orders of day and month."""
    d, m, y = day.day, day.month, day.year
    name, short, yy = MONTHS[m - 1], MONTHS[m - 1][:3], y % 100
    suffix = "th" if 11 <= d <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(d % 10, "th")
    return pick(
        rng,
        (
            *(f"{m:02}{s}{d:02}{s}{y}" for s in "/-."),
            *(f"{d:02}{s}{m:02}{s}{y}" for s in "/-."),
            *(f"{m}/{d}/{y}", f"{m}/{d}/{yy:02}", f"{d}.{m}.{y}", f"{d}/{m}/{yy:02}", f"{m}-{d}-{yy:02}"),
            *(f"{y}/{m:02}/{d:02}", f"{y}.{m:02}.{d:02}", f"{y}{m:02}{d:02}", f"{y}-{m}-{d}", f"{y} {short} {d:02}"),
            *(
                f"{name} {d}, {y}",
                f"{name} {d} {y}",
                f"{short} {d}, {y}",
                f"{short}{'' if m == 5 else '.'} {d}, {y}",
                f"{name} {d}{suffix}, {y}",
            ),
            *(
                f"{d} {name} {y}",
                f"{d} {short} {y}",
                f"{d:02}-{short}-{y}",
                f"{d:02}{short.upper()}{y}",
                f"{d}{suffix} {name} {y}",
            ),
            *(
                f"{d:02}-{short.upper()}-{yy:02}",
                f"{d}{suffix} of {name}, {y}",
                f"{short} {d} '{yy:02}",
                f"{m:02} / {d:02} / {y}",
            ),
        ),
    )


def phone_form(rng: Random, country: str, digits: str) -> str:
    """A national number of 10 or 11 digits in the ways of its country."""
    if country in ("us", "ca"):
        a, b, c = digits[:3], digits[3:6], digits[6:]
        options = [f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"{a}.{b}.{c}", f"{a} {b} {c}", digits, f"({a}){b}-{c}"]
        options += [
            f"+1 {a} {b} {c}",
            f"+1-{a}-{b}-{c}",
            f"1-{a}-{b}-{c}",
            f"+1{digits}",
            f"{a}/{b}-{c}",
            f"+1 ({a}) {b}-{c}",
        ]
        return pick(rng, options)
    if country == "uk":
        a, b = digits[:5], digits[5:]
        return pick(
            rng,
            (
                *(f"{a} {b}", digits, f"{a} {b[:3]} {b[3:]}", f"({a}) {b}", f"+44 {a[1:]} {b}", f"+44 (0){a[1:]} {b}"),
                *(f"0044 {a[1:]} {b}", f"{a}-{b[:3]}-{b[3:]}", f"+44{a[1:]}{b}"),
            ),
        )
    a, b, c = digits[:2], digits[2:6], digits[6:]
    return pick(
        rng, (f"{a} {b} {c}", f"({a}) {b} {c}", digits, f"+61 {a[1]} {b} {c}", f"{a}-{b}-{c}", f"+61{digits[1:]}")
    )


def extension(rng: Random) -> str:
    """The tail of an office number, empty three times in four."""
    number = 100 + int(rng.random() * 800)
    return pick(rng, (f" x{number}", f" ext. {number}")) if chance(rng, 0.25) else ""


def mrn_form(rng: Random, mrn: str) -> str:
    """A record number with other separators, in lower case, or without its leading zeros."""
    core = re.sub(r"\W", "", mrn)
    size, separator = pick(rng, [size for size in (2, 3, 4) if len(core) % size != 1]), pick(rng, "- .")
    grouped = separator.join(core[at : at + size] for at in range(0, len(core), size))
    options = [core, grouped, grouped, core.lower()]
    if core.isdigit() and core.startswith("0"):
        options.append(core.lstrip("0"))
    return pick(rng, options)


def street_form(rng: Random, street: str, types: dict[str, list[str]]) -> str:
    """A street with its type abbreviated, its unit written otherwise or left out, or in another case."""
    line, _, unit = street.partition(", ")
    for full, short in types.items():
        if line.endswith(f" {full}") and chance(rng, 0.6):
            line = line.removesuffix(full) + pick(rng, short)
    if unit:
        number = unit.split()[-1]
        line = pick(rng, (f"{line}, {unit}", f"{line} {unit}", f"{line} #{number}", f"{line}, #{number}", line))
    return pick(rng, (line, line, line.upper(), line.lower()))


def city_form(rng: Random, city: str) -> str:
    """A town in another case or spelling, with Saint, Fort, Mount and North abbreviated or written out."""
    swaps = (
        ("Saint ", "St. "),
        ("St. ", "Saint "),
        ("Saint ", "St "),
        ("Fort ", "Ft. "),
        ("Mount ", "Mt. "),
        ("North ", "N. "),
    )
    options = [city.replace(long, short) for long, short in swaps if long in city]
    return pick(rng, (*options, *options, spelling(rng, city, may_lower=True)))


def postal_form(rng: Random, country: str, code: str) -> str:
    """A post code with other spacing or case; a five-digit ZIP with four more digits, a nine-digit one without."""
    if country == "us":
        more = f"{1000 + int(rng.random() * 8999)}"
        return code[:5] if "-" in code else pick(rng, (f"{code}-{more}", f"{code} {more}", f"{code}{more}"))
    if country == "au":
        return code
    return pick(rng, (code.replace(" ", ""), code.lower(), code.replace(" ", "-"), code.replace(" ", "").lower()))


def email_form(rng: Random, email: str) -> str:
    """An address in another case or with its at sign spelt out."""
    local, _, host = email.partition("@")
    capital = ".".join(part.capitalize() for part in local.split("."))
    return pick(
        rng,
        (
            email.upper(),
            f"{capital}@{host}",
            f"{capital}@{host}",
            f"{local} @ {host}",
            f"{local}[at]{host}",
            f"{local} at {host}",
        ),
    )


def code_form(rng: Random, name: str) -> str:
    """A plan or machine name in another case or with other separators."""
    separator = pick(rng, ("-", " ", "_", ""))
    return pick(
        rng,
        (
            name.lower(),
            name.upper(),
            name.title(),
            re.sub(r"[-_ ]+", separator, name),
            re.sub(r"[-_ ]+", separator, name).upper(),
        ),
    )
