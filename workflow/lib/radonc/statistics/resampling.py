"""The bootstrap over cases: intervals for whatever can be computed from how often each case is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Statistic: TypeAlias = Callable[[Floats], Floats]
"""From weights (resamples × cases: how often each case counts) to values (resamples × quantities)."""

# Bounds the memory at some 50 MB, whatever the numbers of resamples and cases.
_BLOCK, _CELLS = 500, 1_000_000


def estimate(statistic: Statistic, n_cases: int) -> Floats:
    """Return the statistic of the cases themselves, each counted once: one value per quantity."""
    values: Floats = statistic(np.ones((1, n_cases)))[0]
    return values


def interval(
    statistic: Statistic,
    n_cases: int,
    *,
    confidence: float,
    n_resamples: int,
    seed: int,
    strata: Sequence[str] | None = None,
) -> Floats:
    """Return percentile intervals of the nonparametric bootstrap over cases (Efron 1979).

    Parameters
    ----------
    statistic
        Of the weights of the cases.
    n_cases
        The number of cases, at least 1.
    confidence
        The level, such as 0.95.
    n_resamples
        How many samples of ``n_cases`` cases are drawn with replacement.
    seed
        Equal seeds draw equal cases for any statistic over as many cases, so that arms are resampled together.
    strata
        The stratum of each case: cases are drawn within their strata, which so keep their sizes. An average over
        classes needs its classes as strata, since a rare one that a resample lacks would drop out of the average. A
        stratum of one case does not vary.

    Returns
    -------
    array
        Quantities × 2: lower and upper ends.
    """
    values = np.concatenate([statistic(weights) for weights in _draws(n_cases, n_resamples, seed, strata)])
    tail = (1 - confidence) / 2
    ends: Floats = np.quantile(values, [tail, 1 - tail], axis=0)
    return ends.T


def mean_of(values: Floats) -> Statistic:
    """Return the statistic that is the mean of one number per case."""
    # Not a matrix product: its rounding depends on the number of threads.
    return lambda weights: (weights * values).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)


def side_by_side(statistics: Sequence[Statistic]) -> Statistic:
    """Return the statistic that gives the quantities of several, one after the other: each resample is drawn once."""
    return lambda weights: np.hstack([statistic(weights) for statistic in statistics])


def _draws(n_cases: int, n_resamples: int, seed: int, strata: Sequence[str] | None) -> Iterator[Floats]:
    rng = np.random.default_rng(seed)
    members = [np.arange(n_cases)] if strata is None else _members(strata)
    block = max(1, min(_BLOCK, _CELLS // n_cases))
    for start in range(0, n_resamples, block):
        n_rows = min(block, n_resamples - start)
        drawn = np.concatenate(
            [cases[rng.integers(len(cases), size=(n_rows, len(cases)))] for cases in members], axis=1
        )
        places = drawn + n_cases * np.arange(n_rows)[:, np.newaxis]
        counts = np.bincount(places.ravel(), minlength=n_rows * n_cases)
        yield counts.reshape(n_rows, n_cases).astype(np.float64)


def _members(strata: Sequence[str]) -> list[NDArray[np.intp]]:
    names = np.asarray(strata, dtype=str)
    return [np.flatnonzero(names == name) for name in np.unique(names)]
