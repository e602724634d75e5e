import pandas as pd
import pytest
from evaluation_tables import scores_of, shuffled

from radonc.evaluation.arms import by_arm, primary
from radonc.runtime.errors import StudyError

BASE = scores_of(["photon", None, "proton"], ["photon"] * 3)
TUNED = BASE.assign(arm="tuned")


def test_row_i_is_the_same_case_in_every_arm():
    parts = by_arm(shuffled(pd.concat([TUNED, BASE]), 3))
    assert list(parts) == [("modality", "m", "base"), ("modality", "m", "tuned")]
    for rows in parts.values():
        assert rows["case_id"].tolist() == BASE["case_id"].tolist()


def test_a_missing_case_is_refused_even_where_the_counts_agree():
    other = TUNED.assign(case_id=["c0000", "c0001", "c0009"])
    with pytest.raises(StudyError, match=r"arm 'base': 1 of 4 cases are missing and 0 stand twice"):
        by_arm(pd.concat([BASE, other]))


def test_a_case_twice_is_refused():
    with pytest.raises(StudyError, match=r"arm 'tuned': 0 of 3 cases are missing and 1 stand twice"):
        by_arm(pd.concat([BASE, TUNED, TUNED.tail(1)]))


def test_tasks_may_have_cases_of_their_own():
    assert len(by_arm(pd.concat([BASE, BASE.head(1).assign(task="icd10")]))) == 2


ANSWERED = pd.concat(
    [
        scores_of(["photon", None, "proton"], ["photon"] * 3, arm=arm, run=run, answer_mode=mode)
        for arm, run in (("base", None), ("fewshot", None), ("tuned", "seed1"), ("tuned", "seed2"))
        for mode in ("free", "labels")
    ]
)


def test_the_primary_scores_are_of_one_run_in_one_mode():
    found = primary(ANSWERED, run="seed2", answer_modes={"modality": "labels", "icd10": "constrained"})
    assert set(found["answer_mode"]) == {"labels"}
    assert set(found["run"]) == {"-", "seed2"}
    assert {key: len(rows) for key, rows in by_arm(found).items()} == {
        ("modality", "m", arm): 3 for arm in ("base", "fewshot", "tuned")
    }


def test_a_task_without_a_choice_is_answered_freely():
    regimen = ANSWERED.assign(task="regimen")
    assert set(primary(regimen, run="seed1", answer_modes={"modality": "labels"})["answer_mode"]) == {"free"}


def test_arms_of_no_model_answer_in_one_mode_that_counts_as_any():
    cheap = [
        scores_of(["photon"] * 3, ["photon"] * 3, model="-", arm=arm, answer_mode=mode)
        for arm, mode in (("neighbour", "free"), ("logistic", "free"), ("logistic", "labels"))
    ]
    found = primary(pd.concat([ANSWERED, *cheap]), run="seed1", answer_modes={"modality": "labels"})
    assert set(found.loc[found["model"] == "-", "answer_mode"]) == {"free"}
    assert set(found.loc[found["model"] == "m", "answer_mode"]) == {"labels"}
    assert {arm for _, model, arm in by_arm(found) if model == "-"} == {"neighbour", "logistic"}


def test_more_than_one_run_or_mode_at_a_time_is_refused():
    with pytest.raises(StudyError, match="stand twice"):
        by_arm(ANSWERED)


def test_a_mode_in_which_an_arm_was_not_answered_is_refused():
    lacking = ANSWERED[(ANSWERED["arm"] != "fewshot") | (ANSWERED["answer_mode"] == "free")]
    with pytest.raises(StudyError, match=r"predict\.answer_modes\.modality: 'labels'.*arm 'fewshot'.*are free: name"):
        primary(lacking, run="seed1", answer_modes={"modality": "labels"})
