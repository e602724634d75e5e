"""The Hodges-Lehmann estimate of a shift: the median of the means of all pairs of differences."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from radonc.statistics.paired_differences import NOISE, UniqueCounts
from radonc.statistics.resampling import Floats
from radonc.statistics.signed_rank import null_distribution

LONGEST_EXACT = 500
"""The greatest number of cases for which the ends are counted off by the exact distribution."""
_NEAR = NOISE / 1000


class Shift(NamedTuple):
    """An estimate of a shift, with its interval."""

    value: float
    low: float
    high: float


def hodges_lehmann(differences: UniqueCounts, confidence: float) -> Shift:
    """Estimate the pseudomedian of paired differences (Hodges and Lehmann 1963), with its interval.

    Parameters
    ----------
    differences
        The distinct differences with their counts, of at least one case. Zeros stay: they are differences as well.
    confidence
        The level, such as 0.95.

    Returns
    -------
    Shift
        ``value``: the median of the M = n (n + 1) / 2 Walsh averages, the means of every two differences and of each
        with itself. ``low`` and ``high``: the k-th smallest and the k-th largest of them, both ends belonging to the
        interval, where k is the (1 - ``confidence``) / 2 quantile of the signed-rank statistic of n untied differences
        (at least 1): exact for n up to ``LONGEST_EXACT``, beyond from the normal approximation.

    Notes
    -----
    Without ties this is R's ``wilcox.test(conf.int = TRUE, exact = TRUE)``. With ties a closed interval so made covers
    at least as often as without (Noether 1967, J Am Stat Assoc 62:184-188). R drops zeros first, which answers another
    question: the shift among those cases that differ. Of right-or-wrong scores the value is 0 unless one arm is better
    in some 30 % of the cases: there the difference of the means says more.
    """
    n = int(differences.counts.sum())
    n_averages = n * (n + 1) // 2
    k = _tail_rank(n, confidence) if n <= LONGEST_EXACT else _normal_tail_rank(n, confidence)
    middle = {(n_averages + 1) // 2, n_averages // 2 + 1}
    return Shift(
        float(np.mean([_walsh_average(differences, rank) for rank in middle])),
        _walsh_average(differences, k),
        _walsh_average(differences, n_averages + 1 - k),
    )


@cache
def _tail_rank(n: int, confidence: float) -> int:
    cumulative = null_distribution(np.arange(1, n + 1)).cumsum()
    return max(1, int(np.searchsorted(cumulative, (1 - confidence) / 2)))


def _normal_tail_rank(n: int, confidence: float) -> int:
    z, sd = float(norm.ppf((1 + confidence) / 2)), (n * (n + 1) * (2 * n + 1) / 24) ** 0.5
    return int(n * (n + 1) / 4 - z * sd)


def _walsh_average(differences: UniqueCounts, rank: int) -> float:
    """Return the Walsh average that ``rank`` of them do not exceed, counting from the smallest.

    By bisection: for any threshold the pairs with at most this sum are counted, so that the pairs, of which 100,000
    cases have five thousand million, are never laid out.
    """
    values, counts = differences
    upto = np.concatenate([[0], counts.cumsum()])
    low, high = 2 * values[0] - 1, 2 * values[-1]
    # Where numbers are too large to be that near to each other, their own spacing ends it.
    while high - low > _NEAR and low < (middle := (low + high) / 2) < high:
        if _pairs_upto(values, counts, upto, middle) >= rank:
            high = middle
        else:
            low = middle
    # The smallest sum above ``low``: a sum as it is, where bisection only comes near.
    partners = np.searchsorted(values, low - values, side="right")
    sums = (values + values[np.minimum(partners, len(values) - 1)])[partners < len(values)]
    return float(sums.min()) / 2


def _pairs_upto(values: Floats, counts: NDArray[np.int64], upto: NDArray[np.int64], total: float) -> int:
    """Count the pairs of cases, each with itself included, whose differences sum up to ``total`` or less."""
    ordered = int((counts * upto[np.searchsorted(values, total - values, side="right")]).sum())
    with_itself = int(counts[2 * values <= total].sum())
    return (ordered + with_itself) // 2
