"""Quantities: what a number of a form says."""

from __future__ import annotations

import re
from typing import NamedTuple

from radonc.regimen.lexicon import CLASS
from radonc.regimen.sizes import LARGEST_ALONE_GY, LARGEST_FRACTION_GY, in_gray, is_count
from radonc.regimen.tokens import Sentence

_NUMBER, _GRAY, _OPEN = (CLASS[name] for name in ("number", "gray", "open"))
_UNITS = {CLASS[name] for name in ("gray", "rbe", "open", "close")}
_FRACTION = {CLASS["fraction"], CLASS["visit"]}
_POINT_THOUSANDS = re.compile(r"\d\.\d{3}")


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


def quantity(sentence: Sentence, role: str, place: int, start: int, end: int) -> Quantity | None:
    """Read one number of a form by its role; None where it cannot be that."""
    token, classes = sentence.tokens[place], sentence.classes
    if role == "n" or (role == "D" and _counts(classes, place, end)):
        return fractions(sentence, place, end)
    if role == "A":
        return Quantity("activity", round(token.amount * sentence.tokens[place + 1].amount, 2), place, place + 2)
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
    each = alone or role == "e" or (role == "d" and dose <= LARGEST_FRACTION_GY)
    return Quantity("fraction_dose" if each else "dose", dose, place, last)


def fractions(sentence: Sentence, place: int, end: int) -> Quantity | None:
    """Read a number of fractions; None where it cannot be one."""
    count = sentence.tokens[place].amount
    if not is_count(count):
        return None
    behind = place + 1 < end and sentence.classes[place + 1] in _FRACTION
    return Quantity("fractions", int(count), place, place + 2 if behind else place + 1)


def _counts(classes: str, place: int, end: int) -> bool:
    """Tell whether a number behind a list of doses is that of the fractions."""
    rest = classes[place + 1 : end]
    return bool(rest) and rest[-1] in _FRACTION and _GRAY not in rest
