"""Answers that rules could not resolve: the worksheet for people, and what they filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from radonc.data.labels import PLAN_TASKS, REDACTED, UNCLEAR_PLAN
from radonc.data.schemas import CASES, PLAN_DETAILS, REJECTS, WORKSHEET
from radonc.runtime import tables
from radonc.runtime.errors import StudyError
from radonc.runtime.logs import LOGGER
from radonc.runtime.settings.tasks import Tasks
from radonc.vocabulary import icd10
from radonc.vocabulary.tags import TAG

EXCLUDE = "exclude"
BETWEEN_PLANS = " | "
DETAILS = (
    "sex",
    "age",
    "site",
    "histology",
    "laterality",
    "stage_group",
    "history",
    "technique",
    "dose_gy",
    "n_fractions",
)


def worksheet(candidates: pd.DataFrame, choices: pd.DataFrame, tasks: Tasks, answers: pd.DataFrame) -> pd.DataFrame:
    """Make the worksheet: a row per case and open question, with empty ``answer`` and ``annotator``.

    Parameters
    ----------
    candidates, choices
        By the schemas of these names.
    tasks
        The config's tasks.
    answers
        The answers that ``collect`` found: they are not asked for again.

    Returns
    -------
    DataFrame
        By the schema ``WORKSHEET``.
    """
    answered = set(zip(answers["case_id"], answers["task"], strict=True))
    plans: dict[str, list[str]] = {}
    for plan in choices.to_dict("records"):
        plans.setdefault(plan["case_id"], []).append(_numbered(plan))
    rows = [
        {"case_id": case["case_id"], "task": task, "reason": case[f"unresolved_{task}"], "details": _details(case)}
        | {"plans": BETWEEN_PLANS.join(plans.get(case["case_id"], ())) or None if task in PLAN_TASKS else None}
        | {"flags": case["flags"], "allowed": _allowed(task, tasks), "answer": None, "annotator": None}
        for case in candidates.to_dict("records")
        for task in tasks.names
        if not pd.isna(case[f"unresolved_{task}"]) and (case["case_id"], task) not in answered
    ]
    return pd.DataFrame(rows, columns=list(WORKSHEET.columns))


def collect(
    candidates: pd.DataFrame,
    choices: pd.DataFrame,
    from_extract: pd.DataFrame,
    sheets: Iterable[str | Path],
    tasks: Tasks,
) -> pd.DataFrame:
    """Collect the answers that people gave: those that the extract brings, and those of filled-in worksheets (CSV).

    The number of a plan stands for what that plan says, and answers both questions about it. Answers to cases that the
    cohort no longer has are passed over and counted in the log. What the extract brings with a redaction tag in it is
    passed over as well: the question stays open (``redactions.count``).

    Returns
    -------
    DataFrame
        ``case_id``, ``task``, ``answer``, ``implied``: one row per question answered. An implied answer is that of a
        plan whose number answers the other question.

    Raises
    ------
    StudyError
        Naming file and row (the header is row 1), when an answer is not allowed or two answers to a question differ.
    """
    found: dict[tuple[str, str], tuple[str, str]] = {}
    answered = set()
    asked = {(case, task) for case in candidates["case_id"] for task in tasks.names}
    plans = {(str(row["case_id"]), str(row["number"])): row for row in choices.to_dict("records")}
    n_passed_over = 0
    for row in _answers(from_extract, sheets):
        if (row.case, row.task) not in asked:
            n_passed_over += 1
            continue
        if row.task in PLAN_TASKS and row.answer.isdecimal():
            normal = _by_plan(row, plans.get((row.case, row.answer)), tasks)
        else:
            normal = {row.task: check(row.task, row.answer, tasks, row.place)}
        answered.add((row.case, row.task))
        for task, text in normal.items():
            earlier = found.setdefault((row.case, task), (text, row.place))
            if earlier[0] != text:
                raise StudyError(f"{row.place}: this answer differs from that in {earlier[1]}; agree on one")
    if n_passed_over:
        LOGGER.warning("%d answers are for no case and task of this cohort", n_passed_over)
    rows = [(*question, answer, question not in answered) for question, (answer, _) in found.items()]
    return pd.DataFrame(rows, columns=["case_id", "task", "answer", "implied"])


@dataclass(frozen=True, slots=True)
class _Answered:
    """An answer, where it stands, and the plans that its row shows."""

    case: str
    task: str
    answer: str
    place: str
    plans: str = ""


def _answers(from_extract: pd.DataFrame, sheets: Iterable[str | Path]) -> Iterator[_Answered]:
    for number, row in enumerate(from_extract.to_dict("records"), start=1):
        if not pd.isna(row["answer"]) and not TAG.search(row["answer"]):
            place = f"the extract's annotations, row {number}"
            yield _Answered(row["patient_id"], row["task"], row["answer"], place)
    for path in sorted(map(Path, sheets)):
        sheet = tables.read_sheet(path, ["case_id", "task", "answer"], optional=["plans"])
        for number, case, task, answer, plans in sheet.itertuples(name=None):
            if answer:
                yield _Answered(case, task, answer, f"{path}, row {number}", plans)


def check(task: str, answer: str, tasks: Tasks, place: str) -> str:
    """Return an annotator's answer in its normal form, or ``exclude``.

    Raises
    ------
    StudyError
        When the answer is not allowed; it names the place and what is allowed.
    """
    if answer.casefold() == EXCLUDE:
        return EXCLUDE
    if task == "modality":
        normal: str | None = answer.casefold() if answer.casefold() in tasks.labels else None
    elif task == "icd10":
        code = icd10.normalise(answer)
        accept = icd10.is_billable if tasks.require == "billable" else icd10.is_valid
        normal = code if code and accept(code) else None
    else:
        normal = None if TAG.search(answer) else " ".join(answer.split()) or None
    if normal is None:
        raise StudyError(f"{place}: this answer is not allowed for {task}; allowed: {_allowed(task, tasks)}")
    return normal


def merge(
    candidates: pd.DataFrame, choices: pd.DataFrame, annotations: pd.DataFrame, tasks: Tasks
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill the answers that people gave into the candidates.

    An annotation counts where the rules could not resolve the answer; elsewhere the record counts.

    Returns
    -------
    tuple of DataFrame
        Cases (``CASES``) and those left out (``REJECTS``): ``excluded_by_annotator``, ``ambiguous_primary_plan`` where
        nobody has said which plan it is, ``answer_redacted`` where nobody has said what a tag in an answer stands for,
        or ``annotation_outstanding``.
    """
    merged = candidates.set_index("case_id")
    reason = pd.Series(None, index=merged.index, dtype=object)
    excluded = pd.Series(False, index=merged.index)
    annotated = pd.Series(False, index=merged.index)
    for task in tasks.names:
        answers = annotations[annotations["task"] == task].set_index("case_id")["answer"].reindex(merged.index)
        is_open = merged[f"unresolved_{task}"].notna()
        merged[task] = merged[task].where(~is_open, answers)
        outstanding = is_open & answers.isna()
        reason = reason.mask(outstanding & reason.isna(), "annotation_outstanding")
        # These two say more, the unclear plan most of all: it leaves all else of the course open.
        for cause in (REDACTED, UNCLEAR_PLAN):
            reason = reason.mask(outstanding & merged[f"unresolved_{task}"].eq(cause) & reason.ne(UNCLEAR_PLAN), cause)
        excluded |= is_open & answers.eq(EXCLUDE)
        annotated |= is_open
    reason = reason.mask(excluded, "excluded_by_annotator")
    merged["resolved_by"] = annotated.map({True: "annotation", False: "rules"})
    merged = _with_plan(merged, choices, [task for task in PLAN_TASKS if task in tasks.names])
    cases = merged[reason.isna()].reset_index()[list(CASES.columns)]
    rejects = reason.dropna().rename("reason").rename_axis("patient_id").reset_index().assign(stage="annotation")
    return cases, rejects[list(REJECTS.columns)]


def _with_plan(cases: pd.DataFrame, choices: pd.DataFrame, tasks: list[str]) -> pd.DataFrame:
    """Fill in the details of the plan whose answers were chosen, where the rules could not say which it was."""
    answered = cases.reset_index()[["case_id", *tasks]].dropna(subset=tasks)
    chosen = choices.merge(answered, on=["case_id", *tasks]).drop_duplicates("case_id").set_index("case_id")
    details = list(PLAN_DETAILS)
    return cases.assign(**cases[details].fillna(chosen[details].reindex(cases.index)))


def _by_plan(row: _Answered, plan: Mapping[Any, Any] | None, tasks: Tasks) -> dict[str, str]:
    """Return what a plan says, by task: to the one that was asked, and to the other if it says anything to it."""
    # Numbers follow the plans of a record, which another extract may have more of: the sheet must show the same plan.
    if plan is None or _numbered(plan) not in row.plans.split(BETWEEN_PLANS):
        raise StudyError(
            f"{row.place}: there is no plan of this number, or it is not the one that this row shows; take the number "
            "from the latest worksheet, and keep its column 'plans'"
        )
    answers = {task: str(plan[task]) for task in PLAN_TASKS if task in tasks.names and not pd.isna(plan[task])}
    if row.task not in answers:
        raise StudyError(f"{row.place}: the rules cannot read this from that plan; write it out")
    return answers


def _numbered(plan: Mapping[Any, Any]) -> str:
    return f"{plan['number']}: {plan['plan']}"


def _details(case: Mapping[Any, Any]) -> str:
    texts = {name: " ".join(str(case[name]).split()) for name in DETAILS if not pd.isna(case[name])}
    return "; ".join(f"{name.replace('_', ' ')}: {text}" for name, text in texts.items())


def _allowed(task: str, tasks: Tasks) -> str:
    texts = {
        "regimen": "the number of a plan; the course in words, such as 'left breast: 40.05 Gy in 15 fractions of "
        "2.67 Gy, VMAT, photon', without a tag such as [NAME]",
        "icd10": f"one {tasks.require} ICD-10-CM code, such as C50.411",
        "modality": f"the number of a plan; {', '.join(tasks.labels)}",
    }
    return f"{texts[task]}; or {EXCLUDE}"
