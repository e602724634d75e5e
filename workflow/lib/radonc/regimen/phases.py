"""The phases of a course: which quantities belong together, which words and sites belong to them, and what follows.

``group_phases`` makes a phase of what agrees, ``divide`` gives each its part of the sentence, ``name_boosts`` and
``assign`` say which is a boost and what else is said of it.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from radonc.regimen.lexicon import CLASS, Sentence, classes
from radonc.regimen.quantities import ROUNDING, Group, Keyword, Quantity, is_product
from radonc.regimen.sites import TREATED, Site

_ROUNDED_GY = 0.011  # how far a dose per fraction may lie from the exact one: people write it to a hundredth
_PLACES, _ENDING_PHASE = classes("site part vertebra"), classes("then stop")
_BEGINNING_PHASE = classes("boost sib then plus")
_STRONG_JOINTS, _WEAK_JOINTS = classes("boost sib then plus stop arrow"), classes("comma and or with")
_BEFORE_BOOST = classes("site part loose zone adj lobar side letter modality technique article")
_BEHIND_LAST_BOOST, _BEFORE_ALL = classes("comma stop then plus"), classes("with in to equals")
_BEFORE_DOSE = "".join(classes("article total dose of word in equals tilde"))
_BOOST, _SIB, _TO, _OR = (CLASS[name] for name in ("boost", "sib", "to", "or"))
_DENIED_BOOST = re.compile(f"{CLASS['negative']}.?[{_BOOST}{_SIB}]")
_CONTRADICTABLE = ("modality", "technique", "energy")
_SHARED = ("technique", "modality", "source", "energy", "frequency")
_FIELDS = {"dose": "dose_gy", "fraction_dose": "fraction_dose_gy"}
_FIELDS |= {"fractions": "n_fractions", "activity": "activity_mci"}


@dataclass(slots=True)
class PhaseBuilder:
    """A phase in the making; the fields of ``Phase`` are None where nothing is said, until they are derived."""

    start: int  # the tokens of its quantities: from here to before the end
    end: int
    form: str = "plain"  # as in ``Group``, or "of total" where a total over phases includes it
    list_id: int = -1  # the same for the phases of one list of doses
    dose_gy: float | None = None
    fraction_dose_gy: float | None = None
    n_fractions: int | None = None
    activity_mci: float | None = None
    boost: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)  # site, modality, source, technique, energy, frequency
    used: list[Quantity] = field(default_factory=list)
    part_start: int = 0  # the tokens of its part of the sentence
    part_end: int = 0

    def agrees(self, dose: float | None, fraction_dose: float | None, number: float | None) -> bool:
        """Return whether further quantities can be of the same phase."""
        for further, known in ((dose, self.dose_gy), (number, self.n_fractions)):
            if further and known and further != known:
                return False
        each = self.fraction_dose_gy
        if fraction_dose and each and abs(fraction_dose - each) > ROUNDING * fraction_dose:
            return False
        dose, each = dose or self.dose_gy, fraction_dose or each
        if not (dose and each):
            return True
        count = number or self.n_fractions or round(dose / each)
        return count > 0 and abs(count * each - dose) <= max(ROUNDING * dose, _ROUNDED_GY * count)

    def take(self, quantities: Iterable[Quantity], end: int) -> None:
        """Add quantities; a dose per fraction that contradicts dose and fractions stays unused."""
        for quantity in quantities:
            if quantity.kind != "fraction_dose" or self.agrees(None, quantity.value, None):
                setattr(self, _FIELDS[quantity.kind], quantity.value)
                self.used.append(quantity)
        self.end = max(self.end, end)

    def complete(self) -> None:
        """Fill in the third of dose, fractions and dose per fraction, where two are known."""
        dose, each, number = self.dose_gy, self.fraction_dose_gy, self.n_fractions
        if each and dose is None and number:
            self.dose_gy = round(each * number, 4)
        elif each and dose and number is None:
            count = round(dose / each)
            if count and is_product(dose, count, each):
                self.n_fractions = count


def group_phases(sentence: Sentence, groups: Iterable[Group]) -> list[PhaseBuilder]:
    """Gather quantities into phases, in order; a total over phases is none of its own."""
    phases: list[PhaseBuilder] = []
    for group in groups:
        if not group.quantities:
            continue
        last = phases[-1] if phases else None
        if group.form in ("list", "sum", "rise"):
            listed = _phases_of_list(group)
            kinds = {quantity.kind for quantity in last.used} if last else set()
            if last and kinds == {"fractions"} and group.form == "list" and listed[0].n_fractions is None:
                phases.pop()  # 35 fx, 70/63/56 Gy
                for phase in listed:
                    phase.take(last.used, phase.end)
            phases += listed
            continue
        # Of what was given so far and what was planned, the phase has what was planned.
        quantities = group.quantities[1:] if group.form == "progress" else group.quantities
        if last and _continues(sentence, last, group, {quantity.kind: quantity.value for quantity in quantities}):
            for phase in phases:
                if phase is last or (phase.list_id >= 0 and phase.list_id == last.list_id):
                    phase.take(quantities, group.end)
            continue
        phases.append(PhaseBuilder(group.start, group.end, group.form))
        if group.form != "range":  # of which nobody can say which dose was given
            phases[-1].take(quantities, group.end)
    phases = _without_total(phases)
    for phase in phases:
        phase.complete()
    return phases


def _phases_of_list(group: Group) -> list[PhaseBuilder]:
    """Make a phase of each dose of a list; what else the form says holds for all."""
    others = [quantity for quantity in group.quantities if quantity.kind != "dose"]
    listed = []
    for dose in group.quantities:
        if dose.kind == "dose":
            listed.append(PhaseBuilder(dose.start, dose.end, group.form, list_id=group.start))
            listed[-1].take((dose, *others), dose.end)
    listed[-1].end = group.end
    return listed


def _continues(sentence: Sentence, last: PhaseBuilder, group: Group, values: Mapping[str, float]) -> bool:
    """Return whether a group says more of the last phase, and does not begin another."""
    if group.form == "range" or last.activity_mci is not None or "activity" in values:
        return False
    dose, fraction_dose, number = (values.get(kind) for kind in ("dose", "fraction_dose", "fractions"))
    between = sentence.classes[last.end : group.start]
    if dose and dose == last.dose_gy:
        # The same dose is another phase behind a semicolon, or in the same fractions with a site between.
        placed = number == last.n_fractions and not _PLACES.isdisjoint(between)
        if placed or any(token.word == ";" for token in sentence.tokens[last.end : group.start]):
            return False
    if not last.agrees(dose, fraction_dose, number):
        return False
    if _BEGINNING_PHASE.isdisjoint(between):
        return True
    # "50 Gy boost, 5 fractions": the number alone begins nothing.
    return bool(number and not (dose or fraction_dose or last.n_fractions) and _ENDING_PHASE.isdisjoint(between))


def _without_total(phases: list[PhaseBuilder]) -> list[PhaseBuilder]:
    """Drop the total over the phases that stands before or behind them; what else it says holds for all."""
    for total, others in ((phases[-1], phases[:-1]), (phases[0], phases[1:])) if len(phases) > 2 else ():
        doses = [phase.dose_gy or (phase.fraction_dose_gy or 0) * (phase.n_fractions or 0) for phase in others]
        each = total.fraction_dose_gy
        if total.dose_gy and total.list_id < 0 and all(doses) and abs(sum(doses) - total.dose_gy) < _ROUNDED_GY:
            for phase in others:
                phase.used += total.used
                if phase.form == "plain":
                    phase.form = "of total"
                if each and phase.fraction_dose_gy is phase.n_fractions is None and phase.agrees(None, each, None):
                    phase.fraction_dose_gy = each
            others[-1].end = max(others[-1].end, total.end)
            return others
    return phases


def divide(sentence: Sentence, phases: Sequence[PhaseBuilder], sites: Sequence[Site]) -> None:
    """Set each phase's part of the sentence: from a joint before it to the one behind it."""
    phases[-1].part_end = len(sentence.tokens)
    if len(phases) > 1:
        inside = {at for site in sites for at in range(site.start, site.end)}
        starts = [site.start for site in sites]
        for earlier, later in pairwise(phases):
            earlier.part_end = later.part_start = _boundary(sentence, earlier, later, inside, starts)


def _boundary(
    sentence: Sentence, earlier: PhaseBuilder, later: PhaseBuilder, inside: set[int], starts: Sequence[int]
) -> int:
    """Return the token at which the later phase's part begins; ``inside`` and ``starts`` are the tokens of sites."""
    kinds, end = sentence.classes, earlier.end
    if earlier.list_id >= 0 and earlier.list_id == later.list_id:
        return later.start
    between = [at for at in range(end, later.start) if at not in inside]
    strong = [at for at in between if kinds[at] in _STRONG_JOINTS]
    if strong and strong[0] == end and kinds[end] == _BOOST and kinds[end + 1 : end + 2] in _BEHIND_LAST_BOOST:
        # A boost's word that ends the earlier phase: "5.4 Gy / 3 fx boost, 6 Gy x 3 to the cuff"
        strong = strong[1:] or [end + 1]
    if strong:
        joint = strong[0]
        if kinds[joint] == _BOOST:  # with what is said of it: "electron boost", "left scar boost"
            while joint > end and kinds[joint - 1] in _BEFORE_BOOST:
                joint -= 1
        return joint
    weak = [at for at in between if kinds[at] in _WEAK_JOINTS]
    if weak:
        return weak[-1]
    # The later phase's heading, a site that no "to" leads: 45 Gy in 25 fx prostate 20 Gy
    headings = starts[bisect_left(starts, end) : bisect_left(starts, later.start)]
    return next((start for start in headings if _TO not in kinds[start - 2 : start]), later.start)


def treated_sites(phases: Sequence[PhaseBuilder], sites: Iterable[Site]) -> list[Keyword]:
    """Return the sites that were treated: of each phase's part of the sentence those with the highest certainty.

    The site of a disease alone counts where nothing else is named: "prostate cancer, 78 Gy".
    """
    ends = [phase.part_end for phase in phases[:-1]]
    treated: list[Site] = []
    for _, part in groupby(sites, key=lambda site: bisect_right(ends, site.start)):
        named = list(part)
        highest = max([site.certainty for site in named])
        likeliest = [site for site in named if site.certainty == highest]
        treated += likeliest if highest == TREATED else likeliest[:1]
    return [Keyword("site", name, start, end) for name, start, end, _ in treated]


def name_boosts(sentence: Sentence, phases: Sequence[PhaseBuilder]) -> None:
    """Say of each phase whether it is a boost, and subtract what was given before from a boost *to* a dose."""
    if len(phases) == 1 and {_BOOST, _SIB}.isdisjoint(sentence.classes):
        return
    kinds = _DENIED_BOOST.sub(lambda found: CLASS["negative"] * len(found[0]), sentence.classes)
    runs = _simultaneous_runs(sentence, phases)
    integrated = _SIB in kinds
    for run in runs if integrated else ():
        # The levels of a simultaneous boost have one number of fractions, where it is stated once.
        numbers = {phase.n_fractions for phase in run} - {None}
        if len(numbers) == 1:
            (number,) = numbers
            for phase in run:
                phase.n_fractions = number
                phase.complete()
    same_number = len({phase.n_fractions for phase in phases} - {None}) < 2
    earlier: PhaseBuilder | None = None
    given = 0.0
    for run in runs:
        lowest = min((phase.dose_gy for phase in run if phase.dose_gy), default=0.0)
        for phase in run:
            part, dose = kinds[phase.part_start : phase.part_end], phase.dose_gy or 0.0
            if integrated and (len(phases) == 1 or (dose > lowest and (_SIB in part or same_number))):
                phase.boost = "simultaneous"
            else:
                if _is_sequential_boost(kinds, phase, earlier):
                    phase.boost = "sequential"
                if earlier and dose > given > 0 and _includes_given(kinds, earlier, phase):
                    _subtract(phase, given, earlier)
            given += phase.dose_gy or 0.0
            earlier = phase


def _simultaneous_runs(sentence: Sentence, phases: Sequence[PhaseBuilder]) -> list[list[PhaseBuilder]]:
    """Part the phases where a "then" stands between: levels are given together."""
    runs = [[phases[0]]]
    for earlier, later in pairwise(phases):
        if CLASS["then"] in sentence.classes[earlier.end : later.start]:
            runs.append([])
        runs[-1].append(later)
    return runs


def _is_sequential_boost(kinds: str, phase: PhaseBuilder, earlier: PhaseBuilder | None) -> bool:
    boost = kinds.find(_BOOST, phase.part_start, phase.part_end)
    if earlier:
        # Or an alternative to the boost before: a boost of 16 Gy/8 or 10 Gy/5
        is_alternative = earlier.boost == "sequential" and _OR in kinds[earlier.end : phase.start]
        return boost >= 0 or phase.form == "rise" or is_alternative
    # The word belongs to the first dose only where it stands before it, or right behind.
    return 0 <= boost <= phase.end or (boost == phase.end + 1 and kinds[phase.end] == CLASS["open"])


def _includes_given(kinds: str, earlier: PhaseBuilder, phase: PhaseBuilder) -> bool:
    """Return whether a dose includes what was given before: 50.4 → 59.4 Gy, boost to 66 Gy."""
    if phase.form == "rise" or CLASS["arrow"] in kinds[earlier.end : phase.start]:
        return True
    at = next((quantity.start for quantity in phase.used if quantity.kind == "dose"), phase.start)
    words = kinds[phase.part_start : at]
    leading = words.rstrip(_BEFORE_DOSE)
    return leading.endswith(_TO) and (phase.boost == "sequential" or CLASS["total"] in words[len(leading) :])


def _subtract(phase: PhaseBuilder, given: float, earlier: PhaseBuilder) -> None:
    """Reduce dose and fractions by what was given before; a dose per fraction that is not stated stays as it was."""
    phase.dose_gy = round((phase.dose_gy or 0.0) - given, 4)
    if phase.n_fractions is not None:
        before = earlier.n_fractions
        phase.n_fractions = phase.n_fractions - before if before is not None and phase.n_fractions > before else None
    elif phase.fraction_dose_gy is None:
        phase.fraction_dose_gy = earlier.fraction_dose_gy


def assign(sentence: Sentence, phases: Sequence[PhaseBuilder], keywords: Iterable[Keyword]) -> list[int]:
    """Give every keyword to the phase in whose part it stands; return the tokens that contradict an earlier word."""
    ends = [phase.part_end for phase in phases[:-1]]
    contradicting = []
    for kind, value, start, _ in keywords:
        if ends and kind != "site" and _is_of_all(sentence, start):
            for phase in phases:
                phase.attributes.setdefault(kind, value)
        kept = phases[bisect_right(ends, start)].attributes.setdefault(kind, value)
        if kept != value and kind in _CONTRADICTABLE:
            contradicting.append(start)
    if ends:
        _share(sentence, phases)
    return contradicting


def _is_of_all(sentence: Sentence, place: int) -> bool:
    """Return whether a word is of all phases: "all by IMRT", "all IMPT"."""
    before = place - 1
    if before > 0 and sentence.classes[before] in _BEFORE_ALL:
        before -= 1
    return before > 0 and sentence.tokens[before].word in ("all", "both")


def _share(sentence: Sentence, phases: Sequence[PhaseBuilder]) -> None:
    """Let phases of one prescription share what is said once: a list of doses, levels, what a total stands over."""
    for list_id, listed in groupby(phases, key=lambda phase: phase.list_id):
        if list_id >= 0:
            _pool(list(listed), (*_SHARED, "site"))
    for run in _simultaneous_runs(sentence, phases):
        if any(phase.boost == "simultaneous" for phase in run):
            _pool(run, _SHARED)
    _pool([phase for phase in phases if phase.form == "of total"], _SHARED)
    for earlier, later in pairwise(phases):
        if "site" in earlier.attributes and _OR in sentence.classes[earlier.end : later.start]:
            later.attributes.setdefault("site", earlier.attributes["site"])


def _pool(phases: Sequence[PhaseBuilder], kinds: Sequence[str]) -> None:
    """Give each phase the first value among them of what it has no own value of."""
    pool: dict[str, str] = {}
    for phase in phases:
        pool = {kind: phase.attributes[kind] for kind in kinds if kind in phase.attributes} | pool
    for phase in phases:
        phase.attributes = pool | phase.attributes
