"""``render`` and ``parse`` are inverse: over generated courses, and over those of the synthetic study."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.regimen import Phase, render
from radonc.regimen.parser import implied_modality, parse
from radonc.synthetic.regimens import schemes

SITES = ("breast", "chest wall", "neck", "hip", "lung", "parotid", "femur", "axilla", "pelvic nodes", "upper lobe")
WHOLE = (
    "prostate",
    "prostate bed",
    "whole brain",
    "larynx",
    "T8-T10",
    "L4",
    "rectum and pelvic nodes",
    "craniospinal axis",
)
TECHNIQUES = ("IMRT", "VMAT", "3D-CRT", "SBRT", "SRS", "HDR", "LDR", "AP/PA", "tangents", "Gamma Knife")
ENERGIES = ("6 MV", "10 MV FFF", "9 MeV", "Ir-192", "I-125", "Co-60", "100 kV")
MODALITIES = ("photon", "electron", "proton", "carbon", "brachytherapy", "radionuclide")

sites = (
    st.none()
    | st.sampled_from(WHOLE)
    | st.builds("{} {}".format, st.sampled_from(("left", "right", "bilateral")), st.sampled_from(SITES))
)
# Doses up to 3 Gy that stand alone are read as doses per fraction: they come with their number.
doses = st.integers(301, 9000).map(lambda hundredths: hundredths / 100)


@st.composite
def phases(draw, boosts=(None, "sequential")):
    """A phase in the form that reading gives it: with the modality that its beam implies."""
    technique, energy = (draw(st.none() | st.sampled_from(names)) for names in (TECHNIQUES, ENERGIES))
    implied = implied_modality(energy, technique)
    modality = implied or draw(st.none() | st.sampled_from(MODALITIES))
    amount = draw(st.sampled_from(("dose", "course", "activity", "fractions")))
    number = draw(st.integers(1, 60)) if amount in ("course", "fractions") else None
    return Phase(
        draw(sites),
        draw(doses) if amount in ("dose", "course") else None,
        draw(st.integers(2, 8)) if amount == "activity" and draw(st.booleans()) else number,
        draw(st.integers(1, 30000)) / 100 if amount == "activity" else None,
        modality,
        technique,
        energy,
        draw(st.sampled_from(boosts)),
        draw(st.none() | st.sampled_from(("daily", "bid", "tid", "qod", "weekly", "twice weekly", "5x/week")))
        if amount == "course"
        else None,
    )


@given(phases())
def test_a_phase_is_read_as_it_was_rendered(phase):
    assert parse(render([phase])).phases == (phase,)


@given(phases((None,)), st.lists(phases(("sequential",)), max_size=3))
def test_a_course_is_read_as_it_was_rendered(first, boosts):
    course = (first, *boosts)
    assert parse(render(course)).phases == course


@given(st.lists(st.integers(40, 75), min_size=2, max_size=4, unique=True), st.integers(25, 40), sites)
def test_the_levels_of_a_simultaneous_boost_are_read_as_they_were_rendered(levels, number, site):
    *boosted, lowest = sorted(levels, reverse=True)
    course = tuple(Phase(site, float(dose), number, boost="simultaneous") for dose in boosted)
    course += (Phase(site, float(lowest), number),)
    assert parse(render(course)).phases == course


@given(st.lists(phases(), min_size=1, max_size=3))
def test_what_was_read_once_is_read_the_same_again(course):
    read = parse(render(course)).phases
    assert parse(render(read)).phases == read


@pytest.mark.parametrize("name", sorted(schemes()))
def test_the_synthetic_study_s_courses_are_read(name):
    """Site, dose, fractions, modality and energy; a technique's words may be more than one technique."""
    scheme = schemes()[name]
    target = scheme["target"]
    words = {"{side}": "left", "{where}": "left upper lobe of lung", "{subsite}": "tonsil"}
    for blank, word in words.items():
        target = target.replace(blank, word)
    technique = next(iter(scheme["technique"]))
    given = Phase(target, scheme["dose_gy"], scheme["n_fractions"], None, scheme["modality"], technique)
    read = parse(render([given])).phases
    assert [(phase.dose_gy, phase.n_fractions, phase.modality) for phase in read] == [
        (given.dose_gy, given.n_fractions, given.modality)
    ]
    assert read[0].laterality == given.laterality
