"""Forms that are read as a whole: bare numbers, products, single fractions, energies, frequencies."""

from __future__ import annotations

from collections.abc import Sequence

from radonc.regimen.lexicon import CLASS
from radonc.regimen.quantities import Group, Quantity, fractions, quantity
from radonc.regimen.sizes import (
    LARGEST_FRACTION_GY,
    LAST_OF_MONTH,
    LEAST_BARE_CGY,
    SHORT_COURSES,
    SMALLEST_CGY,
    in_gray,
    is_bare_cgy,
    is_count,
    is_course,
    is_date,
    is_product,
    is_usual_course,
    is_year,
)
from radonc.regimen.tokens import Sentence

NAMES = {"named", "factored", "energy", "frequency", "bare", "product", "single"}
"""The names of these forms."""

_FFF = CLASS["fff"]
_OF = {CLASS["of"], CLASS["slash"]}
_PLACES = ("site", "vertebra", "part", "adj", "loose", "side", "letter", "lumbar", "ptv")
_TREATMENT = ("technique", "irradiation", "rt", "modality", "boost", "sib", "freq", "mv", "mev")
_DOSING = ("dose", "given", "total", "fraction", "gray", "plus", "then", "arrow")
_SPEAKING = {CLASS[name] for name in (*_PLACES, *_TREATMENT, *_DOSING)}
_TREATED = {CLASS[name] for name in ("site", "part", "loose", "rt", "irradiation", "boost", "sib")}
_PHOTON_MV = (4, 6, 8, 10, 12, 15, 16, 18, 20, 21, 23, 25)


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
        case "factored":
            return _factored(sentence, numbers, start, end)
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
    second = sentence.tokens[numbers[1]].amount if len(numbers) > 1 else 0.0
    large = is_bare_cgy(amount)
    spoken_for = 4 <= amount < SMALLEST_CGY and _is_spoken_for(sentence, start, end)
    if not (large or spoken_for or is_usual_course(amount, second)) or is_year(amount):
        return None
    if len(numbers) == 1:
        return Group("", places, start, end)
    if _is_dated(sentence, start, amount, second):
        return None
    if large and amount < second and is_bare_cgy(second) and sentence.classes[start + 1] in _OF:
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
    small = sentence.tokens[each].amount < SMALLEST_CGY
    if small and sentence.tokens[each].amount == 1:
        each, count = count, each  # 1 x 8
    dose, number = in_gray(sentence.tokens[each].amount, None), sentence.tokens[count].amount
    treated = start > 0 and sentence.classes[start - 1] in _TREATED
    if (small and not treated) or not (0.5 <= dose <= LARGEST_FRACTION_GY and is_count(number)):
        return None
    found = [Quantity("fraction_dose", dose, each, each + 1), Quantity("fractions", int(number), count, count + 1)]
    totals = [quantity(sentence, "D", at, at, end) for at in numbers[2:]]
    return Group("", [*found, *(total for total in totals if total)], start, end)


def _factored(sentence: Sentence, numbers: Sequence[int], start: int, end: int) -> Group | None:
    """Read 21.6 Gy (12 x 1.8): the dose, and which of its factors is the number, if they are its factors."""
    total, one, other = numbers
    dose = quantity(sentence, "D", total, start, one)
    for count, each in ((one, other), (other, one)):
        number = fractions(sentence, count, end)
        share = quantity(sentence, "e", each, each, end)
        if dose and number and share and is_product(float(dose.value), int(number.value), float(share.value)):
            found = [dose._replace(kind="dose"), *sorted((number, share), key=lambda told: told.start)]
            return Group("", found, start, end)
    return None


def _is_spoken_for(sentence: Sentence, start: int, end: int) -> bool:
    """Tell whether a word of treatment stands beside a form, or begins it; a sign may stand between."""
    classes = sentence.classes
    if not _SPEAKING.isdisjoint(classes[max(start - 2, 0) : start + 1] + classes[end : end + 3]):
        return True
    if CLASS["vertebra"] in classes[max(start - 4, 0) : start]:
        return True  # T4-6 30/10
    # Of a tumor: "primary 60/8"; what may be a date is not.
    return start > 0 and classes[start - 1] == CLASS["disease"] and sentence.tokens[start].amount > LAST_OF_MONTH


def _is_dated(sentence: Sentence, start: int, first: float, second: float) -> bool:
    """Tell a date behind a word that leads to one, "ended 30/1", from a short course."""
    led = start > 0 and sentence.classes[start - 1] == CLASS["when"]
    return led and is_date(first, second) and (first, second) not in SHORT_COURSES


def _energy(sentence: Sentence, numbers: Sequence[int], start: int, end: int) -> Group | None:
    tokens, kinds = sentence.tokens, sentence.classes[start:end]
    amounts = [tokens[place].amount for place in numbers]
    shown = "/".join(f"{amount:g}" for amount in amounts)
    if CLASS["mev"] in kinds or CLASS["beam"] in kinds:
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
