"""Invented patients and all that is told about them, drawn from the stocks in ``phrases/``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import variants
import yaml
from variants import chance, pick

PHRASES = Path(__file__).parent / "phrases"


@cache
def stock(name: str) -> dict[str, Any]:
    """One file of ``phrases/``."""
    content: dict[str, Any] = yaml.safe_load((PHRASES / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


@dataclass(frozen=True)
class Person:
    """A name as a register holds it; ``middle`` may be empty."""

    first: str
    middle: str
    last: str

    @property
    def nicknames(self) -> list[str]:
        """Common short forms of the given name."""
        return list(stock("names")["nicknames"].get(self.first, []))

    @property
    def may_lower(self) -> bool:
        """Whether no part would read as an ordinary word in lower case."""
        words = set(stock("names")["words"])
        parts = {self.first, self.middle, self.last, *self.nicknames}
        return not words & {part.casefold() for part in parts}


@dataclass(frozen=True)
class Subject:
    """All that is told about one patient."""

    country: str
    patient: Person
    former: str
    relatives: list[Person]
    physicians: list[Person]
    phones: list[str]
    known: dict[str, str | list[str]]


def person(rng: Random, surname: str = "") -> Person:
    """Draw a name, with ``surname`` when one is given."""
    groups = list(stock("names")["groups"].values())
    group = pick(rng, groups)
    other = group if chance(rng, 0.8) else pick(rng, groups)
    given = group[pick(rng, ("female", "male"))]
    first, middle = pick(rng, given), pick(rng, given)
    middle = middle if chance(rng, 0.5) and middle != first else ""
    if not surname:
        surname = pick(rng, other["surnames"])
        if chance(rng, 0.06):
            surname = f"{surname}-{pick(rng, pick(rng, groups)['surnames'])}"
    return Person(first, middle, surname)


def postal_code(rng: Random, country: str) -> str:
    """Draw a code in the country's pattern; the letters are those of no real district."""
    n = [int(rng.random() * 10) for _ in range(9)]
    if country == "us":
        five = f"{1 + n[0] % 9}{n[1]}{n[2]}{n[3]}{n[4]}"
        return f"{five}-{1 + n[5] % 9}{n[6]}{n[7]}{n[8]}" if chance(rng, 0.1) else five
    if country == "au":
        return f"{2 + n[0] % 6}{n[1]}{n[2]}{n[3]}"
    letters = [pick(rng, "ABEHLRSTVX") for _ in range(4)]
    if country == "uk":
        return (
            f"{letters[0]}{letters[1]}{1 + n[0] % 9}{n[1] if chance(rng, 0.5) else ''} {n[2]}{letters[2]}{letters[3]}"
        )
    return f"{letters[0]}{n[0]}{letters[1]} {n[1]}{letters[2]}{n[2]}"


def phone(rng: Random, country: str) -> str:
    """Draw digits from ranges kept free for fiction."""
    tail = int(rng.random() * 100)
    if country in ("us", "ca"):
        area = pick(
            rng,
            ("207", "312", "406", "414", "503", "540", "605", "704", "785", "802", "850", "919", "941", "613", "418"),
        )
        return f"{area}5550{100 + tail}"
    if country == "uk":
        return f"{pick(rng, ('01632960', '07700900'))}{100 + 9 * tail:03}"[:11]
    return f"0{pick(rng, '2378')}5550{1000 + 89 * tail}"


def mrn(rng: Random) -> str:
    """Draw a record number of 6 to 9 digits, some with zeros before, a letter or separators."""
    digits = "".join(str(int(rng.random() * 10)) for _ in range(6 + int(rng.random() * 4)))
    style = pick(rng, ("plain", "zeros", "letter", "parted"))
    if style == "zeros":
        return f"00{digits[:6]}"
    if style == "letter":
        return f"{pick(rng, 'KMRVWX')}{digits}"
    return f"{digits[:2]}-{digits[2:4]}-{digits[4:6]}" if style == "parted" else f"{1 + int(digits[0]) % 9}{digits[1:]}"


def place(rng: Random, country: str) -> tuple[str, str]:
    """Draw a street with its number and perhaps a unit, and a town."""
    places = stock("places")
    street = (
        f"{1 + int(rng.random() * 990)} {pick(rng, places['street_names'])} {pick(rng, list(places['street_types']))}"
    )
    if chance(rng, 0.25):
        street += f", {pick(rng, places['units'])} {1 + int(rng.random() * 40)}"
    return street, pick(rng, places["cities"][country])


def letters(text: str) -> str:
    """The plain letters of a name, for codes and mail."""
    return re.sub(r"[^A-Za-z]", "", variants.fold(text))


def plan_name(rng: Random, patient: Person, number: str) -> str:
    """Draw a plan name that holds the surname, initials with a number, or the record number."""
    site, surname, version = pick(rng, stock("places")["plan_sites"]), letters(patient.last), 1 + int(rng.random() * 4)
    initials = letters(patient.first)[0] + surname[0]
    return pick(
        rng,
        (
            f"{surname.upper()}_{site}{version}",
            f"{surname}_{site}_R{version}",
            f"{site}-{surname}",
            f"{initials.upper()}_{site}_{int(1000 + rng.random() * 9000)}",
            f"{site}_{re.sub(r'[^0-9]', '', number)}",
        ),
    )


def machine(rng: Random) -> str:
    """Draw a machine name that holds a serial number or a person's name."""
    places = stock("places")
    model, serial = pick(rng, places["machine_models"]), 1000 + int(rng.random() * 8999)
    return pick(
        rng,
        (
            f"{model} {serial}",
            f"{model}-{serial}",
            f"{model}_{serial}",
            f"{model} {pick(rng, places['machine_nicknames'])}",
        ),
    )


def subject(rng: Random) -> Subject:
    """Draw a patient and the table row that tells of them."""
    names = stock("names")
    eponym = pick(rng, names["eponym_surnames"]) if chance(rng, names["eponym_share"]) else ""
    patient = person(rng, eponym)
    former = person(rng).last if chance(rng, 0.35) else ""
    relatives = [person(rng, patient.last if chance(rng, 0.6) else "") for _ in range(1 + chance(rng, 0.2))]
    physicians = [person(rng) for _ in range(1 + chance(rng, 0.3))]
    country = pick(rng, ("us",) * 12 + ("uk",) * 5 + ("ca",) * 2 + ("au",))
    phones = [phone(rng, country) for _ in range(1 + chance(rng, 0.2))]
    street, city = place(rng, country)
    number = mrn(rng)
    local = pick(rng, ("{f}.{l}", "{i}{l}", "{l}{n}", "{f}_{l}", "{f}{n}")).format(
        f=letters(patient.first), l=letters(patient.last), i=letters(patient.first)[0], n=10 + int(rng.random() * 89)
    )
    turned = chance(rng, 0.15)
    known: dict[str, str | list[str]] = {
        "first_name": patient.first,
        "middle_name": patient.middle,
        "last_name": patient.last,
        "former_name": former,
        "mrn": number,
        "birth_date": (date(1936, 1, 1) + timedelta(days=int(rng.random() * 25000))).isoformat(),
        "street": street,
        "city": city,
        "postal_code": postal_code(rng, country),
        "phone": one_or_list([variants.phone_form(rng, country, digits) for digits in phones]),
        "email": f"{local}@{pick(rng, stock('places')['mail_hosts'])}".lower(),
        "relative_name": one_or_list([f"{p.first} {p.last}" for p in relatives]),
        "physician": one_or_list([f"{p.last}, {p.first}" if turned else f"{p.first} {p.last}" for p in physicians]),
        "plan_name": one_or_list([plan_name(rng, patient, number) for _ in range(1 + chance(rng, 0.25))]),
        "machine": machine(rng),
    }
    return Subject(country, patient, former, relatives, physicians, phones, known)


def one_or_list(values: list[str]) -> str | list[str]:
    """A single value as it is, several as a list."""
    return values[0] if len(values) == 1 else values


def values_of(known: dict[str, str | list[str]], column: str) -> list[str]:
    """The told values of a column as a list."""
    value = known[column]
    return value if isinstance(value, list) else [value]


def tokens(text: str) -> list[str]:
    """The words of ``text``, folded and in lower case."""
    return re.findall(r"[^\W\d_]+", variants.fold(text).casefold())


def told_tokens(told: Subject) -> set[str]:
    """The words of the told names and towns that no plain text of the record may hold."""
    people = [told.patient, *told.relatives, *told.physicians]
    names = [part for p in people for part in (p.first, p.middle, p.last, *p.nicknames)]
    names += [told.former, *values_of(told.known, "machine")]
    return {token for name in names for token in tokens(name) if len(token) > 2} | {
        token for token in tokens(str(told.known["city"])) if len(token) > 4
    }
