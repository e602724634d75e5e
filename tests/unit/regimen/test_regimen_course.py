import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.regimen import Phase, render
from radonc.vocabulary.modality import MODALITIES

words = st.one_of(st.none(), st.text("abc \n\t", max_size=8))
phases = st.builds(
    Phase,
    site=words,
    dose_gy=st.none() | st.floats(0.01, 1000),
    n_fractions=st.none() | st.integers(1, 200),
    activity_mci=st.none() | st.floats(0.01, 10000),
    modality=st.none() | st.sampled_from(MODALITIES),
    technique=words,
    energy=words,
    boost=st.none() | st.sampled_from(["sequential", "simultaneous"]),
)


@pytest.mark.parametrize(
    ("phase", "text"),
    [
        (Phase("breast", 40.05, 15), "breast: 40.05 Gy in 15 fractions of 2.67 Gy"),
        (Phase("breast", 26.0, 5), "breast: 26 Gy in 5 fractions of 5.2 Gy"),
        (Phase("brain", 60, 30), "brain: 60 Gy in 30 fractions of 2 Gy"),
        (Phase("bone", 8, 1), "bone: 8 Gy in 1 fraction"),
        (Phase("lung", 50, 3), "lung: 50 Gy in 3 fractions of 16.67 Gy"),
        (Phase("lung", 100, 10), "lung: 100 Gy in 10 fractions of 10 Gy"),
        (Phase("thyroid", activity_mci=150.0, modality="radionuclide"), "thyroid: 150 mCi, radionuclide"),
        (Phase("thyroid", activity_mci=99.55), "thyroid: 99.55 mCi"),
        # The activity is what was prescribed; a dose beside it is not.
        (Phase("thyroid", dose_gy=3, n_fractions=1, activity_mci=30), "thyroid: 30 mCi"),
        (Phase("prostate", n_fractions=4, activity_mci=200), "prostate: 4 administrations of 200 mCi"),
        (Phase("breast", 50, None), "breast: 50 Gy"),
        (Phase("breast", None, 25), "breast: 25 fractions"),
        (Phase("breast", None, 1), "breast: 1 fraction"),
        (Phase("lung", 45, 30, technique="IMRT", schedule="bid"), "lung: 45 Gy in 30 fractions of 1.5 Gy, bid, IMRT"),
        (Phase("bed", 10, 4, boost="sequential"), "boost to bed: 10 Gy in 4 fractions of 2.5 Gy"),
        (Phase("bed", 60, 25, boost="simultaneous"), "simultaneous boost to bed: 60 Gy in 25 fractions of 2.4 Gy"),
        (Phase(dose_gy=10, boost="sequential"), "boost: 10 Gy"),
        (Phase(None, 50, 25), "50 Gy in 25 fractions of 2 Gy"),
        (Phase("breast", 50, 25, None, "photon"), "breast: 50 Gy in 25 fractions of 2 Gy, photon"),
        (
            Phase("breast", 50, 25, None, "photon", "VMAT", "6 MV"),
            "breast: 50 Gy in 25 fractions of 2 Gy, VMAT, 6 MV photon",
        ),
        (Phase("breast", 50, 25, None, None, None, "6 MV"), "breast: 50 Gy in 25 fractions of 2 Gy, 6 MV"),
        (
            Phase("left\n breast ", 50, 25, None, None, " 3D \tCRT"),
            "left breast: 50 Gy in 25 fractions of 2 Gy, 3D CRT",
        ),
        (Phase(" ", 50, 25), "50 Gy in 25 fractions of 2 Gy"),
        (Phase(), ""),
    ],
)
def test_a_phase_is_rendered_with_what_is_known(phase, text):
    assert render([phase]) == text


def test_phases_follow_each_other():
    breast = Phase("breast", 40.05, 15, None, "photon")
    bed = Phase("tumor bed", 10, 4, None, "electron", None, "9 MeV", "sequential")
    assert render([breast, bed]) == (
        "breast: 40.05 Gy in 15 fractions of 2.67 Gy, photon; "
        "boost to tumor bed: 10 Gy in 4 fractions of 2.5 Gy, 9 MeV electron"
    )
    # What is no boost is none: two sites of one course.
    assert render([Phase("hip", 8, 1), Phase("T5-T7", 20, 5)]) == (
        "hip: 8 Gy in 1 fraction; T5-T7: 20 Gy in 5 fractions of 4 Gy"
    )


def test_a_course_of_nothing_is_an_empty_text():
    assert render([]) == ""


@given(st.lists(phases, min_size=1, max_size=3))
def test_any_course_is_one_tidy_line(course):
    text = render(course)
    assert "\n" not in text
    assert "  " not in text
    assert "None" not in text
    assert not re.search(r"\.\d*0\b", text), "a trailing zero"
    assert not re.search(r"\d\.(?!\d)", text)
    assert text.count("boost") == sum(phase.boost is not None for phase in course)


@given(phases)
def test_dose_and_fractions_stand_in_the_text(phase):
    text = render([phase])
    if phase.activity_mci is not None:
        assert " mCi" in text
        assert " Gy" not in text
    elif phase.dose_gy is not None:
        assert float(re.search(r"([\d.]+) Gy", text)[1]) == pytest.approx(phase.dose_gy, abs=0.0051)
        assert (f"in {phase.n_fractions} fraction" in text) == (phase.n_fractions is not None)
    else:
        assert bool(re.search(r"\d", text)) == (phase.n_fractions is not None)


@pytest.mark.parametrize(
    ("site", "side"),
    [
        ("left breast", "left"),
        ("Right hip", "right"),
        ("bilateral neck", "bilateral"),
        ("left and right hip", "bilateral"),
        ("brain", None),
        ("upright", None),
        (None, None),
    ],
)
def test_the_side_is_the_one_that_the_site_names(site, side):
    assert Phase(site).laterality == side


@pytest.mark.parametrize(
    ("dose", "n", "per_fraction"), [(40.05, 15, 2.67), (8, 1, 8), (None, 5, None), (8, None, None), (8, 0, None)]
)
def test_the_dose_per_fraction_is_known_where_dose_and_fractions_are(dose, n, per_fraction):
    assert Phase(dose_gy=dose, n_fractions=n).fraction_dose_gy == pytest.approx(per_fraction)


def test_modalities_are_distinct_words():
    assert len(set(MODALITIES)) == len(MODALITIES)
    assert {"photon", "proton", "electron", "brachytherapy"} <= set(MODALITIES)
