"""Which part of a sentence tells of which phase: sites, beams, boosts and frequencies go to the phase beside them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from radonc.vocabulary.regimen.grammar import Quantity
from radonc.vocabulary.regimen.lexicon import CLASS
from radonc.vocabulary.regimen.sites import DISEASED, TREATED, Site
from radonc.vocabulary.regimen.slots import Slot
from radonc.vocabulary.regimen.tokens import Sentence

_STRONG = {CLASS[name] for name in ("boost", "sib", "then", "plus", "stop", "arrow")}
_WEAK = {CLASS[name] for name in ("comma", "and", "or", "with")}
_BOOST, _SIB, _TO, _OR, _OPEN = (CLASS[name] for name in ("boost", "sib", "to", "or", "open"))
_BEFORE_TO = "".join(CLASS[name] for name in ("article", "total", "dose", "of", "word", "in", "equals", "tilde"))
_CONTRADICTED = ("modality", "technique", "energy")
_SHARED = ("technique", "modality", "energy", "frequency")


def divide(sentence: Sentence, made: Sequence[Slot], places: Sequence[Site]) -> None:
    """Set the part of the sentence that tells of each phase: from a joint before it to the one behind it."""
    made[0].first, made[-1].last = 0, len(sentence.tokens)
    if len(made) == 1:
        return
    inside = {at for place in places for at in range(place.start, place.end)}
    for earlier, later in pairwise(made):
        cut = later.start
        if earlier.joined < 0 or earlier.joined != later.joined:
            between = [at for at in range(earlier.end, later.start) if at not in inside]
            strong = [at for at in between if sentence.classes[at] in _STRONG]
            weak = [at for at in between if sentence.classes[at] in _WEAK]
            cut = strong[0] if strong else weak[-1] if weak else _heading(sentence, earlier, later, places)
        earlier.last = later.first = cut


def _heading(sentence: Sentence, earlier: Slot, later: Slot, places: Sequence[Site]) -> int:
    """Return where the later phase's heading begins, a site that no "to" leads: 45 Gy in 25 fx prostate 20 Gy."""
    for place in places:
        if earlier.end <= place.start < later.start and _TO not in sentence.classes[place.start - 2 : place.start]:
            return place.start
    return later.start


def name_boosts(sentence: Sentence, made: Sequence[Slot]) -> None:
    """Say of each phase whether it is a boost, and take off what was given before from a boost *to* a dose."""
    classes = sentence.classes
    integrated = _SIB in classes
    if integrated:
        _share_number(made)
    lowest = min((slot.dose for slot in made if slot.dose), default=0.0)
    given = 0.0
    for place, slot in enumerate(made):
        part = classes[slot.first : slot.last]
        if integrated and (len(made) == 1 or ((slot.dose or 0) > lowest and (_SIB in part or _alike(slot, made)))):
            slot.boost = "simultaneous"
        elif (place and slot.form == "rise") or (_BOOST in part and (place or _led(classes, slot))):
            slot.boost = "sequential"
        if place and slot.boost != "simultaneous" and (slot.dose or 0) > given > 0:
            earlier = made[place - 1]
            if _goes_on(classes, earlier, slot):
                _take_off(slot, given, earlier)
        given += slot.dose or 0.0


def _share_number(made: Sequence[Slot]) -> None:
    """Give the levels of a simultaneous boost their one number of fractions, where it is told once."""
    numbers = {slot.number for slot in made if slot.number is not None}
    if len(numbers) == 1:
        for slot in made:
            slot.number = next(iter(numbers))
            slot.complete()


def _alike(slot: Slot, made: Sequence[Slot]) -> bool:
    """Tell whether all phases have one number of fractions, as far as it is told."""
    return all(None in (slot.number, other.number) or other.number == slot.number for other in made)


def _led(classes: str, slot: Slot) -> bool:
    """Tell whether a boost's word belongs to the only dose told: it stands before it, or right behind."""
    at = classes.find(_BOOST, slot.first, slot.last)
    return at <= slot.end or (at == slot.end + 1 and classes[slot.end] == _OPEN)


def _goes_on(classes: str, earlier: Slot, slot: Slot) -> bool:
    """Tell whether a dose includes what was given before: 50.4 → 59.4 Gy, boost to 66 Gy."""
    if slot.form == "rise" or CLASS["arrow"] in classes[earlier.end : slot.start]:
        return True
    at = next((quantity.start for quantity in slot.used if quantity.kind == "dose"), slot.start)
    return slot.boost == "sequential" and classes[slot.first : at].rstrip(_BEFORE_TO).endswith(_TO)


def _take_off(slot: Slot, given: float, earlier: Slot) -> None:
    """Reduce dose and fractions by what was given before; a dose per fraction that is not told stays as it was."""
    slot.dose = round((slot.dose or 0.0) - given, 4)
    if slot.number is not None:
        known = earlier.number is not None and slot.number > earlier.number
        slot.number = slot.number - (earlier.number or 0) if known else None
    elif slot.each is None:
        slot.each = earlier.each


def treated(found: Sequence[Site], made: Sequence[Slot]) -> list[Site]:
    """Keep the sites that were treated: of each phase's part of the sentence those that most surely were.

    The site of a disease alone counts where nothing else is named: "prostate cancer, 78 Gy".
    """
    if not found:
        return []
    kept: list[Site] = []
    for slot in made:
        inside = [site for site in found if slot.first <= site.start < slot.last] if len(made) > 1 else found
        surest = max([site.rank for site in inside], default=DISEASED)
        named = [site for site in inside if site.rank == surest]
        kept += named if surest == TREATED else named[:1]
    return kept


def share(sentence: Sentence, made: Sequence[Slot], told: Sequence[Quantity], places: Sequence[Site]) -> list[int]:
    """Give every word and site to the phase whose part of the sentence it stands in.

    Returns
    -------
    list[int]
        The tokens that contradict an earlier word, and went into no phase.
    """
    contradicting = []
    for place in places:
        _slot_at(made, place.start).words.setdefault("site", place.words)
    for kind, value, start, _ in told:
        if _slot_at(made, start).words.setdefault(kind, str(value)) != value and kind in _CONTRADICTED:
            contradicting.append(start)
    if len(made) > 1:
        _inherit(sentence, made)
    return contradicting


def _slot_at(made: Sequence[Slot], place: int) -> Slot:
    for slot in made:
        if place < slot.last:
            return slot
    return made[-1]


def _inherit(sentence: Sentence, made: Sequence[Slot]) -> None:
    """Let phases of one prescription share what is told once: levels of a boost, what a total stands over, a list."""
    for place, slot in enumerate(made):
        for other in made:
            listed = slot.joined >= 0 and slot.joined == other.joined
            together = listed or "simultaneous" in (slot.boost, other.boost) or slot.form == other.form == "of total"
            if slot is other or not together:
                continue
            for kind in (*_SHARED, "site") if listed else _SHARED:
                if kind in other.words:
                    slot.words.setdefault(kind, other.words[kind])
            if slot.number is None and slot.form != "of total":
                slot.number = other.number
        if place and _OR in sentence.classes[made[place - 1].end : slot.start] and "site" in made[place - 1].words:
            slot.words.setdefault("site", made[place - 1].words["site"])
