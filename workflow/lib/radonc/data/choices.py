"""The plans of a case laid out for annotators, and the answers that each of them gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from radonc import regimen
from radonc.data import labels
from radonc.data.plans import Choice, Course
from radonc.data.schemas import CHOICES
from radonc.runtime.settings.cohort import Cohort
from radonc.runtime.settings.tasks import Tasks


def rows(patient_id: str, choice: Choice, tasks: Tasks, cohort: Cohort) -> Iterator[dict[str, Any]]:
    """Yield a row of ``CHOICES`` per course that could be the one which was given.

    Parameters
    ----------
    patient_id
        The case.
    choice
        Its courses.
    tasks, cohort
        The config's sections of these names.
    """
    for number, course in enumerate(choice.courses, start=1):
        answers = {
            task: labels.by_record(task, None, course, tasks, cohort).text
            for task in labels.PLAN_TASKS
            if task in tasks.names
        }
        details = {name: getattr(course.primary, name, None) for name in CHOICES.columns}
        yield (
            details
            | {"regimen": None, "modality": None}
            | answers
            | {
                "case_id": patient_id,
                "number": number,
                "plan": lay_out(course),
            }
        )


def lay_out(course: Course) -> str:
    """Write a course in one line, with what distinguishes it from the patient's other ones.

    There is no ``|`` in it: the worksheet sets that between plans.

    >>> from radonc.data.records import Plan
    >>> plan = Plan(1, "primary", "treated", "palliative", "femur", "photon", dose_gy=8, n_fractions=1, start_day=30)
    >>> lay_out(Course((plan,)))
    'course 1, primary, treated, palliative, from d30: femur: 8 Gy in 1 fraction, photon'
    """
    first = course.primary
    days = [plan.end_day for plan in course.plans if plan.end_day is not None]
    parts = [
        f"course {first.course}" if first.course is not None else None,
        first.role,
        first.status,
        first.intent,
        f"from d{first.start_day}" if first.start_day is not None else None,
        f"to d{max(days)}" if days else None,
    ]
    line = f"{', '.join(part for part in parts if part)}: {regimen.render(course.phases)}"
    return line.replace("|", "/")
