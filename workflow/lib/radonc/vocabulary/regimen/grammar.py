"""Quantities in a sentence: the forms found in it, read number by number."""

from __future__ import annotations

import re
from typing import NamedTuple

from radonc.vocabulary.regimen.forms import ALONE, FORMS, ORDER, SCAN, Form
from radonc.vocabulary.regimen.lexicon import CLASS
from radonc.vocabulary.regimen.tokens import Sentence

MOST_FRACTIONS = 100
LARGEST_FRACTION_GY = 34.0
"""The largest dose per fraction in use (lung, single fraction); a larger "dose per fraction" is a total."""
LARGEST_DAILY_GY = 6.0
LARGEST_ALONE_GY = 3.0
"""A dose up to this that stands alone is one per fraction: no course gives so little in all."""

_NUMBER, _GRAY, _DASH = CLASS["number"], CLASS["gray"], CLASS["dash"]
_GERMAN = re.compile(r"\d\.\d{3}")
_UNITS = {CLASS[name] for name in ("gray", "rbe", "open", "close", "dash")}
_FRACTION = {CLASS["fraction"], CLASS["visit"]}
_PHOTON_MV = (4, 6, 8, 10, 12, 15, 16, 18, 20, 21, 23, 25)


class Quantity(NamedTuple):
    """A quantity and where it stands: tokens from ``start`` to before ``end``.

    ``kind`` is one of dose, fraction_dose, fractions, activity, energy, frequency.
    """

    kind: str
    value: float | int | str
    start: int
    end: int


class Group(NamedTuple):
    """The quantities of one form, its name, and its tokens from ``start`` to before ``end``."""

    form: str
    quantities: list[Quantity]
    start: int
    end: int


def groups(sentence: Sentence) -> tuple[list[Group], list[tuple[int, int]]]:
    """Return what is found, in order, and the places of the forms that only pass over numbers."""
    classes, place = sentence.classes, 0
    found: list[Group] = []
    passed: list[tuple[int, int]] = []
    search = SCAN.search
    while match := search(classes, place):
        start, place = match.span()
        index = ORDER[(match.lastindex or 1) - 1]
        form = FORMS[index]
        if not (form.roles or form.name):
            passed.append((start, place))
            continue
        group = _read(sentence, form, start, place) or _read_otherwise(sentence, index, start)
        place = group.end
        if group.quantities:
            found.append(group)
    return found, passed


def _read_otherwise(sentence: Sentence, index: int, start: int) -> Group:
    """Read what stands at a place by the first form that fits behind one that did not."""
    for form, alone in zip(FORMS[index + 1 :], ALONE[index + 1 :], strict=True):
        match = alone.match(sentence.classes, start)
        if match:
            group = (
                _read(sentence, form, start, match.end())
                if form.roles or form.name
                else Group("", [], start, match.end())
            )
            if group:
                return group
    return Group("", [], start, start + 1)


def _read(sentence: Sentence, form: Form, start: int, end: int) -> Group | None:
    """Read a form, or return None where its numbers cannot be what it says."""
    classes = sentence.classes
    numbers = [place for place in range(start, end) if classes[place] == _NUMBER]
    roles = form.roles
    if roles == "E":
        return _energy(sentence, numbers, start, end)
    if roles == "q":
        return _frequency(sentence, numbers, start, end)
    if form.name == "single":
        return _single(sentence, numbers, start, end)
    if form.name == "bare":
        return _bare(sentence, form, numbers, start, end)
    quantities = [
        _quantity(sentence, roles[min(index, len(roles) - 1)], place, end) for index, place in enumerate(numbers)
    ]
    return _settled(sentence, form, [quantity for quantity in quantities if quantity], start, end)


def _quantity(sentence: Sentence, role: str, place: int, end: int) -> Quantity | None:
    value = sentence.tokens[place].value
    assert isinstance(value, float)
    if role == "n" or (role in "Dd" and _counts(sentence.classes, place, end)):
        return _fractions(sentence, value, place, end)
    if role == "A":
        unit = sentence.tokens[place + 1 if sentence.classes[place + 1] != _DASH else place + 2].value
        assert isinstance(unit, float)
        return Quantity("activity", round(value * unit, 4), place, place + 2)
    unit_at = sentence.classes.find(_GRAY, place, end)
    unit_value = sentence.tokens[unit_at].value if unit_at >= 0 else None
    if unit_value == 0.01 and value < 10 and _GERMAN.fullmatch(sentence.tokens[place].word):
        value *= 1000  # 5.400 cGy: the point parts thousands
    dose = in_gray(value, unit_value)
    last = place + 1
    while last < end and sentence.classes[last] in _UNITS and unit_at >= 0:
        last += 1
    # Without its unit behind it, the number alone.
    if _GRAY not in sentence.classes[place + 1 : last]:
        last = place + 1
    while sentence.classes[last - 1] in (_DASH, CLASS["open"]):
        last -= 1
    alone = role == "D" and 1 <= dose <= LARGEST_ALONE_GY and sentence.classes.count(_NUMBER, place, end) == 1
    kind = "fraction_dose" if alone or (role == "d" and dose <= LARGEST_FRACTION_GY) else "dose"
    return Quantity(kind, dose, place, last)


def _counts(classes: str, place: int, end: int) -> bool:
    """Tell whether a number in a list of doses is the number of fractions behind it."""
    rest = classes[place + 1 : end]
    return _GRAY not in rest and bool(rest) and rest[-1] in _FRACTION


def _fractions(sentence: Sentence, value: float, place: int, end: int) -> Quantity | None:
    if value != int(value) or not 0 < value <= MOST_FRACTIONS:
        return None
    behind = place + 1 < end and sentence.classes[place + 1] in _FRACTION
    return Quantity("fractions", int(value), place, place + 2 if behind else place + 1)


def in_gray(value: float, unit: object) -> float:
    """Convert a dose to Gy by its unit's factor, or by its size.

    Parameters
    ----------
    unit
        The factor; 0 for CGE (cobalt gray equivalents, or centi from 100 on), None where no unit stands.
    """
    if not isinstance(unit, float) or unit == 0:
        unit = 0.01 if value >= 100 else 1.0
    return round(value / 100, 6) if unit == 0.01 else value


def _settled(sentence: Sentence, form: Form, found: list[Quantity], start: int, end: int) -> Group | None:
    """Check what the numbers of a form say together."""
    if form.name == "checked" and len(found) > 1:
        dose, fractions = float(found[0].value), float(found[1].value)
        if found[1].kind != "fractions" or not plausible(dose, fractions):
            return _unlikely(sentence, found, start, end)
    elif form.name == "checked":
        return Group("", found, start, found[0].end)
    elif form.name == "each" and found and float(found[0].value) > LARGEST_DAILY_GY:
        if sentence.classes.find(_GRAY, start, end) < 0:
            return None
        found = [found[0]._replace(kind="dose")]
    elif form.name == "range" and found and found[0].kind == "dose":
        if (
            len(found) < 2
            or _is_year(float(found[0].value) * 100)
            or not found[0].value < found[1].value <= 2 * float(found[0].value)
        ):  # type: ignore[operator]
            return None
    elif form.name == "paced":
        last = sentence.tokens[end - 1]
        if last.kind == CLASS["time"] and last.word[0] in "hms":
            return Group("", [], start, end)
    elif form.name == "rated":
        if len(found) < 2 or not float(found[0].value) > float(found[1].value):
            return Group("", found[:1], start, found[0].end) if found else None
        found[1] = found[1]._replace(kind="fraction_dose")
    elif form.name == "pair":
        return _pair(form, found, start, end)
    elif form.name == "progress":
        numbers = [place for place in range(start, end) if sentence.classes[place] == _NUMBER]
        if sentence.tokens[start].word == "#":
            return None
        if sentence.tokens[numbers[0]].value > sentence.tokens[numbers[1]].value:  # type: ignore[operator]
            return _bare(sentence, form, numbers, start, end)
        if len(found) < 2:
            return None
    elif form.name == "dose of":
        return _dose_of(sentence, found, start, end)
    elif form.name == "last":
        if sentence.tokens[start].word == "#" and sentence.classes[start + 1] == _NUMBER:
            return None
        found = found[-1:]
    if not found:
        return None
    return Group(form.name, found, start, end)


def _unlikely(sentence: Sentence, found: list[Quantity], start: int, end: int) -> Group:
    """Read 1.8 Gy/33, dose per fraction and fractions; 36 Gy/60, given and planned; else the first number alone."""
    first, second = float(found[0].value), float(found[1].value)
    if 1 <= first <= LARGEST_ALONE_GY and found[1].kind == "fractions" and second > 1:
        return Group("", [found[0]._replace(kind="fraction_dose"), found[1]], start, end)
    if sentence.classes[found[0].end] in _OF and first < second <= 2.5 * first + 20:
        return Group("progress", [found[0], found[1]._replace(kind="dose")], start, end)
    return Group("", found[:1], start, found[0].end)


_OF = {CLASS["of"], CLASS["slash"]}


def _pair(form: Form, found: list[Quantity], start: int, end: int) -> Group:
    """Read 1.8/50.4 Gy, dose per fraction and dose, or 60/54 Gy, two doses."""
    first, second = float(found[0].value), float(found[1].value)
    if first <= second / 4:
        return Group("", [found[0]._replace(kind="fraction_dose"), found[1]], start, end)
    if first > 2 * second and second == int(second) and plausible(first, second):
        return Group("", [found[0], Quantity("fractions", int(second), found[1].start, found[1].start + 1)], start, end)
    return Group("list", found, start, end)


def _dose_of(sentence: Sentence, found: list[Quantity], start: int, end: int) -> Group:
    """Read "a single dose of 8 Gy", one fraction, and "single doses of 2 Gy", a dose per fraction."""
    word = sentence.tokens[start + 1].word
    if sentence.classes[start] != CLASS["single"] or word == "doses" or found[0].value in (1.8, 2.0):
        return Group("", found, start, end)
    one = Quantity("fractions", 1, start, start + 2)
    return Group("", [one, found[0]._replace(kind="dose")], start, end)


def _single(sentence: Sentence, numbers: list[int], start: int, end: int) -> Group:
    one = Quantity("fractions", 1, start, end if not numbers else start + 1)
    doses = [_quantity(sentence, "D", place, end) for place in numbers]
    return Group("single", [one, *(dose for dose in doses if dose)], start, end)


def plausible(dose_gy: float, fractions: float) -> bool:
    """Tell whether two numbers can be a dose (Gy) and its fractions."""
    return 0 < fractions <= MOST_FRACTIONS and fractions == int(fractions) and 1.0 <= dose_gy / fractions <= 34.0


def _bare(sentence: Sentence, form: Form, numbers: list[int], start: int, end: int) -> Group | None:
    """Read numbers without a unit, where their sizes leave no doubt or something beside them speaks of dose."""
    values = [sentence.tokens[place].value for place in numbers]
    first = values[0]
    assert isinstance(first, float)
    dose = in_gray(first, None)
    if len(values) == 1:
        in_range = (4 <= first <= 90 and _spoken_for(sentence, start, end)) or 400 <= first <= 9000
        return Group("bare", [Quantity("dose", dose, numbers[0], numbers[0] + 1)], start, end) if in_range else None
    second = values[1]
    assert isinstance(second, float)
    if first < second and first >= 400 and second <= 9000 and form.roles == "Dn":
        doses = [
            Quantity("dose", in_gray(value, None), at, at + 1)
            for value, at in ((first, numbers[0]), (second, numbers[1]))
        ]
        return Group("progress", doses, start, end) if sentence.classes[start + 1] in _OF else None
    if form.roles == "dnD":
        return _product(sentence, numbers, first, second, start, end)
    if not plausible(dose, second) or (first < 100 and not _spoken_for(sentence, start, end)):
        return None
    if _is_year(first) and second <= 12 or (first >= 100 and (first != int(first) or first > 9000)):
        return None
    count = _fractions(sentence, second, numbers[1], end)
    assert count
    return Group("", [Quantity("dose", dose, numbers[0], numbers[0] + 1), count], start, end)


def _is_year(value: float) -> bool:
    return 1950 <= value <= 2035 and value % 100 != 0


def _product(sentence: Sentence, numbers: list[int], first: float, second: float, start: int, end: int) -> Group | None:
    """Read 200 x 30 or 30 x 200: the larger is the dose per fraction, in cGy; of small numbers, the fractional one."""
    by_size = first < second
    number, dose = (first, second) if by_size else (second, first)
    places = numbers[:2] if by_size else numbers[1::-1]
    if dose < 100 and not (
        (first != int(first) and _spoken_for(sentence, start, end)) or _beside_site(sentence, start)
    ):
        return None
    if dose < 100:
        number, dose, places = second, first, numbers[1::-1]
    if not (0 < number <= MOST_FRACTIONS and number == int(number) and 0.5 <= in_gray(dose, None) <= 34):
        return None
    found = [
        Quantity("fraction_dose", in_gray(dose, None), places[1], places[1] + 1),
        Quantity("fractions", int(number), places[0], places[0] + 1),
    ]
    if len(numbers) > 2:
        total = _quantity(sentence, "D", numbers[2], end)
        found += [total] if total else []
    return Group("", found, start, end)


def _beside_site(sentence: Sentence, start: int) -> bool:
    return start > 0 and sentence.classes[start - 1] in _SITES


_SITES = {CLASS[name] for name in ("site", "part", "loose", "rt", "irradiation")}
_SPEAKING = {
    CLASS[name]
    for name in (
        "site",
        "part",
        "adj",
        "loose",
        "freq",
        "technique",
        "boost",
        "sib",
        "plus",
        "irradiation",
        "rt",
        "modality",
        "then",
        "dose",
    )
    + ("total", "ptv", "fraction", "gray", "arrow", "mv", "mev", "side", "letter")
}


def _spoken_for(sentence: Sentence, start: int, end: int) -> bool:
    """Tell whether a word of radiotherapy stands beside a place, a sign between them at most."""
    classes = sentence.classes
    return not _SPEAKING.isdisjoint(classes[max(start - 2, 0) : start] + classes[end : end + 2] + classes[start])


def _energy(sentence: Sentence, numbers: list[int], start: int, end: int) -> Group | None:
    tokens, classes = sentence.tokens, sentence.classes
    kinds = set(classes[start:end])
    values = [token for token in (tokens[place].value for place in numbers) if isinstance(token, float)]
    shown = "/".join(f"{value:g}" for value in values)
    fff = " FFF" if CLASS["fff"] in kinds else ""
    isotopes = [tokens[place].value for place in range(start, end) if classes[place] in _ISOTOPE]
    if isotopes:
        energy = f"{isotopes[0]}-{shown}"
        if int(values[0]) not in _MASS_NUMBERS.get(str(isotopes[0]), ()):
            return None
    elif CLASS["mev"] in kinds or CLASS["beam"] in kinds:
        energy = f"{shown} MeV"
    elif CLASS["kv"] in kinds:
        energy = f"{shown} kV"
    else:
        if CLASS["mv"] not in kinds and values[0] not in _PHOTON_MV:
            return None
        energy = f"{shown} MV{fff}"
    return Group("", [Quantity("energy", energy, start, end)], start, end)


_ISOTOPE = {CLASS["isotope"], CLASS["iodine"]}
_MASS_NUMBERS = {
    "Ir": (192,), "Co": (60, 57), "I": (125, 131), "Cs": (131, 137), "Pd": (103,), "Ru": (106,), "Lu": (177,),
    "Ra": (223, 226), "Y": (90,), "Sr": (89, 90), "Sm": (153,),
}  # fmt: skip


def _frequency(sentence: Sentence, numbers: list[int], start: int, end: int) -> Group | None:
    """Read how often a week, as in 5 x weekly or 4 fractions per week; of a day, 2 is bid and 3 tid."""
    tokens = sentence.tokens
    value, last = tokens[numbers[0]].value, tokens[end - 1]
    assert isinstance(value, float)
    often: str | None = None
    if last.word.startswith("w") or last.value == "weekly":
        often = {1: "weekly", 2: "twice weekly"}.get(int(value), f"{value:g}x/week")
    elif last.word in ("day", "d") or last.value == "daily":
        often = {1: "daily", 2: "bid", 3: "tid"}.get(int(value))
    if often is None or not 0 < value <= 7:
        return None
    return Group("", [Quantity("frequency", often, numbers[0], end)], start, end)
