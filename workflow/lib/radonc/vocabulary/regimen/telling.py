"""Words that tell of a treatment by themselves: modality, technique, boost, how often."""

from __future__ import annotations

import re
from collections.abc import Sequence

from radonc.vocabulary.regimen.grammar import Group, Quantity
from radonc.vocabulary.regimen.lexicon import CLASS
from radonc.vocabulary.regimen.tokens import Sentence

_KINDS = {
    CLASS["modality"]: "modality",
    CLASS["technique"]: "technique",
    CLASS["boost"]: "boost",
    CLASS["sib"]: "boost",
    CLASS["freq"]: "frequency",
}
_TELLING = re.compile(f"[{''.join(_KINDS)}]")
_NEGATIVE, _MASS, _WORD, _NUMBER = (CLASS[name] for name in ("negative", "mass", "word", "number"))
_FRACTION = {CLASS["fraction"], CLASS["visit"]}
_LEADING = {CLASS[name] for name in ("technique", "irradiation", "rt", "modality", "dose")}
_PAUSING = {CLASS[name] for name in ("comma", "open", "close", "colon", "at")}
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
    for match in _TELLING.finditer(classes):
        place = match.start()
        kind = _KINDS[match[0]]
        if _denied(classes, place) or (kind == "frequency" and not _of_treatment(classes, place, found, passed)):
            continue
        told.append(Quantity(kind, str(sentence.tokens[place].value), place, place + 1))
    return told


def _denied(classes: str, place: int) -> bool:
    return _NEGATIVE in classes[max(place - 3, 0) : place] or classes[place + 1 : place + 2] == _NEGATIVE


def _of_treatment(classes: str, place: int, found: Sequence[Group], passed: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a frequency is of fractions: it stands in a quantity or beside one, or behind a word of treatment."""
    if any(start <= place < end for start, end in passed):
        return False
    counted = {at for group in found for at in range(group.start, group.end)}
    if place in counted:
        # Where it is a quantity of its own (5 x weekly), it was told already.
        return not any(
            one.kind == "frequency" and one.start <= place < one.end for group in found for one in group.quantities
        )
    if _MASS in classes[max(place - _DRUG_REACH, 0) : place]:
        return False
    before = classes[place - 1] if place else ""
    after = classes[place + 1] if place + 1 < len(classes) else ""
    if after in _FRACTION or before in _LEADING or place - 1 in counted or (after == _NUMBER and place + 1 in counted):
        return True
    return before in _PAUSING and (place - 2 in counted or after != _WORD)
