import pandas as pd
import pytest

from radonc.study.examples import choose
from radonc.study.prompts import BETWEEN_EXAMPLES, worked_examples


def pairs(*answers: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case_id": [f"c{i:03}" for i in range(len(answers))],
            "split": "train",
            "prompt": [f"Site: {i}\nAnswer:" for i in range(len(answers))],
            "completion": [f" {answer}" for answer in answers],
        }
    )


TRAINING = pairs(*["photon"] * 40, *["proton"] * 9, *["electron"] * 5, "brachytherapy")


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (1, ["photon"]),
        (3, ["electron", "photon", "proton"]),
        (4, ["brachytherapy", "electron", "photon", "proton"]),
        (6, ["brachytherapy", "electron", "photon", "photon", "proton", "proton"]),
    ],
)
def test_every_example_shows_another_answer_frequent_ones_first(n, shown) -> None:
    assert sorted(choose(TRAINING, n, "k")["completion"].str.strip()) == shown


def test_the_choice_depends_on_the_key_and_not_on_the_order_of_rows() -> None:
    first = choose(TRAINING, 4, "k")
    for seed in (1, 2):
        pd.testing.assert_frame_equal(choose(TRAINING.sample(frac=1, random_state=seed), 4, "k"), first)
    others = [tuple(choose(TRAINING, 4, key)["case_id"]) for key in "abcdef"]
    assert len({frozenset(cases) for cases in others}) > 1


def test_a_frequent_answer_has_no_fixed_place() -> None:
    places = {choose(TRAINING, 3, f"key {i}")["completion"].to_list().index(" photon") for i in range(40)}
    assert places == {0, 1, 2}


def test_another_case_of_an_answer_that_is_shown_changes_little() -> None:
    before = choose(TRAINING, 3, "k")
    after = choose(
        pd.concat([TRAINING, pairs("photon").assign(case_id="new", prompt="Site: new")], ignore_index=True), 3, "k"
    )
    assert len(set(before["case_id"]) & set(after["case_id"])) >= 2


def test_there_are_never_more_than_pairs() -> None:
    assert len(choose(TRAINING[:2], 5, "k")) == 2
    assert choose(TRAINING, 0, "k").empty


def test_examples_are_written_as_the_prompts_are() -> None:
    text = worked_examples(TRAINING[:2])
    assert text == f"Site: 0\nAnswer: photon{BETWEEN_EXAMPLES}Site: 1\nAnswer: photon{BETWEEN_EXAMPLES}"
    assert worked_examples(TRAINING[:0]) == ""
