import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap

from radonc.statistics import bca
from radonc.statistics.bca import mean_interval
from radonc.statistics.paired_differences import unique_counts

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
        monkeypatch.setattr(bca, "_MULTINOMIAL_COST", dearer)
        found.append(bca.resampled_means(unique_counts(x), 20_000, 1))
    (one, other) = found
    assert one.mean() == pytest.approx(other.mean(), abs=4 * one.std() / 100)
    assert one.std() == pytest.approx(other.std(), rel=0.03)
    assert np.quantile(one, [0.025, 0.975]) == pytest.approx(np.quantile(other, [0.025, 0.975]), abs=0.005)


@pytest.mark.parametrize("x", [np.linspace(-1, 1, 700), np.tile([0.0, 0.0, 1.0], 300)])
def test_blocks_change_nothing(x, monkeypatch):
    whole = interval_of(x)
    monkeypatch.setattr(bca, "_CELLS", 5000)
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
    means = bca.resampled_means(unique_counts(x), 4000, 1)
    plain = np.quantile(means, [0.025, 0.975])
    low, high = interval_of(x, n_resamples=4000)
    assert low > plain[0]
    assert high > plain[1]


def test_resamples_that_all_lie_above_leave_the_bias_at_nothing():
    differences = unique_counts(np.array([0.0, 1.0]))
    assert bca.correction(differences, np.full(100, 0.9)).bias == 0
    assert bca.correction(differences, np.full(100, 0.5)).bias == 0


@given(st.lists(st.sampled_from([0.0, 0.1, 1.0]), min_size=2, max_size=200))
def test_the_acceleration_is_bounded(differences):
    found = unique_counts(np.array(differences))
    if len(found.values) > 1:
        assert abs(bca.correction(found, np.zeros(3)).acceleration) < 1 / 6
