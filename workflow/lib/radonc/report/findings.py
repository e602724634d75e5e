"""What was found, in plain words, and how far it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from radonc.data.schemas import BASELINES, NO_MODEL
from radonc.report import results, small_cells, words

LEVEL = 0.05


def headline(comparisons: pd.DataFrame, *, too_few: bool = False) -> str:
    """Say in one sentence whether fine-tuning helped, by the declared tests alone.

    Parameters
    ----------
    comparisons
        The COMPARISONS table; may be empty.
    too_few
        There are comparisons, but of too few cases to be shown.
    """
    declared = comparisons[comparisons["p_holm"].notna()]
    if declared.empty and too_few:
        return "There are too few test cases to show whether fine-tuning helped."
    if declared.empty:
        return "No fine-tuned model has been compared with the model it started from yet."
    names = words.ordered(declared["metric"], words.METRICS)
    metrics = " or ".join(words.mid_sentence(words.name_of(name, words.METRICS)) for name in names)
    more, fewer = ("more correct", "gave fewer") if names == ["accuracy"] else ("better", "scored lower")
    better = declared[(declared["difference"] > 0) & (declared["p_holm"] < LEVEL)]
    n_worse = int((declared["difference"] < 0).sum())
    tests = f"comparison{'s' * (len(declared) != 1)} of {metrics}, one per model and task"
    p = "" if better.empty else f" (largest {words.p_phrase(float(better['p_holm'].max()))})"
    return (
        f"In {len(better)} of {len(declared)} {tests}, fine-tuning gave {more} answers on the held-out test cases{p}."
        + f" In {n_worse} the tuned model {fewer}." * (n_worse > 0)
    )


def cheap_arms(comparisons: pd.DataFrame) -> str | None:
    """Say how the tuned models stand beside the best arm without a language model, or nothing where there is none.

    The best arm of a task has the highest accuracy on the test cases, of equal ones it is the simplest. That it is
    chosen there favours it.

    Parameters
    ----------
    comparisons
        The COMPARISONS table; may be empty.
    """
    rows = _against_best(comparisons)
    if not rows:
        return None
    lost, won = ([row for row in rows if sign * row["difference"] > 0] for sign in (-1, 1))
    n_equal = len(rows) - len(lost) - len(won)
    said = [f"Without a language model, the best arm was {_best_by_task(rows)}."]
    if lost:
        said.append(
            f"It gave more correct answers than the tuned model in {len(lost)} of {len(rows)} comparisons; the "
            f"interval of the paired difference excludes 0 in {sum(_excludes_0(row) for row in lost)} of these."
        )
    if won:
        said.append(
            f"The tuned model gave more in {len(won)} of {len(rows)}; the interval of the paired difference excludes 0 "
            f"in {sum(_excludes_0(row) for row in won)} of these."
        )
    if n_equal:
        said.append(f"Both gave as many in {n_equal} of {len(rows)}.")
    return " ".join(said)


def _excludes_0(row: results.Row) -> bool:
    return bool(row["interval"] != "none" and (row["low"] > 0 or row["high"] < 0))


def _against_best(comparisons: pd.DataFrame) -> list[results.Row]:
    """Return the comparisons of accuracy with the best baseline of each task."""
    accuracy = comparisons[(comparisons["metric"] == "accuracy") & comparisons["against"].isin(BASELINES)]
    rows = results.rows_of(accuracy)
    found = []
    for task in results.tasks_of(accuracy):
        of_task = [row for row in rows if row["task"] == task]
        best = min(of_task, key=lambda row: (-row["mean_against"], BASELINES.index(row["against"])))
        found += [row for row in of_task if row["against"] == best["against"]]
    return found


def _best_by_task(rows: Sequence[results.Row]) -> str:
    """Name the best baselines, each with its tasks."""
    tasks = {row["task"]: row for row in rows}.values()
    correct = {
        arm: words.listed(
            f"{_name(row['task'])} ({words.percent(row['mean_against'])} correct)"
            for row in tasks
            if row["against"] == arm
        )
        for arm in dict.fromkeys(row["against"] for row in tasks)
    }
    return "; ".join(f"{words.name_of(arm, words.ARMS)} for {named}" for arm, named in correct.items())


def _name(task: str) -> str:
    return words.mid_sentence(words.name_of(task, words.TASKS))


def by_task(comparisons: pd.DataFrame, summary: pd.DataFrame) -> list[dict[str, Any]]:
    """Return, for each compared task, its name, its comparisons by model, and what was right without one.

    Each model's entry maps a metric to its row of COMPARISONS against the base; ``fewshot`` maps a model to that of
    accuracy against the few-shot arm, where there is one; ``without_model`` has the baselines' names and accuracies.
    """
    found = []
    for task in results.tasks_of(comparisons):
        of_task = comparisons[comparisons["task"] == task]
        rows = of_task[of_task["against"] == "base"].to_dict("records")
        fewshot = of_task[(of_task["against"] == "fewshot") & (of_task["metric"] == "accuracy")].to_dict("records")
        cheap = summary[
            (summary["task"] == task) & (summary["model"] == NO_MODEL) & (summary["metric"] == "accuracy")
        ].set_index("arm")["value"]
        found.append(
            {
                "name": words.name_of(task, words.TASKS),
                "models": {
                    model: {row["metric"]: row for row in rows if row["model"] == model}
                    for model in dict.fromkeys(row["model"] for row in rows)
                },
                "fewshot": {row["model"]: row for row in fewshot},
                "without_model": [
                    (words.name_of(arm, words.ARMS), cheap[arm]) for arm in words.ordered(cheap.index, words.ARMS)
                ],
            }
        )
    return found


def constant_bases(scores: pd.DataFrame, tasks: Sequence[str]) -> str | None:
    """Name the models that gave every case the same answer before fine-tuning; empty where none did.

    Parameters
    ----------
    scores
        Rows of SCORES: the primary run and answer mode.
    tasks
        The models to look at.
    """
    base = scores[(scores["arm"] == "base") & scores["task"].isin(tasks)]
    answers = base.groupby(["model", "task"], sort=False)["parsed"]
    constant = answers.nunique(dropna=False) == 1
    if not constant.any():
        return None
    alike: dict[str, list[str]] = {}
    for model, task in constant.index[constant]:
        alike.setdefault(model, []).append(task)
    named = words.listed(
        f"{model} ({words.listed(_name(task) for task in words.ordered(of_model, words.TASKS))})"
        for model, of_model in alike.items()
    )
    unread = ", or none that could be read" * bool((answers.count()[constant] == 0).any())
    return (
        f"Before fine-tuning, {named} gave every test case one and the same answer{unread}: there, better than before "
        "means better than a constant."
    )


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
    """Say what the figures do not show; ``ratings`` is empty in a study without regimens."""
    trained = (
        "the tables and tests are about one seed"
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
    correct = "Correct means: as it was treated and coded."
    if ratings:
        correct += " A regimen that differs may be acceptable, and one that agrees may not have been the best."
        correct += " No clinician has rated the generated regimens yet." * (not ratings.get("rated"))
    return [source, correct]


def outstanding(
    annotations: Mapping[str, int], ratings: Mapping[str, Any], smallest: int = small_cells.SMALLEST
) -> list[str]:
    """Say what people have not filled in yet.

    Parameters
    ----------
    annotations
        Task -> answers that await annotation.
    ratings
        As ``radonc.evaluation.ratings.summarise_ratings`` gives them.
    smallest
        The smallest number of cases that is shown.
    """

    def shown(n: int) -> str:
        return f"fewer than {smallest}" if small_cells.is_small(n, smallest) else words.whole(n)

    waiting = [
        f"Annotation, {words.name_of(task, words.TASKS)}: {shown(n)} answers that the rules could not determine."
        for task, n in annotations.items()
        if n
    ]
    reviews = [
        f"Review, {reviewer}: {shown(n)} regimens to rate."
        for reviewer, n in ratings.get("outstanding", {}).items()
        if n
    ]
    return waiting + reviews
