"""Wilcoxon's signed-rank test of paired differences, and the effect that goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, norm, rankdata

from radonc.statistics.resampling import Floats

Zeros = Literal["wilcox", "pratt"]
LONGEST_EXACT = 200
"""The greatest number of differences of several sizes whose signs are all gone through, which costs its cube."""


@dataclass(frozen=True)
class SignedRank:
    """The outcome: W, the sum of the ranks of the positive differences, and its p values."""

    statistic: float
    p_greater: float
    p_two_sided: float
    method: Literal["exact", "normal", "none"]


def signed_rank(differences: Floats, zeros: Zeros = "wilcox") -> SignedRank:
    """Test whether paired differences lie around 0 (Wilcoxon 1945), given their sizes.

    Parameters
    ----------
    differences
        One per case, as of ``paired_differences.paired``.
    zeros
        What happens to differences of 0. ``wilcox``: they are dropped before ranking. ``pratt``: they are ranked with
        the others, and their ranks dropped (Pratt 1959, J Am Stat Assoc 54:655-667).

    Returns
    -------
    SignedRank
        ``p_greater`` is one-sided: differences lie above 0. ``p_two_sided`` is twice the smaller tail, 1 at most.

    Notes
    -----
    The null distribution is that of all 2^n equally likely signs, given the sizes: tied sizes share their mean rank,
    and nothing is assumed of their absence. It is gone through in full (``exact``) for up to ``LONGEST_EXACT``
    differences other than 0, and for any number if they are all of one size, where it is binomial. Beyond, it is
    approximated by the normal distribution of the same mean, Σr/2, and variance, Σr²/4 (``normal``), without correction
    for continuity; with tied ranks this variance is the usual one corrected for ties. Without any difference W is 0 and
    p is 1 (``none``).
    """
    kept = differences if zeros == "pratt" else differences[differences != 0]
    ranks = rankdata(np.abs(kept))[kept != 0]
    positive = kept[kept != 0] > 0
    if not len(ranks):
        return SignedRank(0.0, 1.0, 1.0, "none")
    statistic = float(ranks[positive].sum())
    if (ranks == ranks[0]).all():
        n_positive, n = int(positive.sum()), len(ranks)
        tails = float(binom.sf(n_positive - 1, n, 0.5)), float(binom.cdf(n_positive, n, 0.5))
    elif len(ranks) <= LONGEST_EXACT:
        tails = _exact_tails(ranks, statistic)
    else:
        z = (statistic - ranks.sum() / 2) / np.sqrt((ranks**2).sum() / 4)
        return SignedRank(statistic, float(norm.sf(z)), float(2 * norm.sf(abs(z))), "normal")
    return SignedRank(statistic, tails[0], min(1.0, 2 * min(tails)), "exact")


def rank_biserial(differences: Floats) -> float:
    """Return the matched-pairs rank-biserial correlation (Kerby 2014): ranks for less ranks against, of all ranks.

    1 where no difference is negative, -1 where none is positive, 0 where there is none. Zeros are dropped.
    """
    kept = differences[differences != 0]
    ranks = rankdata(np.abs(kept))
    return float((ranks * np.sign(kept)).sum() / ranks.sum()) if len(kept) else 0.0


def null_distribution(doubled_ranks: NDArray[np.int64]) -> Floats:
    """Return the probabilities of the sums of the ranks whose signs are positive, all signs being equally likely.

    Parameters
    ----------
    doubled_ranks
        Twice the ranks: whole numbers, since a mean rank is one or lies half-way between two.

    Returns
    -------
    array
        Element s is the probability that the sum of the doubled ranks is s. Every term is a sum of positive ones, so
        that the tails are as precise as the middle.
    """
    found = np.zeros(int(doubled_ranks.sum()) + 1)
    found[0], highest = 1.0, 0
    for rank in np.sort(doubled_ranks):
        highest += int(rank)
        with_it = found[: highest + 1 - rank] / 2
        found[: highest + 1] /= 2
        found[rank : highest + 1] += with_it
    return found


def _exact_tails(ranks: Floats, statistic: float) -> tuple[float, float]:
    """Return the probabilities of W or more, and of W or less."""
    probabilities = null_distribution(np.rint(2 * ranks).astype(np.int64))
    reached = round(2 * statistic)
    # From the far end inwards, smallest terms first.
    return float(probabilities[reached:][::-1].cumsum()[-1]), float(probabilities[: reached + 1].cumsum()[-1])
