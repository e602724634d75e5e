from pathlib import Path

import pandas as pd
import pytest
from evaluation_tables import scores_of, shuffled
from hypothesis import given, settings
from hypothesis import strategies as st

from radonc.data.outcomes import REGIMEN_COMPONENTS
from radonc.data.plausibility import read_ranges
from radonc.evaluation.regimen_components import read_regimen, score
from radonc.runtime import tables

RANGES = read_ranges(Path(__file__).parents[3] / "config" / "plausibility.example.yaml")
PELVIS = "IMRT 50.4 Gy in 28 fractions to the pelvis, 1.8 Gy per fraction"
JUDGED = ("site", "site_group", "dose", "fractions", "modality", "technique", "full_match")


def judged(*answers, reference=PELVIS):
    scores = scores_of(answers, [reference] * len(answers), task="regimen")
    return tables.validate(score(scores, ranges=RANGES, alpha_beta_gy=10), REGIMEN_COMPONENTS)


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
    late = score(scores_of(["25 Gy in 5 fractions"], [PELVIS], task="regimen"), ranges=RANGES, alpha_beta_gy=3)
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
    assert score(scores, ranges=(), alpha_beta_gy=10)["plausible"].isna().all()


def test_order_does_not_matter_and_no_scores_give_no_rows():
    answers = [PELVIS, None, "60 Gy in 30 fractions", "7 Gy x 4, HDR"]
    scores = scores_of(answers, [PELVIS] * 4, task="regimen")
    expected = score(scores, ranges=RANGES, alpha_beta_gy=10)
    mixed = score(shuffled(scores, 2), ranges=RANGES, alpha_beta_gy=10)
    pd.testing.assert_frame_equal(mixed.sort_index(), expected)
    nothing = score(scores.head(0), ranges=RANGES, alpha_beta_gy=10)
    assert tables.validate(nothing, REGIMEN_COMPONENTS).empty


@given(st.text(max_size=60), st.text(max_size=60) | st.none())
@settings(max_examples=100)
def test_any_two_texts_can_be_compared(reference, answer):
    [row] = judged(answer, reference=reference).to_dict("records")
    if answer is None:
        assert not any(row[name] is not pd.NA and row[name] for name in JUDGED)
