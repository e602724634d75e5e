from pathlib import Path

import pandas as pd
import pytest
from evaluation_tables import scores_of, shuffled
from hypothesis import given, settings
from hypothesis import strategies as st

from radonc.data.outcomes import CODE_COMPONENTS, REGIMEN_COMPONENTS
from radonc.evaluation.components import (
    Components,
    compare_courses,
    judge_code,
    modality_of,
    read_regimen,
    score_codes,
    score_regimens,
)
from radonc.regimen import Phase
from radonc.runtime import tables
from radonc.runtime.settings.files import load
from radonc.runtime.settings.plausibility import Plausibility
from radonc.vocabulary import icd10

RANGES = load(Path(__file__).parents[3] / "config" / "plausibility.example.yaml", Plausibility).ranges
PELVIS = "IMRT 50.4 Gy in 28 fractions to the pelvis, 1.8 Gy per fraction"
JUDGED = ("site", "site_group", "dose", "fractions", "modality", "technique", "full_match")


def judged(*answers, reference=PELVIS):
    scores = scores_of(answers, [reference] * len(answers), task="regimen")
    return tables.validate(score_regimens(scores, ranges=RANGES, alpha_beta_gy=10), REGIMEN_COMPONENTS)


def wrong_of(row):
    return {name for name in JUDGED if row[name] is not pd.NA and not row[name]}


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (PELVIS, set()),
        (PELVIS.replace("50.4", "70.4"), {"dose", "full_match"}),
        (PELVIS.replace("pelvis", "brain"), {"site", "site_group", "full_match"}),
        ("IMRT 5040 cGy in 28 fractions to the pelvis, 180 cGy per fraction", set()),
        ("Pelvis: 28 fractions of 1.8 Gy, IMRT, to 50.4 Gy", set()),
        ("50.4 Gy/28 fx to the pelvis, protons", {"modality", "technique", "full_match"}),
        (None, set(JUDGED)),
        ("The patient should be seen again.", set(JUDGED)),
    ],
)
def test_what_rouge1_cannot_see(answer, wrong):
    assert wrong_of(judged(answer).iloc[0]) == wrong


def test_the_distance_of_the_eqd2_is_that_of_the_formula():
    table = judged(PELVIS, PELVIS.replace("50.4", "70.4"), "25 Gy in 5 fractions to the pelvis", "28 fractions", None)
    # 50.4/28: 49.56; 70.4/28: 73.417; 25/5: 31.25 (Gy, at 10 Gy).
    assert table["eqd2_error_gy"].tolist()[:3] == pytest.approx([0, 23.857142857, 18.31])
    assert table["eqd2_error_gy"].isna().tolist() == [False, False, False, True, True]
    late = score_regimens(scores_of(["25 Gy in 5 fractions"], [PELVIS], task="regimen"), ranges=RANGES, alpha_beta_gy=3)
    assert late["eqd2_error_gy"].tolist() == pytest.approx([abs(50.4 * 4.8 / 5 - 25 * 8 / 5)])


def test_arithmetic_holds_or_does_not_or_cannot_be_judged():
    assert read_regimen(PELVIS).consistent is True
    assert read_regimen(PELVIS.replace("50.4", "70.4")).consistent is False
    assert read_regimen("60 Gy in 30 fractions of 1.8 Gy").consistent is False
    # Rounded as people write it.
    assert read_regimen("40 Gy in 15 fractions of 2.67 Gy").consistent is True
    for text in ("50 Gy in 25 fractions", "25 fractions of 2 Gy", "50 Gy", "no radiotherapy", None):
        assert read_regimen(text).consistent is None


def test_plausible_is_what_all_judged_phases_are():
    table = judged(
        PELVIS, "IMRT 504 Gy in 28 fractions to the pelvis", "pelvis, IMRT", "SBRT 54 Gy in 3 fractions", None
    )
    assert table["plausible"].isna().tolist() == [False, False, True, False, True]
    assert table["plausible"].dropna().tolist() == [True, False, True]
    assert table["dose_found"].tolist() == [True, True, False, True, False]


def test_without_ranges_nothing_is_plausible_or_implausible():
    scores = scores_of([PELVIS], [PELVIS], task="regimen")
    assert score_regimens(scores, ranges=(), alpha_beta_gy=10)["plausible"].isna().all()


def test_order_does_not_matter_and_no_scores_give_no_rows():
    answers = [PELVIS, None, "60 Gy in 30 fractions", "7 Gy x 4, HDR"]
    scores = scores_of(answers, [PELVIS] * 4, task="regimen")
    expected = score_regimens(scores, ranges=RANGES, alpha_beta_gy=10)
    mixed = score_regimens(shuffled(scores, 2), ranges=RANGES, alpha_beta_gy=10)
    pd.testing.assert_frame_equal(mixed.sort_index(), expected)
    empty = score_regimens(scores.head(0), ranges=RANGES, alpha_beta_gy=10)
    assert tables.validate(empty, REGIMEN_COMPONENTS).empty


@given(st.text(max_size=60), st.text(max_size=60) | st.none())
@settings(max_examples=60)
def test_any_two_texts_can_be_compared(reference, answer):
    [row] = judged(answer, reference=reference).to_dict("records")
    if answer is None:
        assert not any(row[name] is not pd.NA and row[name] for name in JUDGED)


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


CODES = st.sampled_from(
    ["C50.911", "C50.912", "C50.9", "C61", "C34.11", "C79.51", "L91.0", "C99.1", "D05.11", "Z99.99"]
)
NAMES = list(CODE_COMPONENTS.columns)[6:]


def judged_code(reference, answer):
    return dict(zip(NAMES, judge_code(reference, answer), strict=True))


@pytest.mark.parametrize(
    ("reference", "answer", "expected"),
    [
        ("C50.911", "C50.911", (True, True, True, False, 1.0, "billable")),
        ("C50.911", "C50.912", (False, True, True, True, 0.8, "billable")),
        ("C50.911", "C50.919", (False, True, True, True, 0.8, "billable")),
        ("C50.911", "C50.411", (False, True, True, False, None, "billable")),
        ("C50.911", "C50.9", (False, True, True, False, None, "subcategory")),
        ("C50.911", "C50", (False, True, True, False, None, "category")),
        ("C50.911", "D05.11", (False, False, True, False, None, "billable")),
        ("C61", "C62.90", (False, False, False, False, None, "billable")),
        ("C61", "Z99.99", (False, False, False, False, 0.0, "unknown")),
        ("L91.0", "L91.0", (True, True, None, False, 1.0, "billable")),
        ("L91.0", "M72.0", (False, False, None, False, 0.0, None)),
        ("C61", None, (False, False, False, False, 0.0, None)),
    ],
)
def test_how_near_a_code_is(reference, answer, expected):
    found = judged_code(reference, answer)
    *verdicts, f, standing = expected
    assert [found[name] for name in ("full_code", "category", "site_group", "only_side_wrong")] == verdicts
    if f is not None:
        assert found["hierarchical_f"] == pytest.approx(f)
    if answer is None or standing is not None:
        assert found["standing"] == standing


def test_a_category_has_all_precision_and_part_of_the_recall():
    # C50.911 lies below C50.91, C50.9, C50 (which is its block) and chapter 2.
    found = judged_code("C50.911", "C50")
    assert (found["hierarchical_precision"], found["hierarchical_recall"]) == (1.0, 0.4)


@given(CODES, CODES)
def test_the_further_a_code_is_right_the_better_it_scores(reference, answer):
    found = judged_code(reference, answer)
    assert found["full_code"] == (found["hierarchical_f"] == 1)
    assert not (found["full_code"] and found["only_side_wrong"])
    assert found["category"] or not (found["full_code"] or found["only_side_wrong"])
    assert found["hierarchical_precision"] == judged_code(answer, reference)["hierarchical_recall"]


@given(st.from_regex(icd10.FORM, fullmatch=True), st.from_regex(icd10.FORM, fullmatch=True) | st.none())
@settings(max_examples=60)
def test_any_two_codes_can_be_compared(reference, answer):
    scores = scores_of([answer], [reference], task="icd10")
    [row] = tables.validate(score_codes(scores), CODE_COMPONENTS).to_dict("records")
    if answer is None:
        assert (row["hierarchical_f"], row["full_code"], pd.isna(row["standing"])) == (0, False, True)


def test_no_codes_give_no_rows():
    assert tables.validate(score_codes(scores_of([], [], task="icd10")), CODE_COMPONENTS).empty
