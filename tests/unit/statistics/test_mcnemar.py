from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as of_statsmodels

from radonc.statistics.mcnemar import mcnemar


@given(st.integers(0, 60), st.integers(0, 60))
def test_it_is_the_exact_test_of_statsmodels(n_better, n_worse):
    theirs = of_statsmodels([[9, n_better], [n_worse, 4]], exact=True).pvalue
    assert mcnemar(n_better, n_worse).p_two_sided == pytest.approx(float(theirs))


@given(st.integers(0, 40), st.integers(0, 40))
def test_by_counting(n_better, n_worse):
    n, found = n_better + n_worse, mcnemar(n_better, n_worse)
    above = sum(comb(n, k) for k in range(n_better + 1, n + 1)) / 2**n
    seen = comb(n, n_better) / 2**n
    assert found.p_greater == pytest.approx(above + seen)
    assert found.mid_p_greater == pytest.approx(above + seen / 2)
    assert found.mid_p_two_sided <= found.p_two_sided <= 1
    assert mcnemar(n_worse, n_better).p_two_sided == pytest.approx(found.p_two_sided)


def test_without_a_difference_nothing_is_shown():
    found = mcnemar(0, 0)
    assert (found.p_greater, found.p_two_sided, found.mid_p_greater, found.mid_p_two_sided) == (1, 1, 0.5, 1)


def test_under_the_null_exact_p_keeps_every_level_and_the_mid_p_is_nearer():
    for n, level in product((5, 12, 40), (0.01, 0.05, 0.1)):
        found = [mcnemar(k, n - k) for k in range(n + 1)]
        odds = [comb(n, k) / 2**n for k in range(n + 1)]
        exact = sum(p for p, test in zip(odds, found, strict=True) if test.p_greater <= level)
        mid = sum(p for p, test in zip(odds, found, strict=True) if test.mid_p_greater <= level)
        assert exact <= level
        assert exact <= mid
