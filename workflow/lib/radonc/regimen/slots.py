"""Phases in the making: which quantities belong together, and what follows from them by arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from radonc.regimen.lexicon import CLASS
from radonc.regimen.quantities import Group, Quantity
from radonc.regimen.sizes import ROUNDING
from radonc.regimen.tokens import Sentence

ROUNDED_GY = 0.011
"""How far a dose per fraction may lie from the exact one, which people write to a hundredth."""

_DOSE_KINDS = {"dose", "fraction_dose", "fractions", "activity"}
_PLACES = {CLASS[name] for name in ("site", "part", "vertebra")}
_ENDING = {CLASS["then"], CLASS["stop"]}
_FRESH = {CLASS[name] for name in ("boost", "sib", "then", "plus")}


class Slot:
    """A phase in the making.

    Attributes
    ----------
    dose, each, number, activity
        Total dose and dose per fraction (Gy), fractions, activity (mCi); None where not told.
    start, end
        The tokens of its quantities.
    first, last
        The part of the sentence that tells of it.
    form, joined
        The name of the form that it was read from, and a number that phases of one list of doses share (else -1).
    boost
        As in ``Phase``, or empty.
    words
        What else is told: site, modality, technique, energy, frequency.
    used
        The quantities that went into it.
    """

    __slots__ = (
        *("dose", "each", "number", "activity", "start", "end", "first", "last"),
        *("form", "joined", "boost", "words", "used"),
    )

    def __init__(self, start: int, end: int, form: str = "", joined: int = -1) -> None:
        self.dose: float | None = None
        self.each: float | None = None
        self.number: int | None = None
        self.activity: float | None = None
        self.start, self.end, self.first, self.last = start, end, start, end
        self.form, self.joined, self.boost = form, joined, ""
        self.words: dict[str, str] = {}
        self.used: list[Quantity] = []

    def agrees(self, dose: float | None, each: float | None, number: int | None) -> bool:
        """Tell whether further quantities can be of the same phase."""
        if (dose and self.dose and dose != self.dose) or (number and self.number and number != self.number):
            return False
        if each and self.each and abs(each - self.each) > ROUNDING * each:
            return False
        dose, each, number = dose or self.dose, each or self.each, number or self.number
        if not (dose and each):
            return True
        count = number or round(dose / each)
        return count > 0 and abs(count * each - dose) <= max(ROUNDING * dose, ROUNDED_GY * count)

    def tells_number_alone(self) -> bool:
        """Tell whether nothing but a number of fractions is known."""
        return self.number is not None and self.dose is None and self.each is None and self.activity is None

    def take(self, quantities: Sequence[Quantity], end: int) -> None:
        """Add quantities; a dose per fraction that contradicts dose and fractions stays unused."""
        for quantity in quantities:
            kind, value = quantity.kind, quantity.value
            if kind == "dose":
                self.dose = float(value)
            elif kind == "fractions":
                self.number = int(value)
            elif kind == "activity":
                self.activity = float(value)
            elif kind == "fraction_dose":
                if not self.agrees(None, float(value), None):
                    continue
                self.each = float(value)
            self.used.append(quantity)
        self.end = max(self.end, end)

    def complete(self) -> None:
        """Fill in the third of dose, fractions and dose per fraction, where two are known."""
        if not self.each:
            return
        if self.dose is None and self.number:
            self.dose = round(self.each * self.number, 4)
        elif self.number is None and self.dose:
            count = round(self.dose / self.each)
            if count and abs(count * self.each - self.dose) <= ROUNDING * self.dose:
                self.number = count


def slots(sentence: Sentence, groups: Sequence[Group]) -> list[Slot]:
    """Gather quantities into phases, in order; a total over phases is none of its own."""
    made: list[Slot] = []
    for index, group in enumerate(groups):
        if group.form in ("list", "sum", "rise"):
            listed = _several(group, index)
            if made and group.form == "list" and made[-1].tells_number_alone() and listed[0].number is None:
                number = made.pop()  # 35 fx, 70/63/56 Gy
                for slot in listed:
                    slot.take(number.used, slot.end)
            made += listed
            continue
        quantities = group.quantities
        if group.form == "progress":
            quantities = quantities[1:]  # what was planned, not what was given so far
        told = {quantity.kind: quantity.value for quantity in quantities}
        if _DOSE_KINDS.isdisjoint(told):
            continue
        if made and _joins(sentence, made[-1], group, told):
            for slot in made:
                if slot is made[-1] or (slot.joined >= 0 and slot.joined == made[-1].joined):
                    slot.take(quantities, group.end)
            continue
        slot = Slot(group.start, group.end, group.form)
        # Of a range nobody can say which dose was given.
        slot.take([] if group.form == "range" else quantities, group.end)
        made.append(slot)
    return _without_total(made)


def _several(group: Group, index: int) -> list[Slot]:
    """Make a phase of each dose of a list; what else the form tells holds for all."""
    others = [quantity for quantity in group.quantities if quantity.kind != "dose"]
    made = []
    for dose in group.quantities:
        if dose.kind == "dose":
            slot = Slot(dose.start, dose.end, group.form, index)
            slot.take([dose, *others], dose.end)
            made.append(slot)
    made[-1].end = group.end
    return made


def _joins(sentence: Sentence, last: Slot, group: Group, told: dict[str, float | int | str]) -> bool:
    """Tell whether a group tells more of the last phase, and does not begin another."""
    if group.form == "range" or last.activity is not None or "activity" in told:
        return False
    dose, each, number = told.get("dose"), told.get("fraction_dose"), told.get("fractions")
    if dose and dose == last.dose and _is_another(sentence, last, group, told):
        return False
    if not last.agrees(dose, each, number):  # type: ignore[arg-type]
        return False
    between = sentence.classes[last.end : group.start]
    if not _FRESH.isdisjoint(between):
        # "50 Gy boost, 5 fractions": the number alone begins nothing.
        return bool(number and not (dose or each or last.number) and _ENDING.isdisjoint(between))
    return True


def _is_another(sentence: Sentence, last: Slot, group: Group, told: dict[str, float | int | str]) -> bool:
    """Tell whether the same dose is another phase: behind a semicolon, or in the same fractions with a site between."""
    between = range(last.end, group.start)
    placed = told.get("fractions") == last.number and not _PLACES.isdisjoint(sentence.classes[last.end : group.start])
    return placed or any(sentence.tokens[at].word == ";" for at in between)


def _without_total(made: list[Slot]) -> list[Slot]:
    """Drop the total over the phases that stands before or behind them; what else it tells holds for all."""
    if len(made) < 3:
        return made
    for total, others in ((made[-1], made[:-1]), (made[0], made[1:])):
        doses = [slot.dose or (slot.each or 0) * (slot.number or 0) for slot in others]
        if total.dose and total.joined < 0 and all(doses) and abs(sum(doses) - total.dose) < ROUNDED_GY:
            for slot in others:
                slot.used += total.used
                slot.form = slot.form or "of total"
                if slot.each is None and slot.number is None and total.each and slot.agrees(None, total.each, None):
                    slot.each = total.each
            others[-1].end = max(others[-1].end, total.end)
            return others
    return made
