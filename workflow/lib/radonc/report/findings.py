"""What was found, in plain words, and how far it goes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from radonc.data.schemas import BASELINES, NO_MODEL
from radonc.report import results, small_cells, words

LEVEL = 0.05


def headline(comparisons: pd.DataFrame, *, too_few: bool = False) -> str:
    """Say in one sentence whether fine-tuning helped, by the declared tests of COMPARISONS alone.

    ``too_few`` says that there are comparisons, but of too few cases to be shown.
    """
    declared = comparisons[comparisons["p_holm"].notna()]
    if declared.empty and too_few:
        return "There are too few test cases to show whether fine-tuning helped."
    if declared.empty:
        return "No fine-tuned model has been compared with the model it started from yet."
    names = words.ordered(declared["metric"], words.METRICS)
    metrics = " or ".join(words.mid_sentence(words.metric_name(name)) for name in names)
    more, fewer = ("more correct", "gave fewer") if names == ["accuracy"] else ("better", "scored lower")
    better = declared[(declared["difference"] > 0) & (declared["p_holm"] < LEVEL)]
    n_worse = int((declared["difference"] < 0).sum())
    tests = f"comparison{'s' * (len(declared) != 1)} of {metrics}, one per model and task"
    p = "" if better.empty else f" (largest {words.p_phrase(float(better['p_holm'].max()))})"
    return (
        f"In {len(better)} of {len(declared)} {tests}, fine-tuning gave {more} answers on the held-out test cases{p}."
        + f" In {n_worse} the tuned model {fewer}." * (n_worse > 0)
    )


def best_baselines(comparisons: pd.DataFrame) -> str | None:
    """Say how the tuned models stand beside the best arm without a language model, or nothing where there is none.

    The best arm of a task has the highest accuracy on the test cases, of equal ones it is the simplest. That it is
    chosen there favours it.
    """
    rows: list[results.Row] = []
    correct: dict[str, list[str]] = {}
    accuracy = comparisons[(comparisons["metric"] == "accuracy") & comparisons["against"].isin(BASELINES)]
    for task, table in results.by_task(accuracy):
        of_task = table.to_dict("records")
        best = min(of_task, key=lambda row: (-row["mean_against"], BASELINES.index(row["against"])))
        rows += [row for row in of_task if row["against"] == best["against"]]
        correct.setdefault(best["against"], []).append(
            f"{words.mid_sentence(words.task_name(task))} ({words.percent(best['mean_against'])} correct)"
        )
    if not rows:
        return None
    lost, won = ([row for row in rows if sign * row["difference"] > 0] for sign in (-1, 1))
    n_equal = len(rows) - len(lost) - len(won)
    named = "; ".join(f"{words.arm_name(arm)} for {words.listed(tasks)}" for arm, tasks in correct.items())
    said = [f"Without a language model, the best arm was {named}."]
    if lost:
        said.append(
            f"It gave more correct answers than the tuned model in {len(lost)} of {len(rows)} comparisons; the "
            f"interval of the paired difference excludes 0 in {sum(map(_excludes_0, lost))} of these."
        )
    if won:
        said.append(
            f"The tuned model gave more in {len(won)} of {len(rows)}; the interval of the paired difference excludes 0 "
            f"in {sum(map(_excludes_0, won))} of these."
        )
    if n_equal:
        said.append(f"Both gave as many in {n_equal} of {len(rows)}.")
    return " ".join(said)


def _excludes_0(row: results.Row) -> bool:
    return bool(row["interval"] != "none" and (row["low"] > 0 or row["high"] < 0))


def by_task(comparisons: pd.DataFrame, summary: pd.DataFrame) -> list[dict[str, Any]]:
    """Return, for each compared task, its name, its comparisons by model, and what was right without one.

    Each model's entry maps a metric to its row of COMPARISONS against the base; ``fewshot`` maps a model to that of
    accuracy against the few-shot arm, where there is one; ``without_model`` has the baselines' names and accuracies.
    """
    found = []
    without_model = summary[(summary["model"] == NO_MODEL) & (summary["metric"] == "accuracy")]
    for task, rows in results.by_task(comparisons):
        models: dict[str, dict[str, results.Row]] = {}
        for row in rows[rows["against"] == "base"].to_dict("records"):
            models.setdefault(row["model"], {})[row["metric"]] = row
        fewshot = rows[(rows["against"] == "fewshot") & (rows["metric"] == "accuracy")].to_dict("records")
        of_task = without_model[without_model["task"] == task]
        right = dict(zip(of_task["arm"], of_task["value"], strict=True))
        found.append(
            {
                "name": words.task_name(task),
                "models": models,
                "fewshot": {row["model"]: row for row in fewshot},
                "without_model": [(words.arm_name(arm), right[arm]) for arm in words.ordered(right, words.ARMS)],
            }
        )
    return found


def constant_bases(scores: pd.DataFrame, tasks: Sequence[str]) -> str | None:
    """Name the models that gave every case of one of these tasks the same answer before fine-tuning.

    ``scores`` are rows of SCORES: the primary run and answer mode. None where no model did.
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
        f"{model} ({words.listed(words.mid_sentence(words.task_name(t)) for t in words.ordered(found, words.TASKS))})"
        for model, found in alike.items()
    )
    unread = ", or none that could be read" * bool((answers.count()[constant] == 0).any())
    return (
        f"Before fine-tuning, {named} gave every test case one and the same answer{unread}: there, better than before "
        "means better than a constant."
    )


def seeds(spread: pd.DataFrame) -> str | None:
    """Say how far the seeds of SPREAD lie apart, or nothing where there was one."""
    accuracy = spread[spread["metric"] == "accuracy"].to_dict("records")
    if not accuracy:
        return None
    widest = max(accuracy, key=lambda row: row["highest"] - row["lowest"])
    return (
        f"Trained with {words.integer(widest['n_seeds'])} seeds, a tuned model’s accuracy differed by up to "
        f"{words.decimal(widest['highest'] - widest['lowest'])} from seed to seed "
        f"({widest['model']}, {words.task_name(widest['task'])})."
    )


def limits(*, synthetic: bool, ratings: Mapping[str, Any], n_seeds: int = 1) -> list[str]:
    """Say what the figures do not show; ``ratings`` is empty in a study without regimens."""
    seed = "one seed" if n_seeds == 1 else f"the first of {n_seeds} seeds"
    source = (
        "All records of this study are synthetic. The figures show that the workflow works from end to end; they are "
        "no evidence about patients, nor about how these models would do on a clinic's records."
        if synthetic
        else f"All cases come from one extract, and the tables and tests are about {seed}: another clinic, another "
        "time or another seed may give other figures."
    )
    correct = "Correct means: as it was treated and coded."
    if ratings:
        correct += " A regimen that differs may be acceptable, and one that agrees may not have been the best."
        correct += " No clinician has rated the generated regimens yet." * (not ratings.get("rated"))
    return [source, correct]


def outstanding(
    annotations: Mapping[str, int], ratings: Mapping[str, Any], smallest: int = small_cells.SMALLEST
) -> list[str]:
    """Say what people have not filled in yet: answers that await annotation, by task, and ratings."""

    def shown(n: int) -> str:
        return f"fewer than {smallest}" if small_cells.is_small(n, smallest) else words.integer(n)

    waiting = [
        f"Annotation, {words.task_name(task)}: {shown(n)} answers that the rules could not determine."
        for task, n in annotations.items()
        if n
    ]
    unrated = ratings.get("outstanding", {}).items()
    return waiting + [f"Review, {reviewer}: {shown(n)} regimens to rate." for reviewer, n in unrated if n]
