import json
import re
from math import log

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.evaluation.answers import by_answer_mode, label_probabilities, most_probable_label, read
from radonc.runtime.errors import StudyError
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


def cell(**probability):
    return json.dumps({label: log(p) for label, p in probability.items()})


PREDICTIONS = pd.DataFrame(
    {
        "case_id": ["a", "b", "c"],
        "task": ["regimen", "modality", "icd10"],
        "model": "m",
        "arm": "base",
        "run": "-",
        "reference": ["x", "photon", "C61"],
        "answer": ["", "Proton!", "C6"],
        "label_log_p": [None, cell(proton=0.2, photon=0.8), cell(C61=0.4, C20=0.4, C73=0.2)],
        "constrained": [None, None, "C20"],
    }
)


def test_every_answer_has_a_row_in_every_mode_in_which_it_was_given():
    found = by_answer_mode(PREDICTIONS).set_index(["case_id", "answer_mode"])["answer"].to_dict()
    assert found == {
        ("a", "free"): "",
        ("b", "free"): "Proton!",
        ("b", "labels"): "photon",
        ("c", "free"): "C6",
        # Of two equal labels the first.
        ("c", "labels"): "C61",
        ("c", "constrained"): "C20",
    }


def test_without_label_probabilities_answers_are_free():
    bare = PREDICTIONS.assign(label_log_p=None, constrained=None)
    assert by_answer_mode(bare)["answer_mode"].tolist() == ["free"] * 3
    assert by_answer_mode(bare.head(0)).empty


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "no JSON",
        '{"photon": "x"}',
        '{"photon": -1.0}',
        '{"photon": 0, "proton": 0}',
        '{"photon": 999}',
        '{"photon": NaN}',
        '{"photon": 0, "proton": NaN}',
        '{"photon": 0, "proton": -Infinity}',
    ],
)
def test_what_is_no_distribution_over_labels_is_refused_without_being_quoted(text):
    with pytest.raises(StudyError, match="label_log_p") as caught:
        by_answer_mode(PREDICTIONS.assign(label_log_p=[None, text, None]))
    assert "photon" not in str(caught.value)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=9))
def test_the_likeliest_label_has_the_highest_probability(weights):
    given_ = {f"l{number}": weight / sum(weights) for number, weight in enumerate(weights)}
    read = label_probabilities(cell(**given_))
    assert list(read) == list(given_)
    assert read == pytest.approx(given_)
    assert read[most_probable_label(read)] == max(read.values())


def test_an_arm_of_no_model_has_one_answer_whatever_its_probabilities():
    cheap = PREDICTIONS.assign(model="-", arm="logistic", answer="photon", constrained=None)
    found = by_answer_mode(pd.concat([PREDICTIONS, cheap], ignore_index=True))
    assert found[found["model"] == "-"][["case_id", "answer_mode", "answer"]].to_numpy().tolist() == [
        [case, "free", "photon"] for case in ("a", "b", "c")
    ]
    assert len(found[found["model"] == "m"]) == len(by_answer_mode(PREDICTIONS))
