"""Exact tests of paired scores: Wilcoxon's signed-rank test with its effect size, and McNemar's test."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, norm, rankdata

from radonc.statistics.estimates import Floats

LONGEST_EXACT = 200
"""The greatest number of differences of several sizes whose signs are all gone through, which costs its cube."""


class SignedRank(NamedTuple):
    """The outcome: W, the sum of the ranks of the positive differences, and its p values."""

    statistic: float
    p_greater: float
    p_two_sided: float
    method: Literal["exact", "normal", "none"]


class McNemar(NamedTuple):
    """The p values; those of ``mid`` count half the probability of what was seen."""

    p_greater: float
    p_two_sided: float
    mid_p_greater: float
    mid_p_two_sided: float


def signed_rank(differences: Floats, zeros: Literal["wilcox", "pratt"] = "wilcox") -> SignedRank:
    """Test whether paired differences, as of ``paired``, lie around 0 (Wilcoxon 1945), given their sizes.

    Differences of 0 are dropped before ranking (``wilcox``), or ranked with the others and their ranks dropped
    (``pratt``; Pratt 1959, J Am Stat Assoc 54:655-667).

    The null distribution is that of all 2^n equally likely signs, given the sizes, tied sizes sharing their mean rank.
    It is gone through in full (``exact``) for up to ``LONGEST_EXACT`` differences other than 0, and for any number if
    they are all of one size, where it is binomial. Beyond, it is approximated by the normal distribution of mean Σr/2
    and variance Σr²/4 (``normal``), without correction for continuity; with tied ranks this variance is the usual one
    corrected for ties. Without any difference W is 0 and p is 1 (``none``). ``p_greater`` is one-sided: differences lie
    above 0. ``p_two_sided`` is twice the smaller tail, 1 at most.
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
        probabilities = null_distribution(np.rint(2 * ranks).astype(np.int64))
        reached = round(2 * statistic)
        # From the far end inwards, smallest terms first.
        tails = float(probabilities[reached:][::-1].cumsum()[-1]), float(probabilities[: reached + 1].cumsum()[-1])
    else:
        z = (statistic - ranks.sum() / 2) / np.sqrt((ranks**2).sum() / 4)
        return SignedRank(statistic, float(norm.sf(z)), float(2 * norm.sf(abs(z))), "normal")
    return SignedRank(statistic, tails[0], min(1.0, 2 * min(tails)), "exact")


def null_distribution(doubled_ranks: NDArray[np.int64]) -> Floats:
    """Return the probabilities of the sums of the ranks whose signs are positive, all signs being equally likely.

    The ranks are doubled, since a mean rank may lie half-way between two: element s is the probability that the sum of
    the doubled ranks is s. Every term is a sum of positive ones, so that the tails are as precise as the middle.
    """
    found = np.zeros(int(doubled_ranks.sum()) + 1)
    found[0], highest = 1.0, 0
    for rank in np.sort(doubled_ranks):
        highest += int(rank)
        with_it = found[: highest + 1 - rank] / 2
        found[: highest + 1] /= 2
        found[rank : highest + 1] += with_it
    return found


def rank_biserial(differences: Floats) -> float:
    """Return the matched-pairs rank-biserial correlation (Kerby 2014): ranks for less ranks against, of all ranks.

    1 where no difference is negative, -1 where none is positive, 0 where there is none. Zeros are dropped.
    """
    kept = differences[differences != 0]
    ranks = rankdata(np.abs(kept))
    return float((ranks * np.sign(kept)).sum() / ranks.sum()) if len(kept) else 0.0


def mcnemar(n_better: int, n_worse: int) -> McNemar:
    """Test whether an arm is right where the other is wrong as often as the reverse (McNemar 1947), exactly.

    ``n_better`` cases this arm alone has right, ``n_worse`` the other alone; cases on which both agree carry no
    information. One-sided: this arm is right more often. Two-sided values are twice the smaller tail, 1 at most. The
    mid-p values (Lancaster 1961) need not keep the level, but come nearer to it than the exact ones, which are
    conservative (Fagerland et al. 2013, BMC Med Res Methodol 13:91).
    """
    n = n_better + n_worse
    greater, smaller = float(binom.sf(n_better - 1, n, 0.5)), float(binom.cdf(n_better, n, 0.5))
    half = float(binom.pmf(n_better, n, 0.5)) / 2
    tail = min(greater, smaller)
    return McNemar(greater, min(1.0, 2 * tail), greater - half, min(1.0, 2 * (tail - half)))
