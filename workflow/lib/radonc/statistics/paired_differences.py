"""Paired differences, as the tests take them: ties that rounding broke are restored."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from radonc.statistics.resampling import Floats

NOISE = 1e-12
"""Scores are ratios of small whole numbers: differences no further apart than this are equal but for rounding."""


class UniqueCounts(NamedTuple):
    """The distinct values of a sample, ascending, and how often each occurs."""

    values: Floats
    counts: NDArray[np.int64]


def paired(greater: Floats, smaller: Floats) -> Floats:
    """Return the differences of two arrays of scores of the same cases, ``greater`` less ``smaller``.

    Differences whose sizes are no further than ``NOISE`` from the next smaller one get the size of the smallest of
    them, and those that near to 0 are 0. Rounding to so many digits would not do: where a size lies between two
    rounded numbers, noise decides which of them it becomes.

    Raises
    ------
    ValueError
        When a score is not finite: a test would take it for a case without a difference.
    """
    differences = np.asarray(greater, dtype=np.float64) - np.asarray(smaller, dtype=np.float64)
    if not np.isfinite(differences).all():
        raise ValueError("scores of paired cases must be finite")
    order = np.argsort(np.abs(differences), kind="stable")
    sizes = np.abs(differences)[order]
    begins = np.diff(sizes, prepend=0.0) > NOISE
    smallest = np.concatenate([[0.0], sizes[begins]])
    tied = np.empty_like(sizes)
    tied[order] = smallest[np.cumsum(begins)]
    # Adding 0 turns -0 into 0.
    return np.sign(differences) * tied + 0.0


def unique_counts(differences: Floats) -> UniqueCounts:
    """Return the distinct differences and their counts; right-or-wrong scores have three at most."""
    values, counts = np.unique(differences, return_counts=True)
    return UniqueCounts(values, counts.astype(np.int64))
