"""Forms that are read as a whole: bare numbers, products, single fractions, energies, frequencies."""

from __future__ import annotations

from collections.abc import Sequence

from radonc.vocabulary.regimen.lexicon import CLASS
from radonc.vocabulary.regimen.quantities import Group, Quantity, fractions, quantity
from radonc.vocabulary.regimen.sizes import (
    LARGEST_FRACTION_GY,
    LEAST_BARE_CGY,
    MOST_BARE_CGY,
    SMALLEST_CGY,
    in_gray,
    is_count,
    is_course,
    is_year,
)
from radonc.vocabulary.regimen.tokens import Sentence

NAMES = {"named", "energy", "frequency", "bare", "product", "single"}
"""The names of these forms."""

_FFF = CLASS["fff"]
_OF = {CLASS["of"], CLASS["slash"]}
_PLACES = ("site", "part", "adj", "loose", "side", "letter", "lumbar", "ptv")
_TREATMENT = ("technique", "irradiation", "rt", "modality", "boost", "sib", "freq", "mv", "mev")
_DOSING = ("dose", "given", "total", "fraction", "gray", "plus", "then", "arrow")
_SPEAKING = {CLASS[name] for name in (*_PLACES, *_TREATMENT, *_DOSING)}
_TREATED = {CLASS[name] for name in ("site", "part", "loose", "rt", "irradiation", "boost", "sib")}
_PHOTON_MV = (4, 6, 8, 10, 12, 15, 16, 18, 20, 21, 23, 25)
_MASS_NUMBERS = {
    **{"Ir": (192,), "Co": (60,), "I": (125, 131), "Cs": (131, 137), "Pd": (103,), "Ru": (106,), "Lu": (177,)},
    **{"Ra": (223,), "Y": (90,), "Sr": (89, 90), "Sm": (153,)},
}
_ISOTOPES = {CLASS["isotope"], CLASS["iodine"]}


def read_whole(sentence: Sentence, name: str, numbers: Sequence[int], start: int, end: int) -> Group | None:
    """Read a form by its name, or return None where its numbers cannot be what it says."""
    match name:
        case "energy":
            return _energy(sentence, numbers, start, end)
        case "frequency":
            return _frequency(sentence, numbers, start, end)
        case "bare":
            return bare(sentence, numbers, start, end)
        case "named":
            # PTV_7000 tells a dose, PTV1 and PTV60 are names.
            told = sentence.tokens[end - 1].amount >= LEAST_BARE_CGY
            return bare(sentence, numbers, end - 1, end) if told else Group("", [], start, end)
        case "product":
            return _product(sentence, numbers, start, end)
        case _:
            return _single(sentence, numbers, start, end)


def _single(sentence: Sentence, numbers: Sequence[int], start: int, end: int) -> Group:
    one = Quantity("fractions", 1, start, start + 1 if numbers else end)
    doses = [quantity(sentence, "D", place, start, end) for place in numbers]
    return Group("", [one, *(dose._replace(kind="dose") for dose in doses if dose)], start, end)


def bare(sentence: Sentence, numbers: Sequence[int], start: int, end: int) -> Group | None:
    """Read numbers without a unit, where their sizes leave no doubt or a word beside them speaks of treatment."""
    places = [Quantity("dose", in_gray(sentence.tokens[at].amount, None), at, at + 1) for at in numbers]
    amount = sentence.tokens[numbers[0]].amount
    large = LEAST_BARE_CGY <= amount <= MOST_BARE_CGY and amount == int(amount)
    spoken_for = amount < SMALLEST_CGY and _is_spoken_for(sentence, start, end)
    if not (large or (spoken_for and amount >= 4)) or is_year(amount):
        return None
    if len(numbers) == 1:
        return Group("", places, start, end)
    second = sentence.tokens[numbers[1]].amount
    if large and amount < second <= MOST_BARE_CGY and sentence.classes[start + 1] in _OF:
        return Group("progress", places, start, end)
    if not is_course(float(places[0].value), second):
        return None
    count = fractions(sentence, numbers[1], end)
    return Group("", [places[0], count], start, end) if count else None


def _product(sentence: Sentence, numbers: Sequence[int], start: int, end: int) -> Group | None:
    """Read 200 x 30 or 30 x 200, where the larger one is in cGy; behind a site also 8 x 1, dose first."""
    each, count = numbers[:2]
    if sentence.tokens[each].amount < SMALLEST_CGY <= sentence.tokens[count].amount:
        each, count = count, each
    dose, number = in_gray(sentence.tokens[each].amount, None), sentence.tokens[count].amount
    small = sentence.tokens[each].amount < SMALLEST_CGY
    treated = start > 0 and sentence.classes[start - 1] in _TREATED
    if (small and not treated) or not (0.5 <= dose <= LARGEST_FRACTION_GY and is_count(number)):
        return None
    found = [Quantity("fraction_dose", dose, each, each + 1), Quantity("fractions", int(number), count, count + 1)]
    totals = [quantity(sentence, "D", at, at, end) for at in numbers[2:]]
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
