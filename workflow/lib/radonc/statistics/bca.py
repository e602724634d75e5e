"""Bias-corrected and accelerated bootstrap intervals of a mean of paired differences.

scipy's ``bootstrap`` gives the same (a test compares them), but its jackknife of n cases goes through n² numbers: of
100,000 cases, for hours. Of a mean it has a closed form.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from radonc.statistics.paired_differences import NOISE, UniqueCounts
from radonc.statistics.resampling import Floats

BCA = "bca"
# Bounds the memory of the draws at some 20 MB, however many cases there are.
_CELLS = 1_000_000
# Drawing how often a difference occurs takes as long as drawing so many cases.
_MULTINOMIAL_COST = 16


class Correction(NamedTuple):
    """What BCa corrects by: the bias, in standard normal units, and the acceleration."""

    bias: float
    acceleration: float


def mean_interval(differences: UniqueCounts, *, confidence: float, n_resamples: int, seed: int) -> tuple[float, float]:
    """Return the BCa interval (Efron 1987) of the mean of paired differences, over cases.

    Parameters
    ----------
    differences
        The distinct differences with their counts, of at least one case.
    confidence, n_resamples, seed
        As in the configuration's ``statistics``.

    Returns
    -------
    tuple
        Lower and upper end: quantiles, interpolated linearly, of the means of ``n_resamples`` samples of as many cases
        drawn with replacement. Where all differences are equal no resample differs: both ends are that difference.

    Notes
    -----
    The order of the cases plays no role. Where few differences are distinct, as of right-or-wrong scores, a resample is
    drawn as how often each of them occurs in it, which is multinomial: the same bootstrap, in no time.
    """
    if len(differences.values) == 1:
        return float(differences.values[0]), float(differences.values[0])
    means = resampled_means(differences, n_resamples, seed)
    levels = adjusted(correction(differences, means), confidence)
    low, high = np.quantile(means, levels)
    return float(low), float(high)


def resampled_means(differences: UniqueCounts, n_resamples: int, seed: int) -> Floats:
    """Return the means of ``n_resamples`` samples of as many cases, drawn with replacement."""
    values, counts = differences
    n = int(counts.sum())
    rng = np.random.default_rng(seed)
    few = len(values) * _MULTINOMIAL_COST < n
    cases = np.repeat(values, counts)
    rows = max(1, _CELLS // (len(values) if few else n))
    blocks = []
    for start in range(0, n_resamples, rows):
        n_rows = min(rows, n_resamples - start)
        if few:
            # Not a matrix product: its rounding depends on the number of threads.
            drawn = rng.multinomial(n, counts / n, size=n_rows) * values
        else:
            drawn = cases[rng.integers(n, size=(n_rows, n))]
        blocks.append(drawn.sum(axis=1) / n)
    return np.concatenate(blocks)


def correction(differences: UniqueCounts, means: Floats) -> Correction:
    """Return the bias and acceleration of the mean, given its resamples.

    Parameters
    ----------
    differences
        The distinct differences, two at least, with their counts.
    means
        Of the resamples.

    Returns
    -------
    Correction
        ``bias``: the normal quantile of the share of resamples below the observed mean, resamples that equal it
        counting half, since of right-or-wrong scores many do. Where all or none lie below, the quantile is infinite and
        the bias is left at 0: such resamples give no interval anyway. ``acceleration``: Σe³ / 6(Σe²)^1.5
        with e the deviations from the mean, which the jackknife gives in closed form; it lies between -1/6 and 1/6.
    """
    values, counts = differences
    mean = (values * counts).sum() / counts.sum()
    below = ((means < mean - NOISE).mean() + (means <= mean + NOISE).mean()) / 2
    deviations = values - mean
    squares, cubes = (counts * deviations**2).sum(), (counts * deviations**3).sum()
    return Correction(float(norm.ppf(below)) if 0 < below < 1 else 0.0, float(cubes / (6 * squares**1.5)))


def adjusted(corrected: Correction, confidence: float) -> tuple[float, float]:
    """Return the levels of the two quantiles of the resamples that make the interval (Efron 1987, formula 6.8)."""
    tail = (1 - confidence) / 2
    low, high = (_level(corrected, float(norm.ppf(level))) for level in (tail, 1 - tail))
    return low, high


def _level(corrected: Correction, z: float) -> float:
    shifted = corrected.bias + z
    return float(norm.cdf(corrected.bias + shifted / (1 - corrected.acceleration * shifted)))
