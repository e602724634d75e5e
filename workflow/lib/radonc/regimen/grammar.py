"""Quantities in a sentence: the forms found in it, read number by number."""

from __future__ import annotations

from radonc.regimen import wholes
from radonc.regimen.forms import ALONE, FORMS, ORDER, SCAN, Form
from radonc.regimen.lexicon import CLASS
from radonc.regimen.quantities import Group, Quantity, quantity
from radonc.regimen.sizes import (
    HOT_VOLUMES_CC,
    LARGEST_ALONE_GY,
    LARGEST_DAILY_GY,
    is_bare_cgy,
    is_course,
    is_product,
    is_year,
)
from radonc.regimen.tokens import Sentence

_NUMBER, _GRAY, _SINGLE = (CLASS[name] for name in ("number", "gray", "single"))
_OF = {CLASS["of"], CLASS["slash"]}
_ORDERING = {
    "before",
    "after",
    "at",
    "on",
    "from",
    "since",
    "until",
    "by",
    "of",
    "repeat",
    "this",
    "day",
    "past",
    "for",
}


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
    if form.name in wholes.NAMES:
        return wholes.read_whole(sentence, form.name, numbers, start, end)
    found = []
    for index, place in enumerate(numbers):
        one = quantity(sentence, form.roles[min(index, len(form.roles) - 1)], place, start, end)
        if one:
            found.append(one)
    return _settled(sentence, form, found, start, end) if found else None


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
        case "rise" if second and not _rises(sentence, first, second):
            return None
        case "tabled":
            return _tabled(found, start, end)
        case "hottest":
            limits = sentence.tokens[start].amount in HOT_VOLUMES_CC
            return Group("", [] if limits else found[-1:], start, end)
        case "bare sum":
            large = all(is_bare_cgy(sentence.tokens[one.start].amount) for one in found)
            return Group("sum", found, start, end) if large else None
        case "range" if second:
            return _range(sentence, found, start, end)
        case "rated":
            return _rated(sentence, found, start, end)
        case "paced":
            return Group("", [] if _is_rate(sentence, end) else found, start, end)
        case "last":
            return None if _is_ordinal(sentence, start) else Group("", found[-1:], start, end)
        case "list" if float(first.value) * 4 < max(float(one.value) for one in found if one.kind == "dose"):
            return None
    return Group(form.name, found, start, end)


def _range(sentence: Sentence, found: list[Quantity], start: int, end: int) -> Group | None:
    """Read 40-45 Gy; neither a rate (30-40 cGy/h) nor a year before a dose (1987 - 3500 cGy)."""
    if _is_rate(sentence, end):
        return Group("", [], start, end)
    low, high = float(found[0].value), float(found[1].value)
    if found[0].kind == "dose" and (is_year(low * 100) or not low < high <= 2 * low):
        return None
    return Group("range", found, start, end)


def _rated(sentence: Sentence, found: list[Quantity], start: int, end: int) -> Group:
    """Read 66 Gy at 2 Gy, dose and dose per fraction; "60 Gy at 0.5 Gy/h" tells the dose alone."""
    first = found[0]
    if len(found) > 1 and float(found[1].value) < float(first.value) and not _is_rate(sentence, end + 2):
        found[1] = found[1]._replace(kind="fraction_dose")
        return Group("", found, start, end)
    return Group("", found[:1], start, first.end)


def _is_rate(sentence: Sentence, end: int) -> bool:
    """Tell whether a time shorter than a day stands before a place: 0.5 Gy/h."""
    if end > len(sentence.tokens):
        return False
    last = sentence.tokens[end - 1]
    return last.kind == CLASS["time"] and last.word[0] in "hms"


def _rises(sentence: Sentence, first: Quantity, second: Quantity) -> bool:
    """Tell whether 50.4 → 59.4 are doses, as written and in Gy; a value that falls (PSA 312 → 41) is none."""
    written = sentence.tokens[first.start].amount < sentence.tokens[second.start].amount
    return written and LARGEST_ALONE_GY < float(first.value) < float(second.value)


def _tabled(found: list[Quantity], start: int, end: int) -> Group | None:
    """Read 20 Gy | 5 | 4 Gy, where the third is what dose and fractions make it."""
    if [one.kind for one in found] != ["dose", "fractions", "fraction_dose"]:
        return None
    dose, count, each = (float(one.value) for one in found)
    return Group("", found, start, end) if is_product(dose, count, each) else None


def _is_ordinal(sentence: Sentence, start: int) -> bool:
    """Tell which fraction from how many: #7, fraction 12, before fx 2; a sign between (Fraction: 12) makes a number."""
    token, following = sentence.tokens[start], sentence.classes[start + 1]
    if following != _NUMBER:
        return False
    if token.word == "#":
        return sentence.starts[start + 1] == sentence.end(start)
    return token.word == "fraction" or (start > 0 and sentence.tokens[start - 1].word in _ORDERING)


def _checked(sentence: Sentence, found: list[Quantity], start: int, end: int) -> Group:
    """Read 50 Gy/25, dose and fractions; 1.8 Gy/33, dose per fraction; 36 Gy/60, given and planned; or one number."""
    first = found[0]
    if len(found) < 2 or found[1].kind != "fractions" or _is_ordinal(sentence, found[1].start - 1):
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
        return wholes.bare(sentence, numbers, start, end)
    if len(found) < 2:
        return None
    if sentence.tokens[start].word == "#":  # "#3 of 8" is a day
        return Group("", [], start, end)
    return Group("", found[-1:], start, end) if given == planned else Group("progress", found, start, end)


def _pair(first: Quantity, second: Quantity, start: int, end: int) -> Group:
    """Read 1.8/50.4 Gy, dose per fraction and dose; 50/25 Gy, dose and fractions; 60/54 Gy, doses.

    50.4/1.8 Gy is the first turned round, and 14/66 Gy what was given of what is planned.
    """
    one, other = float(first.value), float(second.value)
    if one <= other / 4:
        if one > LARGEST_DAILY_GY:
            return Group("progress", [first, second], start, end)
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
