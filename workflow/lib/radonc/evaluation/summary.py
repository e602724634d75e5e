"""What each arm achieves: one value per metric, with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pandas as pd

from radonc.data.outcomes import SUMMARY
from radonc.evaluation import classes
from radonc.evaluation.answers import CLOSED_TASKS
from radonc.evaluation.arms import by_arm, by_task
from radonc.statistics import estimates, resampling
from radonc.statistics.estimates import Estimate

COLUMNS = ["case_id", "task", "model", "arm", "reference", "parsed", "exact_match", "rouge1"]
"""What is needed of ``SCORES``, here and for figures per class."""


def summarise(scores: pd.DataFrame, *, confidence: float, n_resamples: int, seed: int) -> pd.DataFrame:
    """Summarise the scores of every arm.

    Parameters
    ----------
    scores
        Rows of ``SCORES``, in any order: the primary run and way (``arms.primary``).
    confidence, n_resamples, seed
        As in the configuration's ``statistics``.

    Returns
    -------
    DataFrame
        Rows of ``SUMMARY`` in order of task, model and arm. Every arm has ``accuracy``, ``rouge1`` and
        ``parse_rate``; those of the closed tasks have ``classes.AVERAGES`` as well. Rates have Wilson intervals, all
        else percentile bootstrap intervals over cases; where every class counts alike, cases are drawn within their
        classes.

    Raises
    ------
    StudyError
        When the arms of a task did not answer the same cases, each once.
    """
    bootstrap = partial(estimates.bootstrapped_together, confidence=confidence, n_resamples=n_resamples, seed=seed)
    rows: list[dict[str, Any]] = [
        {"task": task, "model": model, "arm": arm, **metric}
        for task, arms in by_task(by_arm(scores)).items()
        for (_, model, arm), metrics in zip(arms, _metrics(task, [*arms.values()], bootstrap, confidence), strict=True)
        for metric in metrics
    ]
    return pd.DataFrame(rows, columns=list(SUMMARY.columns))


def _metrics(
    task: str, arms: Sequence[pd.DataFrame], bootstrap: partial[list[list[Estimate]]], confidence: float
) -> Iterator[list[Estimate]]:
    """Yield the metrics of each arm of a task. All have answered the same cases, which are drawn once for all."""
    n = len(arms[0])
    names: tuple[str, ...] = ("rouge1",)
    statistics = [resampling.mean_of(cases["rouge1"].to_numpy()) for cases in arms]
    alike: list[list[Estimate]] = [[] for _ in arms]
    if task in CLOSED_TASKS:
        averages = [classes.averages(cases["reference"], cases["parsed"]) for cases in arms]
        names = (*names, *classes.AVERAGES)
        statistics = [resampling.side_by_side(both) for both in zip(statistics, averages, strict=True)]
        # A rare class that a resample lacks would drop out of an average to which every class counts alike.
        alike = bootstrap(classes.AVERAGES, averages, n, strata=arms[0]["reference"].to_list())
    for cases, (rouge1, *by_size), of_classes in zip(arms, bootstrap(names, statistics, n), alike, strict=True):
        yield [
            estimates.rate("accuracy", int(cases["exact_match"].sum()), n, confidence),
            estimates.rate("parse_rate", int(cases["parsed"].notna().sum()), n, confidence),
            rouge1,
            *of_classes[: classes.N_ALIKE],
            *by_size[classes.N_ALIKE :],
        ]
