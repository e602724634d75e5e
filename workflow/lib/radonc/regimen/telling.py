"""Words that tell of a treatment by themselves: modality, technique, nuclide, boost, how often."""

from __future__ import annotations

import re
from collections.abc import Sequence

from radonc.regimen.lexicon import CLASS
from radonc.regimen.quantities import Group, Quantity
from radonc.regimen.tokens import Sentence

_KINDS = {
    CLASS["modality"]: "modality",
    CLASS["source"]: "source",
    CLASS["nuclide"]: "energy",
    CLASS["technique"]: "technique",
    CLASS["boost"]: "boost",
    CLASS["sib"]: "boost",
    CLASS["freq"]: "frequency",
}
_TELLING = re.compile(f"[{''.join(_KINDS)}]")
_NEGATIVE, _MASS, _WORD, _NUMBER = (CLASS[name] for name in ("negative", "mass", "word", "number"))
_FOLLOWING = {CLASS[name] for name in ("fraction", "visit", "irradiation", "rt", "technique", "modality")}
_LEADING = {CLASS[name] for name in ("technique", "irradiation", "rt", "modality", "dose", "given", "site", "part")}
_PAUSING = {CLASS[name] for name in ("comma", "open", "close", "colon", "at")}
_ENDING = {CLASS[name] for name in ("comma", "stop", "bar")}
_DRUG_REACH = 8
"""A frequency so many tokens behind a mass (40 mg/m2 weekly) is the drug's."""


def words(sentence: Sentence, found: Sequence[Group], passed: Sequence[tuple[int, int]]) -> list[Quantity]:
    """Return the words that tell, in order; without what is denied, and without how often a drug is given.

    Parameters
    ----------
    found, passed
        What ``grammar.groups`` returns.
    """
    classes = sentence.classes
    told = []
    places: tuple[set[int], set[int], set[int]] | None = None
    for match in _TELLING.finditer(classes):
        place = match.start()
        kind = _KINDS[match[0]]
        if _denied(classes, place):
            continue
        if kind == "frequency":
            places = places or _places(found, passed)
            if not _of_treatment(classes, place, *places):
                continue
        told.append(Quantity(kind, sentence.tokens[place].value, place, place + 1))
    return told


def _places(found: Sequence[Group], passed: Sequence[tuple[int, int]]) -> tuple[set[int], set[int], set[int]]:
    """Return the tokens of quantities, those of frequencies among them, and those that are passed over."""
    frequencies = (one for group in found for one in group.quantities if one.kind == "frequency")
    return (
        {at for group in found for at in range(group.start, group.end)},
        {at for one in frequencies for at in range(one.start, one.end)},
        {at for start, end in passed for at in range(start, end)},
    )


def _denied(classes: str, place: int) -> bool:
    """Tell whether a word before denies (no boost), or one behind that does not deny what follows it (3D, not IMRT)."""
    if _NEGATIVE in classes[max(place - 3, 0) : place]:
        return True
    return classes[place + 1 : place + 2] == _NEGATIVE and classes[place + 2 : place + 3] not in _KINDS


def _of_treatment(classes: str, place: int, counted: set[int], told: set[int], passed: set[int]) -> bool:
    """Tell whether a frequency is of fractions, and new: it stands in a quantity, beside one, or behind a treatment."""
    if place in passed or place in told:
        return False
    if place in counted:
        return True
    if _MASS in classes[max(place - _DRUG_REACH, 0) : place]:
        return False
    before = classes[place - 1] if place else ""
    after = classes[place + 1] if place + 1 < len(classes) else ""
    if after in _FOLLOWING or before in _LEADING or place - 1 in counted or (after == _NUMBER and place + 1 in counted):
        return True
    if before in _ENDING and after in _ENDING:
        return True  # a cell of a table
    return before in _PAUSING and (place - 2 in counted or after != _WORD)
