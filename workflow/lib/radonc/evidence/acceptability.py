"""The planned test of the clinical claim: more than so many of the generated regimens are acceptable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, norm

LEVEL = 0.05
WANTED_POWER = 0.8


@dataclass(frozen=True)
class Claim:
    """The claim that a rate is above ``above``, and the rate that the study is planned for."""

    above: float
    expected: float


def p_above(count: int, n: int, rate: float) -> float:
    """Return the one-sided exact binomial p: how likely ``count`` or more of ``n`` are at this rate."""
    return float(binom.sf(count - 1, n, rate))


def power(n: int, claim: Claim) -> float:
    """Return the probability that the exact test of ``n`` cases holds the claim, at ``LEVEL``, if it is as expected.

    That is the probability, at the expected rate, of as many acceptable cases as the test needs; 0 where not even
    all of them would do.
    """
    return float(_powers(np.array([n]), claim)[0])


def cases_needed(claim: Claim) -> int:
    """Return the smallest number of cases from which on the power never falls below ``WANTED_POWER`` again.

    The power of an exact test rises in a saw-tooth: with one case more it may fall.

    Notes
    -----
    It is sought up to twice the number that the normal approximation gives, and 100 more, beyond which no tooth reaches
    down that far.
    """
    z_level, z_power = norm.ppf(1 - LEVEL), norm.ppf(WANTED_POWER)
    spread = [rate * (1 - rate) for rate in (claim.above, claim.expected)]
    rough = ((z_level * spread[0] ** 0.5 + z_power * spread[1] ** 0.5) / (claim.expected - claim.above)) ** 2
    sizes = np.arange(1, int(2 * rough) + 101)
    too_weak = np.flatnonzero(_powers(sizes, claim) < WANTED_POWER)
    return int(sizes[too_weak[-1]] + 1) if len(too_weak) else 1


def _powers(sizes: np.ndarray[tuple[int], np.dtype[np.int64]], claim: Claim) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    # The test holds the claim at more than so many: P(X > most) <= level < P(X > most - 1).
    most = binom.isf(LEVEL, sizes, claim.above)
    powers: np.ndarray[tuple[int], np.dtype[np.float64]] = binom.sf(most, sizes, claim.expected)
    return powers
