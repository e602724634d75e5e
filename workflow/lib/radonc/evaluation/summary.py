"""What each arm achieves in its scores and in the components of its answers: values with their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import quantile_test

from radonc.data.outcomes import STANDINGS, SUMMARY
from radonc.evaluation import classification
from radonc.evaluation.answers import CLOSED_TASKS
from radonc.evaluation.arms import by_arm, by_task
from radonc.statistics import estimates, resampling
from radonc.statistics.estimates import Estimate
from radonc.statistics.resampling import Floats

COLUMNS = ["case_id", "task", "model", "arm", "reference", "parsed", "exact_match", "rouge1"]
"""What is needed of ``SCORES``, here and for figures per class."""


def summarise(scores: pd.DataFrame, *, confidence: float, n_resamples: int, seed: int) -> pd.DataFrame:
    """Summarise the scores of every arm.

    Parameters
    ----------
    scores
        Rows of ``SCORES``, in any order: the primary run and answer mode (``arms.primary``).
    confidence, n_resamples, seed
        As in the configuration's ``statistics``.

    Returns
    -------
    DataFrame
        Rows of ``SUMMARY`` in order of task, model and arm. Every arm has ``accuracy``, ``rouge1`` and
        ``parse_rate``; those of the closed tasks have ``classification.AVERAGES`` as well. Rates have Wilson intervals,
        all else percentile bootstrap intervals over cases; where every class counts alike, cases are drawn within their
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
        averages = [classification.averages(cases["reference"], cases["parsed"]) for cases in arms]
        names = (*names, *classification.AVERAGES)
        statistics = [resampling.side_by_side(both) for both in zip(statistics, averages, strict=True)]
        # A rare class that a resample lacks would drop out of an average to which every class counts alike.
        alike = bootstrap(classification.AVERAGES, averages, n, strata=arms[0]["reference"].to_list())
    for cases, (rouge1, *by_size), of_classes in zip(arms, bootstrap(names, statistics, n), alike, strict=True):
        yield [
            estimates.rate("accuracy", int(cases["exact_match"].sum()), n, confidence),
            estimates.rate("parse_rate", int(cases["parsed"].notna().sum()), n, confidence),
            rouge1,
            *of_classes[: classification.N_ALIKE],
            *by_size[classification.N_ALIKE :],
        ]


ORDER_STATISTICS = "order statistics"

_HIERARCHICAL = ("hierarchical_precision", "hierarchical_recall", "hierarchical_f")
OF_COURSE = ("site", "site_group", "laterality", "dose", "fractions", "modality", "technique", "full_match")
"""The components of a regimen that are judged where its reference states them."""
RATES = {
    "regimen": (*OF_COURSE, "consistent", "plausible", "dose_found"),
    "icd10": ("full_code", "category", "site_group", "only_side_wrong"),
}
"""Task -> the components that are right or wrong."""


def summarise_components(
    components: Mapping[str, pd.DataFrame], *, confidence: float, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Summarise the components of every arm's answers.

    Parameters
    ----------
    components
        Task -> rows of its table in ``COMPONENTS``, in any order: the primary run and answer mode (``arms.primary``).
    confidence, n_resamples, seed
        As in the configuration's ``statistics``.

    Returns
    -------
    DataFrame
        Rows of ``SUMMARY`` in order of task, model and arm, ``n`` being the judged cases; what was judged in none has
        no row. ``RATES`` and, of codes, the standings have Wilson intervals. ``eqd2_error_gy`` is the median (Gy), with
        the interval of ``median``; the hierarchical measures are means with percentile bootstrap intervals over cases.

    Raises
    ------
    StudyError
        When the arms of a task did not answer the same cases, each once.
    """
    bootstrap = partial(estimates.bootstrapped_together, confidence=confidence, n_resamples=n_resamples, seed=seed)
    rows: list[dict[str, Any]] = [
        {"task": task, "model": model, "arm": arm, **estimate}
        for name in sorted(components)
        for task, arms in by_task(by_arm(components[name])).items()
        for ((_, model, arm), cases), sizes in zip(
            arms.items(), _sizes(task, [*arms.values()], bootstrap, confidence), strict=True
        )
        for estimate in (*_rates(task, cases, confidence), *sizes)
    ]
    return pd.DataFrame(rows, columns=list(SUMMARY.columns))


def median(values: Floats, confidence: float) -> Estimate:
    """Return the median of at least one value, with its interval from one of the ordered values to another.

    The interval holds for any distribution, ties and all (Conover 1999, Practical Nonparametric Statistics, section
    3.2). Of too few values, at 95 % fewer than six, even all of them together do not: there is none.
    """
    # Its stubs take the pair for one number.
    ends: Any = quantile_test(values, p=0.5).confidence_interval(confidence)
    missing = np.isnan(ends.low) or np.isnan(ends.high)
    return {
        "metric": "eqd2_error_gy",
        "n": len(values),
        "value": float(np.median(values)),
        "low": np.nan if missing else float(ends.low),
        "high": np.nan if missing else float(ends.high),
        "interval": estimates.NO_INTERVAL if missing else ORDER_STATISTICS,
    }


def _rates(task: str, cases: pd.DataFrame, confidence: float) -> Iterator[Estimate]:
    for name in RATES[task]:
        judged = cases[name].dropna()
        if len(judged):
            yield estimates.rate(name, int(judged.sum()), len(judged), confidence)
    if task == "icd10":
        for standing in STANDINGS:
            yield estimates.rate(
                f"standing_{standing}", int((cases["standing"] == standing).sum()), len(cases), confidence
            )


def _sizes(
    task: str, arms: Sequence[pd.DataFrame], bootstrap: partial[list[list[Estimate]]], confidence: float
) -> list[list[Estimate]]:
    """Return of each arm what is no rate."""
    if task == "icd10":
        means = [[resampling.mean_of(cases[name].to_numpy()) for name in _HIERARCHICAL] for cases in arms]
        return bootstrap(_HIERARCHICAL, [resampling.side_by_side(of_arm) for of_arm in means], len(arms[0]))
    errors = [cases["eqd2_error_gy"].dropna().to_numpy(np.float64) for cases in arms]
    return [[median(of_arm, confidence)] if len(of_arm) else [] for of_arm in errors]
