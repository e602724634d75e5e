"""A metric's value over some cases, with its interval: Wilson's of a rate, the bootstrap's of anything else.

Whatever can be computed from how often each case is drawn has a bootstrap interval.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias, TypedDict, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radonc.statistics.proportions import WILSON, wilson

BOOTSTRAP, NO_INTERVAL = "bootstrap", "none"

Floats: TypeAlias = NDArray[np.float64]
Statistic: TypeAlias = Callable[[Floats], Floats]
"""From weights (resamples × cases: how often each case counts) to values (resamples × quantities)."""
Estimate = dict[str, Any]
"""``metric``, ``n``, ``value``, ``low``, ``high``, ``interval``: columns of the tables in ``radonc.data.outcomes``."""

# Bounds the memory at some 50 MB, whatever the numbers of resamples and cases.
_BLOCK, _CELLS = 500, 1_000_000


class Bootstrap(TypedDict):
    """The settings of intervals: their level, and the number of resamples and the seed of bootstraps."""

    confidence: float
    n_resamples: int
    seed: int


def rate(metric: str, count: int, n: int, confidence: float) -> Estimate:
    """Return the rate of ``count`` among ``n`` cases, with Wilson's interval."""
    low, high = wilson(count, n, confidence)
    return {"metric": metric, "n": n, "value": count / n, "low": low, "high": high, "interval": WILSON}


def bootstrapped(
    metrics: Sequence[str],
    statistics: Sequence[Statistic],
    n: int,
    *,
    strata: Sequence[str] | None = None,
    **settings: Unpack[Bootstrap],
) -> list[list[Estimate]]:
    """Return the quantities of several statistics over the same ``n`` cases, as those of the arms of a task.

    ``metrics`` names what each statistic gives. Drawing takes most of the time, and is done once for all.
    """
    together, names = side_by_side(statistics), [*metrics] * len(statistics)
    ends = interval(together, n, strata=strata, **settings)
    estimates: list[Estimate] = [
        {"metric": metric, "n": n, "value": value, "low": low, "high": high, "interval": BOOTSTRAP}
        for metric, value, (low, high) in zip(names, estimate(together, n), ends, strict=True)
    ]
    return [estimates[start : start + len(metrics)] for start in range(0, len(names), len(metrics))]


def accuracy_and_rouge1(cases: pd.DataFrame, **settings: Unpack[Bootstrap]) -> list[Estimate]:
    """Return accuracy and ROUGE-1 of the ``SCORES`` rows of one arm, run and answer mode."""
    [rouge1] = bootstrapped(("rouge1",), [mean_of(cases["rouge1"].to_numpy())], len(cases), **settings)
    return [rate("accuracy", int(cases["exact_match"].sum()), len(cases), settings["confidence"]), *rouge1]


def estimate(statistic: Statistic, n_cases: int) -> Floats:
    """Return the statistic of the cases themselves, each counted once: one value per quantity."""
    values: Floats = statistic(np.ones((1, n_cases)))[0]
    return values


def interval(
    statistic: Statistic, n_cases: int, *, strata: Sequence[str] | None = None, **settings: Unpack[Bootstrap]
) -> Floats:
    """Return percentile intervals of the nonparametric bootstrap over cases (Efron 1979).

    The result is quantities × 2: lower and upper ends. Equal seeds draw equal cases for any statistic over as many
    cases, of which there is at least one. With ``strata``, the stratum of each case, cases are drawn within their
    strata, which so keep their sizes. An average over classes needs its classes as strata, since a rare one that a
    resample lacks would drop out of the average.
    """
    draws = _draws(n_cases, settings["n_resamples"], settings["seed"], strata)
    values = np.concatenate([statistic(weights) for weights in draws])
    tail = (1 - settings["confidence"]) / 2
    ends: Floats = np.quantile(values, [tail, 1 - tail], axis=0)
    return ends.T


def mean_of(values: Floats) -> Statistic:
    """Return the statistic that is the mean of one number per case."""
    # Not a matrix product: its rounding depends on the number of threads.
    return lambda weights: (weights * values).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)


def side_by_side(statistics: Sequence[Statistic]) -> Statistic:
    """Return the statistic that gives the quantities of several, one after the other."""
    return lambda weights: np.hstack([statistic(weights) for statistic in statistics])


def _draws(n_cases: int, n_resamples: int, seed: int, strata: Sequence[str] | None) -> Iterator[Floats]:
    rng = np.random.default_rng(seed)
    names = np.asarray(strata or [""] * n_cases)
    members = [np.flatnonzero(names == name) for name in np.unique(names)]
    block = max(1, min(_BLOCK, _CELLS // n_cases))
    for start in range(0, n_resamples, block):
        n_rows = min(block, n_resamples - start)
        drawn = np.concatenate(
            [cases[rng.integers(len(cases), size=(n_rows, len(cases)))] for cases in members], axis=1
        )
        places = drawn + n_cases * np.arange(n_rows)[:, np.newaxis]
        counts = np.bincount(places.ravel(), minlength=n_rows * n_cases)
        yield counts.reshape(n_rows, n_cases).astype(np.float64)
