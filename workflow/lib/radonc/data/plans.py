"""From a patient's plans to the course that was given: the primary plan and its boosts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from radonc.vocabulary.regimen import Phase

DELIVERED = ("approved", "treated")
PHASE = [field.name for field in fields(Phase)]


@dataclass(frozen=True)
class Course:
    """A course: its phases, the primary one first, and its intent where known."""

    phases: tuple[Phase, ...]
    intent: str | None


def primary_courses(plans: pd.DataFrame) -> tuple[dict[str, Course], dict[str, pd.Index]]:
    """Find the course of each patient whose primary plan can be told.

    Plans that were never delivered (neither approved nor treated) and verification plans do not count. A replan stands
    for the plan of the same course and site that it replaced; of several replans the one that starts last does, if
    their days of start tell which that is. Boosts belong to the primary plan of their course. If then one primary plan
    is left, it is the one.

    Parameters
    ----------
    plans
        De-identified plans, several rows per patient.

    Returns
    -------
    tuple
        Patient -> course, and the patients for whom there is none: ``no_delivered_plan``, ``ambiguous_primary_plan``.
    """
    delivered = plans[plans["status"].isin(DELIVERED) & (plans["role"] != "verification")]
    # By all that a course's text tells, so that it does not depend on the order of the rows.
    ordered = delivered.sort_values(["patient_id", "course", "start_day", *PHASE], kind="stable")
    rows = groupby(ordered.to_dict("records"), key=itemgetter("patient_id"))
    courses = {str(patient): _course([_Plan.read(row) for row in group]) for patient, group in rows}
    clear = {patient: course for patient, course in courses.items() if course}
    planned = set(plans["patient_id"])
    return clear, {
        "no_delivered_plan": pd.Index(sorted(planned - courses.keys()), dtype=object),
        "ambiguous_primary_plan": pd.Index(sorted(courses.keys() - clear.keys()), dtype=object),
    }


@dataclass(frozen=True)
class _Plan:
    """A delivered plan: its place among the patient's plans, and its phase."""

    course: int | None
    role: str
    start_day: int | None
    intent: str | None
    phase: Phase

    @classmethod
    def read(cls, row: Mapping[Hashable, Any]) -> _Plan:
        given = {str(name): None if pd.isna(value) else value for name, value in row.items()}
        phase = Phase(**{name: given[name] for name in PHASE})
        return cls(given["course"], given["role"] or "primary", given["start_day"], given["intent"], phase)

    @property
    def target(self) -> tuple[int | None, str]:
        """Course and site, by which a replan finds the plan that it replaced."""
        return self.course, " ".join((self.phase.site or "").casefold().split())


def _course(plans: list[_Plan]) -> Course | None:
    """Return a patient's course, or None where its primary plan is not clear."""
    main = _without_replaced([plan for plan in plans if plan.role != "boost"])
    boosts = [plan for plan in plans if plan.role == "boost"]
    if len(main) != 1 or any(boost.course != main[0].course for boost in boosts):
        return None
    return Course((main[0].phase, *(boost.phase for boost in boosts)), main[0].intent)


def _without_replaced(main: list[_Plan]) -> list[_Plan]:
    """Drop the plans that a later replan of the same course and site replaced."""
    kept: list[_Plan] = []
    for target in dict.fromkeys(plan.target for plan in main):
        originals = [plan for plan in main if plan.target == target and plan.role != "replan"]
        replans = [plan for plan in main if plan.target == target and plan.role == "replan"]
        # One original and its replans are one plan, the last replan's; two originals stay two.
        kept += _last(replans) if replans and len(originals) <= 1 else originals
    return kept


def _last(replans: list[_Plan]) -> list[_Plan]:
    """Return the replan that starts last, or all of those among which that cannot be told."""
    days = [replan.start_day for replan in replans if replan.start_day is not None]
    if len(days) < len(replans):
        return replans
    return [replan for replan in replans if replan.start_day == max(days)]
