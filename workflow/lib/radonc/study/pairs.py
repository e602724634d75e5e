"""Prompt/completion pairs of a task, split and checked against leaks."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from radonc.data.schemas import PAIRS, SPLITS
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.pairs import Split
from radonc.runtime.settings.tasks import Tasks
from radonc.study import prompts, splits
from radonc.study.tasks import QUESTIONS


def make_pairs(cases: pd.DataFrame, task: str, tasks: Tasks, fields: Sequence[str], split: Split) -> pd.DataFrame:
    """Make the pairs of one task.

    Parameters
    ----------
    cases
        By the schema ``CASES``; all have an answer to the task.
    task, tasks
        The task, and the settings of the tasks.
    fields
        The columns of a case that go into its prompt.
    split
        The shares of validation and test, and the key of the hash.

    Returns
    -------
    DataFrame
        By the schema ``PAIRS``, one row per case.

    Raises
    ------
    StudyError
        When a prompt holds its own answer, or a split is empty.
    """
    question = QUESTIONS[task](tasks)
    records = cases.to_dict("records")
    texts = [prompts.details(case, fields) for case in records]
    refuse_answers_in_prompts(cases, task, tasks, fields)
    pairs = pd.DataFrame(
        {
            "case_id": cases["case_id"],
            "split": [splits.split_of(text, split.key, split.validation, split.test) for text in texts],
            "prompt": [prompts.prompt(text, question) for text in texts],
            "completion": [prompts.completion(case[task]) for case in records],
        },
        columns=list(PAIRS.columns),
    )
    for name in SPLITS:
        if not (pairs["split"] == name).any() and (name != "validation" or split.validation > 0):
            raise StudyError(
                f"pairs of {task}: no case of {len(pairs)} falls into '{name}'; raise its share under split"
            )
    return pairs


def refuse_answers_in_prompts(cases: pd.DataFrame, task: str, tasks: Tasks, fields: Sequence[str]) -> None:
    """Raise when a field of the prompt states the answer, naming the field and the number of cases."""
    for field in fields:
        texts = cases[field].dropna()
        if pd.api.types.is_numeric_dtype(texts):
            continue
        leaks = sum(
            bool(_stated(task, answer, tasks).search(" ".join(text.split())))
            for text, answer in zip(texts, cases.loc[texts.index, task], strict=True)
        )
        if leaks:
            raise StudyError(
                f"pairs of {task}: in {leaks} of {len(cases)} cases the field '{field}' states the answer; take it out "
                "of prompt.fields, or take the answer out of its texts in the extract"
            )


def _stated(task: str, answer: str, tasks: Tasks) -> re.Pattern[str]:
    """Return what must not stand in a prompt: the code; a label; the total dose with its unit, in Gy or cGy."""
    if task == "icd10":
        code = re.escape(answer).replace(re.escape("."), "[.]?")
        return re.compile(rf"(?<![A-Z0-9]){code}(?![.]?[A-Z0-9])", re.IGNORECASE)
    if task == "modality":
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, tasks.labels))})s?\b", re.IGNORECASE)
    total = re.search(r"(?P<dose>\d+(?:[.]\d+)?) ?(?P<unit>Gy|mCi)\b", answer, re.IGNORECASE)
    if not total:
        return re.compile(r"(?!)")
    dose = float(total["dose"])
    doses = [(dose, "Gy"), (100 * dose, "cGy")] if total["unit"].casefold() == "gy" else [(dose, "mCi")]
    written = "|".join(rf"{_number(value)}[ -]?{unit}" for value, unit in doses)
    return re.compile(rf"(?<![\d.])(?:{written})\b", re.IGNORECASE)


def _number(value: float) -> str:
    """Return a pattern of a number, with or without zeros behind its decimals."""
    text = f"{value:.6g}"
    return re.escape(text) + ("0*" if "." in text else "(?:[.]0+)?")
