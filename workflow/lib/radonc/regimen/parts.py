"""Which part of a sentence tells of which phase: sites, beams, boosts and frequencies go to the phase beside them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from radonc.regimen.lexicon import CLASS
from radonc.regimen.quantities import Quantity
from radonc.regimen.sites import DISEASED, TREATED, Site
from radonc.regimen.slots import Slot
from radonc.regimen.tokens import Sentence

_STRONG = {CLASS[name] for name in ("boost", "sib", "then", "plus", "stop", "arrow")}
_BEFORE_BOOST = {
    CLASS[name]
    for name in ("site", "part", "loose", "zone", "adj", "lobar", "side", "letter", "modality", "technique", "article")
}
_ENDING = {CLASS[name] for name in ("comma", "stop", "then", "plus")}
_WEAK = {CLASS[name] for name in ("comma", "and", "or", "with")}
_BOOST, _SIB, _TO, _OR, _OPEN = (CLASS[name] for name in ("boost", "sib", "to", "or", "open"))
_BEFORE_TO = "".join(CLASS[name] for name in ("article", "total", "dose", "of", "word", "in", "equals", "tilde"))
_BEFORE_ALL = {CLASS[name] for name in ("with", "in", "to", "equals")}
_DENIED = re.compile(f"{CLASS['negative']}.?[{_BOOST}{_SIB}]")
_CONTRADICTED = ("modality", "technique", "energy")
_SHARED = ("technique", "modality", "source", "energy", "frequency")


def divide(sentence: Sentence, made: Sequence[Slot], places: Sequence[Site]) -> None:
    """Set the part of the sentence that tells of each phase: from a joint before it to the one behind it."""
    made[0].first, made[-1].last = 0, len(sentence.tokens)
    if len(made) == 1:
        return
    inside = {at for place in places for at in range(place.start, place.end)}
    heads = [place.start for place in places]
    for earlier, later in pairwise(made):
        cut = later.start
        if earlier.joined < 0 or earlier.joined != later.joined:
            between = [at for at in range(earlier.end, later.start) if at not in inside]
            strong = [at for at in between if sentence.classes[at] in _STRONG]
            if strong and _ends_with_boost(sentence, earlier, strong[0]):
                strong = strong[1:] or [strong[0] + 1]
            weak = [at for at in between if sentence.classes[at] in _WEAK]
            if strong:
                cut = _boost_begins(sentence, earlier.end, strong[0])
            else:
                cut = weak[-1] if weak else _heading(sentence, earlier, later, heads)
        earlier.last = later.first = cut


def _ends_with_boost(sentence: Sentence, slot: Slot, joint: int) -> bool:
    """Tell whether a boost's word ends a phase: "5.4 Gy / 3 fx boost, 6 Gy x 3 to the cuff"."""
    classes = sentence.classes
    return joint == slot.end and classes[joint] == _BOOST and classes[joint + 1 : joint + 2] in _ENDING


def _boost_begins(sentence: Sentence, end: int, joint: int) -> int:
    """Return where a joint begins: a boost with what is said of it, as in "electron boost" and "left scar boost"."""
    if sentence.classes[joint] == _BOOST:
        while joint > end and sentence.classes[joint - 1] in _BEFORE_BOOST:
            joint -= 1
    return joint


def _heading(sentence: Sentence, earlier: Slot, later: Slot, heads: Sequence[int]) -> int:
    """Return where the later phase's heading begins, a site that no "to" leads: 45 Gy in 25 fx prostate 20 Gy."""
    for head in heads[bisect_left(heads, earlier.end) : bisect_left(heads, later.start)]:
        if _TO not in sentence.classes[head - 2 : head]:
            return head
    return later.start


def name_boosts(sentence: Sentence, made: Sequence[Slot]) -> None:
    """Say of each phase whether it is a boost, and take off what was given before from a boost *to* a dose."""
    classes = _DENIED.sub(lambda found: CLASS["negative"] * len(found[0]), sentence.classes)
    runs = _runs(sentence, made)
    integrated = _SIB in classes
    for run in runs if integrated else ():
        _share_number(run)
    alike = len({slot.number for slot in made} - {None}) < 2
    lowest = [dose for run in runs for dose in [_lowest(run)] * len(run)]
    given = 0.0
    for place, slot in enumerate(made):
        part = classes[slot.first : slot.last]
        if integrated and (len(made) == 1 or ((slot.dose or 0) > lowest[place] and (_SIB in part or alike))):
            slot.boost = "simultaneous"
        elif (_BOOST in part and (place or _led(classes, slot))) or (
            place and (slot.form == "rise" or _is_alternative(classes, made[place - 1], slot))
        ):
            slot.boost = "sequential"
        if place and slot.boost != "simultaneous" and (slot.dose or 0) > given > 0:
            earlier = made[place - 1]
            if _goes_on(classes, earlier, slot):
                _take_off(slot, given, earlier)
        given += slot.dose or 0.0


def _runs(sentence: Sentence, made: Sequence[Slot]) -> list[list[Slot]]:
    """Part the phases where a "then" stands between: levels are given together."""
    runs: list[list[Slot]] = [[made[0]]]
    for earlier, later in pairwise(made):
        if CLASS["then"] in sentence.classes[earlier.end : later.start]:
            runs.append([])
        runs[-1].append(later)
    return runs


def _lowest(run: Sequence[Slot]) -> float:
    """Return the lowest dose (Gy) of those given together."""
    return min((slot.dose for slot in run if slot.dose), default=0.0)


def _share_number(made: Sequence[Slot]) -> None:
    """Give the levels of a simultaneous boost their one number of fractions, where it is told once."""
    numbers = {slot.number for slot in made if slot.number is not None}
    if len(numbers) == 1:
        for slot in made:
            slot.number = next(iter(numbers))
            slot.complete()


def _is_alternative(classes: str, earlier: Slot, slot: Slot) -> bool:
    """Tell whether a boost may be this one or that: a boost of 16 Gy/8 or 10 Gy/5."""
    return earlier.boost == "sequential" and _OR in classes[earlier.end : slot.start]


def _led(classes: str, slot: Slot) -> bool:
    """Tell whether a boost's word belongs to the only dose told: it stands before it, or right behind."""
    at = classes.find(_BOOST, slot.first, slot.last)
    return at <= slot.end or (at == slot.end + 1 and classes[slot.end] == _OPEN)


def _goes_on(classes: str, earlier: Slot, slot: Slot) -> bool:
    """Tell whether a dose includes what was given before: 50.4 → 59.4 Gy, boost to 66 Gy."""
    if slot.form == "rise" or CLASS["arrow"] in classes[earlier.end : slot.start]:
        return True
    at = next((quantity.start for quantity in slot.used if quantity.kind == "dose"), slot.start)
    words = classes[slot.first : at]
    told = words.rstrip(_BEFORE_TO)
    return told.endswith(_TO) and (slot.boost == "sequential" or CLASS["total"] in words[len(told) :])


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
    inside: list[list[Site]] = [[] for _ in made]
    ends = [slot.last for slot in made]
    for site in found:
        inside[min(bisect_right(ends, site.start), len(made) - 1)].append(site)
    kept: list[Site] = []
    for part in inside:
        surest = max([site.rank for site in part], default=DISEASED)
        named = [site for site in part if site.rank == surest]
        kept += named if surest == TREATED else named[:1]
    return kept


def share(sentence: Sentence, made: Sequence[Slot], told: Sequence[Quantity], places: Sequence[Site]) -> list[int]:
    """Give every word and site to the phase whose part of the sentence it stands in.

    Returns
    -------
    list[int]
        The tokens that contradict an earlier word, and went into no phase.
    """
    ends = [slot.last for slot in made[:-1]]
    contradicting = []
    for place in places:
        made[bisect_right(ends, place.start)].words.setdefault("site", place.words)
    for kind, value, start, _ in told:
        whole = len(made) > 1 and _of_all(sentence, start)
        for slot in made if whole else ():
            slot.words.setdefault(kind, str(value))
        kept = made[bisect_right(ends, start)].words.setdefault(kind, str(value))
        if kept != value and kind in _CONTRADICTED:
            contradicting.append(start)
    if len(made) > 1:
        _inherit(sentence, made)
    return contradicting


def _of_all(sentence: Sentence, place: int) -> bool:
    """Tell whether a word is of all phases: "all by IMRT", "all IMPT"."""
    before = place - 1
    if before > 0 and sentence.classes[before] in _BEFORE_ALL:
        before -= 1
    return before > 0 and sentence.tokens[before].word in ("all", "both")


def _inherit(sentence: Sentence, made: Sequence[Slot]) -> None:
    """Let phases of one prescription share what is told once: a list of doses, levels, what a total stands over."""
    lists: defaultdict[int, list[Slot]] = defaultdict(list)
    for slot in made:
        lists[slot.joined].append(slot)
    for joined, listed in lists.items():
        if joined >= 0:
            _pool(listed, (*_SHARED, "site"))
    for run in _runs(sentence, made):
        if any(slot.boost == "simultaneous" for slot in run):
            _pool(run, _SHARED)
    _pool([slot for slot in made if slot.form == "of total"], _SHARED)
    for earlier, later in pairwise(made):
        if "site" in earlier.words and _OR in sentence.classes[earlier.end : later.start]:
            later.words.setdefault("site", earlier.words["site"])


def _pool(together: Sequence[Slot], kinds: Sequence[str]) -> None:
    """Give each phase the first value among them of what it has no own value of."""
    pool: dict[str, str] = {}
    for slot in together:
        for kind in kinds:
            if kind in slot.words:
                pool.setdefault(kind, slot.words[kind])
    for slot in together:
        for kind, value in pool.items():
            slot.words.setdefault(kind, value)
