"""Intervals for a rate."""

from __future__ import annotations

from statsmodels.stats.proportion import proportion_confint

WILSON = "wilson"


def wilson(count: float, n: int, confidence: float) -> tuple[float, float]:
    """Return Wilson's score interval (1927) for ``count`` successes among ``n`` trials, ``n`` at least 1."""
    low, high = proportion_confint(count, n, alpha=1 - confidence, method="wilson")
    # At 0 and at n the interval ends at the rate itself; rounding would put it a hair beside.
    return min(float(low), count / n), max(float(high), count / n)
