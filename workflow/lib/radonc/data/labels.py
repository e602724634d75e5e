"""The answers of the three tasks, as far as rules can resolve them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from radonc import regimen
from radonc.data.checks import CHECKS
from radonc.data.plans import Course
from radonc.runtime.settings.cohort import Cohort
from radonc.runtime.settings.tasks import Tasks
from radonc.vocabulary import icd10
from radonc.vocabulary.tags import TAG

UNCLEAR_PLAN = "ambiguous_primary_plan"
REDACTED = "answer_redacted"
PLAN_TASKS = ("regimen", "modality")
"""The tasks whose answers come from the primary plan."""


@dataclass(frozen=True)
class Answer:
    """A resolved answer, or the reason why people must resolve it."""

    text: str | None = None
    unresolved: str | None = None


def resolve(
    task: str, icd10_code: str | None, course: Course | None, flags: Sequence[str], tasks: Tasks, cohort: Cohort
) -> Answer:
    """Settle one task's answer for a case, or say why the rules cannot.

    Parameters
    ----------
    task
        The task.
    icd10_code
        The diagnosis' code, if it has one.
    course
        The course that was given; None where that is not clear.
    flags
        The case's flags. Those of ``cohort.annotate_flags`` that concern the task take a resolved answer back.
    tasks, cohort
        The config's sections of these names.
    """
    answer = by_record(task, icd10_code, course, tasks, cohort)
    doubts = [
        check.code
        for check in CHECKS
        if task in check.tasks and check.code in flags and check.code in cohort.annotate_flags
    ]
    return Answer(unresolved=doubts[0]) if doubts and answer.text is not None else answer


def by_record(task: str, icd10_code: str | None, course: Course | None, tasks: Tasks, cohort: Cohort) -> Answer:
    """Settle one task's answer by the record alone, whatever its flags.

    What holds a tag, as ``[PLACE] boost: 10 Gy``, is no answer that a model should learn: what is under it people know.
    """
    answer = _as_it_stands(task, icd10_code, course, tasks, cohort)
    return Answer(unresolved=REDACTED) if answer.text is not None and TAG.search(answer.text) else answer


def _as_it_stands(task: str, icd10_code: str | None, course: Course | None, tasks: Tasks, cohort: Cohort) -> Answer:
    if task == "icd10":
        return resolve_icd10(icd10_code, tasks.require)
    if course is None:
        return Answer(unresolved=UNCLEAR_PLAN)
    if task == "modality":
        return resolve_modality(course, tasks.labels)
    if tasks.modality:
        modality = resolve_modality(course, tasks.labels)
        if modality.unresolved:
            # The course's text names the modality: what one task leaves open the other cannot state.
            return modality
    return resolve_regimen(course, *cohort.fraction_dose_gy)


def resolve_icd10(code: str | None, require: str) -> Answer:
    """Accept a code that ICD-10-CM has, and that is billable where the study asks for it."""
    if code is None:
        return Answer(unresolved="code_missing")
    if not icd10.is_valid(code):
        return Answer(unresolved="code_unknown")
    if require == "billable" and not icd10.is_billable(code):
        return Answer(unresolved="code_not_billable")
    return Answer(code)


def resolve_modality(course: Course, labels: Sequence[str]) -> Answer:
    """Accept the primary plan's modality if it is one of the study's labels."""
    modality = course.primary.modality
    if modality is None:
        return Answer(unresolved="modality_missing")
    return Answer(modality) if modality in labels else Answer(unresolved="modality_outside_labels")


def resolve_regimen(course: Course, lowest_gy: float, highest_gy: float) -> Answer:
    """Accept a course whose every phase has a plausible dose.

    Parameters
    ----------
    course
        The phases.
    lowest_gy, highest_gy
        The plausible doses per fraction (Gy).
    """
    for phase in course.phases:
        if (phase.modality == "radionuclide") != (phase.activity_mci is not None):
            missing = phase.dose_gy is None and phase.activity_mci is None
            return Answer(unresolved="dose_missing" if missing else "dose_contradicts_modality")
        if phase.activity_mci == 0:
            return Answer(unresolved="dose_missing")
        if phase.activity_mci is not None:
            continue
        if phase.dose_gy is None:
            return Answer(unresolved="dose_missing")
        if phase.fraction_dose_gy is None:
            return Answer(unresolved="fractions_missing")
        if not lowest_gy <= phase.fraction_dose_gy <= highest_gy:
            return Answer(unresolved="fraction_dose_implausible")
    return Answer(regimen.render(course.phases))
