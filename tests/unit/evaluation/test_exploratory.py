import numpy as np
import pandas as pd
import pytest
from evaluation_tables import STATISTICS, scores_of, shuffled

from radonc.data.outcomes import ANSWER_MODE_COMPARISONS, RUNS, SPREAD, SUMMARY
from radonc.evaluation.arms import primary
from radonc.evaluation.exploratory import by_run, compare_answer_modes, spread
from radonc.evaluation.summary import summarise
from radonc.runtime import tables
from radonc.runtime.errors import StudyError

TRUTH = ["photon"] * 6 + ["proton"] * 4
N_TRAIN = {("m", "modality", run): n for run, n in (("seed1", 80), ("seed2", 80), ("seed7", 80), ("seed1-share25", 20))}
FREE = {"modality": "free"}


def answered(n_right, **options):
    said = TRUTH[:n_right] + [None] * (10 - n_right)
    return scores_of(said, TRUTH, **options)


SCORES = pd.concat(
    [
        answered(3),
        answered(5, answer_mode="labels"),
        answered(9, arm="tuned"),
        answered(10, arm="tuned", answer_mode="labels"),
        answered(7, arm="tuned", run="seed2"),
        answered(8, arm="tuned", run="seed7"),
        answered(4, arm="tuned", run="seed1-share25"),
        answered(2, task="regimen"),
    ]
)


def runs_of(scores=SCORES, answer_modes=FREE):
    return tables.validate(by_run(scores, N_TRAIN, answer_modes=answer_modes, **STATISTICS), RUNS)


def test_ways_stand_side_by_side_where_there_are_several():
    table = tables.validate(compare_answer_modes(SCORES, run="seed1", **STATISTICS), ANSWER_MODE_COMPARISONS)
    found = table[table["metric"] == "accuracy"].set_index(["task", "arm", "answer_mode"])["value"].to_dict()
    assert found == {
        ("modality", "base", "free"): 0.3,
        ("modality", "base", "labels"): 0.5,
        ("modality", "tuned", "free"): 0.9,
        ("modality", "tuned", "labels"): 1.0,
    }


def test_the_primary_way_has_the_numbers_of_the_summary():
    modes = compare_answer_modes(SCORES, run="seed1", **STATISTICS)
    for mode in ("free", "labels"):
        chosen = primary(SCORES, run="seed1", answer_modes={"modality": mode})
        summary = summarise(chosen[chosen["task"] == "modality"], **STATISTICS)
        beside = modes[modes["answer_mode"] == mode].drop(columns="answer_mode")
        shown = summary[summary["metric"].isin(beside["metric"])][list(SUMMARY.columns)]
        pd.testing.assert_frame_equal(
            *(table.sort_values(["arm", "metric"], ignore_index=True) for table in (beside, shown))
        )


def test_every_run_has_its_seed_share_and_training_pairs():
    table = runs_of()
    accuracy = table[table["metric"] == "accuracy"]
    assert accuracy[["run", "seed", "share", "n_train", "value"]].values.tolist() == [
        ["seed1", 1, 1.0, 80, 0.9],
        ["seed2", 2, 1.0, 80, 0.7],
        ["seed7", 7, 1.0, 80, 0.8],
        ["seed1-share25", 1, 0.25, 20, 0.4],
    ]
    assert (accuracy["interval"] == "wilson").all()


def test_a_run_that_was_not_answered_in_the_primary_way_is_refused():
    with pytest.raises(StudyError, match=r"predict\.answer_modes\.modality"):
        runs_of(answer_modes={"modality": "labels"})


def test_a_run_that_lacks_a_case_of_the_base_is_refused():
    seed2 = SCORES["run"] == "seed2"
    with pytest.raises(StudyError, match="arm 'tuned': 1 of 10 cases are missing"):
        runs_of(SCORES[~(seed2 & (SCORES["case_id"] == "c0004"))])


def test_answers_that_no_training_stands_behind_are_no_runs():
    assert tables.validate(by_run(SCORES, {}, answer_modes=FREE, **STATISTICS), RUNS).empty


def test_spread_is_of_the_seeds_with_the_full_training_set():
    table = tables.validate(spread(runs_of()), SPREAD).set_index("metric").loc["accuracy"]
    assert table["n_seeds"] == 3
    assert table[["mean", "lowest", "highest"]].tolist() == pytest.approx([0.8, 0.7, 0.9])
    assert table["sd"] == pytest.approx(np.std([0.9, 0.7, 0.8], ddof=1))


def test_one_seed_has_no_spread():
    assert tables.validate(spread(runs_of(SCORES[~SCORES["run"].isin(["seed2", "seed7"])])), SPREAD).empty
    assert tables.validate(spread(runs_of(SCORES.head(0))), SPREAD).empty


def test_order_does_not_matter():
    other = shuffled(SCORES, 4)
    pd.testing.assert_frame_equal(runs_of(other), runs_of())
    pd.testing.assert_frame_equal(
        compare_answer_modes(other, run="seed1", **STATISTICS), compare_answer_modes(SCORES, run="seed1", **STATISTICS)
    )
