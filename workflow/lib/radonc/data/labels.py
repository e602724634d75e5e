"""The answers of the three tasks, where rules can resolve them, and the plans among which annotators choose."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from radonc import regimen
from radonc.data.checks import CHECKS
from radonc.data.plans import Choice, Course
from radonc.data.schemas import PLAN_DETAILS
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
    """An answer, or the reason why people must give it."""

    text: str | None = None
    unresolved: str | None = None


def resolve(
    task: str, icd10_code: str | None, course: Course | None, flags: Sequence[str], tasks: Tasks, cohort: Cohort
) -> Answer:
    """Resolve one task's answer for a case, or say why the rules cannot.

    ``course`` is None where it is unclear which one was delivered. The first of the case's ``flags`` that concerns the
    task and is one of ``cohort.annotate_flags`` withdraws the answer.
    """
    answer = by_record(task, icd10_code, course, tasks, cohort)
    named = {*flags} & {*cohort.annotate_flags}
    doubts = [check.code for check in CHECKS if task in check.tasks and check.code in named]
    return Answer(unresolved=doubts[0]) if doubts and answer.text is not None else answer


def by_record(task: str, icd10_code: str | None, course: Course | None, tasks: Tasks, cohort: Cohort) -> Answer:
    """Resolve one task's answer by the record alone, whatever its flags.

    A text with a tag, such as ``[PLACE] boost: 10 Gy``, is no answer that a model should learn: people must give it.
    """
    if task == "icd10":
        answer = resolve_icd10(icd10_code, tasks.require)
    elif course is None:
        answer = Answer(unresolved=UNCLEAR_PLAN)
    elif task == "modality" or (tasks.modality and resolve_modality(course, tasks.labels).unresolved):
        # The course's text names the modality: what one task leaves open the other cannot state.
        answer = resolve_modality(course, tasks.labels)
    else:
        answer = resolve_regimen(course, *cohort.fraction_dose_gy)
    return Answer(unresolved=REDACTED) if answer.text is not None and TAG.search(answer.text) else answer


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
    """Accept a course whose every phase has a plausible dose per fraction (Gy)."""
    for phase in course.phases:
        if (phase.modality == "radionuclide") != (phase.activity_mci is not None):
            missing = phase.dose_gy is None and phase.activity_mci is None
            return Answer(unresolved="dose_missing" if missing else "dose_contradicts_modality")
        if phase.activity_mci:
            continue
        if phase.dose_gy is None or phase.activity_mci == 0:
            return Answer(unresolved="dose_missing")
        if phase.fraction_dose_gy is None:
            return Answer(unresolved="fractions_missing")
        if not lowest_gy <= phase.fraction_dose_gy <= highest_gy:
            return Answer(unresolved="fraction_dose_implausible")
    return Answer(regimen.render(course.phases))


def plan_choices(patient_id: str, choice: Choice, tasks: Tasks, cohort: Cohort) -> Iterator[dict[str, Any]]:
    """Yield a row of ``CHOICES`` per course that could be the delivered one, with the answers that it gives."""
    for number, course in enumerate(choice.courses, start=1):
        answers = {
            task: by_record(task, None, course, tasks, cohort).text if task in tasks.names else None
            for task in PLAN_TASKS
        }
        details = {name: getattr(course.primary, name) for name in PLAN_DETAILS}
        yield {"case_id": patient_id, "number": number, "plan": describe(course), **details, **answers}


def describe(course: Course) -> str:
    """Write a course in one line, such as ``course 1, primary, treated, from d30: femur: 8 Gy in 1 fraction, photon``.

    There is no ``|`` in it: the worksheet puts that between plans.
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
