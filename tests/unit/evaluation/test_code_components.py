import pandas as pd
import pytest
from evaluation_tables import scores_of
from hypothesis import given, settings
from hypothesis import strategies as st

from radonc.data.outcomes import CODE_COMPONENTS
from radonc.evaluation.code_components import judge, score
from radonc.runtime import tables
from radonc.vocabulary import icd10

CODES = st.sampled_from(
    ["C50.911", "C50.912", "C50.9", "C61", "C34.11", "C79.51", "L91.0", "C99.1", "D05.11", "Z99.99"]
)
NAMES = list(CODE_COMPONENTS.columns)[6:]


def judged(reference, answer):
    return dict(zip(NAMES, judge(reference, answer), strict=True))


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
    found = judged(reference, answer)
    *verdicts, f, standing = expected
    assert [found[name] for name in ("full_code", "category", "site_group", "only_side_wrong")] == verdicts
    if f is not None:
        assert found["hierarchical_f"] == pytest.approx(f)
    if answer is None or standing is not None:
        assert found["standing"] == standing


def test_a_category_has_all_precision_and_part_of_the_recall():
    # C50.911 lies below C50.91, C50.9, C50 (which is its block) and chapter 2.
    found = judged("C50.911", "C50")
    assert (found["hierarchical_precision"], found["hierarchical_recall"]) == (1.0, 0.4)


@given(CODES, CODES)
def test_the_further_a_code_is_right_the_better_it_scores(reference, answer):
    found = judged(reference, answer)
    assert found["full_code"] == (found["hierarchical_f"] == 1)
    assert not (found["full_code"] and found["only_side_wrong"])
    assert found["category"] or not (found["full_code"] or found["only_side_wrong"])
    assert found["hierarchical_precision"] == judged(answer, reference)["hierarchical_recall"]


@given(st.from_regex(icd10.FORM, fullmatch=True), st.from_regex(icd10.FORM, fullmatch=True) | st.none())
@settings(max_examples=100)
def test_any_two_codes_can_be_compared(reference, answer):
    scores = scores_of([answer], [reference], task="icd10")
    [row] = tables.validate(score(scores), CODE_COMPONENTS).to_dict("records")
    if answer is None:
        assert (row["hierarchical_f"], row["full_code"], pd.isna(row["standing"])) == (0, False, True)


def test_no_scores_give_no_rows():
    assert tables.validate(score(scores_of([], [], task="icd10")), CODE_COMPONENTS).empty
