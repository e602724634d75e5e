import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.vocabulary import icd10
from radonc.vocabulary.icd10_tree import differ_in_side, lineage, standing, without_side


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("C50.911", "billable"),
        ("C61", "billable"),
        ("C50.91", "subcategory"),
        ("C50.9", "subcategory"),  # a full code of the WHO's ICD-10
        ("C50", "category"),
        ("C80.9", "unknown"),  # the WHO's ICD-10 alone has it
        ("C99", "unknown"),
        ("C50-C50", "unknown"),
        ("2", "unknown"),
        ("", "unknown"),
    ],
)
def test_how_far_a_code_goes(code, expected):
    assert standing(code) == expected


def test_no_icd9_code_passes_for_a_billable_one():
    # ICD-9-CM writes numbers, or V or E before them: V10.46 history of prostate cancer, V58.0 radiotherapy.
    assert all(icd10.normalise(text) is None for text in ("185", "174.9", "E879.2", "196.0"))
    short = [code for code in icd10.codes("billable") if code[0] == "V" and len(code) <= len("V10.46")]
    assert short == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("C50.911", {"C50.911", "C50.91", "C50.9", "C50", "2"}),  # the block C50 is the category
        ("C61", {"C61", "C60-C63", "2"}),
        ("C50.999", {"C50.999", "C50.9", "C50", "2"}),  # no code: what it begins with
        ("C80.9", {"C80.9", "C80", "C76-C80", "2"}),
        ("C99.1", {"C99.1"}),
        ("", {""}),
    ],
)
def test_what_a_code_lies_below(code, expected):
    assert lineage(code) == expected


def test_precision_and_recall_by_hand():
    # Reference C50.411, answer C50.412: subcategory, category with its block, and chapter are shared.
    answer, reference = lineage("C50.412"), lineage("C50.411")
    assert len(answer & reference) / len(answer) == len(answer & reference) / len(reference) == 4 / 5
    # An answer that goes less far is precise and incomplete.
    answer = lineage("C50.4")
    assert len(answer & reference) / len(answer) == 1
    assert len(answer & reference) / len(reference) == 3 / 5
    assert not lineage("C61") & lineage("L91.0")


def test_every_neoplasm_lies_below_its_category_and_the_chapter():
    for code in icd10.codes("valid"):
        if "C" <= code < "D5":
            assert {code, icd10.category(code), "2"} <= lineage(code)


@given(st.text(max_size=9))
def test_any_text_has_a_standing_and_a_lineage(text):
    assert text in lineage(text)
    assert standing(text) in ("billable", "subcategory", "category", "unknown")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("C50.411", "C50.412", True),
        ("C50.411", "C50.419", True),  # the side left open
        ("C50.411", "C50.421", False),  # the other sex
        ("C50.411", "C50.512", False),  # another quadrant
        ("C50.411", "C50.411", False),  # the same
        ("C50.411", "C50.41", False),  # less of an answer
        ("C34.1", "C34.11", False),
        ("C34.11", "C34.12", True),
        ("C34.11", "C34.2", False),
        ("C64.1", "C64.9", True),
        ("C56.1", "C56.3", True),  # right ovary, both ovaries
        ("C43.111", "C43.121", True),  # eyelids: right upper, left upper
        ("C43.111", "C43.112", False),  # right upper, right lower
        ("C79.60", "C79.62", True),
        ("C56.1", "C79.61", False),  # the same place, but secondary
        ("C50.41X", "C50.411", False),
        ("", "C50.411", False),
    ],
)
def test_the_same_but_for_the_side(one, other, expected):
    assert differ_in_side(one, other) is expected
    assert differ_in_side(other, one) is expected


def test_all_sides_of_an_organ_are_one_and_nothing_else_is():
    groups = {}
    for code in (code for code in icd10.codes("billable") if "C" <= code < "D5"):
        groups.setdefault(without_side(code), []).append(icd10.laterality(code))
    for sides in groups.values():
        stated = [side for side in sides if side]
        assert len(set(stated)) == len(stated)
        assert len(sides) == 1 or {"left", "right"} <= set(stated)
        assert not stated or {"left", "right"} <= set(stated)
