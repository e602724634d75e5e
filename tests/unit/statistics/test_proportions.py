import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binom, norm
from scipy.stats import poisson as poisson_distribution

from radonc.statistics.proportions import at_least, exact, newcombe, poisson, wilson


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


COUNTS = st.tuples(*[st.integers(0, 60)] * 4).filter(any)


def test_a_published_example_of_newcombes_interval():
    # Complete response before and after consolidation (Cavo et al. 2012), in Fagerland, Lydersen and Laake, Statistical
    # Analysis of Contingency Tables (2017), chapter 8: -0.0621 (-0.1186 to -0.0046).
    low, high = newcombe(59, 6, 16, 80, 0.95)
    assert (round(low, 4), round(high, 4)) == (-0.1186, -0.0046)


def test_by_the_formula_without_its_correction():
    # both x neither - first x second = 20 is less than n / 2 = 21: phi is 0, and the distances add as squares.
    both, first, second, neither = 10, 10, 10, 12
    (low, high), (other_low, other_high) = wilson(20, 42, 0.9), wilson(20, 42, 0.9)
    rate = 20 / 42
    expected = math.hypot(rate - low, other_high - rate), math.hypot(high - rate, rate - other_low)
    assert newcombe(both, first, second, neither, 0.9) == pytest.approx((-expected[0], expected[1]))


def test_answers_that_go_against_each_other_widen_it_by_their_correlation():
    both, first, second, neither = 2, 20, 15, 3
    one = np.repeat([1, 1, 0, 0], [both, first, second, neither])
    other = np.repeat([1, 0, 1, 0], [both, first, second, neither])
    phi = np.corrcoef(one, other)[0, 1]
    assert phi < 0
    (low, high), (other_low, other_high) = wilson(22, 40, 0.95), wilson(17, 40, 0.95)
    down, up = 22 / 40 - low, other_high - 17 / 40
    left, right = high - 22 / 40, 17 / 40 - other_low
    below, above = down**2 + up**2 - 2 * phi * down * up, left**2 + right**2 - 2 * phi * left * right
    expected = 5 / 40 - math.sqrt(below), 5 / 40 + math.sqrt(above)
    assert newcombe(both, first, second, neither, 0.95) == pytest.approx(expected)


@pytest.mark.parametrize("counts", [(20, 0, 0, 0), (0, 0, 0, 20), (12, 0, 0, 8)])
def test_where_all_cases_tie_zero_is_in_and_the_interval_has_a_width(counts):
    low, high = newcombe(*counts, 0.95)
    assert low < 0 < high
    assert low == pytest.approx(-high)
    assert high - low > 0.01


def test_one_case_says_little():
    low, high = newcombe(0, 1, 0, 0, 0.95)
    assert low < 0.3
    assert high == pytest.approx(1)


@given(COUNTS, st.sampled_from([0.8, 0.95, 0.99]))
@example((0, 60, 0, 0), 0.95)
@example((0, 0, 1, 0), 0.95)
@example((1, 0, 0, 1), 0.95)
def test_the_interval_holds_the_difference_and_stays_within_its_range(counts, confidence):
    low, high = newcombe(*counts, confidence)
    difference = (counts[1] - counts[2]) / sum(counts)
    assert -1 - 1e-12 <= low <= difference + 1e-12
    assert difference - 1e-12 <= high <= 1 + 1e-12


@given(COUNTS)
def test_the_other_way_round_it_is_mirrored(counts):
    both, first, second, neither = counts
    low, high = newcombe(both, first, second, neither, 0.95)
    assert newcombe(both, second, first, neither, 0.95) == pytest.approx((-high, -low), abs=1e-12)
    # Of errors, in place of right answers.
    assert newcombe(neither, second, first, both, 0.95) == pytest.approx((-high, -low), abs=1e-12)


@given(COUNTS)
def test_a_higher_level_is_wider(counts):
    narrow, wide = newcombe(*counts, 0.8), newcombe(*counts, 0.99)
    assert wide[0] <= narrow[0] + 1e-12
    assert narrow[1] <= wide[1] + 1e-12


def test_with_many_cases_it_is_walds():
    both, first, second, neither = 40_000, 21_000, 12_000, 27_000
    n = 100_000
    difference = (first - second) / n
    half = norm.ppf(0.975) * math.sqrt((first + second) / n - difference**2) / math.sqrt(n)
    assert newcombe(both, first, second, neither, 0.95) == pytest.approx(
        (difference - half, difference + half), abs=2e-5
    )
