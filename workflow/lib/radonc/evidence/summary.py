"""What each arm achieves: one value per metric, with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from radonc.data.outcomes import SUMMARY
from radonc.evidence import classes, estimates, resampling
from radonc.evidence.answers import CLOSED_TASKS
from radonc.evidence.arms import by_arm

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
    bootstrap = partial(estimates.bootstrapped, confidence=confidence, n_resamples=n_resamples, seed=seed)
    rows: list[dict[str, Any]] = [
        {"task": task, "model": model, "arm": arm, **metric}
        for (task, model, arm), cases in by_arm(scores).items()
        for metric in _metrics(task, cases, bootstrap, confidence)
    ]
    return pd.DataFrame(rows, columns=list(SUMMARY.columns))


def _metrics(
    task: str, cases: pd.DataFrame, bootstrap: partial[Iterator[estimates.Estimate]], confidence: float
) -> Iterator[estimates.Estimate]:
    yield estimates.rate("accuracy", int(cases["exact_match"].sum()), len(cases), confidence)
    yield estimates.rate("parse_rate", int(cases["parsed"].notna().sum()), len(cases), confidence)
    yield from bootstrap(("rouge1",), resampling.mean_of(cases["rouge1"].to_numpy()), len(cases))
    if task in CLOSED_TASKS:
        statistic = classes.averages(cases["reference"], cases["parsed"])
        # A rare class that a resample lacks would drop out of an average to which every class counts alike.
        alike = list(bootstrap(classes.AVERAGES, statistic, len(cases), strata=cases["reference"].to_list()))
        by_size = list(bootstrap(classes.AVERAGES, statistic, len(cases)))
        yield from alike[: classes.N_ALIKE] + by_size[classes.N_ALIKE :]
