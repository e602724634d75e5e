import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap

from radonc.statistics.estimates import bootstrapped, estimate, interval, mean_of, side_by_side


def mean_interval(values, **options):
    return interval(
        mean_of(np.asarray(values)), len(values), **{"confidence": 0.95, "n_resamples": 2000, "seed": 1, **options}
    )[0]


def test_agrees_with_scipys_percentile_bootstrap():
    values = np.random.default_rng(0).beta(2, 1, 300)
    theirs = bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(2))
    np.testing.assert_allclose(mean_interval(values, n_resamples=20_000), theirs.confidence_interval, atol=1e-3)


@pytest.mark.parametrize("n_resamples", [100, 500, 1203])
def test_there_are_as_many_resamples_as_asked_for(n_resamples):
    seen = []

    def statistic(weights):
        seen.append(len(weights))
        return weights[:, :1]

    interval(statistic, 3, confidence=0.9, n_resamples=n_resamples, seed=0)
    assert sum(seen) == n_resamples


def test_every_resample_draws_as_many_cases_as_there_are():
    totals = interval(lambda weights: weights.sum(axis=1, keepdims=True), 7, confidence=0.9, n_resamples=1203, seed=0)
    assert totals.tolist() == [[7.0, 7.0]]


@given(st.lists(st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0]), min_size=1, max_size=40))
@settings(max_examples=50)
def test_a_mean_lies_in_its_interval(values):
    low, high = mean_interval(values, n_resamples=300)
    (value,) = estimate(mean_of(np.asarray(values)), len(values))
    assert value == pytest.approx(np.mean(values))
    assert low - 1e-12 <= value <= high + 1e-12


@pytest.mark.parametrize("values", [[0.7], [0.7] * 50])
def test_what_does_not_vary_has_an_interval_without_width(values):
    np.testing.assert_allclose(mean_interval(values), [0.7, 0.7], rtol=1e-12)


def test_a_higher_confidence_and_fewer_cases_give_wider_intervals():
    values = np.tile([0.0, 1.0, 1.0], 40)
    assert np.ptp(mean_interval(values, confidence=0.99)) > np.ptp(mean_interval(values))
    assert np.ptp(mean_interval(values[:30])) > np.ptp(mean_interval(values))


def test_the_seed_decides():
    values = np.random.default_rng(0).random(50)
    assert mean_interval(values).tolist() == mean_interval(values).tolist()
    assert mean_interval(values).tolist() != mean_interval(values, seed=2).tolist()


def test_about_95_of_100_intervals_hold_the_truth():
    rng = np.random.default_rng(5)
    hits = sum(low <= 0.5 <= high for low, high in (mean_interval(rng.random(60), n_resamples=400) for _ in range(300)))
    assert 0.90 <= hits / 300 <= 0.98


def test_strata_keep_their_sizes():
    strata = ["a"] * 5 + ["b"] + ["a"] * 3 + ["c"] * 4
    of = np.array([[name == stratum for stratum in strata] for name in "abc"], dtype=float)
    sizes = interval(lambda weights: weights @ of.T, 13, confidence=0.9, n_resamples=700, seed=0, strata=strata)
    assert sizes.tolist() == [[8.0, 8.0], [1.0, 1.0], [4.0, 4.0]]


def test_within_strata_cases_still_vary():
    values = np.random.default_rng(0).random(60)
    options = {"confidence": 0.95, "n_resamples": 1000, "seed": 1}
    within = interval(mean_of(values), 60, strata=["a"] * 30 + ["b"] * 30, **options)[0]
    assert within[0] < values.mean() < within[1]
    assert np.ptp(within) == pytest.approx(np.ptp(interval(mean_of(values), 60, **options)[0]), rel=0.2)


def test_side_by_side_is_as_one_by_one():
    arms = np.random.default_rng(3).random((3, 2, 70))
    statistics = [side_by_side([mean_of(metric) for metric in arm]) for arm in arms]
    settings = {"confidence": 0.9, "n_resamples": 700, "seed": 4}
    together = bootstrapped(("one", "two"), statistics, 70, **settings)
    for arm, estimates in zip(arms, together, strict=True):
        alone = [
            bootstrapped((name,), [mean_of(x)], 70, **settings)[0][0]
            for name, x in zip(("one", "two"), arm, strict=True)
        ]
        assert estimates == alone
