"""Two prescribed courses against each other: which components of the one are right by the other.

Phases are matched in order, those that are no boosts with such, boosts with boosts. A component that the reference does
not tell is not judged. What it tells must be told of the matched phase; an answer's phase too many must repeat what the
reference tells somewhere, and with a dose or fractions of its own it makes these wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

from radonc.regimen import Phase
from radonc.vocabulary import sites
from radonc.vocabulary.modality import MODALITIES
from radonc.vocabulary.modality_of_answer import of_answer

ROUNDED = 0.1
"""Doses (Gy) and activities (mCi) that differ by less are equal: people write 40 for 40.05."""

_SINGLE = tuple(sorted({*MODALITIES} - {"external", "mixed"}))
_SMALL_WORDS = frozenset({"left", "right", "bilateral", "and", "of", "the", "to", "with", "area", "region"})
_WORD = re.compile(r"\w+")

Course = Sequence[Phase]


class Components(NamedTuple):
    """What is right (True) and wrong (False) of a course; None where it is not judged."""

    site: bool | None
    site_group: bool | None
    laterality: bool | None
    dose: bool | None
    fractions: bool | None
    modality: bool | None
    technique: bool | None
    full_match: bool | None


class _Component(NamedTuple):
    """How a component is told of a phase (None: it is not), and when two tellings are the same."""

    told: Callable[[Phase], Any]
    same: Callable[[Any, Any], bool]
    may_repeat: bool = True


def compare(reference: Course, answer: Course) -> Components:
    """Judge the phases of an answer by those of its reference.

    Parameters
    ----------
    reference, answer
        Phases in the order in which they were read. An answer without a phase is wrong in all that is judged.

    Returns
    -------
    Components
        ``full_match``: nothing that is judged is wrong but perhaps the coarser ``site_group``, and there are as many
        phases, with the same kinds of boosts. None for a reference without a phase.

    >>> reference = [Phase("left breast", 40.05, 15, modality="photon")]
    >>> compare(reference, [Phase("right breast", 40, 15, modality="photon")])[:5]
    (True, True, False, True, True)
    """
    matched, beyond = _match(reference, answer)
    judged = {name: _judge(component, matched, beyond) for name, component in _COMPONENTS.items()}
    full = None
    if reference:
        like = Counter(phase.boost for phase in reference) == Counter(phase.boost for phase in answer)
        full = like and not any(right is False for name, right in judged.items() if name != "site_group")
    return Components(**judged, full_match=full)


@lru_cache(1 << 16)
def modality_of(phase: Phase) -> str | None:
    """Return a phase's modality: told, or what its technique and energy imply as they do in an answer to that task."""
    return phase.modality or of_answer(f"{phase.technique or ''} {phase.energy or ''}", _SINGLE)


def _match(reference: Course, answer: Course) -> tuple[list[tuple[Phase, Phase | None]], list[Phase]]:
    """Return each phase of the reference with the answer's, and the answer's phases beyond."""
    matched: list[tuple[Phase, Phase | None]] = []
    beyond: list[Phase] = []
    for is_boost in (False, True):
        true, said = ([one for one in course if (one.boost is not None) is is_boost] for course in (reference, answer))
        matched += zip_longest(true, said[: len(true)])
        beyond += said[len(true) :]
    return matched, beyond


def _judge(
    component: _Component, matched: Sequence[tuple[Phase, Phase | None]], beyond: Sequence[Phase]
) -> bool | None:
    told, same = component.told, component.same
    wanted = [(true, said) for phase, said in matched if (true := told(phase)) is not None]
    if not wanted:
        return None
    for true, said in wanted:
        value = told(said) if said is not None else None
        if value is None or not same(true, value):
            return False
    more = [value for phase in beyond if (value := told(phase)) is not None]
    if not component.may_repeat:
        return not more
    return all(any(same(true, value) for true, _ in wanted) for value in more)


def _amount(phase: Phase) -> tuple[str, float] | None:
    if phase.activity_mci is not None:
        return "mCi", phase.activity_mci
    return None if phase.dose_gy is None else ("Gy", phase.dose_gy)


def _same_amount(true: tuple[str, float], said: tuple[str, float]) -> bool:
    return true[0] == said[0] and abs(true[1] - said[1]) < ROUNDED - 1e-9


@lru_cache(1 << 16)
def _words(site: str | None) -> frozenset[str] | None:
    """Return what a site's words say but for the side: without small words, order and plural."""
    found = (word.removesuffix("s") for word in _WORD.findall((site or "").lower()) if word not in _SMALL_WORDS)
    return frozenset(found) or None


def _equal(true: Any, said: Any) -> bool:
    return bool(true == said)


_COMPONENTS = {
    "site": _Component(lambda phase: _words(phase.site), _equal),
    "site_group": _Component(
        lambda phase: sites.groups_of_words(phase.site) or None, lambda true, said: bool(true & said)
    ),
    "laterality": _Component(lambda phase: phase.laterality, _equal),
    "dose": _Component(_amount, _same_amount, may_repeat=False),
    "fractions": _Component(lambda phase: phase.n_fractions, _equal, may_repeat=False),
    "modality": _Component(modality_of, _equal),
    "technique": _Component(lambda phase: phase.technique, _equal),
}
