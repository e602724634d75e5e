"""The planned test of the clinical claim: more than so many of the generated regimens are acceptable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, norm
from statsmodels.stats.multitest import multipletests

from radonc.runtime.settings.statistics import Acceptability
from radonc.statistics.proportions import at_least

LEVEL = 0.05
WANTED_POWER = 0.8


def test(outcomes: Mapping[str, NDArray[np.bool_]], claim: Acceptability, n_models: int) -> dict[str, Any]:
    """Test the claim of each model, by the exact one-sided binomial test over cases.

    Parameters
    ----------
    outcomes
        Model -> whether each case's regimen is acceptable; at least one case each.
    claim
        What is claimed of each.
    n_models
        The number of models that the review is planned for, rated or not: the claim is held of the first by Holm's
        method at ``LEVEL / n_models``, for which power and number of cases are computed.

    Returns
    -------
    dict
        ``above`` and ``expected`` as claimed, ``level``, ``cases_needed`` (for a power of ``WANTED_POWER``), and
        ``tests``, one per model: ``model``, ``n``, ``n_acceptable``, ``at_least`` (the rate that is shown at the level
        by itself: Clopper and Pearson's one-sided lower bound), ``p``, ``p_holm`` (Holm 1979, over the models) and
        ``power`` of so many cases.
    """
    level = LEVEL / n_models
    tests: list[dict[str, Any]] = [
        {
            "model": model,
            "n": len(cases),
            "n_acceptable": (count := int(cases.sum())),
            "at_least": at_least(count, len(cases), 1 - LEVEL),
            "p": p_above(count, len(cases), claim.null_rate),
            "power": power(len(cases), claim, level),
        }
        for model, cases in sorted(outcomes.items())
    ]
    adjusted = multipletests([found["p"] for found in tests], method="holm")[1] if tests else []
    for found, p_holm in zip(tests, adjusted, strict=True):
        found["p_holm"] = float(p_holm)
    claimed = {"above": claim.null_rate, "expected": claim.expected_rate}
    return {**claimed, "level": LEVEL, "cases_needed": cases_needed(claim, level), "tests": tests}


def p_above(count: int, n: int, rate: float) -> float:
    """Return the one-sided exact binomial p: how likely ``count`` or more of ``n`` are at this rate."""
    return float(binom.sf(count - 1, n, rate))


def power(n: int, claim: Acceptability, level: float = LEVEL) -> float:
    """Return the probability that the exact test of ``n`` cases holds the claim, at this level, if it is as expected.

    That is the probability, at the expected rate, of as many acceptable cases as the test needs; 0 where not even
    all of them would do.
    """
    return float(_powers(np.array([n]), claim, level)[0])


def cases_needed(claim: Acceptability, level: float = LEVEL) -> int:
    """Return the smallest number of cases from which on the power never falls below ``WANTED_POWER`` again.

    The power of an exact test rises in a saw-tooth: with one case more it may fall.

    Notes
    -----
    It is sought up to twice the number that the normal approximation gives, and 100 more, beyond which no tooth reaches
    down that far.
    """
    z_level, z_power = norm.ppf(1 - level), norm.ppf(WANTED_POWER)
    spread = [rate * (1 - rate) for rate in (claim.null_rate, claim.expected_rate)]
    rough = ((z_level * spread[0] ** 0.5 + z_power * spread[1] ** 0.5) / (claim.expected_rate - claim.null_rate)) ** 2
    sizes = np.arange(1, int(2 * rough) + 101)
    too_weak = np.flatnonzero(_powers(sizes, claim, level) < WANTED_POWER)
    return int(sizes[too_weak[-1]] + 1) if len(too_weak) else 1


def _powers(sizes: NDArray[np.int64], claim: Acceptability, level: float) -> NDArray[np.float64]:
    # The test holds the claim at more than so many: P(X > most) <= level < P(X > most - 1).
    most = binom.isf(level, sizes, claim.null_rate)
    return np.asarray(binom.sf(most, sizes, claim.expected_rate), dtype=np.float64)
