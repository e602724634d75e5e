"""What was found, in plain words, and how far it goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from radonc.pages import results, small_cells, words

LEVEL = 0.05


def headline(comparisons: pd.DataFrame) -> str:
    """Say in one sentence whether fine-tuning helped.

    Parameters
    ----------
    comparisons
        The COMPARISONS table; may be empty.
    """
    accuracy = comparisons[(comparisons["metric"] == "accuracy") & (comparisons["against"] == "base")]
    if accuracy.empty:
        return "No fine-tuned model has been compared with the model it started from yet."
    better = accuracy[(accuracy["difference"] > 0) & (accuracy["p_holm"] < LEVEL)]
    n_worse = int((accuracy["difference"] < 0).sum())
    tests = f"comparison{'s' * (len(accuracy) != 1)} of accuracy, one per model and task"
    text = (
        f"In {len(better)} of {len(accuracy)} {tests}, fine-tuning gave more correct answers on the held-out test cases"
    )
    p = "" if better.empty else f" (largest {words.p_phrase(float(better['p_holm'].max()))})"
    fewer = f" In {n_worse} the tuned model gave fewer." if n_worse else ""
    return f"{text}{p}.{fewer}"


def by_task(comparisons: pd.DataFrame, summary: pd.DataFrame) -> list[dict[str, Any]]:
    """Return, for each compared task, its name, its comparisons by model, and the majority class's accuracy.

    Each model's entry maps a metric to its row of COMPARISONS against the base; ``fewshot`` maps a model to that of
    accuracy against the few-shot arm, where there is one.
    """
    found = []
    for task in results.tasks_of(comparisons):
        of_task = comparisons[comparisons["task"] == task]
        rows = of_task[of_task["against"] == "base"].to_dict("records")
        fewshot = of_task[(of_task["against"] == "fewshot") & (of_task["metric"] == "accuracy")].to_dict("records")
        majority = summary[
            (summary["task"] == task) & (summary["arm"] == words.MAJORITY) & (summary["metric"] == "accuracy")
        ]
        found.append(
            {
                "name": words.name_of(task, words.TASKS),
                "models": {
                    model: {row["metric"]: row for row in rows if row["model"] == model}
                    for model in dict.fromkeys(row["model"] for row in rows)
                },
                "fewshot": {row["model"]: row for row in fewshot},
                "majority": next(iter(majority["value"]), None),
            }
        )
    return found


def seeds(spread: pd.DataFrame) -> str | None:
    """Say how far the seeds lie apart, or nothing where there was one.

    Parameters
    ----------
    spread
        The SPREAD table; may be empty.
    """
    accuracy = spread[spread["metric"] == "accuracy"]
    if accuracy.empty:
        return None
    widest = max(results.rows_of(accuracy), key=lambda row: row["highest"] - row["lowest"])
    where = f"{widest['model']}, {words.name_of(widest['task'], words.TASKS)}"
    return (
        f"Trained with {words.whole(widest['n_seeds'])} seeds, a tuned model’s accuracy differed by up to "
        f"{words.decimal(widest['highest'] - widest['lowest'])} from seed to seed ({where})."
    )


def limits(*, synthetic: bool, ratings: Mapping[str, Any], n_seeds: int = 1) -> list[str]:
    """Say what the figures do not show."""
    trained = (
        "each model was trained once, with one seed"
        if n_seeds == 1
        else f"the tables and tests are about the first of {n_seeds} seeds"
    )
    source = (
        "All records of this study are synthetic. The figures show that the workflow works from end to end; they are "
        "no evidence about patients, nor about how these models would do on a clinic's records."
        if synthetic
        else f"All cases come from one extract, and {trained}: another clinic, another time or another seed may give "
        "other figures."
    )
    unread = " No clinician has rated the generated regimens yet." if not ratings.get("rated") else ""
    return [
        source,
        "Correct means: as it was treated and coded. A regimen that differs may be acceptable, and one that agrees may "
        f"not have been the best.{unread}",
    ]


def outstanding(
    annotations: Mapping[str, int], ratings: Mapping[str, Any], smallest: int = small_cells.SMALLEST
) -> list[str]:
    """Say what people have not filled in yet.

    Parameters
    ----------
    annotations
        Task -> answers that await annotation.
    ratings
        As ``radonc.evidence.ratings.summarise_ratings`` gives them.
    smallest
        The smallest number of cases that is told.
    """

    def told(n: int) -> str:
        return f"fewer than {smallest}" if small_cells.is_small(n, smallest) else words.whole(n)

    waiting = [
        f"Annotation, {words.name_of(task, words.TASKS)}: {told(n)} answers that the rules could not settle."
        for task, n in annotations.items()
        if n
    ]
    reviews = [
        f"Review, {reviewer}: {told(n)} regimens to rate."
        for reviewer, n in ratings.get("outstanding", {}).items()
        if n
    ]
    return waiting + reviews
