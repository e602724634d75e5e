import warnings

import numpy as np
import pandas as pd
import pytest
from evaluation_tables import STATISTICS, scores_of, scores_with, shuffled
from hypothesis import given, settings
from hypothesis import strategies as st

from radonc.data.outcomes import SUMMARY
from radonc.evaluation.classification import AVERAGES
from radonc.evaluation.summary import summarise
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
