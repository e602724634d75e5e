import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, norm

from radonc.statistics import paired_differences as module
from radonc.statistics.paired_differences import NOISE, hodges_lehmann, mean_interval, paired, unique_counts

RATIO = st.tuples(st.integers(0, 40), st.integers(1, 40)).map(lambda pair: Fraction(min(pair), max(pair)))


@given(st.lists(st.tuples(RATIO, RATIO), min_size=1, max_size=60))
def test_differences_of_ratios_are_tied_exactly_where_they_are_equal(pairs):
    ours = paired(np.array([float(a) for a, _ in pairs]), np.array([float(b) for _, b in pairs]))
    true = [a - b for a, b in pairs]
    np.testing.assert_allclose(ours, [float(value) for value in true], atol=1e-14)
    assert len(set(np.abs(ours))) == len({abs(value) for value in true})
    assert [int(np.sign(value)) for value in ours] == [(value > 0) - (value < 0) for value in true]


def test_no_digit_decides_a_tie():
    # 2^-13 has thirteen decimals, the last of them a 5: rounded to twelve, noise would say which way.
    size = 2.0**-13
    found = paired(np.array([size + 1e-16, size - 1e-16, -size]), np.zeros(3))
    assert len(set(np.abs(found))) == 1


def test_noise_around_nothing_is_nothing():
    found = paired(np.array([0.1 + 0.2, 0.3, 1e-13]), np.array([0.3, 0.1 + 0.2, 0.0]))
    assert found.tolist() == [0, 0, 0]
    assert not np.signbit(found).any()
    assert paired(np.array([3 * NOISE]), np.zeros(1))[0] > 0


def test_runs_count_every_case():
    found = unique_counts(np.array([0.5, -1.0, 0.0, 0.5, 0.0, 0.0]))
    assert (found.values.tolist(), found.counts.tolist()) == ([-1.0, 0.0, 0.5], [1, 3, 2])


@pytest.mark.parametrize("score", [np.nan, np.inf])
@pytest.mark.parametrize("arrange", [lambda a, b: (a, b), lambda a, b: (b, a)])
def test_a_score_that_is_no_number_is_no_difference_of_nothing(score, arrange):
    with pytest.raises(ValueError, match="finite"):
        paired(*arrange(np.array([1.0, score, 0.0]), np.zeros(3)))


SETTINGS = {"confidence": 0.95, "n_resamples": 1000, "seed": 1}


def interval_of(x, **settings):
    return mean_interval(unique_counts(np.asarray(x, dtype=float)), **{**SETTINGS, **settings})


@pytest.mark.parametrize("draw", ["normal", "exponential", "right_or_wrong"])
def test_scipys_bca_is_the_same_but_for_the_draw(draw):
    rng = np.random.default_rng(0)
    x = {
        "normal": rng.normal(size=200),
        "exponential": rng.exponential(size=200),
        "right_or_wrong": rng.choice([-1.0, 0.0, 1.0], 200, p=[0.05, 0.75, 0.2]),
    }[draw]
    theirs = bootstrap((x,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(2))
    width = np.ptp(theirs.confidence_interval)
    np.testing.assert_allclose(interval_of(x, n_resamples=20_000), theirs.confidence_interval, atol=0.04 * width)


def test_both_ways_of_drawing_are_one_bootstrap(monkeypatch):
    x = np.random.default_rng(3).choice([-1.0, 0.0, 0.0, 0.0, 1.0, 1.0], 300)
    found = []
    for dearer in (0, 10**6):
        monkeypatch.setattr(module, "_MULTINOMIAL_COST", dearer)
        found.append(module.resampled_means(unique_counts(x), 20_000, 1))
    (one, other) = found
    assert one.mean() == pytest.approx(other.mean(), abs=4 * one.std() / 100)
    assert one.std() == pytest.approx(other.std(), rel=0.03)
    assert np.quantile(one, [0.025, 0.975]) == pytest.approx(np.quantile(other, [0.025, 0.975]), abs=0.005)


@pytest.mark.parametrize("x", [np.linspace(-1, 1, 700), np.tile([0.0, 0.0, 1.0], 300)])
def test_blocks_change_nothing(x, monkeypatch):
    whole = interval_of(x)
    monkeypatch.setattr(module, "_CELLS", 5000)
    assert interval_of(x) == whole


@given(st.lists(st.sampled_from([-1.0, 0.0, 0.25, 1.0]), min_size=1, max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_any_differences_have_an_interval_whatever_their_order(differences, random):
    low, high = interval_of(differences, n_resamples=200)
    assert min(differences) <= low <= high <= max(differences)
    shuffled = list(differences)
    random.shuffle(shuffled)
    assert interval_of(shuffled, n_resamples=200) == (low, high)


@pytest.mark.parametrize("x", [[0.0] * 50, [0.7], [-1.0, -1.0]])
def test_equal_differences_have_an_interval_without_width(x):
    assert interval_of(x) == (x[0], x[0])


def test_the_seed_decides():
    x = np.random.default_rng(0).random(50)
    assert interval_of(x) == interval_of(x)
    assert interval_of(x) != interval_of(x, seed=2)


def test_skew_moves_both_ends_towards_the_long_tail():
    x = np.random.default_rng(1).exponential(size=40) ** 2
    means = module.resampled_means(unique_counts(x), 4000, 1)
    plain = np.quantile(means, [0.025, 0.975])
    low, high = interval_of(x, n_resamples=4000)
    assert low > plain[0]
    assert high > plain[1]


def test_resamples_that_all_lie_above_leave_the_bias_at_zero():
    differences = unique_counts(np.array([0.0, 1.0]))
    assert module.correction(differences, np.full(100, 0.9)).bias == 0
    assert module.correction(differences, np.full(100, 0.5)).bias == 0


@given(st.lists(st.sampled_from([0.0, 0.1, 1.0]), min_size=2, max_size=200))
def test_the_acceleration_is_bounded(differences):
    found = unique_counts(np.array(differences))
    if len(found.values) > 1:
        assert abs(module.correction(found, np.zeros(3)).acceleration) < 1 / 6


TIED = st.lists(st.sampled_from([-1.0, -0.25, 0.0, 0.0, 0.1, 1 / 3, 0.5, 1.0]), min_size=1, max_size=30)
LARGE = st.lists(st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3)), min_size=1, max_size=30)


def walsh(x):
    i, j = np.triu_indices(len(x))
    return np.sort((np.asarray(x)[i] + np.asarray(x)[j]) / 2)


@given(TIED | LARGE)
def test_hodges_lehmann_is_the_median_of_all_pairs(differences):
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


def test_a_published_hodges_lehmann_estimate():
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
