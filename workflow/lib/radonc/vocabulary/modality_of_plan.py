"""The modality that a plan's fields tell, where they agree."""

from __future__ import annotations

from functools import lru_cache, reduce
from typing import NamedTuple

from radonc.vocabulary.modality_rules import (
    BEAMS,
    ENERGY_SHORTHAND,
    MACHINES,
    MIXED,
    NAMES,
    SOURCES,
    TECHNIQUES,
    Rules,
    mentions,
)

_KINDS: dict[str, tuple[Rules, ...]] = {
    "radiation type": (NAMES, TECHNIQUES, SOURCES),
    "technique": (NAMES, TECHNIQUES, SOURCES),
    "energy": (NAMES, TECHNIQUES, {**SOURCES, **ENERGY_SHORTHAND}),
    "machine": (MACHINES, NAMES),
    "source": (NAMES, TECHNIQUES, SOURCES),
}


class Told(NamedTuple):
    """What a plan's fields tell: a modality, or what in them contradicts itself, or neither.

    Attributes
    ----------
    modality
        One of ``MODALITIES``; ``external`` where several beams are possible and nothing else; None where nothing, or
        nothing sure, is told.
    contradiction
        Which fields tell of what, such as ``energy: photon; technique: brachytherapy``, without their values.
    """

    modality: str | None = None
    contradiction: str | None = None


class _Saying(NamedTuple):
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
) -> Told:
    """Tell the modality from a plan's fields, by the rules of ``modality_rules``, and never by a guess.

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
    said = [saying for field, text in fields.items() if text for saying in _sayings(field, text)]
    if any(saying.possible == MIXED for saying in said):
        return Told("mixed")
    mixed = [saying for saying in said if saying.is_mixed]
    if mixed:
        parts = frozenset().union(*(saying.possible for saying in mixed))
        alone = [saying for saying in said if not saying.is_mixed]
        fits = all(saying.possible & parts and not (saying.is_name and len(saying.possible) == 1) for saying in alone)
        return Told("mixed") if fits else Told(contradiction=_in_words(said))
    return _unmixed(said)


def contradicts(modality: str | None, field: str, text: str | None) -> bool:
    """Tell whether a field of a plan excludes the modality that another one states; ``mixed`` excludes nothing."""
    if modality is None or modality == "mixed" or not text:
        return False
    stated = BEAMS if modality == "external" else frozenset({modality})
    found = (mention for rules in _KINDS[field] for mention in mentions(text, rules))
    return any(not stated & mention.possible for mention in found if mention.possible != MIXED)


def _unmixed(said: list[_Saying]) -> Told:
    if not said:
        return Told()
    common = reduce(frozenset.__and__, (saying.possible for saying in said))
    if not common:
        return Told(contradiction=_in_words(said))
    if len(common) == 1:
        return Told(next(iter(common)))
    return Told("external" if common <= BEAMS else None)


@lru_cache(maxsize=1 << 14)
def _sayings(field: str, text: str) -> tuple[_Saying, ...]:
    """Return what each kind of rules finds in a field: what its finds have in common, or else all that they name."""
    sayings = []
    for rules in _KINDS[field]:
        found = [mention.possible for mention in mentions(text, rules)]
        if MIXED in found:
            sayings.append(_Saying(field, MIXED, is_mixed=False, is_name=True))
        elif found:
            common = reduce(frozenset.__and__, found)
            sayings.append(
                _Saying(field, common or frozenset().union(*found), is_mixed=not common, is_name=rules is NAMES)
            )
    return tuple(sayings)


def _in_words(said: list[_Saying]) -> str:
    named = (f"{saying.field}: {' or '.join(sorted(saying.possible))}" for saying in said)
    return "; ".join(dict.fromkeys(named))
