"""Answers that rules could not settle: the worksheet for people, and what they filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from radonc.data.schemas import CASES, WORKSHEET
from radonc.run import tables
from radonc.run.errors import StudyError
from radonc.run.logs import LOGGER
from radonc.vocabulary import icd10

EXCLUDE = "exclude"
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


def worksheet(candidates: pd.DataFrame, tasks: Mapping[str, Any], given: pd.DataFrame) -> pd.DataFrame:
    """Make the worksheet: a row per case and open question, with empty ``answer`` and ``annotator``.

    Parameters
    ----------
    candidates
        By the schema ``CANDIDATES``.
    tasks
        The config's tasks.
    given
        The answers that ``collect`` found: they are not asked for again.

    Returns
    -------
    DataFrame
        By the schema ``WORKSHEET``.
    """
    answered = set(zip(given["case_id"], given["task"], strict=True))
    rows = [
        {"case_id": case["case_id"], "task": task, "reason": case[f"unsettled_{task}"], "details": _details(case)}
        | {"allowed": _allowed(task, tasks), "answer": None, "annotator": None}
        for case in candidates.to_dict("records")
        for task in tasks
        if not pd.isna(case[f"unsettled_{task}"]) and (case["case_id"], task) not in answered
    ]
    return pd.DataFrame(rows, columns=list(WORKSHEET.columns))


def collect(
    candidates: pd.DataFrame, brought: pd.DataFrame, sheets: Iterable[str | Path], tasks: Mapping[str, Any]
) -> pd.DataFrame:
    """Collect the answers that people gave: those that the extract brings, and those of filled-in worksheets (CSV).

    Answers to cases that the cohort no longer has are passed over and counted in the log.

    Returns
    -------
    DataFrame
        ``case_id``, ``task``, ``answer``: one row per question answered.

    Raises
    ------
    StudyError
        Naming file and row (the header is row 1), when an answer is not allowed or two answers to a question differ.
    """
    given: dict[tuple[str, str], tuple[str, str]] = {}
    asked = {(case, task) for case in candidates["case_id"] for task in tasks}
    n_passed_over = 0
    for (case, task), answer, place in _answers(brought, sheets):
        if (case, task) not in asked:
            n_passed_over += 1
            continue
        normal = check(task, answer, tasks, place)
        earlier = given.setdefault((case, task), (normal, place))
        if earlier[0] != normal:
            raise StudyError(f"{place}: this answer differs from that in {earlier[1]}; agree on one")
    if n_passed_over:
        LOGGER.warning("%d answers are for no case and task of this cohort", n_passed_over)
    rows = [(*question, answer) for question, (answer, _) in given.items()]
    return pd.DataFrame(rows, columns=["case_id", "task", "answer"])


def _answers(brought: pd.DataFrame, sheets: Iterable[str | Path]) -> Iterator[tuple[tuple[str, str], str, str]]:
    """Yield question, answer and place of all that was answered."""
    for number, row in enumerate(brought.to_dict("records"), start=1):
        if not pd.isna(row["answer"]):
            yield (row["patient_id"], row["task"]), row["answer"], f"the extract's annotations, row {number}"
    for path in sorted(map(Path, sheets)):
        # Where the comma is the decimal sign, spreadsheet programs save CSV with semicolons.
        sheet = tables.read_csv(path, ",;\t")
        missing = [name for name in ("case_id", "task", "answer") if name not in sheet.columns]
        if missing:
            raise StudyError(f"{path}: column '{missing[0]}' is missing; keep the columns of the worksheet")
        for number, row in enumerate(sheet.to_dict("records"), start=2):
            if row["answer"].strip():
                yield (row["case_id"].strip(), row["task"].strip()), row["answer"].strip(), f"{path}, row {number}"


def check(task: str, answer: str, tasks: Mapping[str, Any], place: str) -> str:
    """Return an annotator's answer in its normal form, or ``exclude``.

    Raises
    ------
    StudyError
        When the answer is not allowed; it names the place and what is allowed.
    """
    if answer.casefold() == EXCLUDE:
        return EXCLUDE
    if task == "modality":
        normal: str | None = answer.casefold() if answer.casefold() in tasks["modality"]["labels"] else None
    elif task == "icd10":
        code = icd10.normalise(answer)
        accept = icd10.is_billable if tasks["icd10"]["require"] == "billable" else icd10.is_valid
        normal = code if code and accept(code) else None
    else:
        normal = " ".join(answer.split()) or None
    if normal is None:
        raise StudyError(f"{place}: this answer is not allowed for {task}; allowed: {_allowed(task, tasks)}")
    return normal


def merge(
    candidates: pd.DataFrame, annotations: pd.DataFrame, tasks: Mapping[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill the answers that people gave into the candidates.

    An annotation counts where the rules could not settle the answer; elsewhere the record stands.

    Returns
    -------
    tuple of DataFrame
        Cases (``CASES``) and those left out: ``excluded_by_annotator`` or ``annotation_outstanding``.
    """
    merged = candidates.set_index("case_id")
    excluded = pd.Series(False, index=merged.index)
    outstanding = pd.Series(False, index=merged.index)
    annotated = pd.Series(False, index=merged.index)
    for task in tasks:
        answers = annotations[annotations["task"] == task].set_index("case_id")["answer"].reindex(merged.index)
        open_ = merged[f"unsettled_{task}"].notna()
        merged[task] = merged[task].where(~open_, answers)
        excluded |= open_ & answers.eq(EXCLUDE)
        outstanding |= open_ & answers.isna()
        annotated |= open_
    merged["settled_by"] = annotated.map({True: "annotation", False: "rules"})
    cases = merged[~excluded & ~outstanding].reset_index()[list(CASES.columns)]
    reasons = excluded.map({True: "excluded_by_annotator"}).fillna(outstanding.map({True: "annotation_outstanding"}))
    rejects = reasons.dropna().rename("reason").rename_axis("patient_id").reset_index()
    return cases, rejects


def _details(case: Mapping[Any, Any]) -> str:
    told = {name: " ".join(str(case[name]).split()) for name in DETAILS if not pd.isna(case[name])}
    return "; ".join(f"{name.replace('_', ' ')}: {text}" for name, text in told.items())


def _allowed(task: str, tasks: Mapping[str, Any]) -> str:
    texts = {
        "regimen": "the course in words, such as 'left breast: 40.05 Gy in 15 fractions of 2.67 Gy, VMAT, photon'",
        "icd10": f"one {tasks.get('icd10', {}).get('require', '')} ICD-10-CM code, such as C50.411",
        "modality": ", ".join(tasks.get("modality", {}).get("labels", [])),
    }
    return f"{texts[task]}; or {EXCLUDE}"
