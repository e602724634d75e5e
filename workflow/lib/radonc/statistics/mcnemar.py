"""McNemar's exact test: two arms right or wrong on the same cases."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.stats import binom


@dataclass(frozen=True)
class McNemar:
    """The p values; those of ``mid`` count half the probability of what was seen."""

    p_greater: float
    p_two_sided: float
    mid_p_greater: float
    mid_p_two_sided: float


def mcnemar(n_better: int, n_worse: int) -> McNemar:
    """Test whether an arm is right where the other is wrong as often as the reverse (McNemar 1947), exactly.

    Parameters
    ----------
    n_better, n_worse
        Cases that this arm alone, and that the other alone, has right. Cases on which both agree carry no information.

    Returns
    -------
    McNemar
        From the binomial distribution of ``n_better`` in ``n_better + n_worse`` at ½. ``p_greater``: one-sided, this
        arm is better. Two-sided values are twice the smaller tail, 1 at most. The mid-p values (Lancaster 1961) need
        not keep the level, but come nearer to it than the exact ones, which are conservative (Fagerland et al.
        2013, BMC Med Res Methodol 13:91).
    """
    n = n_better + n_worse
    greater, smaller = float(binom.sf(n_better - 1, n, 0.5)), float(binom.cdf(n_better, n, 0.5))
    half = float(binom.pmf(n_better, n, 0.5)) / 2
    return McNemar(
        p_greater=greater,
        p_two_sided=min(1.0, 2 * min(greater, smaller)),
        mid_p_greater=greater - half,
        mid_p_two_sided=min(1.0, 2 * (min(greater, smaller) - half)),
    )
