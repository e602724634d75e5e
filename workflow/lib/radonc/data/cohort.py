"""From de-identified records to cases: a single diagnosis record and a clearly identifiable primary plan.

Every patient of the extract comes out a candidate or rejected with the first reason that applies. Candidates whose
answers the rules cannot resolve are asked for in the worksheet (``annotation.py``).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from radonc.data import labels
from radonc.data.checks import CHECKS, Case, flag
from radonc.data.plans import Course, choose
from radonc.data.records import Plan, Record, Tables, gather
from radonc.data.rules import ANNOTATION, RULES, Rule, first_reason
from radonc.data.schemas import CANDIDATES, CHOICES, CONFIDENCES, DIAGNOSIS_DETAILS, PLAN_DETAILS, REJECTS, TASKS
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.cohort import Cohort
from radonc.runtime.settings.tasks import Tasks


class Selection(NamedTuple):
    """What the rules make of the patients: tables by the schemas of these names."""

    candidates: pd.DataFrame
    choices: pd.DataFrame
    rejects: pd.DataFrame


def select(tables: Tables, tasks: Tasks, cohort: Cohort, rules: Sequence[Rule] = RULES) -> Selection:
    """Select the patients that can be cases from the de-identified tables, ``rejected_rows`` among them.

    Each patient is judged alone, by the rules in their order. The selection has candidates, with the answers that rules
    could resolve; the plans of those with an open question about them; and rejects. A patient whose primary plan is
    unclear is a candidate, unless the study has no task that could ask.
    """
    asks = [task for task in labels.PLAN_TASKS if task in tasks.names]
    least = CONFIDENCES.index(cohort.plan_confidence)
    candidates: list[dict[str, Any]] = []
    choices: list[dict[str, Any]] = []
    rejects: list[tuple[str, str, str]] = []
    for record in gather(tables):
        rule = first_reason(record, rules)
        if rule:
            rejects.append((record.patient_id, rule.code, rule.stage))
            continue
        choice = choose(record)
        course = choice.courses[0] if CONFIDENCES.index(choice.confidence) <= least else None
        if course is None and not asks:
            rejects.append((record.patient_id, labels.UNCLEAR_PLAN, "plan"))
            continue
        plans = tuple(plan for option in choice.courses for plan in option.plans)
        flags = flag(Case(record.diagnosis, plans, cohort))
        candidate = _candidate(record, course, flags, tasks, cohort) | {"plan_confidence": choice.confidence}
        candidates.append(candidate)
        if any(candidate[f"unresolved_{task}"] for task in asks):
            choices += labels.plan_choices(record.patient_id, choice, tasks, cohort)
    return Selection(
        pd.DataFrame(candidates, columns=list(CANDIDATES.columns)),
        pd.DataFrame(choices, columns=list(CHOICES.columns)),
        pd.DataFrame(rejects, columns=list(REJECTS.columns)),
    )


def _candidate(
    record: Record, course: Course | None, flags: Sequence[str], tasks: Tasks, cohort: Cohort
) -> dict[str, Any]:
    """Join diagnosis and course, and resolve the answers."""
    diagnosis, plan = record.diagnosis, course.primary if course else Plan()
    answers = dict.fromkeys(TASKS, labels.Answer()) | {
        task: labels.resolve(task, diagnosis.icd10_code, course, flags, tasks, cohort) for task in tasks.names
    }
    return (
        {name: getattr(diagnosis, name) for name in DIAGNOSIS_DETAILS}
        | {name: getattr(plan, name) for name in PLAN_DETAILS}
        | {"case_id": record.patient_id, "sex": record.sex, "flags": ";".join(flags) or None}
        | {task: answer.text for task, answer in answers.items()}
        | {f"unresolved_{task}": answer.unresolved for task, answer in answers.items()}
    )


def flow(
    n_extracted: int,
    candidates: pd.DataFrame,
    cases: pd.DataFrame,
    rejects: pd.DataFrame,
    rules: Sequence[Rule] = RULES,
) -> dict[str, Any]:
    """Count the cohort's flow: for each reason, in order, how many it took out and how many remain.

    The tables are by the schemas of their names, with the rejects of all stages, and ``rules`` those that were applied.
    The flow has ``extracted``, ``candidates`` and ``kept`` (people), ``steps`` (stage, reason, label, rejected,
    remaining), ``confidence`` (of the cases' primary plans) and ``flags`` (of candidates and of cases).

    Raise AssertionError when the counts do not add up, as with a reject whose reason does not exist.
    """
    reasons = [(rule.stage, rule.code, rule.label) for rule in rules]
    # Where no task asks about the plan, an unclear one cannot be annotated.
    if ((rejects["stage"] == "plan") & (rejects["reason"] == labels.UNCLEAR_PLAN)).any():
        reasons.append(("plan", labels.UNCLEAR_PLAN, ANNOTATION[labels.UNCLEAR_PLAN]))
    n_before = len(reasons)
    reasons += [("annotation", reason, label) for reason, label in ANNOTATION.items()]
    counts = rejects.groupby(["stage", "reason"]).size()
    steps: list[dict[str, Any]] = []
    remaining = n_extracted
    for stage, reason, label in reasons:
        rejected = int(counts.get((stage, reason), 0))
        remaining -= rejected
        steps.append({"stage": stage, "reason": reason, "label": label, "rejected": rejected, "remaining": remaining})
    n_candidates = n_extracted - sum(step["rejected"] for step in steps[:n_before])
    if n_candidates != len(candidates) or remaining != len(cases) or n_extracted != len(cases) + len(rejects):
        raise AssertionError("cohort: patients in differ from kept plus rejected")
    flagged = {
        name: table["flags"].str.split(";").explode().value_counts()
        for name, table in (("candidates", candidates), ("cases", cases))
    }
    return {
        "extracted": n_extracted,
        "candidates": len(candidates),
        "kept": len(cases),
        "steps": steps,
        "confidence": {name: int((cases["plan_confidence"] == name).sum()) for name in CONFIDENCES},
        "flags": [
            {"flag": check.code, "label": check.label}
            | {name: int(numbers.get(check.code, 0)) for name, numbers in flagged.items()}
            for check in CHECKS
        ],
    }


def summary(flow: Mapping[str, Any]) -> str:
    """Say in one line what became of the patients."""
    reason = f"; commonest reason: {commonest}" if (commonest := _commonest(flow, 1)) else ""
    return f"{flow['extracted']} patients, {flow['kept']} cases, {flow['extracted'] - flow['kept']} left out{reason}"


def require_cases(flow: Mapping[str, Any], min_cases: int) -> None:
    """Stop where fewer cases are left than a study needs; the StudyError names the commonest reasons."""
    if flow["kept"] < min_cases:
        raise StudyError(
            f"cohort: {flow['kept']} of {flow['extracted']} patients are cases, fewer than the {min_cases} of "
            f"cohort.min_cases; commonest reasons (patients): {_commonest(flow, 3) or 'none'}; fill in the worksheet "
            "where answers are awaited, correct the mapping where records are missing, or lower cohort.min_cases (≥ 1)"
        )


def _commonest(flow: Mapping[str, Any], n: int) -> str:
    steps = sorted((step for step in flow["steps"] if step["rejected"]), key=lambda step: -step["rejected"])
    return "; ".join(f"{step['reason']} ({step['rejected']})" for step in steps[:n])
