import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.evaluation.regimen_components import Components, compare_courses, modality_of
from radonc.regimen import Phase

BREAST = Phase("left breast", 40.05, 15, modality="photon", technique="3D-CRT")
BED = Phase("left tumor bed", 10, 4, modality="electron", boost="sequential")
NODES = Phase("axilla", 50, 25, modality="photon", technique="VMAT")


def wrong(components: Components) -> set[str]:
    return {name for name, right in components._asdict().items() if right is False}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ([BREAST, BED], set()),
        ([Phase("breast, left", 40, 15, modality="photon", technique="3D-CRT"), BED], set()),
        ([Phase("the left breast", 40, 15, modality="photon", technique="3D-CRT"), BED], set()),
        ([Phase("right breast", 40.05, 15, modality="photon", technique="3D-CRT"), BED], {"laterality", "full_match"}),
        ([Phase("breast", 40.05, 15, modality="photon", technique="3D-CRT"), BED], {"laterality", "full_match"}),
        ([Phase("left breast", 42.56, 15, modality="photon", technique="3D-CRT"), BED], {"dose", "full_match"}),
        ([Phase("left breast", 40.05, 16, modality="photon", technique="3D-CRT"), BED], {"fractions", "full_match"}),
        ([Phase("left breast", 40.05, 15, modality="proton", technique="3D-CRT"), BED], {"modality", "full_match"}),
        ([Phase("left breast", 40.05, 15, modality="photon", technique="IMRT"), BED], {"technique", "full_match"}),
        # "Boost of … following …" is the same course.
        ([BED, BREAST], set()),
        ([BREAST, Phase("left tumor bed", 10, 4, modality="electron", boost="simultaneous")], {"full_match"}),
        ([BREAST], {*("site", "site_group", "laterality", "dose", "fractions", "modality", "full_match")}),
        ([], {*Components._fields}),
    ],
)
def test_what_is_wrong_of_a_course_with_a_boost(answer, expected):
    assert wrong(compare_courses([BREAST, BED], answer)) - {"site_group"} == expected - {"site_group"}


def test_what_the_reference_does_not_tell_is_not_judged():
    found = compare_courses([Phase(dose_gy=8, n_fractions=1)], [Phase("left femur", 8, 1, modality="photon")])
    assert found == Components(None, None, None, True, True, None, None, True)
    assert compare_courses([], [BREAST]) == Components(*[None] * 8)


def test_a_phase_too_many_makes_dose_and_fractions_wrong_and_else_what_it_adds():
    repeated = Phase("left breast", 10, 5, modality="photon", technique="3D-CRT", boost="sequential")
    assert wrong(compare_courses([BREAST], [BREAST, repeated])) == {"dose", "fractions", "full_match"}
    assert wrong(compare_courses([BREAST], [BREAST, Phase(modality="photon", boost="sequential")])) == {"full_match"}
    assert {"site", "modality"} <= wrong(compare_courses([BREAST], [BREAST, BED]))
    assert wrong(compare_courses([BREAST], [BREAST, NODES])) >= {"site", "dose", "fractions", "technique"}


def test_the_site_group_is_coarser_than_the_site():
    found = compare_courses([Phase("prostate bed")], [Phase("prostate and seminal vesicles")])
    assert (found.site, found.site_group) == (False, True)
    assert compare_courses([Phase("prostate")], [Phase("whole brain")]).site_group is False
    assert compare_courses([Phase("tumor bed")], [Phase("tumor bed")])[:2] == (True, None)


def test_doses_are_equal_to_less_than_a_tenth():
    for said, right in ((40.0, True), (40.14, True), (39.96, True), (40.15, False), (39.9, False)):
        assert compare_courses([BREAST], [Phase("left breast", said, 15)]).dose is right
    iodine = Phase(activity_mci=150)
    assert compare_courses([iodine], [Phase(dose_gy=150)]).dose is False
    assert compare_courses([iodine], [Phase(activity_mci=150)]).dose is True


def test_a_technique_that_implies_the_modality_tells_it():
    assert modality_of(Phase(technique="IMRT")) == "photon"
    assert modality_of(Phase(technique="SBRT")) is None
    assert compare_courses([Phase(modality="photon")], [Phase(technique="VMAT")]).modality is True


TEXTS = st.none() | st.sampled_from(["left breast", "right lung", "pelvis and nodes", "tumor bed", "vulva"])
PHASES = st.builds(
    Phase,
    site=TEXTS,
    dose_gy=st.none() | st.sampled_from([8.0, 50.0, 50.4]),
    n_fractions=st.none() | st.integers(1, 40),
    modality=st.none() | st.sampled_from(["photon", "proton"]),
    technique=st.none() | st.sampled_from(["IMRT", "SBRT"]),
    boost=st.sampled_from([None, None, "sequential", "simultaneous"]),
)
COURSES = st.lists(PHASES, max_size=4)


@given(COURSES, COURSES)
def test_a_course_is_right_by_itself_and_none_by_nothing_and_what_is_judged_is_the_references(course, other):
    assert not wrong(compare_courses(course, course))
    judged = {name for name, right in compare_courses(course, course)._asdict().items() if right is not None}
    found = compare_courses(course, other)
    assert {name for name, right in found._asdict().items() if right is not None} == judged
    assert wrong(compare_courses(course, [])) == judged
    if found.full_match:
        assert wrong(found) <= {"site_group"}
        assert len(course) == len(other)
