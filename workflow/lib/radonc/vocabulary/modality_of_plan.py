"""The modality that a plan's fields imply, where they agree.

Apart from ``modality_of_answer``, so that a change of how answers are read reruns no cohort, and the reverse no scores.
"""

from functools import lru_cache
from typing import NamedTuple

from radonc.vocabulary.modality_rules import BEAMS, MIXED, NAMES, SEALED, SOURCES, TECHNIQUES, Rules, mentions

# As linacs list their beams: 6X, 10FFF, 12E. Elsewhere "2x" is twice.
_BEAMS: Rules = {r"\b\d+ ?x\b|fff\b": frozenset({"photon"}), r"\b\d+ ?e\b": frozenset({"electron"})}
_LINAC = frozenset({"photon", "electron"})
# Names of machines, by what they give.
_MACHINES: Rules = {
    r"proton|mevion|probeam|proteus|probeat|varian pro": frozenset({"proton"}),
    r"cyber ?knife|gamma ?knife|tomo|radixact|halcyon|ethos|unity|mridian|viewray|zap-x|cobalt": frozenset({"photon"}),
    r"true ?beam|clinac|trilogy|novalis|versa|synergy|infinity|\bedge\b|artiste|oncor|primus|linac": _LINAC,
    r"mobetron|\bliac\b|novac": frozenset({"electron"}),
    r"after-?loader|flexitron|selectron|gammamed|varisource|bravos|saginova": SEALED,
    r"intrabeam|xoft|axxent": frozenset({"photon"}) | SEALED,
}
_RULES: dict[str, tuple[Rules, ...]] = {
    **dict.fromkeys(("radiation type", "technique", "source"), (NAMES, TECHNIQUES, SOURCES)),
    "energy": (NAMES, TECHNIQUES, {**SOURCES, **_BEAMS}),
    "machine": (_MACHINES, NAMES),
}


class PlanModality(NamedTuple):
    """What a plan's fields imply: a modality, or what in them contradicts itself, or neither."""

    modality: str | None = None  # of MODALITIES; "external" where several beams are possible and nothing else
    contradiction: str | None = None  # without values, such as "energy: photon; technique: brachytherapy"


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
    fields = {"radiation type": radiation_type, "technique": technique, "energy": energy, "machine": machine}
    fields["source"] = source
    evidence = [one for field, text in fields.items() if text for one in _evidence_of(field, text)]
    possible = [one.possible for one in evidence]
    if not evidence or MIXED in possible:
        return PlanModality("mixed" if evidence else None)
    alone = [one for one in evidence if not one.is_mixed]
    if parts := frozenset[str]().union(*(one.possible for one in evidence if one.is_mixed)):
        if all(one.possible & parts and not (one.is_name and len(one.possible) == 1) for one in alone):
            return PlanModality("mixed")
    elif common := frozenset.intersection(*possible):
        return PlanModality(next(iter(common)) if len(common) == 1 else "external" if common <= BEAMS else None)
    named = (f"{one.field}: {' or '.join(sorted(one.possible))}" for one in evidence)
    return PlanModality(contradiction="; ".join(dict.fromkeys(named)))


def contradicts(modality: str | None, field: str, text: str | None) -> bool:
    """Return whether a field of a plan excludes the modality that another one states; ``mixed`` excludes nothing."""
    if modality is None or modality == "mixed" or not text:
        return False
    stated = BEAMS if modality == "external" else frozenset({modality})
    found = (mention for rules in _RULES[field] for mention in mentions(text, rules))
    return any(not stated & mention.possible for mention in found if mention.possible != MIXED)


@lru_cache(maxsize=1 << 14)
def _evidence_of(field: str, text: str) -> tuple[_Evidence, ...]:
    """Return what each kind of rules finds in a field: what its finds have in common, or else all that they name."""
    evidence = []
    for rules in _RULES[field]:
        if found := [mention.possible for mention in mentions(text, rules)]:
            common = MIXED if MIXED in found else frozenset.intersection(*found)
            evidence.append(_Evidence(field, common or frozenset.union(*found), not common, rules is NAMES))
    return tuple(evidence)
