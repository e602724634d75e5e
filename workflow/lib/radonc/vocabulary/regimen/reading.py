"""Read what a sentence says of a regimen: ``parse``."""

from __future__ import annotations

import re
from typing import NamedTuple

from radonc.vocabulary.regimen.course import Phase
from radonc.vocabulary.regimen.grammar import Group, Quantity, groups
from radonc.vocabulary.regimen.lexicon import CLASS
from radonc.vocabulary.regimen.phases import Slot, boosts, bound, phase, slots
from radonc.vocabulary.regimen.sites import DISEASED, TREATED, Site, sites
from radonc.vocabulary.regimen.tokens import Sentence, tokenise


class Mention(NamedTuple):
    """Words of a sentence and what they say.

    Attributes
    ----------
    kind
        One of dose, fraction_dose, fractions, site, modality, technique, energy, boost, frequency.
    value
        Gy for the doses, a whole number of fractions, else words in normal form.
    start, end
        Where the words stand, in characters.
    """

    kind: str
    value: float | int | str
    start: int
    end: int


class Span(NamedTuple):
    """A stretch of the text, in characters."""

    start: int
    end: int


class Reading(NamedTuple):
    """What was read: the phases, the mentions in order, and what went into no phase."""

    phases: tuple[Phase, ...]
    mentions: tuple[Mention, ...]
    unused: tuple[Span, ...]


_WORDS = {CLASS[name]: name for name in ("modality", "technique", "boost", "sib", "freq")}
_TELLING = re.compile(f"[{''.join(_WORDS)}]")
_MENTIONED = {"sib": "boost", "freq": "frequency"}
_COUNTING = {CLASS[name] for name in ("technique", "irradiation", "rt", "modality", "dose")}
_NOTHING = Reading((), (), ())


def parse(text: str) -> Reading:
    """Read a sentence; any text has a reading, in time linear in its length."""
    sentence = tokenise(text)
    found, passed = groups(sentence)
    words = _words(sentence, found, passed)
    if not found and not words:
        return _NOTHING._replace(unused=_unused(sentence, []))
    places = _without_organs(sites(sentence))
    made, _ = slots(sentence, found)
    if not made and (words or found):
        made = [Slot(0, len(sentence.tokens), "", -1)]
    if made:
        bound(sentence, made, places)
    places = _treated(places, made)
    for slot in made:
        slot.complete()
    boosts(sentence, made)
    _share(sentence, made, found, words, places)
    for slot in made:
        slot.complete()
    phases = tuple(phase(slot) for slot in made)
    return Reading(
        tuple(one for one in phases if one != _EMPTY), _mentions(sentence, found, words, places), _unused(sentence, made)
    )


_EMPTY = Phase()


def _words(sentence: Sentence, found: list[Group], passed: list[tuple[int, int]]) -> list[Quantity]:
    """Return the single words that tell: modality, technique, boost, frequency; without what is denied."""
    classes = sentence.classes
    told = []
    counted: set[int] | None = None
    for match in _TELLING.finditer(classes):
        place = match.start()
        name = _WORDS[match[0]]
        if _denied(classes, place):
            continue
        if name == "freq":
            if counted is None:
                counted = {at for group in found for at in range(group.start, group.end)}
            inside = any(start <= place < end for start, end in passed)
            if inside or (place in counted and _in_frequency(found, place)) or not _of_treatment(classes, place, counted):
                continue
        told.append(Quantity(name, str(sentence.tokens[place].value), place, place + 1))
    return told


def _in_frequency(found: list[Group], place: int) -> bool:
    return any(one.kind == "frequency" and one.start <= place < one.end for group in found for one in group.quantities)


def _denied(classes: str, place: int) -> bool:
    return (place > 0 and _NEGATIVE in classes[max(place - 3, 0) : place]) or classes[place + 1 : place + 2] == _NEGATIVE


_NEGATIVE, _MASS = CLASS["negative"], CLASS["mass"]


def _of_treatment(classes: str, place: int, counted: set[int]) -> bool:
    """Tell whether a frequency is of fractions, not of a drug."""
    before = classes[place - 1] if place else ""
    after = classes[place + 1] if place + 1 < len(classes) else ""
    if place in counted:
        return True
    if _MASS in classes[max(place - 8, 0) : place]:
        return False
    if after in (CLASS["fraction"], CLASS["visit"]) or before in _COUNTING or place - 1 in counted or (after == CLASS["number"] and place + 1 in counted):
        return True
    return before in _PAUSING and (place - 2 in counted or after != CLASS["word"])


_PAUSING = {CLASS[name] for name in ("comma", "open", "close", "colon", "at")}


def _without_organs(found: list[Site]) -> list[Site]:
    """Leave an organ out where its lobe follows, as in "lung, RUL"."""
    return [
        site
        for site, following in zip(found, [*found[1:], None], strict=False)
        if not (following and following.start - site.end <= 1 and following.words.endswith("lobe"))
    ]


def _treated(found: list[Site], made: list[Slot]) -> list[Site]:
    """Keep the sites that were treated: of each phase's part of the sentence those that most surely were."""
    kept: list[Site] = []
    for slot in made:
        inside = [site for site in found if slot.first <= site.start < slot.last]
        surest = max((site.rank for site in inside), default=0)
        named = [site for site in inside if site.rank == surest]
        kept += named if surest == TREATED else named[:1]
    if any(site.rank != DISEASED for site in kept) and len(made) > 1:
        return [site for site in kept if site.rank != DISEASED or site is kept[0]]
    return kept


def _share(sentence: Sentence, made: list[Slot], found: list[Group], words: list[Quantity], places: list[Site]) -> None:
    """Give every word to the phase in whose part of the sentence it stands."""
    told: list[tuple[int, str, str]] = [(site.start, "site", site.words) for site in places]
    told += [(word.start, word.kind, str(word.value)) for word in words]
    told += [
        (quantity.start, quantity.kind, str(quantity.value))
        for group in found
        for quantity in group.quantities
        if quantity.kind in ("energy", "frequency")
    ]
    for at, kind, value in told:
        kind = "frequency" if kind == "freq" else kind
        for slot in made:
            if slot.first <= at < slot.last:
                slot.words.setdefault(kind, value)
                break
    _inherit(sentence, made)


def _inherit(sentence: Sentence, made: list[Slot]) -> None:
    """Let the levels of one prescription share what is told once."""
    for slot, other in [(slot, other) for slot in made for other in made if slot is not other]:
        joined = slot.joined >= 0 and slot.joined == other.joined
        if joined or "simultaneous" in (slot.boost, other.boost):
            for kind in ("technique", "modality", "energy", "frequency", *(("site",) if joined else ())):
                if kind in other.words:
                    slot.words.setdefault(kind, other.words[kind])
            if slot.number is None:
                slot.number = other.number


def _mentions(sentence: Sentence, found: list[Group], words: list[Quantity], places: list[Site]) -> tuple[Mention, ...]:
    starts = sentence.starts
    told = [
        Mention(_MENTIONED.get(q.kind, q.kind), q.value, starts[q.start], sentence.end(q.end - 1))
        for group in found
        for q in group.quantities
        if q.kind != "activity"
    ]
    told += [Mention(_MENTIONED.get(q.kind, q.kind), q.value, starts[q.start], sentence.end(q.end - 1)) for q in words]
    told += [Mention("site", site.words, starts[site.start], sentence.end(site.end - 1)) for site in places]
    told += [
        Mention("technique", "WBRT", starts[site.start], sentence.end(site.end))
        for site in places
        if site.words == "whole brain" and sentence.classes[site.end : site.end + 1] in (CLASS["irradiation"], CLASS["rt"])
    ]
    told.sort(key=lambda mention: mention[2])
    return tuple(told)


def _unused(sentence: Sentence, made: list[Slot]) -> tuple[Span, ...]:
    return ()
