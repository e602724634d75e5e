import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from evaluation_tables import STATISTICS, scores_of, scores_with, shuffled
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from radonc.data.outcomes import (
    ANSWER_MODE_COMPARISONS,
    CODE_COMPONENTS,
    COMPONENTS,
    REGIMEN_COMPONENTS,
    RUNS,
    SPREAD,
    SUMMARY,
)
from radonc.evaluation.arms import primary
from radonc.evaluation.classification import AVERAGES
from radonc.evaluation.components import score_codes, score_regimens
from radonc.evaluation.summary import (
    RATES,
    by_run,
    compare_answer_modes,
    median,
    spread,
    summarise,
    summarise_components,
)
from radonc.runtime import tables
from radonc.runtime.errors import StudyError

REFERENCE = ["photon"] * 7 + ["proton"] * 3
BASE = scores_of(["photon"] * 10, REFERENCE)
TUNED = scores_of(["photon"] * 6 + [None] + ["proton"] * 3, REFERENCE, arm="tuned")
MAJORITY = scores_of(["proton"] * 10, REFERENCE, model="-", arm="majority")
REGIMEN = scores_with([0.2, 0.4, 0.9])
SCORES = pd.concat([BASE, TUNED, REGIMEN])


def summary_of(scores):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return tables.validate(summarise(scores, **STATISTICS), SUMMARY)


def values_of(summary):
    return summary.set_index(["task", "model", "arm", "metric"])["value"].to_dict()


def test_values_of_every_kind():
    values = values_of(summary_of(SCORES))
    assert values["modality", "m", "base", "accuracy"] == 0.7
    assert values["modality", "m", "base", "parse_rate"] == 1
    assert values["modality", "m", "base", "balanced_accuracy"] == 0.5
    assert values["modality", "m", "tuned", "accuracy"] == 0.9
    assert values["modality", "m", "tuned", "parse_rate"] == 0.9
    assert values["modality", "m", "tuned", "macro_recall"] == pytest.approx((6 / 7 + 1) / 2)
    assert values["regimen", "m", "base", "rouge1"] == pytest.approx(0.5)


def test_every_arm_has_its_metrics_and_no_others():
    summary = summary_of(pd.concat([SCORES, MAJORITY]))
    found = {key: rows["metric"].tolist() for key, rows in summary.groupby(["task", "model", "arm"])}
    every = ["accuracy", "parse_rate", "rouge1"]
    assert found == {
        ("modality", "-", "majority"): [*every, *AVERAGES],
        ("modality", "m", "base"): [*every, *AVERAGES],
        ("modality", "m", "tuned"): [*every, *AVERAGES],
        ("regimen", "m", "base"): every,
    }


def test_an_arm_of_no_model_is_summarised_as_any_other():
    values = values_of(summary_of(pd.concat([SCORES, MAJORITY])))
    assert values["modality", "-", "majority", "accuracy"] == 0.3
    assert values["modality", "-", "majority", "rouge1"] == 0.3
    assert values["modality", "-", "majority", "balanced_accuracy"] == 0.5


def test_rates_have_wilsons_interval():
    # 62 of 100: [.52, .71]
    scores = scores_of(["photon"] * 62 + ["proton"] * 38, ["photon"] * 100)
    row = summary_of(scores).set_index("metric").loc["accuracy"]
    assert (row["n"], row["interval"]) == (100, "wilson")
    assert (round(row["low"], 2), round(row["high"], 2)) == (0.52, 0.71)


def test_order_does_not_matter():
    expected = summary_of(SCORES)
    for seed in range(3):
        pd.testing.assert_frame_equal(summary_of(shuffled(SCORES, seed)), expected)


def test_another_arm_or_model_changes_no_number():
    alone = summary_of(BASE)
    beside = summary_of(pd.concat([SCORES, BASE.assign(model="n")]))
    pd.testing.assert_frame_equal(beside.iloc[: len(alone)], alone)


LABEL = st.sampled_from(["photon", "proton", "electron"])


@given(st.lists(st.tuples(LABEL, LABEL | st.none()), min_size=1, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_degenerate_data_neither_crash_nor_warn_and_rates_and_means_lie_in_their_intervals(pairs, random):
    reference, parsed = zip(*pairs, strict=True)
    summary = summary_of(scores_of(parsed, reference, rouge1=[random.random() for _ in pairs]))
    assert summary["value"].between(0, 1).all()
    assert (summary["low"] <= summary["high"] + 1e-12).all()
    inside = summary[summary["metric"].isin(["accuracy", "parse_rate", "rouge1"])]
    assert (inside["low"] <= inside["value"] + 1e-12).all()
    assert (inside["value"] <= inside["high"] + 1e-12).all()


def test_averages_over_many_rare_classes_lie_in_their_intervals():
    rng = np.random.default_rng(0)
    codes = np.array([f"C{number}" for number in range(10, 88)])
    reference = rng.choice(codes, 800, p=(odds := 1 / np.arange(1, 79)) / odds.sum())
    parsed = np.where(rng.random(800) < 0.7, reference, rng.choice(codes, 800))
    summary = summary_of(scores_of(parsed, reference, task="icd10"))
    assert summary["value"].between(summary["low"], summary["high"]).all()


def test_no_scores_give_no_rows_and_unequal_cases_are_refused():
    assert summary_of(SCORES.head(0)).empty
    with pytest.raises(StudyError, match="arm 'tuned': 1 of 10 cases are missing"):
        summarise(pd.concat([BASE, TUNED.tail(9)]), **STATISTICS)


def test_an_average_over_many_rare_classes_lies_in_its_interval():
    rng = np.random.default_rng(5)
    codes = [f"C{n:02}" for n in range(60)]
    reference = [*codes, *rng.choice(codes[:5], 140)]
    scores = pd.DataFrame(
        {
            "case_id": [f"P{i}" for i in range(200)],
            "task": "icd10",
            "model": "m",
            "arm": "base",
            "run": "-",
            "answer_mode": "free",
            "reference": reference,
            "parsed": ["C00"] * 200,
            "answer": "C00",
            "exact_match": [float(code == "C00") for code in reference],
            "rouge1": 0.0,
            "rouge1_precision": 0.0,
            "rouge1_recall": 0.0,
        }
    )
    summary = summarise(scores, confidence=0.95, n_resamples=500, seed=1)
    assert ((summary["low"] <= summary["value"]) & (summary["value"] <= summary["high"])).all()


COURSE = "left breast: 40.05 Gy in 15 fractions"
ANSWERS = [COURSE, "left breast: 40 Gy in 15 fractions", "right breast: 50 Gy in 25 fractions", None]
CODES = ["C50.911", "C50.912", "C50", None]


def components(arm="base", answers=ANSWERS, codes=CODES):
    regimens = scores_of(answers, [COURSE] * len(answers), task="regimen", arm=arm)
    coded = scores_of(codes, ["C50.911"] * len(codes), task="icd10", arm=arm)
    return {
        "regimen": tables.validate(score_regimens(regimens, ranges=(), alpha_beta_gy=10), REGIMEN_COMPONENTS),
        "icd10": tables.validate(score_codes(coded), CODE_COMPONENTS),
    }


def components_summary_of(parts):
    return tables.validate(summarise_components(parts, **STATISTICS), SUMMARY)


def test_rates_are_over_the_judged_cases():
    summary = components_summary_of(components()).set_index(["task", "metric"])
    values = summary["value"].to_dict()
    assert values["regimen", "dose"] == values["regimen", "full_match"] == values["regimen", "laterality"] == 0.5
    assert values["regimen", "site"] == values["regimen", "dose_found"] == 0.75
    assert ("regimen", "consistent") not in values
    assert ("regimen", "plausible") not in values
    assert ("regimen", "technique") not in values
    assert summary.loc[("regimen", "eqd2_error_gy"), "n"] == 3
    assert (
        values["icd10", "full_code"]
        == values["icd10", "only_side_wrong"]
        == values["icd10", "standing_category"]
        == 0.25
    )
    assert values["icd10", "category"] == 0.75
    assert values["icd10", "hierarchical_f"] == pytest.approx((1 + 0.8 + 4 / 7 + 0) / 4)
    wilson = summary[summary["interval"] == "wilson"]
    assert (wilson["low"] <= wilson["value"]).all()
    assert (wilson["value"] <= wilson["high"]).all()


def test_every_column_of_right_and_wrong_has_a_rate():
    for task, table in COMPONENTS.items():
        right = [name for name, column in table.columns.items() if str(column.dtype) in ("bool", "boolean")]
        assert list(RATES[task]) == right


def test_the_order_of_components_does_not_matter_and_an_arm_beside_changes_nothing():
    alone, tuned = components(), components("tuned", ANSWERS[::-1], CODES[::-1])
    both = {task: shuffled(pd.concat([alone[task], tuned[task]]), 3) for task in alone}
    found = components_summary_of(both)
    pd.testing.assert_frame_equal(found[found["arm"] == "base"].reset_index(drop=True), components_summary_of(alone))


def test_unequal_cases_are_refused_and_nothing_gives_no_rows():
    parts, tuned = components(), components("tuned", ANSWERS[:3], CODES[:3])
    with pytest.raises(StudyError, match="1 of 4 cases are missing"):
        summarise_components({task: pd.concat([parts[task], tuned[task]]) for task in parts}, **STATISTICS)
    assert components_summary_of({task: part.head(0) for task, part in parts.items()}).empty
    assert components_summary_of({}).empty


@given(st.lists(st.sampled_from([0.0, 0.5, 2.0, 7.0]), min_size=1, max_size=40))
def test_the_median_lies_in_its_interval(values):
    found = median(np.array(values), 0.95)
    assert found["value"] == np.median(values)
    if len(values) < 6:
        assert (np.isnan(found["low"]), np.isnan(found["high"]), found["interval"]) == (True, True, "none")
    else:
        assert min(values) <= found["low"] <= found["value"] <= found["high"] <= max(values)


@pytest.mark.parametrize("n", [6, 7, 10, 25, 100, 790])
def test_the_medians_interval_is_the_shortest_that_holds_its_level(n):
    # Of 1 to n, the ends are the ranks: the interval misses if fewer than low values lie below the median.
    found = median(np.arange(1, n + 1, dtype=float), 0.95)
    low = found["low"]
    assert low + found["high"] == n + 1
    misses = [2 * binom.cdf(rank - 1, n, 0.5) for rank in (low, low + 1)]
    assert misses[0] <= 0.05 < misses[1]


def test_the_medians_interval_is_the_published_one():
    # n = 10: second to ninth value; n = 25: eighth to eighteenth (Conover, Practical Nonparametric Statistics, A3).
    for n, low in ((10, 2), (25, 8)):
        assert median(np.arange(1, n + 1, dtype=float), 0.95)["low"] == low
    found = [median(np.arange(n, dtype=float) / n, 0.95) for n in (20, 80, 320)]
    widths = [one["high"] - one["low"] for one in found]
    assert all(later < earlier for earlier, later in pairwise(widths))


TRUTH = ["photon"] * 6 + ["proton"] * 4
N_TRAIN = {("m", "modality", run): n for run, n in (("seed1", 80), ("seed2", 80), ("seed7", 80), ("seed1-share25", 20))}
FREE = {"modality": "free"}


def answered(n_right, **options):
    said = TRUTH[:n_right] + [None] * (10 - n_right)
    return scores_of(said, TRUTH, **options)


ANSWERED = pd.concat(
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


def runs_of(scores=ANSWERED, answer_modes=FREE):
    return tables.validate(by_run(scores, N_TRAIN, answer_modes=answer_modes, **STATISTICS), RUNS)


def test_answer_modes_stand_side_by_side_where_there_are_several():
    table = tables.validate(compare_answer_modes(ANSWERED, run="seed1", **STATISTICS), ANSWER_MODE_COMPARISONS)
    found = table[table["metric"] == "accuracy"].set_index(["task", "arm", "answer_mode"])["value"].to_dict()
    assert found == {
        ("modality", "base", "free"): 0.3,
        ("modality", "base", "labels"): 0.5,
        ("modality", "tuned", "free"): 0.9,
        ("modality", "tuned", "labels"): 1.0,
    }


def test_the_primary_mode_has_the_numbers_of_the_summary():
    modes = compare_answer_modes(ANSWERED, run="seed1", **STATISTICS)
    for mode in ("free", "labels"):
        chosen = primary(ANSWERED, run="seed1", answer_modes={"modality": mode})
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


def test_a_run_that_was_not_answered_in_the_primary_mode_is_refused():
    with pytest.raises(StudyError, match=r"predict\.answer_modes\.modality"):
        runs_of(answer_modes={"modality": "labels"})


def test_a_run_that_lacks_a_case_of_the_base_is_refused():
    seed2 = ANSWERED["run"] == "seed2"
    with pytest.raises(StudyError, match="arm 'tuned': 1 of 10 cases are missing"):
        runs_of(ANSWERED[~(seed2 & (ANSWERED["case_id"] == "c0004"))])


def test_answers_that_no_training_stands_behind_are_no_runs():
    assert tables.validate(by_run(ANSWERED, {}, answer_modes=FREE, **STATISTICS), RUNS).empty


def test_spread_is_of_the_seeds_with_the_full_training_set():
    table = tables.validate(spread(runs_of()), SPREAD).set_index("metric").loc["accuracy"]
    assert table["n_seeds"] == 3
    assert table[["mean", "lowest", "highest"]].tolist() == pytest.approx([0.8, 0.7, 0.9])
    assert table["sd"] == pytest.approx(np.std([0.9, 0.7, 0.8], ddof=1))


def test_one_seed_has_no_spread():
    assert tables.validate(spread(runs_of(ANSWERED[~ANSWERED["run"].isin(["seed2", "seed7"])])), SPREAD).empty
    assert tables.validate(spread(runs_of(ANSWERED.head(0))), SPREAD).empty


def test_the_order_of_runs_and_modes_does_not_matter():
    other = shuffled(ANSWERED, 4)
    pd.testing.assert_frame_equal(runs_of(other), runs_of())
    pd.testing.assert_frame_equal(
        compare_answer_modes(other, run="seed1", **STATISTICS),
        compare_answer_modes(ANSWERED, run="seed1", **STATISTICS),
    )
