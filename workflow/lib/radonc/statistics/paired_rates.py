"""The interval of a difference between two rates that were measured in the same cases."""

from __future__ import annotations

import math

from radonc.statistics.rates import wilson


def newcombe(both: int, first: int, second: int, neither: int, confidence: float) -> tuple[float, float]:
    """Return the interval of the first rate minus the second.

    Newcombe's method 10 (1998, Stat Med 17:2635-2650): the distances from each rate to the ends of its Wilson interval,
    squared and added, less what the two have in common by the cases' correlation phi, which is corrected for
    continuity, and 0 where a rate is 0 or 1. The ends never leave -1 to 1, and the interval has a width where all cases
    tie: what was not seen in ten cases is no proof that there is none.

    Parameters
    ----------
    both, first, second, neither
        The numbers of cases in which both are right, the first alone, the second alone, and none; at least 1 in all.
    confidence
        The level, such as 0.95.
    """
    n = both + first + second + neither
    rate, other = (both + first) / n, (both + second) / n
    (low, high), (other_low, other_high) = wilson(both + first, n, confidence), wilson(both + second, n, confidence)
    phi = _phi(both, first, second, neither)
    below = _distance(rate - low, other_high - other, phi)
    above = _distance(high - rate, other - other_low, phi)
    difference = (first - second) / n
    return difference - below, difference + above


def _phi(both: int, first: int, second: int, neither: int) -> float:
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    if not margins:
        return 0.0
    excess = both * neither - first * second
    corrected = max(excess - (both + first + second + neither) / 2, 0) if excess > 0 else excess
    return corrected / math.sqrt(margins)


def _distance(one: float, other: float, phi: float) -> float:
    # Rounding can leave a hair below 0 where the two cancel out.
    return math.sqrt(max(one**2 - 2 * phi * one * other + other**2, 0))
