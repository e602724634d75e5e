"""Intervals for a proportion, and for the difference of two proportions in the same cases."""

import math

from scipy.stats import beta, chi2
from statsmodels.stats.proportion import proportion_confint

WILSON = "wilson"


def wilson(count: float, n: int, confidence: float) -> tuple[float, float]:
    """Return Wilson's score interval (1927) for ``count`` successes among ``n`` trials, ``n`` at least 1."""
    low, high = proportion_confint(count, n, alpha=1 - confidence, method="wilson")
    # At 0 and at n the interval ends at the rate itself; rounding could put it just outside.
    return min(float(low), count / n), max(float(high), count / n)


def exact(count: int, n: int, confidence: float) -> tuple[float, float]:
    """Return the exact interval of Clopper and Pearson (1934), ``n`` being at least 1."""
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, count, n - count + 1)) if count else 0.0
    high = float(beta.ppf(1 - tail, count + 1, n - count)) if count < n else 1.0
    return low, high


def at_least(count: int, n: int, confidence: float) -> float:
    """Return the one-sided lower bound of Clopper and Pearson (1934).

    Without a failure it is (1 - ``confidence``) ** (1 / ``n``): 598 of 598 show 99.5 % at a confidence of 95 %.
    """
    return float(beta.ppf(1 - confidence, count, n - count + 1)) if count else 0.0


def poisson(count: int, confidence: float) -> tuple[float, float]:
    """Return the exact interval (Garwood 1936) for the expected number of rare events of which ``count`` occurred."""
    tail = (1 - confidence) / 2
    low = float(chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
    return low, float(chi2.ppf(1 - tail, 2 * count + 2)) / 2


def newcombe(both: int, first: int, second: int, neither: int, confidence: float) -> tuple[float, float]:
    """Return the interval of the first rate minus the second: Newcombe's method 10 (1998, Stat Med 17:2635-2650).

    The counts are the cases in which both are right, the first alone, the second alone, and none; at least 1 in all.
    The distances from each rate to the ends of its Wilson interval are squared and added, less what the two have in
    common by the cases' correlation phi, which is corrected for continuity, and 0 where a rate is 0 or 1. The interval
    stays within -1 to 1, and has a width where all cases tie.
    """
    n = both + first + second + neither
    rate, other_rate = (both + first) / n, (both + second) / n
    (low, high), (other_low, other_high) = wilson(both + first, n, confidence), wilson(both + second, n, confidence)
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    excess = both * neither - first * second
    corrected = max(excess - n / 2, 0) if excess > 0 else excess
    phi = corrected / math.sqrt(margins) if margins else 0.0

    def distance(one: float, other: float) -> float:
        # Rounding can leave slightly less than 0 where the two cancel out.
        return math.sqrt(max(one**2 - 2 * phi * one * other + other**2, 0))

    difference = (first - second) / n
    return (
        difference - distance(rate - low, other_high - other_rate),
        difference + distance(high - rate, other_rate - other_low),
    )
