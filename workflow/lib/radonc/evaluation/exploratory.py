"""What stands beside the tables and tests: other answer modes, other seeds, shares of the training set.

All of it is exploratory: values and intervals, no test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import pandas as pd

from radonc.data.outcomes import ANSWER_MODE_COMPARISONS, RUNS, SPREAD
from radonc.data.schemas import NO_RUN
from radonc.evaluation.arms import by_arm, in_primary_mode
from radonc.statistics.estimates import accuracy_and_rouge1
from radonc.study.training_runs import TrainingRun


def compare_answer_modes(
    scores: pd.DataFrame, *, run: str, confidence: float, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Return accuracy and ROUGE-1 of every mode, for the tasks that were answered in several.

    Parameters
    ----------
    scores
        Rows of ``SCORES``, in any order.
    run
        The primary run.
    confidence, n_resamples, seed
        As in the configuration's ``statistics``.

    Returns
    -------
    DataFrame
        Rows of ``ANSWER_MODE_COMPARISONS`` in order of task, model, arm and mode.

    Raises
    ------
    StudyError
        When the arms that answered a task in some mode did not answer the same cases, each once.
    """
    estimates = partial(accuracy_and_rouge1, confidence=confidence, n_resamples=n_resamples, seed=seed)
    several = scores.groupby("task")["answer_mode"].transform("nunique") > 1
    found = scores[several & scores["run"].isin([run, NO_RUN])]
    rows: list[dict[str, Any]] = [
        {"task": task, "model": model, "arm": arm, "answer_mode": mode, **estimate}
        for mode, part in found.groupby("answer_mode")
        for (task, model, arm), cases in by_arm(part).items()
        for estimate in estimates(cases)
    ]
    table = pd.DataFrame(rows, columns=list(ANSWER_MODE_COMPARISONS.columns))
    return table.sort_values(["task", "model", "arm", "answer_mode"], kind="stable", ignore_index=True)


def by_run(
    scores: pd.DataFrame,
    n_train: Mapping[tuple[str, str, str], int],
    *,
    answer_modes: Mapping[str, str],
    confidence: float,
    n_resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Return accuracy and ROUGE-1 of every training run, in the primary answer mode.

    Parameters
    ----------
    scores
        Rows of ``SCORES``, in any order.
    n_train
        (Model, task, run) -> the number of pairs that the run was trained on. What is not listed was not trained (the
        dummy back end) and is passed over.
    answer_modes
        Task -> its primary answer mode (the configuration's ``predict.answer_modes``).
    confidence, n_resamples, seed
        As in the configuration's ``statistics``.

    Returns
    -------
    DataFrame
        Rows of ``RUNS`` in order of task, model, share (the full training set first) and seed.

    Raises
    ------
    StudyError
        When a run's name is none, or a run did not answer the cases that the base models answered, each once.
    """
    estimates = partial(accuracy_and_rouge1, confidence=confidence, n_resamples=n_resamples, seed=seed)
    chosen = in_primary_mode(scores, answer_modes)
    names = sorted(set(chosen["run"]) - {NO_RUN})
    rows: list[dict[str, Any]] = [
        {
            "task": task,
            "model": model,
            "run": run,
            **asdict(TrainingRun.named(run)),
            "n_train": n_train[model, task, run],
            **estimate,
        }
        for run in names
        # With the arms that have no run, which all runs must agree with on the cases.
        for (task, model, arm), cases in by_arm(chosen[chosen["run"].isin([run, NO_RUN])]).items()
        if arm == "tuned" and (model, task, run) in n_train
        for estimate in estimates(cases)
    ]
    table = pd.DataFrame(rows, columns=list(RUNS.columns))
    order = ["task", "model", "share", "seed"]
    return table.sort_values(order, ascending=[True, True, False, True], kind="stable", ignore_index=True)


def spread(runs: pd.DataFrame) -> pd.DataFrame:
    """Return how far the runs with the full training set lie apart, where there are two or more.

    Parameters
    ----------
    runs
        Rows of ``RUNS``.

    Returns
    -------
    DataFrame
        Rows of ``SPREAD`` in order of task, model and metric; ``sd`` is the sample standard deviation (n - 1).
    """
    full = runs[runs["share"] == 1].groupby(["task", "model", "metric"], sort=True)["value"]
    table = full.agg(["size", "mean", "std", "min", "max"]).reset_index()
    table.columns = pd.Index(SPREAD.columns)
    return table[table["n_seeds"] > 1].reset_index(drop=True)
