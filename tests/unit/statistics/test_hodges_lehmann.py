import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from radonc.statistics import hodges_lehmann as module
from radonc.statistics.hodges_lehmann import hodges_lehmann
from radonc.statistics.paired_differences import unique_counts

TIED = st.lists(st.sampled_from([-1.0, -0.25, 0.0, 0.0, 0.1, 1 / 3, 0.5, 1.0]), min_size=1, max_size=30)
LARGE = st.lists(st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3)), min_size=1, max_size=30)


def walsh(x):
    i, j = np.triu_indices(len(x))
    return np.sort((np.asarray(x)[i] + np.asarray(x)[j]) / 2)


@given(TIED | LARGE)
def test_it_is_the_median_of_all_pairs(differences):
    found = hodges_lehmann(unique_counts(np.array(differences)), 0.9)
    averages = walsh(differences)
    assert found.value == pytest.approx(np.median(averages), rel=1e-12, abs=1e-12)
    assert averages[0] - 1e-12 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= averages[-1] + 1e-12


@given(TIED, st.integers(0, 10**6))
def test_any_rank_is_found(differences, number):
    averages = walsh(differences)
    rank = 1 + number % len(averages)
    found = module._walsh_average(unique_counts(np.array(differences)), rank)
    assert found == pytest.approx(averages[rank - 1], abs=1e-14)


@given(TIED)
def test_turned_round_it_is_turned_round(differences):
    x = np.array(differences)
    one, other = hodges_lehmann(unique_counts(x), 0.95), hodges_lehmann(unique_counts(-x), 0.95)
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low), abs=1e-12)


def test_a_published_example():
    # Hollander and Wolfe: depression factors of nine patients; R's wilcox.test(x, y, paired = TRUE, conf.int = TRUE).
    x = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    y = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    found = hodges_lehmann(unique_counts(x - y), 0.95)
    assert found == pytest.approx((0.46, 0.01, 0.786), abs=1e-9)


def test_mostly_zeros_give_zero():
    x = np.array([0.0] * 80 + [1.0] * 15 + [-1.0] * 5)
    assert hodges_lehmann(unique_counts(x), 0.95) == (0, 0, 0)
    assert hodges_lehmann(unique_counts(np.array([1.0] * 31 + [0.0] * 69)), 0.95).value == 0.5


def test_beyond_the_exact_the_rank_is_near_the_exact_one():
    n = module.LONGEST_EXACT
    assert module._normal_tail_rank(n, 0.95) == pytest.approx(module._tail_rank(n, 0.95), abs=3)
    spread = (n * (n + 1) * (2 * n + 1) / 24) ** 0.5
    assert module._normal_tail_rank(n, 0.9) == int(n * (n + 1) / 4 - norm.ppf(0.95) * spread)


def test_a_hundred_thousand_cases_take_a_moment():
    x = np.random.default_rng(0).normal(0.25, 1, 100_000)
    start = time.perf_counter()
    found = hodges_lehmann(unique_counts(x), 0.95)
    assert time.perf_counter() - start < 20
    assert found.low < 0.25 < found.high
    assert found.high - found.low < 0.02
