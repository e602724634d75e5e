"""What each arm achieves: one value per metric, with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from radonc.data.outcomes import NO_MODEL, SUMMARY
from radonc.evidence import classes, estimates, resampling
from radonc.evidence.answers import CLOSED_TASKS
from radonc.evidence.arms import Arm, by_arm

MAJORITY = "majority"


def summarise(
    scores: pd.DataFrame, majority: Mapping[str, str], *, confidence: float, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Summarise the scores of every arm, and put the majority class beside them.

    Parameters
    ----------
    scores
        Rows of ``SCORES``, in any order: the primary run and way (``arms.primary``).
    majority
        Task -> the most frequent answer of its *training* split, the answer of the arm ``majority`` to every case.
        Its model is ``-``. Tasks that are not listed have no such arm.
    confidence, n_resamples, seed
        As in the configuration's ``statistics``.

    Returns
    -------
    DataFrame
        Rows of ``SUMMARY`` in order of task, model and arm. Every arm has ``accuracy``, ``rouge1`` and
        ``parse_rate``; those of the closed tasks have ``classes.AVERAGES`` as well. The arm ``majority`` has
        neither ``rouge1`` nor ``parse_rate``. Rates have Wilson intervals, all else percentile bootstrap intervals over
        cases; where every class counts alike, cases are drawn within their classes.

    Raises
    ------
    StudyError
        When the arms of a task did not answer the same cases, each once.
    """
    bootstrap = partial(estimates.bootstrapped, confidence=confidence, n_resamples=n_resamples, seed=seed)
    arms = by_arm(scores)
    arms.update(_majority_arms(arms, majority))
    rows: list[dict[str, Any]] = []
    for key in sorted(arms):
        task, model, arm = key
        for metric in _metrics(key, arms[key], bootstrap, confidence):
            rows.append({"task": task, "model": model, "arm": arm, **metric})
    return pd.DataFrame(rows, columns=list(SUMMARY.columns))


def _majority_arms(arms: Mapping[Arm, pd.DataFrame], majority: Mapping[str, str]) -> dict[Arm, pd.DataFrame]:
    cases = {task: rows[["case_id", "reference"]] for (task, _, _), rows in arms.items() if task in majority}
    return {
        (task, NO_MODEL, MAJORITY): rows.assign(
            parsed=majority[task], exact_match=(rows["reference"] == majority[task]).astype(np.float64)
        )
        for task, rows in cases.items()
    }


def _metrics(
    key: Arm, cases: pd.DataFrame, bootstrap: partial[Iterator[estimates.Estimate]], confidence: float
) -> Iterator[estimates.Estimate]:
    task, _, arm = key
    yield estimates.rate("accuracy", int(cases["exact_match"].sum()), len(cases), confidence)
    if arm != MAJORITY:
        yield estimates.rate("parse_rate", int(cases["parsed"].notna().sum()), len(cases), confidence)
        yield from bootstrap(("rouge1",), resampling.mean_of(cases["rouge1"].to_numpy()), len(cases))
    if task in CLOSED_TASKS:
        statistic = classes.averages(cases["reference"], cases["parsed"])
        # A rare class that a resample lacks would drop out of an average to which every class counts alike.
        alike = list(bootstrap(classes.AVERAGES, statistic, len(cases), strata=cases["reference"].to_list()))
        by_size = list(bootstrap(classes.AVERAGES, statistic, len(cases)))
        yield from alike[: classes.N_ALIKE] + by_size[classes.N_ALIKE :]
