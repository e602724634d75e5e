from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.statistics.paired_differences import NOISE, paired, unique_counts

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
