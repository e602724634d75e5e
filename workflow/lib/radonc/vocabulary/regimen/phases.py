"""From quantities, sites and other words to phases: what belongs together, and what follows by arithmetic."""

from __future__ import annotations

from radonc.vocabulary.regimen.course import Phase
from radonc.vocabulary.regimen.grammar import Group, Quantity
from radonc.vocabulary.regimen.lexicon import CLASS
from radonc.vocabulary.regimen.sites import Site
from radonc.vocabulary.regimen.tokens import Sentence

ROUNDING = 0.02
"""How far (share of the dose) fractions times dose per fraction may lie from the dose: people write rounded doses."""

_BOOSTS = {CLASS["boost"], CLASS["sib"]}
_STRONG = {CLASS[name] for name in ("boost", "sib", "then", "plus", "stop")}
_WEAK = {CLASS[name] for name in ("comma", "and", "or", "at", "to")}


class Slot:
    """A phase in the making: its quantities, and the tokens that tell of it.

    Attributes
    ----------
    dose, each, number, activity
        Total dose, dose per fraction, fractions, activity; None where not told.
    start, end
        The tokens of its quantities; ``first`` and ``last``: all that is told of it lies in between.
    joined
        The number of the form that it shares with others (66/60/54 Gy), or -1.
    """

    __slots__ = (
        "dose", "each", "number", "activity", "start", "end", "first", "last", "joined", "name", "boost", "words", "used",
    )  # fmt: skip

    def __init__(self, start: int, end: int, name: str, joined: int) -> None:
        self.dose: float | None = None
        self.each: float | None = None
        self.number: int | None = None
        self.activity: float | None = None
        self.start, self.end, self.first, self.last = start, end, 0, 0
        self.joined, self.name, self.boost = joined, name, ""
        self.words: dict[str, str] = {}
        self.used: list[Quantity] = []

    def agrees(self, dose: float | None, each: float | None, number: int | None) -> bool:
        """Tell whether further quantities can be of the same phase."""
        if (dose and self.dose and dose != self.dose) or (number and self.number and number != self.number):
            return False
        if each and self.each and abs(each - self.each) > ROUNDING * each:
            return False
        dose, each, number = dose or self.dose, each or self.each, number or self.number
        if dose and each:
            if each > dose * (1 + ROUNDING):
                return False
            count = number or round(dose / each)
            return abs(count * each - dose) <= max(ROUNDING * dose, 0.011 * count)
        return True

    def take(self, group: Group, quantities: list[Quantity]) -> None:
        """Add quantities; a dose per fraction that contradicts dose and fractions is not used."""
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
        self.end = max(self.end, group.end)

    def complete(self) -> None:
        """Fill the third of dose, fractions and dose per fraction in, where two are known."""
        if self.dose is None and self.each and self.number:
            self.dose = round(self.each * self.number, 4)
        elif self.number is None and self.each and self.dose:
            count = round(self.dose / self.each)
            if count and abs(count * self.each - self.dose) <= ROUNDING * self.dose:
                self.number = count
        elif self.dose is None and self.each and self.number is None:
            return


def slots(sentence: Sentence, groups: list[Group]) -> tuple[list[Slot], list[Group]]:
    """Gather quantities into phases, and return those groups too that are sums of phases."""
    made: list[Slot] = []
    for index, group in enumerate(groups):
        if group.name in ("list", "sum", "rise"):
            made += _several(group, index)
            continue
        quantities = _planned(group)
        values: dict[str, float | int | str] = {quantity.kind: quantity.value for quantity in quantities}
        dose, each, number = values.get("dose"), values.get("fraction_dose"), values.get("fractions")
        if not {"dose", "fraction_dose", "fractions", "activity"} & values.keys():
            continue
        if made and "activity" not in values and _joins(sentence, made, group, dose, each, number):  # type: ignore[arg-type]
            for slot in _companions(made):
                slot.take(group, quantities)
            continue
        slot = Slot(group.start, group.end, group.name, -1)
        if group.name == "range":
            quantities = [quantity for quantity in quantities if quantity.kind != "dose"]
        slot.take(group, quantities)
        made.append(slot)
    return _without_sums(sentence, made), groups


def _planned(group: Group) -> list[Quantity]:
    """Of what was delivered and what was planned, take the latter."""
    if group.name != "progress":
        return group.quantities
    return group.quantities[1:]


def _several(group: Group, index: int) -> list[Slot]:
    doses = [quantity for quantity in group.quantities if quantity.kind == "dose"]
    others = [quantity for quantity in group.quantities if quantity.kind != "dose"]
    made = []
    for dose in doses:
        slot = Slot(dose.start, dose.end, group.name, index)
        slot.take(group, [dose, *others])
        slot.end = dose.end
        made.append(slot)
    made[-1].end = group.end
    return made


def _companions(made: list[Slot]) -> list[Slot]:
    last = made[-1]
    return [slot for slot in made if slot is last or (last.joined >= 0 and slot.joined == last.joined)]


def _joins(
    sentence: Sentence, made: list[Slot], group: Group, dose: float | None, each: float | None, number: int | None
) -> bool:
    """Tell whether a group tells more of the last phase."""
    last = made[-1]
    between = sentence.classes[last.end : group.start]
    if not last.agrees(dose, each, number) or group.name == "range" or last.activity is not None:
        return False
    if dose and last.dose and (each or number) and not (last.each or last.number):
        return dose == last.dose
    fresh = bool(_BOOSTS & set(between)) or CLASS["then"] in between or CLASS["plus"] in between
    if fresh:
        return bool(number and not dose and not last.number and not each and CLASS["then"] not in between)
    return True


def _without_sums(sentence: Sentence, made: list[Slot]) -> list[Slot]:
    """Drop the total over phases that stands before or behind them; what else it tells holds for all."""
    for place in (len(made) - 1, 0):
        if len(made) < 3:
            break
        total, others = made[place], made[:place] + made[place + 1 :]
        doses = [slot.dose or (slot.each or 0) * (slot.number or 0) for slot in others]
        if total.dose and all(doses) and abs(sum(doses) - total.dose) < 0.011 and total.joined < 0:
            for slot in others:
                slot.used += total.used
                if slot.each is None and slot.number is None and total.each and slot.agrees(None, total.each, None):
                    slot.each = total.each
            others[-1].end = max(others[-1].end, total.end)
            others[0].name = others[0].name or "summed"
            return others
    return made


def bound(sentence: Sentence, made: list[Slot], places: list[Site]) -> None:
    """Part the sentence among the phases: each tells from a joint before it to one behind it."""
    inside = {at for place in places for at in range(place.start, place.end)}
    for earlier, later in zip(made, made[1:], strict=False):
        cut = later.start
        between = [at for at in range(earlier.end, later.start) if at not in inside]
        strong = [at for at in between if sentence.classes[at] in _STRONG and not _is_tail(sentence, at, later.start)]
        weak = [at for at in between if sentence.classes[at] in _WEAK and sentence.classes[at] != CLASS["to"]]
        if earlier.joined >= 0 and earlier.joined == later.joined:
            cut = later.start
        elif strong:
            cut = strong[0]
        elif weak:
            cut = weak[-1]
        else:
            heads = [place.start for place in places if earlier.end <= place.start < later.start]
            if heads and sentence.classes[heads[-1] - 1] != CLASS["to"] and sentence.classes[heads[-1] - 2] != CLASS["to"]:
                cut = heads[-1]
        earlier.last = later.first = cut
    made[0].first, made[-1].last = 0, len(sentence.tokens)


def _is_tail(sentence: Sentence, at: int, start: int) -> bool:
    """Tell whether a boost's word ends the earlier phase, as in "10 Gy/5 boost, then ..."."""
    return False


def boosts(sentence: Sentence, made: list[Slot]) -> None:
    """Say of each phase whether it is a boost, and take from a boost *to* a dose what was given before."""
    classes = sentence.classes
    integrated = CLASS["sib"] in classes
    lowest = min((slot.dose for slot in made if slot.dose), default=0.0)
    given = 0.0
    for place, slot in enumerate(made):
        told = classes[slot.first : slot.last]
        if integrated and len(made) == 1:
            slot.boost = "simultaneous"
        elif integrated and (slot.joined >= 0 or CLASS["sib"] in told or _alike(slot, made)) and (slot.dose or 0) > lowest:
            slot.boost = "simultaneous"
        elif CLASS["boost"] in told and (place > 0 or _leads(sentence, slot)) and not _denied(classes, slot):
            slot.boost = "sequential"
        elif place and slot.name == "rise":
            slot.boost = "sequential"
        rising = place and CLASS["arrow"] in classes[made[place - 1].end : slot.start]
        if slot.dose and slot.dose > given > 0 and (rising or slot.name == "rise" or (slot.boost == "sequential" and _up_to(sentence, slot))):
            _take_off(slot, given, made[place - 1])
        given += slot.dose or 0.0


def _alike(slot: Slot, made: list[Slot]) -> bool:
    return all(None in (slot.number, other.number) or other.number == slot.number for other in made)


def _denied(classes: str, slot: Slot) -> bool:
    at = classes.find(CLASS["boost"], slot.first, slot.last)
    return at > 0 and CLASS["negative"] in classes[max(at - 2, 0) : at]


def _leads(sentence: Sentence, slot: Slot) -> bool:
    """Tell whether a boost's word stands before the dose: then even the first phase told is a boost."""
    at = sentence.classes.find(CLASS["boost"], slot.first, slot.last)
    return at < slot.start or at - slot.end <= 1


def _up_to(sentence: Sentence, slot: Slot) -> bool:
    at = next((quantity.start for quantity in slot.used if quantity.kind == "dose"), slot.start)
    before = sentence.classes[slot.first : at].rstrip(_UP_TO_FILL)
    return before.endswith(CLASS["to"])


_UP_TO_FILL = "".join(CLASS[name] for name in ("article", "total", "dose", "of", "word", "in", "equals", "tilde"))


def _take_off(slot: Slot, given: float, earlier: Slot) -> None:
    """A boost to 60 Gy after 50 Gy is one of 10 Gy, by the dose per fraction of before where none is told."""
    total = slot.dose or 0.0
    slot.dose = round(total - given, 4)
    if slot.number is not None and earlier.number is not None and slot.number > earlier.number:
        slot.number -= earlier.number
    elif slot.number is not None and earlier.number is None:
        slot.number = None
    if slot.each is None and slot.number is None and earlier.each:
        slot.each = earlier.each


def phase(slot: Slot) -> Phase:
    """Return the phase."""
    words = slot.words
    return Phase(
        words.get("site"),
        slot.dose,
        slot.number,
        slot.activity,
        words.get("modality") or implied_modality(words.get("energy"), words.get("technique")),
        words.get("technique"),
        words.get("energy"),
        slot.boost or None,
        words.get("frequency"),
    )


_BY_TECHNIQUE = {"HDR": "brachytherapy", "LDR": "brachytherapy", "PDR": "brachytherapy", "IMPT": "proton", "PBS": "proton"}
_BY_ISOTOPE = {
    "Ir": "brachytherapy", "I-125": "brachytherapy", "Cs": "brachytherapy", "Pd": "brachytherapy",
    "Ru": "brachytherapy", "Co": "photon", "I-131": "radionuclide", "Lu": "radionuclide", "Ra": "radionuclide",
    "Y": "radionuclide", "Sr": "radionuclide", "Sm": "radionuclide",
}  # fmt: skip


def implied_modality(energy: str | None, technique: str | None) -> str | None:
    """Return what an energy or a technique says of the modality: 6 MV photon, 9 MeV electron, HDR brachytherapy.

    Beams of 50 MeV and more are of protons: electron beams end at 25 MeV.
    """
    if technique in _BY_TECHNIQUE:
        return _BY_TECHNIQUE[technique]
    if energy is None:
        return None
    if energy.endswith((" MV", " kV", " FFF")):
        return "photon"
    if energy.endswith(" MeV"):
        return "proton" if float(energy.split("/")[0].split(" ")[0]) >= 50 else "electron"
    return _BY_ISOTOPE.get(energy) or _BY_ISOTOPE.get(energy.partition("-")[0])
