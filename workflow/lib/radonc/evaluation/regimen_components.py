"""What is right of an answered regimen, component by component, and whether the answer makes sense by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from radonc.data.outcomes import REGIMEN_COMPONENTS
from radonc.data.plausibility import Range, is_plausible
from radonc.evaluation import courses
from radonc.regimen import Phase
from radonc.regimen.dose import course_eqd2_gy
from radonc.regimen.reading import parse
from radonc.regimen.sizes import is_product

_REMEMBERED = 1 << 18
"""Texts that are read once: arms give equal answers, and have equal references."""


class Read(NamedTuple):
    """What a text tells of a course.

    Attributes
    ----------
    phases
        As ``parse`` gives them; none of a text that is missing.
    consistent
        Fractions times dose per fraction is the dose, but for rounding (``is_product``); None where not all three are
        told.
    dose_found
        A dose (Gy) or an activity (mCi) is told of a phase.
    """

    phases: tuple[Phase, ...]
    consistent: bool | None
    dose_found: bool


def read(text: str | None) -> Read:
    """Read a regimen; any text has a reading.

    >>> [read(f"{dose} Gy in 28 fractions, 1.8 Gy per fraction").consistent for dose in (50.4, 70.4)]
    [True, False]
    """
    if text is None:
        return Read((), None, dose_found=False)
    phases, mentions, _ = parse(text)
    kinds = {mention.kind for mention in mentions}
    consistent = None
    if kinds >= {"dose", "fractions", "fraction_dose"}:
        told = [(one.dose_gy, one.n_fractions) for one in phases if one.dose_gy and one.n_fractions]
        each = [float(mention.value) for mention in mentions if mention.kind == "fraction_dose"]
        consistent = all(any(is_product(dose, n, one) for dose, n in told) for one in each)
    found = any(phase.dose_gy is not None or phase.activity_mci is not None for phase in phases)
    return Read(phases, consistent, found)


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
    reading = lru_cache(_REMEMBERED)(read)

    @lru_cache(_REMEMBERED)
    def fits(phase: Phase) -> bool | None:
        return is_plausible(replace(phase, modality=courses.modality_of(phase)), ranges)

    def judge(reference: str, answer: str | None) -> tuple[bool | float | None, ...]:
        true, said = reading(reference), reading(answer)
        wanted, given = (course_eqd2_gy(one.phases, alpha_beta_gy) for one in (true, said))
        error = None if wanted is None or given is None else abs(wanted - given)
        verdicts = {fits(phase) for phase in said.phases} - {None}
        plausible = all(verdicts) if verdicts else None
        return (*courses.compare(true.phases, said.phases), error, said.consistent, plausible, said.dose_found)

    parsed = scores["parsed"].astype("object").where(scores["parsed"].notna(), None)
    rows = list(map(lru_cache(_REMEMBERED)(judge), scores["reference"], parsed))
    names = list(REGIMEN_COMPONENTS.columns)
    n_key = names.index("site")
    judged = pd.DataFrame(rows, columns=names[n_key:], index=scores.index).astype(
        {name: "boolean" for name in names[n_key:] if name != "eqd2_error_gy"}
    )
    return pd.concat([scores[names[:n_key]], judged], axis=1)
