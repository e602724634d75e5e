"""Example answers: a fixed choice of cases, right and wrong ones, with what every arm answered."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from radonc.report import results
from radonc.report.results import Row
from radonc.runtime.hashing import hash_text

N_EACH = 2
"""Right ones, and wrong ones, per task."""


@dataclass(frozen=True)
class Example:
    """One case: the prompt as the models saw it, the treated answer, and the answers (rows of SCORES)."""

    judged: str
    is_right: bool
    prompt: str
    reference: str
    answers: tuple[Row, ...]


def choose(scores: pd.DataFrame, pairs: pd.DataFrame, task: str, seed: int) -> list[Example]:
    """Choose the examples of one task: of the cases that the first tuned model answered rightly, and of the others.

    The choice depends on the seed and the cases' ids alone, so that nobody picks the pretty ones.

    Parameters
    ----------
    scores
        The SCORES table.
    pairs
        The PAIRS table of the task.
    """
    rows = scores[scores["task"] == task]
    arms = results.arms_of(results.rows_of(rows[["model", "arm"]]))
    if not arms:
        return []
    judged = next((arm for arm in arms if arm.arm == "tuned"), arms[0])
    of_judged = rows[(rows["model"] == judged.model) & (rows["arm"] == judged.arm)]
    right = of_judged["exact_match"] == 1
    chosen = [
        case_id
        for cases in (of_judged.loc[right, "case_id"], of_judged.loc[~right, "case_id"])
        for case_id in sorted(cases, key=lambda case_id: hash_text(f"{seed} {task} {case_id}"))[:N_EACH]
    ]
    prompts = dict(zip(pairs["case_id"], pairs["prompt"], strict=True))
    return [_example(rows[rows["case_id"] == case_id], prompts[case_id], judged, arms) for case_id in chosen]


def _example(answers: pd.DataFrame, prompt: str, judged: results.Arm, arms: list[results.Arm]) -> Example:
    by_arm = {results.Arm(row["model"], row["arm"]): row for row in results.rows_of(answers)}
    return Example(
        judged=f"{judged.model}, {judged.name}",
        is_right=by_arm[judged]["exact_match"] == 1,
        prompt=prompt,
        reference=str(by_arm[judged]["reference"]),
        answers=tuple(by_arm[arm] for arm in arms if arm in by_arm),
    )
