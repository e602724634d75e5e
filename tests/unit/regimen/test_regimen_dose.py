import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.regimen import Phase
from radonc.regimen.dose import course_eqd2_gy, eqd2_gy


# Computed apart, by hand, from n d (1 + d/(α/β)) / (1 + 2/(α/β)).
@pytest.mark.parametrize(
    ("dose", "n", "of_10", "of_3"),
    [
        (50.4, 28, 49.6, 48.4),
        (60, 30, 60, 60),
        (40.05, 15, 42.3, 45.4),
        (26, 5, 32.9, 42.6),
        (30, 10, 32.5, 36.0),
        (8, 1, 12.0, 17.6),
        (54, 3, 126, 226.8),
        (48, 4, 88, 144),
    ],
)
def test_eqd2_is_that_of_the_linear_quadratic_model(dose, n, of_10, of_3):
    phase = Phase(None, dose, n)
    assert eqd2_gy(phase, 10) == pytest.approx(of_10, abs=0.05)
    assert eqd2_gy(phase, 3) == pytest.approx(of_3, abs=0.05)


@pytest.mark.parametrize(
    "phase",
    [
        Phase("breast", 50),
        Phase("breast", None, 25),
        Phase("prostate", 145, 1, technique="LDR permanent implant"),
        Phase("prostate", 145, 1, energy="I-125", modality="brachytherapy"),
        Phase("cervix", 30, 60, technique="PDR"),
        Phase("thyroid", activity_mci=100),
        Phase("bone", 3, 6, modality="radionuclide"),
    ],
)
def test_what_has_no_fractions_in_the_model_s_sense_has_no_eqd2(phase):
    assert eqd2_gy(phase, 10) is None
    assert course_eqd2_gy([Phase("breast", 50, 25), phase], 10) is None


@pytest.mark.parametrize("alpha_beta", [0, -3])
def test_alpha_beta_is_above_zero(alpha_beta):
    with pytest.raises(ValueError, match="above 0 Gy"):
        eqd2_gy(Phase(None, 60, 30), alpha_beta)


@given(st.floats(1, 90), st.integers(1, 60), st.floats(1, 20))
def test_two_gray_fractions_are_their_own_eqd2(dose, n, alpha_beta):
    assert eqd2_gy(Phase(None, 2.0 * n, n), alpha_beta) == pytest.approx(2 * n)
    # Larger fractions count for more, smaller ones for less.
    assert (eqd2_gy(Phase(None, dose, n), alpha_beta) >= dose) == (dose / n >= 2 or dose / n == pytest.approx(2))


def test_phases_that_follow_each_other_are_added():
    course = [Phase("breast", 40.05, 15), Phase("bed", 10, 4, boost="sequential")]
    assert course_eqd2_gy(course, 10) == pytest.approx(sum(eqd2_gy(phase, 10) for phase in course))
    assert course_eqd2_gy(course, 3) == pytest.approx(sum(eqd2_gy(phase, 3) for phase in course))


def test_levels_of_a_simultaneous_boost_are_not_added():
    high, low = Phase("larynx", 66, 30, boost="simultaneous"), Phase("neck", 54, 30)
    assert course_eqd2_gy([high, low], 10) == pytest.approx(eqd2_gy(high, 10))
    assert course_eqd2_gy([low, high], 10) == pytest.approx(eqd2_gy(high, 10))
    later = Phase("larynx", 4, 2, boost="sequential")
    assert course_eqd2_gy([high, low, later], 10) == pytest.approx(eqd2_gy(high, 10) + 4)


def test_a_course_of_nothing_has_none():
    assert course_eqd2_gy([], 10) is None
