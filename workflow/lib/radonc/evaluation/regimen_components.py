"""Which components of an answered regimen are right, and whether the answer makes sense by itself.

Phases are matched in order, boosts with boosts and all others with each other. A component that the reference does not
state is not judged. What the reference states must be stated by the matched phase. An answer's additional phase must
repeat what the reference states somewhere; if it has a dose or a number of fractions of its own, these are wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

import pandas as pd

from radonc.data.outcomes import REGIMEN_COMPONENTS
from radonc.data.plausibility import is_plausible
from radonc.regimen import Phase
from radonc.regimen.dose import course_eqd2_gy
from radonc.regimen.parser import parse
from radonc.regimen.quantities import is_product
from radonc.runtime.settings.plausibility import Range
from radonc.vocabulary import sites
from radonc.vocabulary.modality import MODALITIES
from radonc.vocabulary.modality_of_answer import of_answer

_REMEMBERED = 1 << 18
"""Texts that are read once: arms give equal answers, and have equal references."""


class RegimenAnswer(NamedTuple):
    """What a text states of a course.

    Attributes
    ----------
    phases
        As ``parse`` gives them; none of a text that is missing.
    consistent
        Fractions times dose per fraction is the dose, but for rounding (``is_product``); None where not all three are
        stated.
    dose_found
        A phase states a dose (Gy) or an activity (mCi).
    """

    phases: tuple[Phase, ...]
    consistent: bool | None
    dose_found: bool


def read_regimen(text: str | None) -> RegimenAnswer:
    """Read a regimen; any text can be read.

    >>> [read_regimen(f"{dose} Gy in 28 fractions, 1.8 Gy per fraction").consistent for dose in (50.4, 70.4)]
    [True, False]
    """
    if text is None:
        return RegimenAnswer((), None, dose_found=False)
    phases, mentions, _ = parse(text)
    kinds = {mention.kind for mention in mentions}
    consistent = None
    if kinds >= {"dose", "fractions", "fraction_dose"}:
        stated = [(one.dose_gy, one.n_fractions) for one in phases if one.dose_gy and one.n_fractions]
        each = [float(mention.value) for mention in mentions if mention.kind == "fraction_dose"]
        consistent = all(any(is_product(dose, n, one) for dose, n in stated) for one in each)
    found = any(phase.dose_gy is not None or phase.activity_mci is not None for phase in phases)
    return RegimenAnswer(phases, consistent, found)


def score(scores: pd.DataFrame, *, ranges: Sequence[Range], alpha_beta_gy: float) -> pd.DataFrame:
    """Judge the components of every answered regimen.

    Parameters
    ----------
    scores
        Rows of ``SCORES`` of the task ``regimen``.
    ranges
        What is plausible, in the clinic's order.
    alpha_beta_gy
        α/β (Gy) of the EQD2.

    Returns
    -------
    DataFrame
        A row of ``REGIMEN_COMPONENTS`` per row of ``scores``, in their order. An answer that could not be read is wrong
        in all that is judged, and has neither a dose nor arithmetic.
    """
    reading = lru_cache(_REMEMBERED)(read_regimen)

    @lru_cache(_REMEMBERED)
    def fits(phase: Phase) -> bool | None:
        return is_plausible(replace(phase, modality=modality_of(phase)), ranges)

    def judge(reference: str, answer: str | None) -> tuple[bool | float | None, ...]:
        true, said = reading(reference), reading(answer)
        wanted, given = (course_eqd2_gy(one.phases, alpha_beta_gy) for one in (true, said))
        error = None if wanted is None or given is None else abs(wanted - given)
        verdicts = {fits(phase) for phase in said.phases} - {None}
        plausible = all(verdicts) if verdicts else None
        return (*compare_courses(true.phases, said.phases), error, said.consistent, plausible, said.dose_found)

    parsed = scores["parsed"].astype("object").where(scores["parsed"].notna(), None)
    rows = list(map(lru_cache(_REMEMBERED)(judge), scores["reference"], parsed))
    names = list(REGIMEN_COMPONENTS.columns)
    n_key = names.index("site")
    judged = pd.DataFrame(rows, columns=names[n_key:], index=scores.index).astype(
        {name: "boolean" for name in names[n_key:] if name != "eqd2_error_gy"}
    )
    return pd.concat([scores[names[:n_key]], judged], axis=1)


ROUNDED = 0.1
"""Doses (Gy) and activities (mCi) that differ by less are equal: people write 40 for 40.05."""

_SINGLE = tuple(sorted({*MODALITIES} - {"external", "mixed"}))
_SMALL_WORDS = frozenset({"left", "right", "bilateral", "and", "of", "the", "to", "with", "area", "region"})
_WORD = re.compile(r"\w+")

Course = Sequence[Phase]


class Components(NamedTuple):
    """Which components of a course are right (True) or wrong (False); None where one is not judged."""

    site: bool | None
    site_group: bool | None
    laterality: bool | None
    dose: bool | None
    fractions: bool | None
    modality: bool | None
    technique: bool | None
    full_match: bool | None


class _Component(NamedTuple):
    """How a phase states a component (None: it does not), and when two statements are equal."""

    stated: Callable[[Phase], Any]
    same: Callable[[Any, Any], bool]
    may_repeat: bool = True


def compare_courses(reference: Course, answer: Course) -> Components:
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
    >>> compare_courses(reference, [Phase("right breast", 40, 15, modality="photon")])[:5]
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
    """Return a phase's modality as stated, or as its technique and energy imply it."""
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
    stated, same = component.stated, component.same
    wanted = [(true, said) for phase, said in matched if (true := stated(phase)) is not None]
    if not wanted:
        return None
    for true, said in wanted:
        value = stated(said) if said is not None else None
        if value is None or not same(true, value):
            return False
    more = [value for phase in beyond if (value := stated(phase)) is not None]
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
