import pytest
from scipy.stats import binom
from scipy.stats import poisson as poisson_distribution

from radonc.statistics.proportions import at_least, exact, poisson, wilson


@pytest.mark.parametrize(
    ("count", "n", "low", "high"), [(18, 30, 0.42, 0.75), (62, 100, 0.52, 0.71), (124, 200, 0.55, 0.68)]
)
def test_wilsons_interval_of_about_62_percent(count, n, low, high):
    assert [round(end, 2) for end in wilson(count, n, 0.95)] == [low, high]


@pytest.mark.parametrize("n", [1, 3, 800])
def test_all_or_nothing_has_one_open_end(n):
    assert wilson(0, n, 0.95)[0] == 0
    assert wilson(n, n, 0.95)[1] == 1
    assert 0 < wilson(0, n, 0.95)[1] < 1


def test_by_the_formula():
    z, p, n = 1.959963984540054, 0.25, 8
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    assert wilson(2, n, 0.95) == pytest.approx((centre - half, centre + half))


@pytest.mark.parametrize(("count", "n"), [(0, 5), (1, 7), (3, 10), (598, 598), (400, 401), (1, 1)])
def test_at_the_exact_ends_what_was_seen_is_just_unlikely_enough(count, n):
    low, high = exact(count, n, 0.95)
    assert low <= count / n <= high
    assert count == 0 or binom.sf(count - 1, n, low) == pytest.approx(0.025)
    assert count == n or binom.cdf(count, n, high) == pytest.approx(0.025)
    assert (low == 0) == (count == 0)
    assert (high == 1) == (count == n)


@pytest.mark.parametrize(("n", "shown"), [(598, 0.995), (2995, 0.999)])
def test_without_a_miss_the_bound_is_a_root(n, shown):
    assert at_least(n, n, 0.95) == pytest.approx(0.05 ** (1 / n))
    assert at_least(n, n, 0.95) >= shown
    assert at_least(n - 2, n - 2, 0.95) < shown


def test_the_one_sided_bound_by_the_binomial():
    assert binom.sf(396, 400, at_least(397, 400, 0.95)) == pytest.approx(0.05)
    assert at_least(0, 10, 0.95) == 0


@pytest.mark.parametrize("count", [0, 1, 12])
def test_the_interval_of_a_rare_count(count):
    low, high = poisson(count, 0.95)
    assert poisson_distribution.cdf(count, high) == pytest.approx(0.025)
    assert count == 0 or poisson_distribution.sf(count - 1, low) == pytest.approx(0.025)
    assert (low == 0) == (count == 0)
