"""Who a patient is, and where the known identifiers stand in a text, in the variants in which people write them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain, compress, product
from typing import Self

from rapidfuzz.distance import OSA

from radonc.deid.scrubber.lexicon import Lexicon, WordClass
from radonc.deid.scrubber.pattern import has_unit, is_within_number
from radonc.deid.scrubber.tokenizer import Span, TokenizedText, tokens_of
from radonc.vocabulary.tags import Label
from radonc.wordlists.context_words import FUNCTION_WORDS, NAME_PARTICLES, NAME_SUFFIXES, TITLES_AND_ROLES
from radonc.wordlists.words import nicknames

PATIENT_NAMES = ("first_name", "middle_name", "last_name", "former_name")
OTHER_PEOPLE = ("relative_name", "physician", "annotator")
DATES = ("birth_date", "diagnosis_date", "start_date", "end_date")
AGE_LIMIT = 89

# Of fewer characters, neighbouring words make a name by chance ("an n" is not Ann).
MIN_JOINED_CHARACTERS = 5
# Shorter names have too many words one edit away.
MIN_MISSPELT_LETTERS = 5

# What may stand before and behind an identifier and belongs to it: country code, extension, apartment, ZIP+4.
_BEFORE = {Label.PHONE: re.compile(r"(?:\+\d{1,3}|(?<![\w.])(?:00\d{1,3}|1))(?!\. )[ .-]{0,2}\(?0?\)?[ .-]?\(?\Z")}
_BEHIND = {
    Label.PHONE: re.compile(r",?\s?(?:x|ext\.?|extension)\s?\d{1,6}\b", re.IGNORECASE),
    Label.PLACE: re.compile(
        r"\.?,?\s{0,2}(?:#|(?:apt|apartment|unit|suite|ste|flat|no)\b\.?)\s?#?\w{1,6}\b|[- ]\d{4}\b(?! ?c?gy)",
        re.IGNORECASE,
    ),
}

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip

# Shorter numbers are doses and counts as well; behind a cue (MRN 4711) the patterns redact them.
MIN_ID_CHARACTERS = 5

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
Variants = Iterator[tuple[str, ...]]


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
    begin = max(len(words) - 1, 0)
    while begin > 1 and words[begin - 1][0] in NAME_PARTICLES:
        begin -= 1
    return list(chain(*words[:begin])), list(chain(*words[begin:]))


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
    if len(digits) < 7:
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
            if len(rest) > 7:
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


@lru_cache(maxsize=1 << 12)
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
    forms = [year + month + day, month + day + year, day + month + year]
    for month, day in product(months, days):
        forms += [f"{pair} {any_year}" for pair in (f"{month} {day}", f"{day} {month}") for any_year in years]
        forms.append(f"{year} {month} {day}")
    for name, day in product(names, days):
        for written in (day, f"{day} {ordinal}"):
            alone = [f"{name} {written}", f"{written} {name}", f"{written} of {name}", f"{name} the {written}"]
            # With the year behind, so that the whole date is redacted.
            forms += alone + [f"{form} {any_year}" for form in alone for any_year in years]
    for name in names:
        forms += [f"{name} of {year}", f"{year} {name}", *(f"{name} {any_year}" for any_year in years)]
    by_first_word = defaultdict(list)
    for form in forms:
        by_first_word[form.partition(" ")[0]].append(form)
    return by_first_word


# How other columns are written in text. One that is not listed here holds record numbers.
VARIANTS: Mapping[str, tuple[Label, Callable[[str], Variants]]] = {
    "street": (Label.PLACE, street),
    "city": (Label.PLACE, city),
    "phone": (Label.PHONE, phone),
    "email": (Label.EMAIL, email),
    "plan_name": (Label.ID, plan),
    "machine": (Label.ID, plan),
}


@dataclass(frozen=True)
class Identity:
    """What the identifier, key and date columns of all tables say of a patient: values by column, dates in ISO form."""

    values: Mapping[str, list[str]]
    over_89: bool  # the records reach an age over 89

    @classmethod
    def from_columns(cls, known: Mapping[str, str | Iterable[str] | None], *, over_89: bool = False) -> Self:
        """Return the identity of a mapping of columns to one or several values; blank ones are ignored."""
        values = {}
        for column, given in known.items():
            distinct = {given} if isinstance(given, str) else set(given or ())
            values[column] = sorted(value for value in distinct if value.strip())
        latest = max((day for column in DATES for day in values.get(column, ())), default="")
        over_89 |= any(
            int(latest[:4]) - int(birth[:4]) - (latest[5:] < birth[5:]) > AGE_LIMIT
            for birth in values.get("birth_date", ())
        )
        return cls(values, over_89)

    def values_of(self, column: str) -> list[str]:
        """Return a column's values in a fixed order."""
        return self.values.get(column, [])

    def people(self) -> Iterator[tuple[list[str], list[str]]]:
        """Yield given names and surname of everybody in the records: the patient, relatives, physicians."""
        names = {column: [patient_name(value) for value in self.values_of(column)] for column in PATIENT_NAMES}
        given = [word for column in PATIENT_NAMES[:2] for words in names[column] for word in words]
        for surname in names["last_name"] + names["former_name"] or [[]]:
            yield given, surname
        for column in OTHER_PEOPLE:
            yield from map(person, self.values_of(column))


class KnownIdentifierMatcher:
    """Finds the identifiers of one patient in texts, common words included.

    Of a patient whose records reach an age over 89, the year of birth is one too (45 CFR 164.514(b)(2)(i)(C): all
    elements of dates, the year included, that indicate such an age).
    """

    def __init__(self, identity: Identity, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        # Words and phrases, by their first word.
        self._phrases: dict[str, dict[str, Label]] = defaultdict(dict)
        self._joined: dict[str, Label] = {}
        self._capitalised: set[str] = set()
        # A word one edit away from a name begins or ends as the name does.
        self._names_by_edge: dict[str, set[str]] = defaultdict(set)
        self._days: list[Mapping[str, list[str]]] = []
        # Numbers of four digits, to be found where they are no amount.
        self._short_numbers: dict[str, Label] = {}

        people = list(identity.people())
        names = {part for given, surname in people for part in name_parts([*given, *surname])}
        for name in names:
            self._add_name_part(name)
        for given, surname in people:
            for form in (*full_names(given, surname), tuple(surname)):
                if len(form) > 1:
                    self._add_name(form)
            for nickname in (nickname for name in given for nickname in nicknames().get(name, ())):
                self._add_nickname(nickname)
                if surname:
                    self._add_name((nickname, *surname))
        for column, values in identity.values.items():
            for value in values:
                self._add_value(column, value, names)
        if identity.over_89:
            self._add_words(Label.DATE, (birth[:4] for birth in identity.values_of("birth_date")))

    def _add_value(self, column: str, value: str, names: set[str]) -> None:
        label, forms = VARIANTS.get(column, (Label.ID, record_number))
        if column in DATES:
            self._days.append(date_forms(date.fromisoformat(value)))
        elif column == "postal_code":
            self._add_words(Label.PLACE, postal_code(value))
            self._short_numbers.update(dict.fromkeys(short_number(value), Label.PLACE))
        elif column not in (*PATIENT_NAMES, *OTHER_PEOPLE):
            if column not in VARIANTS:
                self._short_numbers.update(dict.fromkeys(short_number(value), label))
            for form in forms(value):
                if column not in ("plan_name", "machine") or _identifies(column, form, self._lexicon, names):
                    self._add(label, form)

    def _add(self, label: Label, parts: tuple[str, ...]) -> None:
        """Add an identifier, to be found with any separators or none where it is long enough for that."""
        joined = "".join(parts)
        if len(joined) >= MIN_JOINED_CHARACTERS:
            self._joined.setdefault(joined, label)
        elif joined:
            self._add_words(label, {" ".join(parts), joined})

    def _add_words(self, label: Label, phrases: Iterable[str]) -> None:
        """Add identifiers whose tokens must stand apart: ``3 14 15`` is a date, ``31415`` is not."""
        for phrase in phrases:
            self._phrases[phrase.partition(" ")[0]].setdefault(phrase, label)

    def _add_name(self, parts: tuple[str, ...]) -> None:
        """Add a full name; one with initials is not searched across words (``Mr. Lee`` is not M. R. Lee)."""
        joined = "".join(parts)
        if min(map(len, parts)) > 1:
            self._joined.setdefault(joined, Label.NAME)
        else:
            self._add_words(Label.NAME, [" ".join(parts), *([joined] if len(joined) >= MIN_JOINED_CHARACTERS else [])])

    def _add_name_part(self, part: str) -> None:
        """Add a word of a name. A function word (Will, An, Do) is one only where it is written with a capital."""
        if part in FUNCTION_WORDS:
            self._capitalised.add(part)
            return
        self._add(Label.NAME, (part,))
        self._add_words(Label.NAME, [part + "s"])
        if len(part) >= MIN_MISSPELT_LETTERS:
            self._names_by_edge[part[0]].add(part)
            self._names_by_edge[part[-1]].add(part)

    def _add_nickname(self, name: str) -> None:
        """Add a short form of a given name. One that is a word as well (Bill, Art) counts with a capital only."""
        if self._lexicon.classify(name) is WordClass.UNKNOWN:
            self._add_words(Label.NAME, [name])
        else:
            self._capitalised.add(name)

    def find(self, text: TokenizedText) -> Iterator[Span]:
        """Yield where the identifiers stand in a text, with what belongs to them, overlaps included."""
        for start, end, label in self._identifiers(text):
            before = _BEFORE[label].search(text.text[max(0, start - 12) : start]) if label in _BEFORE else None
            behind = _BEHIND[label].match(text.text, end) if label in _BEHIND else None
            yield Span(start - len(before[0]) if before else start, behind.end() if behind else end, label)

    def _identifiers(self, text: TokenizedText) -> Iterator[Span]:
        # Of two labels for one place the first counts.
        for first in text.words & self._phrases.keys():
            for phrase, label in self._phrases[first].items():
                if phrase in text.spaced:
                    yield from (Span(*place, label) for place in text.find_phrase(phrase))
        for joined, label in self._joined.items():
            if joined in text.compact:
                yield from (Span(*place, label) for place in text.find_joined(joined))
        for forms in self._days:
            for form in (form for first in text.words & forms.keys() for form in forms[first]):
                if form in text.spaced:
                    yield from (Span(*place, Label.DATE) for place in text.find_phrase(form))
        for number in text.words & self._short_numbers.keys():
            for start, end in text.find_phrase(number):
                if not has_unit(text.text, end) and not is_within_number(text.text, start, end):
                    yield Span(start, end, self._short_numbers[number])
        yield from self._capitalised_names(text)

    def _capitalised_names(self, text: TokenizedText) -> Iterator[Span]:
        """Yield names that only a capital tells from words, and names with one letter wrong."""
        is_caseless = text.text.islower()
        for i in compress(range(len(text.tokens)), [is_caseless or word[0].isupper() for word in text.surface]):
            if text.tokens[i] in self._capitalised or self._is_misspelt_name(text.tokens[i]):
                yield Span(text.starts[i], text.ends[i], Label.NAME)

    def _is_misspelt_name(self, token: str) -> bool:
        """Tell whether a word is one edit away from a name: a letter more, less or other, or two transposed."""
        if len(token) < MIN_MISSPELT_LETTERS - 1:
            return False
        names = self._names_by_edge[token[0]] | self._names_by_edge[token[-1]]
        is_near = any(OSA.distance(token, name, score_cutoff=1) <= 1 for name in names)
        return is_near and self._lexicon.classify(token) is not WordClass.ALLOWED


def _identifies(column: str, parts: tuple[str, ...], lexicon: Lexicon, names: set[str]) -> bool:
    """Tell whether the name of a plan or a machine says more than site, side and technique do.

    ``Breast R 2``, ``LeftHip`` and ``HDR`` are clinical language, which a text may keep; ``JS Breast``, ``Brain_0042``
    and the machine ``Linac 2`` are not.
    """
    min_digits = 1 if column == "machine" else 3
    if any(part.isdigit() and len(part) >= min_digits for part in parts) or not names.isdisjoint(parts):
        return True
    return any(part.isalpha() and len(part) > 1 and not lexicon.is_clinical_compound(part) for part in parts)
