"""Read what a sentence says of a regimen: ``parse``.

What it takes for what:

- A dose that was given before, or only planned, is a phase like any other.
- What limits, means, ranges of a group, dose rates, BED and EQD2 speak of is neither mention nor phase.
- "36 of 60 Gy" are two doses; the phase has the planned one.
- Of a range (40-45 Gy) both doses are mentioned, and the phase has none.
- A total over phases is mentioned, and no phase of its own. A boost *to* a dose is a phase of the difference.
- A dose in an unlikely unit (5040 Gy) stays as it stands: plausibility is for others to judge.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from radonc.regimen.beams import implied_modality
from radonc.regimen.course import Phase
from radonc.regimen.grammar import groups
from radonc.regimen.lexicon import CLASS
from radonc.regimen.parts import divide, name_boosts, share, treated
from radonc.regimen.quantities import Quantity
from radonc.regimen.sites import Site, sites
from radonc.regimen.slots import Slot, slots
from radonc.regimen.telling import words
from radonc.regimen.tokens import Sentence, tokenise


class Mention(NamedTuple):
    """Words of a text and what they say.

    Attributes
    ----------
    kind
        One of dose, fraction_dose, fractions, site, modality, technique, energy, boost, frequency.
    value
        Gy for the doses, a whole number of fractions; else words in normal form. A site's are in lower case, with its
        side, short forms written out, and ``and`` between places.
    start, end
        Where the words stand, in characters; of a dose, the number with its unit.
    """

    kind: str
    value: float | int | str
    start: int
    end: int


class Span(NamedTuple):
    """A stretch of a text, in characters."""

    start: int
    end: int


class Reading(NamedTuple):
    """What was read: the phases, the mentions in order, and the numbers and contradicting words in no phase."""

    phases: tuple[Phase, ...]
    mentions: tuple[Mention, ...]
    unused: tuple[Span, ...]


_NUMBERS = re.compile(f"[{CLASS['number']}{CLASS['code']}]")
_SAID_OF_BRAIN = {CLASS["irradiation"], CLASS["rt"]}
_START = itemgetter(2)


def parse(text: str) -> Reading:
    """Read a text; any has a reading, in time linear in its length.

    >>> parse("42.56Gy/16# + 10/4 boost").phases[1]
    Phase(site=None, dose_gy=10.0, n_fractions=4, activity_mci=None, modality=None, technique=None, energy=None, \
boost='sequential', schedule=None)
    """
    sentence = tokenise(text)
    found, passed = groups(sentence)
    told = words(sentence, found, passed)
    if not found and not told:
        return _site_alone(sentence)
    doses: list[Quantity] = []
    for group in found:
        for one in group.quantities:
            if one.kind in _DOSES:
                doses.append(one)
            elif one.kind != "activity":
                told.append(one)
    made = slots(sentence, found) or [Slot(0, len(sentence.tokens))]
    places = sites(sentence)
    divide(sentence, made, places)
    places = treated(places, made)
    told += _whole_brain(sentence, places)
    for slot in made:
        slot.complete()
    name_boosts(sentence, made)
    contradicting = share(sentence, made, told, places)
    phases = []
    used: list[Quantity | Site] = [*places, *told]
    for slot in made:
        slot.complete()
        counted = slot.dose or slot.number or slot.activity
        if not counted:
            slot.words.pop("frequency", None)  # of nothing
        if counted or slot.words:
            phases.append(_phase(slot))
        used += slot.used
    return Reading(tuple(phases), _mentions(sentence, doses + told, places), _unused(sentence, used, contradicting))


# Techniques that are named by what they treat.
_SITES_OF_TECHNIQUES = {
    "WBRT": "whole brain",
    "PCI": "brain",
    "CSI": "craniospinal axis",
    "TBI": "total body",
    "TSEB": "total skin",
    "TLI": "lymph nodes",
    "WART": "abdomen",
    "HBI": "half body",
}
_DOSES = ("dose", "fraction_dose", "fractions")


def _site_alone(sentence: Sentence) -> Reading:
    """Read a text without a word of treatment: it tells something if it is the name of a site, and no more."""
    named = [site for site in sites(sentence) if (site.start, site.end) == (0, len(sentence.tokens))]
    phases = tuple(Phase(site.words) for site in named)
    return Reading(phases, _mentions(sentence, (), named), _unused(sentence, named))


def _whole_brain(sentence: Sentence, places: Sequence[Site]) -> list[Quantity]:
    """Return the technique that "whole brain radiotherapy" names beside the site."""
    return [
        Quantity("technique", "WBRT", place.start, place.end + 1)
        for place in places
        if place.words == "whole brain" and sentence.classes[place.end : place.end + 1] in _SAID_OF_BRAIN
    ]


def _phase(slot: Slot) -> Phase:
    told = slot.words.get
    energy, technique = told("energy"), told("technique")
    modality = told("modality") or told("source") or implied_modality(energy, technique)
    return Phase(
        told("site") or _SITES_OF_TECHNIQUES.get(technique or ""),
        None if slot.dose is None else round(slot.dose, 2),
        slot.number,
        slot.activity,
        modality,
        technique,
        energy,
        slot.boost or None,
        told("frequency"),
    )


def _mentions(sentence: Sentence, quantities: Sequence[Quantity], places: Sequence[Site]) -> tuple[Mention, ...]:
    starts, tokens = sentence.starts, sentence.tokens
    told = [
        Mention(kind, value, starts[start], starts[end - 1] + tokens[end - 1].length)
        for kind, value, start, end in quantities
        if kind != "source"
    ]
    told += [
        Mention("site", words, starts[start], starts[end - 1] + tokens[end - 1].length)
        for words, start, end, _ in places
    ]
    told.sort(key=_START)
    return tuple(told)


def _unused(sentence: Sentence, used: Sequence[Quantity | Site], contradicting: Sequence[int] = ()) -> tuple[Span, ...]:
    """Return the numbers that stand in nothing used, and the tokens that contradict others."""
    left = [match.start() for match in _NUMBERS.finditer(sentence.classes)]
    if left:
        taken = bytearray(len(sentence.tokens))
        for one in used:
            taken[one.start : one.end] = bytes(one.end - one.start).replace(b"\0", b"\1")
        left = [at for at in left if not taken[at]]
    if contradicting:
        left = sorted({*left, *contradicting})
    return tuple([Span(sentence.starts[at], sentence.end(at)) for at in left])
