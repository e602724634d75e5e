"""A metric's value over some cases, with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from radonc.statistics import resampling
from radonc.statistics.proportions import WILSON, wilson

BOOTSTRAP = "bootstrap"
NO_INTERVAL = "none"

Estimate = dict[str, Any]
"""``metric``, ``n``, ``value``, ``low``, ``high``, ``interval``: columns of the tables in ``radonc.data.outcomes``."""


def rate(metric: str, count: int, n: int, confidence: float) -> Estimate:
    """Return the rate of ``count`` among ``n`` cases, with Wilson's interval."""
    low, high = wilson(count, n, confidence)
    return {"metric": metric, "n": n, "value": count / n, "low": low, "high": high, "interval": WILSON}


def bootstrapped(
    metrics: Sequence[str],
    statistic: resampling.Statistic,
    n: int,
    *,
    confidence: float,
    n_resamples: int,
    seed: int,
    strata: Sequence[str] | None = None,
) -> Iterator[Estimate]:
    """Yield each quantity of a statistic over ``n`` cases, with its interval by ``resampling.interval``."""
    ends = resampling.interval(statistic, n, confidence=confidence, n_resamples=n_resamples, seed=seed, strata=strata)
    for metric, value, (low, high) in zip(metrics, resampling.estimate(statistic, n), ends, strict=True):
        yield {"metric": metric, "n": n, "value": value, "low": low, "high": high, "interval": BOOTSTRAP}


def bootstrapped_together(
    metrics: Sequence[str], statistics: Sequence[resampling.Statistic], n: int, **settings: Any
) -> list[list[Estimate]]:
    """Return the quantities of several statistics over the same ``n`` cases, as those of the arms of a task.

    Parameters
    ----------
    metrics
        What each statistic gives.
    statistics
        At least one.
    settings
        As of ``bootstrapped``, and the same estimates; but drawing takes most of the time, and is done once for all.
    """
    names = [*metrics] * len(statistics)
    estimates = list(bootstrapped(names, resampling.side_by_side(statistics), n, **settings))
    return [estimates[start : start + len(metrics)] for start in range(0, len(names), len(metrics))]


def accuracy_and_rouge1(cases: pd.DataFrame, *, confidence: float, n_resamples: int, seed: int) -> Iterator[Estimate]:
    """Yield accuracy and ROUGE-1 of the ``SCORES`` rows of one arm, run and way."""
    yield rate("accuracy", int(cases["exact_match"].sum()), len(cases), confidence)
    statistic = resampling.mean_of(cases["rouge1"].to_numpy())
    yield from bootstrapped(
        ("rouge1",), statistic, len(cases), confidence=confidence, n_resamples=n_resamples, seed=seed
    )
