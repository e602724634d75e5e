import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.vocabulary import icd10


@pytest.fixture(scope="module")
def every_code():
    import simple_icd_10_cm

    codes = simple_icd_10_cm.get_all_codes(with_dots=True)
    return [code for code in codes if simple_icd_10_cm.is_category_or_subcategory(code)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("C61", "C61"),
        ("c61", "C61"),
        ("c509", "C50.9"),
        ("C50.9", "C50.9"),
        (" C50.9 ", "C50.9"),
        ("C50.9.", "C50.9"),
        ("C50 .911", "C50.911"),
        ("c50911", "C50.911"),
        ("C7A.00", "C7A.00"),
        ("S52521A", "S52.521A"),
        ("M80.08XA", "M80.08XA"),
    ],
)
def test_a_code_has_one_normal_form(text, code):
    assert icd10.normalise(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "C",
        "C5",
        "50.9",
        "C5.09",
        "C.50.9",
        "C50..9",
        "C50.9.1",
        "C50.91145",
        "C50-9",
        "C50,9",
        "CC0.9",
        "Č50.9",
        "C50.9 left",
        "C50.9/C50.8",
        "C50.9;",
        "malignant",
        "C5\u0660.9",
    ],
)
def test_what_has_not_the_form_of_a_code_is_none(text):
    assert icd10.normalise(text) is None


@given(st.text(max_size=12))
def test_any_text_is_a_code_in_normal_form_or_none(text):
    code = icd10.normalise(text)
    assert code is None or (icd10.FORM.fullmatch(code) and icd10.normalise(code) == code)


@given(st.from_regex(icd10.FORM, fullmatch=True))
def test_case_dot_and_blanks_do_not_change_a_code(code):
    assert icd10.normalise(code.lower().replace(".", "")) == code
    assert icd10.normalise(f" {code}\n") == code


def test_every_code_of_the_release_has_the_form_and_is_valid(every_code):
    assert len(every_code) > 90_000
    assert {code[:3] for code in every_code if icd10.normalise(code) != code} <= {"QA0"}
    assert all(icd10.is_valid(code) for code in every_code[::97])


@pytest.mark.parametrize("name", ["SAM", "max", "Dan.", "Ann", "Lee", "SMITH"])
def test_no_name_has_the_form_of_a_code(name):
    assert icd10.normalise(name) is None


@pytest.mark.parametrize(
    ("code", "valid", "billable"),
    [
        ("C61", True, True),
        ("C50", True, False),
        ("C50.9", True, False),
        ("C50.91", True, False),
        ("C50.911", True, True),
        ("C50.919", True, True),
        ("C71.9", True, True),
        ("C79.51", True, True),
        ("C50.999", False, False),
        ("C99", False, False),
        ("C50-C50", False, False),  # a block, no code
        ("2", False, False),  # a chapter
        ("c50.9", False, False),  # not in normal form
        ("C509", False, False),
        ("", False, False),
    ],
)
def test_validity_and_billability(code, valid, billable):
    assert icd10.is_valid(code) is valid
    assert icd10.is_billable(code) is billable


def test_what_is_billable_is_valid(every_code):
    billable = [code for code in every_code[::53] if icd10.is_billable(code)]
    assert 500 < len(billable) < len(every_code[::53])
    assert all(icd10.is_valid(code) for code in billable)


def test_the_category_is_the_head_of_a_code():
    assert [icd10.category(code) for code in ("C50.911", "C61", "C7A.00")] == ["C50", "C61", "C7A"]


def test_titles():
    assert icd10.title("C61") == "Malignant neoplasm of prostate"
    with pytest.raises(ValueError, match="C99"):
        icd10.title("C99")


@pytest.mark.parametrize(
    ("code", "side"),
    [
        ("C50.911", "right"),
        ("C50.912", "left"),
        ("C50.919", None),
        ("C50.9", None),
        ("C34.11", "right"),
        ("C34.2", None),
        ("C61", None),
        ("C64.2", "left"),
        ("H90.3", "bilateral"),
        ("C99", None),  # no code: nothing is known
    ],
)
def test_the_side_is_the_one_that_the_title_states(code, side):
    assert icd10.laterality(code) == side


@pytest.mark.parametrize(
    ("code", "sex"),
    [
        ("C50.911", "female"),
        ("C50.921", "male"),
        ("C50.9", None),
        ("C51.9", "female"),
        ("C53.9", "female"),
        ("C58", "female"),
        ("C59", None),
        ("C60.9", "male"),
        ("C61", "male"),
        ("C63.9", "male"),
        ("C64.9", None),
        ("C34.11", None),
        ("Z31.81", None),  # names both sexes
        ("C99", None),
    ],
)
def test_the_sex_is_that_of_the_organ_or_the_title(code, sex):
    assert icd10.sex(code) == sex


def test_every_neoplasm_has_the_side_of_its_title(every_code):
    sides = {"left", "right", "bilateral"}
    for code in (code for code in every_code if "C" <= code < "D5"):
        assert {icd10.laterality(code)} - {None} == sides & set(re.findall(r"\w+", icd10.title(code))), code


def test_the_release_is_named():
    assert re.fullmatch(r"ICD-10-CM of simple-icd-10-cm \d+\.\d+\.\d+", icd10.release())


def test_the_billable_codes_are_those_that_can_be_billed() -> None:
    billable, valid = icd10.codes("billable"), icd10.codes("valid")
    assert {"C61", "C50.911", "L91.0"} <= set(billable)
    assert "C50.9" in valid
    assert "C50.9" not in billable
    assert set(billable) < set(valid)
    assert list(valid) == sorted(valid)
    assert all(icd10.normalise(code) == code for code in valid)
