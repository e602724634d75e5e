"""What energies and techniques say of a phase's modality, by the rules that plans and answers are read by."""

from __future__ import annotations

from functools import lru_cache, reduce

from radonc.vocabulary.modality_rules import SOURCES, TECHNIQUES, Rules, mentions

_GIVEN = {**TECHNIQUES, **SOURCES}  # SIRT is named among the sources
_KEPT = 4096  # pairs of an energy and a technique


@lru_cache(maxsize=_KEPT)
def implied_modality(energy: str | None, technique: str | None) -> str | None:
    """Return what an energy (6 MV: photon, 9 MeV: electron) or a technique (HDR: brachytherapy) says, or None.

    An energy that photons can have is of photons, unless the technique excludes them: cobalt, and HDR cobalt. A
    technique that photons can be given by (IMRT, SBRT) says nothing by itself.

    >>> implied_modality("Co-60", None), implied_modality("Co-60", "HDR"), implied_modality(None, "IMRT")
    ('photon', 'brachytherapy', None)
    """
    by_energy, by_technique = _possible(energy, SOURCES), _possible(technique, _GIVEN)
    if not by_energy:
        return None if "photon" in by_technique else _only(by_technique)
    left = (by_energy & by_technique) or by_energy
    return "photon" if "photon" in left else _only(left)


def _possible(words: str | None, rules: Rules) -> frozenset[str]:
    """Return the modalities that all words leave possible; none where no rule knows the words."""
    told = [mention.possible for mention in mentions(words or "", rules)]
    return reduce(frozenset.__and__, told) if told else frozenset()


def _only(possible: frozenset[str]) -> str | None:
    return next(iter(possible)) if len(possible) == 1 else None
