"""Quantities in a sentence: the forms found in it, read number by number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from radonc.vocabulary.regimen.forms import ALONE, FORMS, ORDER, SCAN, Form
from radonc.vocabulary.regimen.lexicon import CLASS
from radonc.vocabulary.regimen.sizes import (
    LARGEST_ALONE_GY,
    LARGEST_DAILY_GY,
    LARGEST_FRACTION_GY,
    in_gray,
    is_count,
    is_course,
    is_year,
)
from radonc.vocabulary.regimen.tokens import Sentence

_NUMBER, _GRAY, _DASH, _OPEN, _TIMES, _SINGLE, _FFF = (
    CLASS[name] for name in ("number", "gray", "dash", "open", "times", "single", "fff")
)
_UNITS = {CLASS[name] for name in ("gray", "rbe", "open", "close")}
_FRACTION = {CLASS["fraction"], CLASS["visit"]}
_OF = {CLASS["of"], CLASS["slash"]}
_SPEAKING = {
    CLASS[name]
    for name in (
        *(
            "site",
            "part",
            "adj",
            "loose",
            "side",
            "letter",
            "lumbar",
            "ptv",
            "boost",
            "sib",
            "plus",
            "then",
            "arrow",
            "total",
        ),
        *("technique", "irradiation", "rt", "modality", "dose", "given", "freq", "fraction", "gray", "mv", "mev"),
    )
}
_TREATED = {CLASS[name] for name in ("site", "part", "loose", "rt", "irradiation", "boost", "sib")}
_POINT_THOUSANDS = re.compile(r"\d\.\d{3}")
_PHOTON_MV = (4, 6, 8, 10, 12, 15, 16, 18, 20, 21, 23, 25)
_MASS_NUMBERS = {
    **{"Ir": (192,), "Co": (60,), "I": (125, 131), "Cs": (131, 137), "Pd": (103,), "Ru": (106,), "Lu": (177,)},
    **{"Ra": (223,), "Y": (90,), "Sr": (89, 90), "Sm": (153,)},
}
_ISOTOPES = {CLASS["isotope"], CLASS["iodine"]}


class Quantity(NamedTuple):
    """A quantity, or a word of treatment, and where it stands: tokens from ``start`` to before ``end``.

    ``kind`` is one of dose, fraction_dose, fractions, activity, energy, frequency, modality, technique, boost.
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
    """Return what is found, in order, and the tokens (first, behind last) of what is passed over."""
    classes, place = sentence.classes, 0
    found: list[Group] = []
    passed: list[tuple[int, int]] = []
    while match := SCAN.search(classes, place):
        start, place = match.span()
        index = ORDER[(match.lastindex or 1) - 1]
        group = _read(sentence, FORMS[index], start, place) or _read_otherwise(sentence, index, start)
        place = group.end
        if group.quantities:
            found.append(group)
        else:
            passed.append((start, place))
    return found, passed


def _read_otherwise(sentence: Sentence, index: int, start: int) -> Group:
    """Read what stands at a place by the first form that fits behind one that did not."""
    for form, alone in zip(FORMS[index + 1 :], ALONE[index + 1 :], strict=True):
        match = alone.match(sentence.classes, start)
        group = _read(sentence, form, start, match.end()) if match else None
        if group:
            return group
    return Group("", [], start, start + 1)


def _read(sentence: Sentence, form: Form, start: int, end: int) -> Group | None:
    """Read a form, or return None where its numbers cannot be what it says."""
    if not form.roles and form.name != "single":
        return Group(form.name, [], start, end)
    classes = sentence.classes
    numbers = [place for place in range(start, end) if classes[place] == _NUMBER]
    if form.name in _READ_AS_A_WHOLE:
        return _read_whole(sentence, form.name, numbers, start, end)
    found = []
    for index, place in enumerate(numbers):
        quantity = _quantity(sentence, form.roles[min(index, len(form.roles) - 1)], place, start, end)
        if quantity:
            found.append(quantity)
    return _settled(sentence, form, found, start, end) if found else None


_READ_AS_A_WHOLE = {"named", "energy", "frequency", "bare", "product", "single"}


def _read_whole(sentence: Sentence, name: str, numbers: Sequence[int], start: int, end: int) -> Group | None:
    match name:
        case "energy":
            return _energy(sentence, numbers, start, end)
        case "frequency":
            return _frequency(sentence, numbers, start, end)
        case "bare":
            return _bare(sentence, numbers, start, end)
        case "named":
            # PTV_7000 tells a dose, PTV1 and PTV60 are names.
            return (
                _bare(sentence, numbers, end - 1, end)
                if sentence.tokens[end - 1].amount >= 400
                else Group("", [], start, end)
            )
        case "product":
            return _product(sentence, numbers, start, end)
        case _:
            return _single(sentence, numbers, start, end)


def _quantity(sentence: Sentence, role: str, place: int, start: int, end: int) -> Quantity | None:
    """Read one number of a form by its role."""
    token, classes = sentence.tokens[place], sentence.classes
    if role == "n" or (role == "D" and _counts(classes, place, end)):
        return _fractions(sentence, place, end)
    if role == "A":
        return Quantity("activity", round(token.amount * sentence.tokens[place + 1].amount, 4), place, place + 2)
    unit = classes.find(_GRAY, place, end)
    if unit < 0:
        unit = classes.find(_GRAY, start, place)
    factor = sentence.tokens[unit].amount if unit >= 0 else None
    amount = token.amount
    if factor == 0.01 and _POINT_THOUSANDS.fullmatch(token.word):
        amount *= 1000  # 5.400 cGy: the point parts thousands
    dose = in_gray(amount, factor)
    last = place + 1
    while last < end and unit == place + 1 and classes[last] in _UNITS:
        last += 1
    if classes[last - 1] == _OPEN:
        last -= 1
    alone = role == "D" and 1 <= dose <= LARGEST_ALONE_GY and classes.count(_NUMBER, start, end) == 1
    each = alone or (role == "d" and dose <= LARGEST_FRACTION_GY)
    return Quantity("fraction_dose" if each else "dose", dose, place, last)


def _counts(classes: str, place: int, end: int) -> bool:
    """Tell whether a number behind a list of doses is that of the fractions."""
    rest = classes[place + 1 : end]
    return bool(rest) and rest[-1] in _FRACTION and _GRAY not in rest


def _fractions(sentence: Sentence, place: int, end: int) -> Quantity | None:
    count = sentence.tokens[place].amount
    if not is_count(count):
        return None
    behind = place + 1 < end and sentence.classes[place + 1] in _FRACTION
    return Quantity("fractions", int(count), place, place + 2 if behind else place + 1)


def _settled(sentence: Sentence, form: Form, found: list[Quantity], start: int, end: int) -> Group | None:
    """Check what the numbers of a form say together."""
    if not form.name:
        return Group("", found, start, end)
    first, second = found[0], found[1] if len(found) > 1 else None
    match form.name:
        case "checked":
            return _checked(sentence, found, start, end)
        case "progress":
            return _progress(sentence, form, found, start, end)
        case "pair" if second:
            return _pair(first, second, start, end)
        case "dose of":
            return _dose_of(sentence, first, start, end)
        case "each":
            return _each(sentence, first, start, end)
        case "range" if second and first.kind == "dose":
            low, high = float(first.value), float(second.value)
            # 1987 - 3500 cGy is no range.
            return None if is_year(low * 100) or not low < high <= 2 * low else Group("range", found, start, end)
        case "rated":
            if second and float(second.value) < float(first.value):
                found[1] = second._replace(kind="fraction_dose")
                return Group("", found, start, end)
            return Group("", found[:1], start, first.end)
        case "paced":
            last = sentence.tokens[end - 1]
            rate = last.kind == CLASS["time"] and last.word[0] in "hms"
            return Group("", [] if rate else found, start, end)
        case "last":
            # "#7" is no number of fractions.
            glued = sentence.tokens[start].word == "#" and sentence.classes[start + 1] == _NUMBER
            return None if glued else Group("", found[-1:], start, end)
        case "list" if float(first.value) * 4 < max(float(one.value) for one in found if one.kind == "dose"):
            return None
    return Group(form.name, found, start, end)


def _checked(sentence: Sentence, found: list[Quantity], start: int, end: int) -> Group:
    """Read 50 Gy/25, dose and fractions; 1.8 Gy/33, dose per fraction; 36 Gy/60, given and planned; or one number."""
    first = found[0]
    if len(found) < 2 or found[1].kind != "fractions":
        return Group("", found[:1], start, first.end)
    dose, count = float(first.value), int(found[1].value)
    if is_course(dose, count):
        return Group("", found, start, end)
    if 1 <= dose <= LARGEST_ALONE_GY and count > 1:
        return Group("", [first._replace(kind="fraction_dose"), found[1]], start, end)
    if sentence.classes[first.end] in _OF and dose < count <= 2.5 * dose + 20:
        return Group("progress", [first, found[1]._replace(kind="dose", value=float(count))], start, end)
    return Group("", [first], start, first.end)


def _progress(sentence: Sentence, form: Form, found: list[Quantity], start: int, end: int) -> Group | None:
    """Read 12 of 30 fractions; where the first number is the larger one, 5040/28 fx."""
    numbers = [place for place in range(start, end) if sentence.classes[place] == _NUMBER]
    given, planned = (sentence.tokens[place].amount for place in numbers)
    if given > planned and form.roles == "n":
        return _bare(sentence, numbers, start, end)
    if len(found) < 2:
        return None
    # Of "33/33 fx" and "#3 of 8" one number is a count.
    once = given == planned or sentence.tokens[start].word == "#"
    return Group("", found[-1:], start, end) if once else Group("progress", found, start, end)


def _pair(first: Quantity, second: Quantity, start: int, end: int) -> Group:
    """Read 1.8/50.4 Gy and 50.4/1.8 Gy, dose per fraction and dose; 50/25 Gy, dose and fractions; 60/54 Gy, doses."""
    one, other = float(first.value), float(second.value)
    if one <= other / 4:
        return Group("", [first._replace(kind="fraction_dose"), second], start, end)
    if other <= LARGEST_ALONE_GY:
        return Group("", [first, second._replace(kind="fraction_dose")], start, end)
    if one > 1.6 * other and is_course(one, other):
        return Group("", [first, second._replace(kind="fractions", value=int(other), end=second.start + 1)], start, end)
    return Group("list", [first, second], start, end)


def _dose_of(sentence: Sentence, dose: Quantity, start: int, end: int) -> Group:
    """Read "a single dose of 8 Gy", one fraction, and "single doses of 2 Gy", a dose per fraction."""
    once = sentence.classes[start] == _SINGLE and sentence.tokens[start + 1].word == "dose"
    if not once or float(dose.value) <= LARGEST_ALONE_GY:
        return Group("", [dose], start, end)
    return Group("", [Quantity("fractions", 1, start, start + 2), dose._replace(kind="dose")], start, end)


def _each(sentence: Sentence, dose: Quantity, start: int, end: int) -> Group | None:
    """Read "2 Gy daily" and "1.8/fx"; "60 Gy daily" is a dose, "30/fx" nothing."""
    if float(dose.value) <= LARGEST_DAILY_GY:
        return Group("", [dose._replace(kind="fraction_dose")], start, end)
    return Group("", [dose._replace(kind="dose")], start, end) if _GRAY in sentence.classes[start:end] else None


def _single(sentence: Sentence, numbers: Sequence[int], start: int, end: int) -> Group:
    one = Quantity("fractions", 1, start, start + 1 if numbers else end)
    doses = [_quantity(sentence, "D", place, start, end) for place in numbers]
    return Group("", [one, *(dose._replace(kind="dose") for dose in doses if dose)], start, end)


def _bare(sentence: Sentence, numbers: Sequence[int], start: int, end: int) -> Group | None:
    """Read numbers without a unit, where their sizes leave no doubt or a word beside them speaks of treatment."""
    places = [Quantity("dose", in_gray(sentence.tokens[at].amount, None), at, at + 1) for at in numbers]
    amount = sentence.tokens[numbers[0]].amount
    large = 400 <= amount <= 9000 and amount == int(amount)
    spoken_for = amount < 100 and _is_spoken_for(sentence, start, end)
    if not (large or (spoken_for and amount >= 4)) or is_year(amount):
        return None
    if len(numbers) == 1:
        return Group("", places, start, end)
    second = sentence.tokens[numbers[1]].amount
    if large and amount < second <= 9000 and sentence.classes[start + 1] in _OF:
        return Group("progress", places, start, end)
    if not is_course(float(places[0].value), second):
        return None
    count = _fractions(sentence, numbers[1], end)
    return Group("", [places[0], count], start, end) if count else None


def _product(sentence: Sentence, numbers: Sequence[int], start: int, end: int) -> Group | None:
    """Read 200 x 30 or 30 x 200, where the larger one is in cGy; behind a site also 8 x 1, dose first."""
    each, count = numbers[:2]
    if sentence.tokens[each].amount < 100 <= sentence.tokens[count].amount:
        each, count = count, each
    dose, number = in_gray(sentence.tokens[each].amount, None), sentence.tokens[count].amount
    small = sentence.tokens[each].amount < 100
    treated = start > 0 and sentence.classes[start - 1] in _TREATED
    if (small and not treated) or not (0.5 <= dose <= LARGEST_FRACTION_GY and is_count(number)):
        return None
    found = [Quantity("fraction_dose", dose, each, each + 1), Quantity("fractions", int(number), count, count + 1)]
    totals = [_quantity(sentence, "D", at, at, end) for at in numbers[2:]]
    return Group("", [*found, *(total for total in totals if total)], start, end)


def _is_spoken_for(sentence: Sentence, start: int, end: int) -> bool:
    """Tell whether a word of treatment stands beside a form, or begins it; a sign may stand between."""
    classes = sentence.classes
    return not _SPEAKING.isdisjoint(classes[max(start - 2, 0) : start + 1] + classes[end : end + 3])


def _energy(sentence: Sentence, numbers: Sequence[int], start: int, end: int) -> Group | None:
    tokens, kinds = sentence.tokens, sentence.classes[start:end]
    amounts = [tokens[place].amount for place in numbers]
    shown = "/".join(f"{amount:g}" for amount in amounts)
    isotopes = [tokens[place].value for place in range(start, end) if sentence.classes[place] in _ISOTOPES]
    if isotopes:
        if amounts[0] not in _MASS_NUMBERS.get(isotopes[0], ()):
            return None
        energy = f"{isotopes[0]}-{shown}"
    elif CLASS["mev"] in kinds or CLASS["beam"] in kinds:
        energy = f"{shown} MeV"
    elif CLASS["kv"] in kinds:
        energy = f"{shown} kV"
    elif CLASS["mv"] in kinds or amounts[0] in _PHOTON_MV:
        energy = f"{shown} MV FFF" if _FFF in kinds else f"{shown} MV"
    else:
        return None
    return Group("", [Quantity("energy", energy, start, end)], start, end)


def _frequency(sentence: Sentence, numbers: Sequence[int], start: int, end: int) -> Group | None:
    """Read how often a week (5 x weekly, 4 fractions per week) or a day."""
    last, number = sentence.tokens[end - 1], sentence.tokens[numbers[0]].amount
    often: str | None = None
    if last.word.startswith("w") or last.value == "weekly":
        often = {1: "weekly", 2: "twice weekly"}.get(int(number), f"{number:g}x/week")
    elif last.word in ("day", "d") or last.value == "daily":
        often = {1: "daily", 2: "bid", 3: "tid"}.get(int(number))
    if often is None or not 0 < number <= 7:
        return None
    return Group("", [Quantity("frequency", often, numbers[0], end)], start, end)
