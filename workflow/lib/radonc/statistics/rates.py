"""Intervals for a rate."""

from __future__ import annotations

from scipy.stats import beta, chi2
from statsmodels.stats.proportion import proportion_confint

WILSON = "wilson"


def wilson(count: float, n: int, confidence: float) -> tuple[float, float]:
    """Return Wilson's score interval (1927) for ``count`` successes among ``n`` trials, ``n`` at least 1."""
    low, high = proportion_confint(count, n, alpha=1 - confidence, method="wilson")
    # At 0 and at n the interval ends at the rate itself; rounding would put it a hair beside.
    return min(float(low), count / n), max(float(high), count / n)


def exact(count: int, n: int, confidence: float) -> tuple[float, float]:
    """Return the exact interval of Clopper and Pearson (1934) for ``count`` successes among ``n`` trials.

    Its ends are the rates at which as many successes or more, and as many or fewer, have the probability
    (1 - ``confidence``) / 2: quantiles of the beta distribution. ``n`` is at least 1.
    """
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, count, n - count + 1)) if count else 0.0
    high = float(beta.ppf(1 - tail, count + 1, n - count)) if count < n else 1.0
    return low, high


def at_least(count: int, n: int, confidence: float) -> float:
    """Return the rate that ``count`` successes among ``n`` trials show at least: the exact one-sided lower bound.

    Without a failure it is (1 - ``confidence``) ** (1 / ``n``): 598 of 598 show 99.5 % at a confidence of 95 %.
    """
    return float(beta.ppf(1 - confidence, count, n - count + 1)) if count else 0.0


def poisson(count: int, confidence: float) -> tuple[float, float]:
    """Return the exact interval (Garwood 1936) for the expectation of a number of rare events of which ``count`` came.

    Quantiles of the chi-squared distribution, halved, with 2 ``count`` and 2 ``count`` + 2 degrees of freedom.
    """
    tail = (1 - confidence) / 2
    low = float(chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
    return low, float(chi2.ppf(1 - tail, 2 * count + 2)) / 2
