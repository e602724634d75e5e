import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.evaluation.answers import read
from radonc.vocabulary import icd10

ASCII_FORM = re.compile(icd10.FORM.pattern, re.ASCII)
LABELS = ("photon", "proton", "electron", "brachytherapy")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Breast, 40.05 Gy in 15 fractions", "Breast, 40.05 Gy in 15 fractions"),
        ("  Breast,  40.05 Gy\tin 15 fractions. \nThe patient then", "Breast, 40.05 Gy in 15 fractions"),
        ("\n \n.\r\nBreast", "Breast"),
        ("8 Gy in 1 fraction...", "8 Gy in 1 fraction"),
        ("", None),
        (" \n\t\n", None),
        (" . ", None),
    ],
)
def test_a_regimen_is_the_first_line_that_says_something(answer, expected):
    assert read("regimen", answer) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("photon", "photon"),
        ("PHOTON.", "photon"),
        ("External beam photons (6 MV photons)", "photon"),
        ("Answer:\nbrachytherapy", "brachytherapy"),
        ("photon or proton", None),
        ("protonated", None),
        ("photon_beam", None),
        ("nophoton", None),
        ("IMRT", "photon"),
        ("Not protons but photons.", "photon"),
        ("radiotherapy", None),
        ("", None),
    ],
)
def test_a_modality_is_the_one_label_named(answer, expected):
    assert read("modality", answer, LABELS) == expected


def test_a_label_outside_the_configured_set_is_not_read():
    assert read("modality", "electron", ("photon", "proton")) is None
    assert read("modality", "electron") is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("C61", "C61"),
        ("c50911", "C50.911"),
        ("The code is C50.911.", "C50.911"),
        ("(C34.12)", "C34.12"),
        ("C7A.00", "C7A.00"),
        ("Z99.99 then C61", "C61"),
        ("stage T2N0: C61", "C61"),
        ("T2N0, G2P1", "T2N.0"),
        ("C50.9, more exactly C50.911", "C50.9"),
        ("C99.1 or C61 or C20", "C61"),
        ("C50.", "C50"),
        ("C50.91145", None),
        ("C6", None),
        ("ABC61", None),
        ("61", None),
        ("174.9", None),
        ("185", None),
        ("\u212a61", None),
        ("C٦١", None),
        ("", None),
    ],
)
def test_a_code_is_the_first_that_is_valid_or_else_the_first_of_its_form(answer, expected):
    assert read("icd10", answer) == expected


@given(st.sampled_from(["regimen", "modality", "icd10"]), st.text())
def test_reading_is_total_and_reading_again_changes_nothing(task, answer):
    said = read(task, answer, LABELS)
    if said is not None:
        assert said
        assert read(task, said, LABELS) == said


@given(st.text(st.characters(codec="ascii")), st.from_regex(ASCII_FORM, fullmatch=True))
def test_what_is_read_as_a_code_has_its_form(noise, code):
    said = read("icd10", f"{noise} {code} {noise}")
    assert said is not None
    assert icd10.FORM.fullmatch(said)


def test_an_unknown_task_is_a_fault_of_ours():
    with pytest.raises(ValueError, match="prognosis"):
        read("prognosis", "good")
