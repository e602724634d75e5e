"""The modality that a plan's fields imply, where they agree.

Apart from ``modality_of_answer``, so that a change of how answers are read reruns no cohort, and the reverse no scores.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from typing import NamedTuple

from radonc.vocabulary.modality_rules import BEAMS, MIXED, NAMES, SEALED, SOURCES, TECHNIQUES, Rules, mentions

_ENERGY_SHORTHAND: Rules = {
    # As linacs list their beams: 6X, 10FFF, 12E. Elsewhere "2x" is twice.
    r"\b\d+ ?x\b|fff\b": frozenset({"photon"}),
    r"\b\d+ ?e\b": frozenset({"electron"}),
}

_MACHINES: Rules = {
    r"proton|mevion|probeam|proteus|probeat|varian pro": frozenset({"proton"}),
    r"cyber ?knife|gamma ?knife|tomo|radixact|halcyon|ethos|unity|mridian|viewray|zap-x|cobalt": frozenset({"photon"}),
    r"true ?beam|clinac|trilogy|novalis|versa|synergy|infinity|\bedge\b|artiste|oncor|primus|linac": frozenset(
        {"photon", "electron"}
    ),
    r"mobetron|\bliac\b|novac": frozenset({"electron"}),
    r"after-?loader|flexitron|selectron|gammamed|varisource|bravos|saginova": SEALED,
    r"intrabeam|xoft|axxent": frozenset({"photon"}) | SEALED,
}
"""Names of machines, by what they give."""

_KINDS: dict[str, tuple[Rules, ...]] = {
    "radiation type": (NAMES, TECHNIQUES, SOURCES),
    "technique": (NAMES, TECHNIQUES, SOURCES),
    "energy": (NAMES, TECHNIQUES, {**SOURCES, **_ENERGY_SHORTHAND}),
    "machine": (_MACHINES, NAMES),
    "source": (NAMES, TECHNIQUES, SOURCES),
}


class PlanModality(NamedTuple):
    """What a plan's fields imply: a modality, or what in them contradicts itself, or neither.

    Attributes
    ----------
    modality
        One of ``MODALITIES``; ``external`` where several beams are possible and nothing else; None where
        nothing, or nothing certain, is said.
    contradiction
        Which fields say what, such as ``energy: photon; technique: brachytherapy``, without their values.
    """

    modality: str | None = None
    contradiction: str | None = None


class _Evidence(NamedTuple):
    field: str
    possible: frozenset[str]
    is_mixed: bool
    is_name: bool


def of_plan(
    *,
    radiation_type: str | None = None,
    technique: str | None = None,
    energy: str | None = None,
    machine: str | None = None,
    source: str | None = None,
) -> PlanModality:
    """Return the modality that a plan's fields imply, by the rules of ``modality_rules``, and never by a guess.

    What is possible by every field counts. Two names, two techniques or two energies in one field that exclude each
    other are a mixed treatment, if no field names one modality alone; all else that excludes each other contradicts.

    >>> of_plan(energy="6 MV", technique="VMAT").modality, of_plan(source="Ir-192").modality
    ('photon', 'brachytherapy')
    >>> of_plan(energy="150 MeV").modality, of_plan(energy="150 MeV", machine="ProBeam 1").modality
    ('external', 'proton')
    >>> of_plan(energy="6 MV / 9 MeV").modality, of_plan(technique="HDR", energy="6 MV").contradiction
    ('mixed', 'technique: brachytherapy; energy: photon')
    """
    fields = {
        "radiation type": radiation_type,
        "technique": technique,
        "energy": energy,
        "machine": machine,
        "source": source,
    }
    evidence = [one for field, text in fields.items() if text for one in _evidence_of(field, text)]
    if any(one.possible == MIXED for one in evidence):
        return PlanModality("mixed")
    mixed = [one for one in evidence if one.is_mixed]
    if mixed:
        parts = frozenset().union(*(one.possible for one in mixed))
        alone = [one for one in evidence if not one.is_mixed]
        fits = all(one.possible & parts and not (one.is_name and len(one.possible) == 1) for one in alone)
        return PlanModality("mixed") if fits else PlanModality(contradiction=_in_words(evidence))
    return _unmixed(evidence)


def contradicts(modality: str | None, field: str, text: str | None) -> bool:
    """Return whether a field of a plan excludes the modality that another one states; ``mixed`` excludes nothing."""
    if modality is None or modality == "mixed" or not text:
        return False
    stated = BEAMS if modality == "external" else frozenset({modality})
    found = (mention for rules in _KINDS[field] for mention in mentions(text, rules))
    return any(not stated & mention.possible for mention in found if mention.possible != MIXED)


def _unmixed(evidence: list[_Evidence]) -> PlanModality:
    if not evidence:
        return PlanModality()
    common = reduce(frozenset.__and__, (one.possible for one in evidence))
    if not common:
        return PlanModality(contradiction=_in_words(evidence))
    if len(common) == 1:
        return PlanModality(next(iter(common)))
    return PlanModality("external" if common <= BEAMS else None)


@lru_cache(maxsize=1 << 14)
def _evidence_of(field: str, text: str) -> tuple[_Evidence, ...]:
    """Return what each kind of rules finds in a field: what its finds have in common, or else all that they name."""
    evidence = []
    for rules in _KINDS[field]:
        found = [mention.possible for mention in mentions(text, rules)]
        if MIXED in found:
            evidence.append(_Evidence(field, MIXED, is_mixed=False, is_name=True))
        elif found:
            common = reduce(frozenset.__and__, found)
            evidence.append(
                _Evidence(field, common or frozenset().union(*found), is_mixed=not common, is_name=rules is NAMES)
            )
    return tuple(evidence)


def _in_words(evidence: list[_Evidence]) -> str:
    named = (f"{one.field}: {' or '.join(sorted(one.possible))}" for one in evidence)
    return "; ".join(dict.fromkeys(named))
