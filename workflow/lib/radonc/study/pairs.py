"""Prompt/completion pairs of a task: its question, the split of the cases, and the check against leaks."""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence

import pandas as pd

from radonc.data.schemas import PAIRS, SPLITS
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.pairs import Split
from radonc.runtime.settings.tasks import Tasks
from radonc.study import prompts

QUESTIONS: dict[str, Callable[[Tasks], str]] = {
    "regimen": lambda _: "Which radiotherapy regimen was given: site, dose, fractions, technique?",
    "modality": lambda tasks: f"Which modality: {', '.join(tasks.labels)}?",
    "icd10": lambda _: "Which ICD-10-CM code?",
}
"""Task -> its question, given the settings of the tasks."""


def make_pairs(cases: pd.DataFrame, task: str, tasks: Tasks, fields: Sequence[str], split: Split) -> pd.DataFrame:
    """Make the pairs of one task: one row per case, by the schema ``PAIRS``.

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

    Raises
    ------
    StudyError
        When a prompt holds its own answer, or a split is empty.
    """
    question = QUESTIONS[task](tasks)
    texts = [prompts.details(case, fields) for case in cases.to_dict("records")]
    refuse_answers_in_prompts(cases, task, tasks, fields)
    pairs = pd.DataFrame(
        {
            "case_id": cases["case_id"],
            "split": [split_of(text, split.key, split.validation, split.test) for text in texts],
            "prompt": [prompts.prompt(text, question) for text in texts],
            "completion": [prompts.completion(answer) for answer in cases[task]],
        },
        columns=list(PAIRS.columns),
    )
    for name in SPLITS:
        if not (pairs["split"] == name).any() and (name != "validation" or split.validation > 0):
            raise StudyError(
                f"pairs of {task}: no case of {len(pairs)} falls into '{name}'; raise its share under split"
            )
    return pairs


def normalise(text: str) -> str:
    """Return a text without regard to case and spacing."""
    return " ".join(text.casefold().split())


def split_of(text: str, key: str, validation: float, test: float) -> str:
    """Return the split of a case by a keyed hash of its diagnosis details, so that no case ever moves.

    Identical texts share a split. The shares of ``validation`` and ``test`` hold on average; the rest is ``train``.
    """
    digest = hmac.new(key.encode(), normalise(text).encode(), hashlib.sha256).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < test:
        return "test"
    return "validation" if place < test + validation else "train"


def refuse_answers_in_prompts(cases: pd.DataFrame, task: str, tasks: Tasks, fields: Sequence[str]) -> None:
    """Raise StudyError when a field of the prompt states the answer, naming the field and the number of cases."""
    for field in fields:
        texts = cases[field].dropna()
        if pd.api.types.is_numeric_dtype(texts):
            continue
        leaks = sum(
            bool(_answer_pattern(task, answer, tasks).search(" ".join(text.split())))
            for text, answer in zip(texts, cases.loc[texts.index, task], strict=True)
        )
        if leaks:
            raise StudyError(
                f"pairs of {task}: in {leaks} of {len(cases)} cases the field '{field}' states the answer; take it out "
                "of prompt.fields, or take the answer out of its texts in the extract"
            )


def _answer_pattern(task: str, answer: str, tasks: Tasks) -> re.Pattern[str]:
    """Return a pattern of what a prompt must not hold: the code; a label; the total dose with its unit, Gy or cGy."""
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
    written = "|".join(rf"{_number_pattern(value)}[ -]?{unit}" for value, unit in doses)
    return re.compile(rf"(?<![\d.])(?:{written})\b", re.IGNORECASE)


def _number_pattern(value: float) -> str:
    """Return a pattern of a number, with or without zeros after its decimals."""
    text = f"{value:.6g}"
    return re.escape(text) + ("0*" if "." in text else "(?:[.]0+)?")
