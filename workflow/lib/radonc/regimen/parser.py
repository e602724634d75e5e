"""Read what a text says of a regimen: ``parse``.

A text is cut into tokens (``lexicon``); quantities, keywords and sites are found in them (``quantities``, this module,
``sites``); quantities that belong together make a phase, and what else is said goes to the phase beside it
(``phases``). What counts as what:

- A dose that was given before, or only planned, is a phase like any other.
- What limits, means, ranges of a group, dose rates, BED and EQD2 speak of is neither mention nor phase.
- "36 of 60 Gy" are two doses; the phase has the planned one.
- Of a range (40-45 Gy) both doses are mentioned, and the phase has none.
- A total over phases is mentioned, and no phase of its own. A boost *to* a dose is a phase of the difference.
- A dose in an unlikely unit (5040 Gy) stays as it stands: plausibility is for others to judge.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from radonc.regimen import Phase
from radonc.regimen.lexicon import CLASS, Sentence, classes, tokenize
from radonc.regimen.phases import PhaseBuilder, assign, divide, group_phases, name_boosts, treated_sites
from radonc.regimen.quantities import Group, Keyword, Quantity, find_groups
from radonc.regimen.sites import find_sites
from radonc.vocabulary.modality_rules import SOURCES, TECHNIQUES, Rules, mentions

_KINDS = {"nuclide": "energy", "sib": "boost", "freq": "frequency"}
_KINDS |= {kind: kind for kind in ("modality", "source", "technique", "boost")}
_KEYWORDS = {CLASS[name]: kind for name, kind in _KINDS.items()}
_KEYWORD = re.compile(f"[{''.join(_KEYWORDS)}]")
_NUMBERS = re.compile(f"[{CLASS['number']}{CLASS['code']}]")
_NEGATIVE, _MASS, _WORD, _NUMBER = (CLASS[name] for name in ("negative", "mass", "word", "number"))
_BEHIND_FREQUENCY = classes("fraction visit irradiation rt technique modality")
_BEFORE_FREQUENCY = classes("technique irradiation rt modality dose given site part")
_PAUSES, _CELL_EDGES = classes("comma open close colon at"), classes("comma stop bar")
_IRRADIATED = classes("irradiation rt")
_DRUG_REACH = 8  # a frequency so many tokens behind a mass (40 mg/m2 weekly) is the drug's
_SITES_OF_TECHNIQUES = {"WBRT": "whole brain", "PCI": "brain", "CSI": "craniospinal axis", "TBI": "total body"}
_SITES_OF_TECHNIQUES |= {"TSEB": "total skin", "TLI": "lymph nodes", "WART": "abdomen", "HBI": "half body"}


class Mention(NamedTuple):
    """Words of a text and what they say."""

    kind: str  # dose, fraction_dose, fractions, site, modality, technique, energy, boost or frequency
    value: float | str  # Gy, a whole number of fractions, or words in normal form (a site's as ``site_name`` writes it)
    start: int  # where the words stand, in characters; of a dose, the number with its unit
    end: int


class ParsedRegimen(NamedTuple):
    """What was read of a text."""

    phases: tuple[Phase, ...]
    mentions: tuple[Mention, ...]  # in order
    unused: tuple[tuple[int, int], ...]  # start and end, in characters, of numbers and contradictions in no phase


def parse(text: str) -> ParsedRegimen:
    """Read a text; any text can be read, in time linear in its length.

    >>> parse("42.56Gy/16# + 10/4 boost").phases[1]
    Phase(site=None, dose_gy=10.0, n_fractions=4, activity_mci=None, modality=None, technique=None, energy=None, \
boost='sequential', schedule=None)
    """
    sentence = tokenize(text)
    groups = find_groups(sentence)
    keywords = find_keywords(sentence, groups)
    quantities = [quantity for group in groups for quantity in group.quantities]
    sites = find_sites(sentence)
    if not (keywords or quantities):
        # A text without a word of treatment says something if it is the name of a site, and no more.
        sites = [site for site in sites if (site.start, site.end) == (0, len(sentence.tokens))]
    phases = group_phases(sentence, groups) or [PhaseBuilder(0, len(sentence.tokens))]
    divide(sentence, phases, sites)
    treated = treated_sites(phases, sites)
    keywords += [
        Keyword("technique", "WBRT", site.start, site.end + 1)
        for site in treated
        if site.value == "whole brain" and sentence.classes[site.end : site.end + 1] in _IRRADIATED
    ]
    keywords += treated
    name_boosts(sentence, phases)
    contradicting = assign(sentence, phases, keywords)
    said: list[Quantity | Keyword] = [*quantities, *keywords]
    starts, tokens = sentence.starts, sentence.tokens
    mentioned = [
        Mention(kind, value, starts[start], starts[end - 1] + tokens[end - 1].length)
        for kind, value, start, end in said
        if kind not in ("activity", "source")
    ]
    unused = {match.start() for match in _NUMBERS.finditer(sentence.classes)}
    for _, _, start, end in keywords + [quantity for phase in phases for quantity in phase.used]:
        unused.difference_update(range(start, end))
    unused.update(contradicting)
    return ParsedRegimen(
        tuple([built for phase in phases if (built := _build(phase))]),
        tuple(sorted(mentioned, key=itemgetter(2))),
        tuple([(sentence.starts[at], sentence.end(at)) for at in sorted(unused)]),
    )


def find_keywords(sentence: Sentence, groups: Sequence[Group]) -> list[Keyword]:
    """Return the words of treatment; without what is denied, and without how often a drug is given."""
    kinds = sentence.classes
    found = []
    readings: dict[int, str] = {}
    for match in _KEYWORD.finditer(kinds):
        place, kind = match.start(), _KEYWORDS[match[0]]
        # A word before denies (no boost), or one behind that does not deny what follows it (3D, not IMRT).
        denied = kinds[place + 1 : place + 2] == _NEGATIVE and kinds[place + 2 : place + 3] not in _KEYWORDS
        if denied or _NEGATIVE in kinds[max(place - 3, 0) : place]:
            continue
        if kind == "frequency":
            readings = readings or _readings(groups)
            if not _is_of_fractions(kinds, place, readings):
                continue
        found.append(Keyword(kind, sentence.tokens[place].value, place, place + 1))
    return found + [group.keyword for group in groups if group.keyword]


def _readings(groups: Sequence[Group]) -> dict[int, str]:
    """Return which tokens of the forms are of something said (``used``), frequencies, or passed over."""
    readings: dict[int, str] = {}
    for group in groups:
        reading = "used" if group.quantities or group.keyword else "passed over"
        readings |= dict.fromkeys(range(group.start, group.end), reading)
        if group.keyword and group.keyword.kind == "frequency":
            readings |= dict.fromkeys(range(group.keyword.start, group.keyword.end), "frequency")
    return readings


def _is_of_fractions(kinds: str, place: int, readings: dict[int, str]) -> bool:
    """Return whether a frequency is new, and of fractions: in a quantity, beside one, or behind a treatment."""
    reading, used = readings.get(place), ("used", "frequency")
    if reading:
        return reading == "used"
    if _MASS in kinds[max(place - _DRUG_REACH, 0) : place]:
        return False
    before, after = kinds[max(place - 1, 0) : place], kinds[place + 1 : place + 2]
    if after in _BEHIND_FREQUENCY or before in _BEFORE_FREQUENCY or readings.get(place - 1) in used:
        return True
    if (after == _NUMBER and readings.get(place + 1) in used) or (before in _CELL_EDGES and after in _CELL_EDGES):
        return True
    return before in _PAUSES and (readings.get(place - 2) in used or after != _WORD)


def _build(phase: PhaseBuilder) -> Phase | None:
    """Return the phase; None where nothing is said of it."""
    phase.complete()
    said = phase.attributes
    if not (phase.dose_gy or phase.n_fractions or phase.activity_mci):
        said.pop("frequency", None)
        if not said:
            return None
    energy, technique = said.get("energy"), said.get("technique")
    return Phase(
        said.get("site") or _SITES_OF_TECHNIQUES.get(technique or ""),
        None if phase.dose_gy is None else round(phase.dose_gy, 2),
        phase.n_fractions,
        phase.activity_mci,
        said.get("modality") or said.get("source") or implied_modality(energy, technique),
        technique,
        energy,
        phase.boost,
        said.get("frequency"),
    )


@lru_cache(maxsize=4096)
def implied_modality(energy: str | None, technique: str | None) -> str | None:
    """Return what an energy (6 MV: photon, 9 MeV: electron) or a technique (HDR: brachytherapy) says, or None.

    An energy that photons can have is of photons, unless the technique excludes them: cobalt, and HDR cobalt. A
    technique that photons can be given by (IMRT, SBRT) says nothing by itself.

    >>> implied_modality("Co-60", None), implied_modality("Co-60", "HDR"), implied_modality(None, "IMRT")
    ('photon', 'brachytherapy', None)
    """
    by_energy = _possible_modalities(energy, SOURCES)
    by_technique = _possible_modalities(technique, {**TECHNIQUES, **SOURCES})  # SIRT is named among the sources
    possible = (by_energy & by_technique) or by_energy
    if "photon" in possible:
        return "photon"
    if not by_energy and len(by_technique) == 1:
        possible = by_technique - {"photon"}
    return next(iter(possible)) if len(possible) == 1 else None


def _possible_modalities(words: str | None, rules: Rules) -> frozenset[str]:
    """Return the modalities that all words leave possible; none where no rule knows the words."""
    possible = [mention.possible for mention in mentions(words or "", rules)]
    return frozenset.intersection(*possible) if possible else frozenset()
