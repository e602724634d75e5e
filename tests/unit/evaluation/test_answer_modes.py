import json
from math import log

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.evaluation import answer_modes
from radonc.evaluation.answer_modes import by_answer_mode
from radonc.runtime.errors import StudyError


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


def test_every_answer_has_a_row_in_every_way_in_which_it_was_given():
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
    read = answer_modes.label_probabilities(cell(**given_))
    assert list(read) == list(given_)
    assert read == pytest.approx(given_)
    assert read[answer_modes.most_probable_label(read)] == max(read.values())


def test_an_arm_of_no_model_has_one_answer_whatever_its_probabilities():
    cheap = PREDICTIONS.assign(model="-", arm="logistic", answer="photon", constrained=None)
    found = by_answer_mode(pd.concat([PREDICTIONS, cheap], ignore_index=True))
    assert found[found["model"] == "-"][["case_id", "answer_mode", "answer"]].to_numpy().tolist() == [
        [case, "free", "photon"] for case in ("a", "b", "c")
    ]
    assert len(found[found["model"] == "m"]) == len(by_answer_mode(PREDICTIONS))
