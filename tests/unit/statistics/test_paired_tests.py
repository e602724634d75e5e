import time
from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, wilcoxon
from statsmodels.stats.contingency_tables import mcnemar as of_statsmodels

from radonc.statistics import paired_tests as module
from radonc.statistics.paired_tests import mcnemar, null_distribution, rank_biserial, signed_rank

SIZES = st.lists(st.sampled_from([-1.0, -0.5, -0.25, 0.0, 0.0, 0.25, 0.5, 0.75]), min_size=1, max_size=9)


def by_all_signs(differences, zeros):
    """The p values, two of them, from every choice of signs of the ranks that stay."""
    kept = differences if zeros == "pratt" else differences[differences != 0]
    ranks = rankdata(np.abs(kept))[kept != 0]
    observed = ranks[kept[kept != 0] > 0].sum()
    sums = np.array([np.dot(signs, ranks) for signs in product([0, 1], repeat=len(ranks))])
    greater, smaller = (sums >= observed).mean(), (sums <= observed).mean()
    return greater, min(1, 2 * min(greater, smaller))


@given(SIZES, st.sampled_from(["wilcox", "pratt"]))
def test_p_is_the_share_of_all_signs_that_go_as_far(differences, zeros):
    x = np.array(differences)
    found = signed_rank(x, zeros)
    assert (found.p_greater, found.p_two_sided) == pytest.approx(by_all_signs(x, zeros), rel=1e-12)


@given(SIZES)
def test_turned_round_it_is_the_other_side(differences):
    x = np.array(differences)
    assert signed_rank(x).p_two_sided == pytest.approx(signed_rank(-x).p_two_sided)
    assert rank_biserial(x) == pytest.approx(-rank_biserial(-x))
    assert -1 <= rank_biserial(x) <= 1


@given(SIZES, st.randoms(use_true_random=False))
def test_the_order_of_cases_plays_no_role(differences, random):
    shuffled = list(differences)
    random.shuffle(shuffled)
    assert signed_rank(np.array(shuffled)) == signed_rank(np.array(differences))


@pytest.mark.parametrize("zeros", ["wilcox", "pratt"])
def test_beyond_the_exact_it_is_scipys_normal_approximation(zeros):
    rng = np.random.default_rng(1)
    x = rng.choice([-0.5, -0.25, 0.0, 0.25, 0.5, 0.6], 1500)
    for alternative, field in (("greater", "p_greater"), ("two-sided", "p_two_sided")):
        theirs = wilcoxon(x, zero_method=zeros, alternative=alternative, method="approx", correction=False).pvalue
        assert getattr(signed_rank(x, zeros), field) == pytest.approx(theirs, rel=1e-9)
    assert signed_rank(x, zeros).method == "normal"


def test_where_exact_and_normal_meet_they_agree():
    rng = np.random.default_rng(2)
    x = rng.normal(0.08, 1, module.LONGEST_EXACT + 1)
    exact, normal = signed_rank(x[:-1]), signed_rank(x)
    assert (exact.method, normal.method) == ("exact", "normal")
    assert normal.p_greater == pytest.approx(exact.p_greater, rel=0.2)


def test_the_null_distribution_sums_to_one_and_is_symmetric():
    for n in (1, 7, 60, 200):
        found = null_distribution(np.arange(1, n + 1))
        assert found.sum() == pytest.approx(1, rel=1e-12)
        np.testing.assert_allclose(found, found[::-1], rtol=1e-12)


def test_the_extreme_tail_is_exact_as_well():
    x = np.arange(1.0, 301.0)
    assert signed_rank(x).p_greater == pytest.approx(2.0**-300, rel=1e-9)


def test_the_sums_of_the_ranks_are_fast_for_as_many_as_are_gone_through():
    x = np.random.default_rng(3).normal(size=module.LONGEST_EXACT)
    start = time.perf_counter()
    signed_rank(np.concatenate([x, np.zeros(300)]), "pratt")
    assert time.perf_counter() - start < 5


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_exact_test_of_statsmodels(n_better, n_worse):
    theirs = of_statsmodels([[9, n_better], [n_worse, 4]], exact=True).pvalue
    assert mcnemar(n_better, n_worse).p_two_sided == pytest.approx(float(theirs))


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_by_counting(n_better, n_worse):
    n, found = n_better + n_worse, mcnemar(n_better, n_worse)
    above = sum(comb(n, k) for k in range(n_better + 1, n + 1)) / 2**n
    seen = comb(n, n_better) / 2**n
    assert found.p_greater == pytest.approx(above + seen)
    assert found.mid_p_greater == pytest.approx(above + seen / 2)
    assert found.mid_p_two_sided <= found.p_two_sided <= 1
    assert mcnemar(n_worse, n_better).p_two_sided == pytest.approx(found.p_two_sided)


def test_without_a_difference_mcnemar_shows_nothing():
    found = mcnemar(0, 0)
    assert (found.p_greater, found.p_two_sided, found.mid_p_greater, found.mid_p_two_sided) == (1, 1, 0.5, 1)


def test_under_the_null_mcnemars_exact_p_keeps_every_level_and_the_mid_p_is_nearer():
    for n, level in product((5, 12, 40), (0.01, 0.05, 0.1)):
        found = [mcnemar(k, n - k) for k in range(n + 1)]
        odds = [comb(n, k) / 2**n for k in range(n + 1)]
        exact = sum(p for p, test in zip(odds, found, strict=True) if test.p_greater <= level)
        mid = sum(p for p, test in zip(odds, found, strict=True) if test.mid_p_greater <= level)
        assert exact <= level
        assert exact <= mid
