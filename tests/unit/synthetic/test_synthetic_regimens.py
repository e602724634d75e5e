"""Fractionation schemes: sourced, whole, and given by habit."""

import re
from collections import Counter
from random import Random

import pytest

from radonc.regimen import render
from radonc.synthetic.charts import RADIATION
from radonc.synthetic.fates import LARGEST_FRACTION_GY
from radonc.synthetic.regimens import BOOST_HABIT, draw_course, draw_habits, schemes
from radonc.synthetic.sites import draw_diagnosis, settings

KEYS = {"source", "habit", "target", "dose_gy", "n_fractions", "modality", "technique", "energy", "boost", "hint"}
IMPLANTS = {"prostate_ldr_145", "uvea_plaque_85"}
PUBLISHED = [
    ("breast_40_15", 40.05, 15),
    ("breast_26_5", 26, 5),
    ("prostate_60_20", 60, 20),
    ("prostate_36_5", 36.25, 5),
    ("lung_60_30", 60, 30),
    ("lung_sbrt_54_3", 54, 3),
    ("sclc_45_30", 45, 30),
    ("glioma_60_30", 60, 30),
    ("cuff_hdr_21_3", 21, 3),
    ("csi_proton_23_13", 23.4, 13),
    ("whole_brain_20_5", 20, 5),
]


def neutral():
    return dict.fromkeys(draw_habits(Random(0)), 1.0)


def draw_of(site, habits, n=400):
    rng = Random(11)
    among = [setting for setting in settings() if setting.site == site]
    return [draw_course(rng, draw_diagnosis(rng, among), habits) for _ in range(n)]


@pytest.mark.parametrize("name", schemes())
def test_schemes_are_whole(name):
    scheme = schemes()[name]
    assert set(scheme) <= KEYS
    assert len(scheme["source"]) > 4
    for phase in [scheme, *([{**scheme, **scheme["boost"]}] if "boost" in scheme else [])]:
        assert phase["modality"] in RADIATION
        half_cgy = phase["dose_gy"] * 200 / phase["n_fractions"]
        assert half_cgy == pytest.approx(round(half_cgy))
        fraction_dose_gy = phase["dose_gy"] / phase["n_fractions"]
        assert (0.5 <= fraction_dose_gy <= LARGEST_FRACTION_GY) != (name in IMPLANTS)


@pytest.mark.parametrize(("name", "dose_gy", "n_fractions"), PUBLISHED)
def test_published_fractionations(name, dose_gy, n_fractions):
    assert (schemes()[name]["dose_gy"], schemes()[name]["n_fractions"]) == (dose_gy, n_fractions)


def test_every_scheme_is_given_by_some_setting_and_none_is_unknown():
    assert {name for setting in settings() for name in setting.regimens} == set(schemes())


def test_hints_tell_neither_modality_nor_dose():
    for scheme in schemes().values():
        for hint in scheme.get("hint", ()):
            assert not re.search(r"(?i)photon|proton|electron|brachy|\bc?gy\b|fraction", hint)


def test_courses_are_worded_without_holes():
    rng = Random(4)
    for _ in range(2000):
        text = render(draw_course(rng, draw_diagnosis(rng), neutral()).phases)
        assert re.fullmatch(r"[^{}]+: [\d.]+ Gy in \d+ fraction[^{}]*", text)
        assert len(text.split()) <= 45


@pytest.mark.parametrize(
    ("site", "habit", "modality"),
    [("prostate", "proton", "proton"), ("uvea", "brachytherapy", "brachytherapy"), ("merkel", "electron", "electron")],
)
def test_physicians_with_a_habit_follow_it(site, habit, modality):
    counts = {}
    for leaning in (0.05, 20.0):
        given = draw_of(site, {**neutral(), habit: leaning})
        counts[leaning] = Counter(course.phases[0].modality for course in given)[modality]
    assert counts[20.0] > 2 * counts[0.05]


def test_boosts_follow_habit_unless_they_are_part_of_the_scheme():
    never = {**neutral(), BOOST_HABIT: 0.0}
    assert all(len(course.phases) == 1 for course in draw_of("dcis", never))
    assert any(len(course.phases) == 2 for course in draw_of("dcis", neutral()))
    assert all(len(course.phases) == 2 for course in draw_of("medulloblastoma", never))


def test_a_boost_is_as_the_primary_phase_where_nothing_else_is_said():
    course = draw_of("medulloblastoma", neutral(), n=1)[0]
    primary, boost = course.phases
    assert (boost.modality, boost.technique) == (primary.modality, primary.technique)
    assert boost.site != primary.site


def test_physicians_differ():
    rng = Random(1)
    assert len({tuple(draw_habits(rng).values()) for _ in range(25)}) == 25
