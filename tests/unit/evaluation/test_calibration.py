import json

import numpy as np
import pandas as pd
import pytest
from evaluation_tables import STATISTICS, shuffled
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, top_k_accuracy_score

from radonc.data.outcomes import CALIBRATION, RELIABILITY
from radonc.evaluation.answers import by_answer_mode
from radonc.evaluation.calibration import measure, per_case, reliability
from radonc.runtime import tables

MODALITIES = ("photon", "proton", "electron")
CODES = ("C50.911", "C61", "C20", "C73", "C15.5", "C22.0", "C01")


def predictions_of(p, truths, labels, task="modality", arm="base"):
    cells = [json.dumps(dict(zip(labels, np.log(row), strict=True))) for row in p]
    return pd.DataFrame(
        {
            "case_id": [f"c{number:03d}" for number in range(len(p))],
            "task": task,
            "model": "m",
            "arm": arm,
            "run": "seed1" if arm == "tuned" else "-",
            "reference": list(truths),
            "answer": "",
            "label_log_p": cells,
            "constrained": None,
        }
    )


def measured(predictions):
    cases = per_case(predictions, MODALITIES)
    table = tables.validate(measure(cases, **STATISTICS), CALIBRATION)
    return cases, table.set_index("metric")["value"].to_dict()


def test_a_case_by_hand():
    case = per_case(predictions_of([[0.2, 0.7, 0.1]], ["photon"], MODALITIES), MODALITIES).iloc[0]
    assert case["confidence"] == pytest.approx(0.7)
    assert case["rank"] == 2
    assert case["brier"] == pytest.approx(0.8**2 + 0.7**2 + 0.1**2)


def test_bins_and_calibration_error_by_hand():
    # Two cases of (0.6, 0.7], one of them right; three of (0.9, 1], all right; one at the edge, in (0.4, 0.5], wrong.
    p = [
        [0.65, 0.25, 0.1],
        [0.65, 0.25, 0.1],
        [0.95, 0.03, 0.02],
        [0.95, 0.03, 0.02],
        [0.97, 0.02, 0.01],
        [0.5, 0.4, 0.1],
    ]
    truths = ["photon", "proton", "photon", "photon", "photon", "proton"]
    cases, values = measured(predictions_of(p, truths, MODALITIES))
    bins = tables.validate(reliability(cases, confidence=0.95), RELIABILITY)
    assert bins[["above", "up_to", "n", "accuracy"]].values.tolist() == [
        [0.4, 0.5, 1, 0.0],
        [0.6, 0.7, 2, 0.5],
        [0.9, 1.0, 3, 1.0],
    ]
    sure = (0.95 + 0.95 + 0.97) / 3
    assert bins["confidence"].tolist() == pytest.approx([0.5, 0.65, sure])
    assert values["ece"] == pytest.approx((1 * 0.5 + 2 * 0.15 + 3 * (1 - sure)) / 6)
    assert ((bins["low"] <= bins["accuracy"]) & (bins["accuracy"] <= bins["high"])).all()


def distributions(labels):
    # Of integers, so that different weights stay different probabilities: which of two equal ones is nearer the top
    # is another question.
    weights = st.lists(st.integers(1, 1000), min_size=len(labels), max_size=len(labels), unique=True)
    return st.lists(st.tuples(weights, st.sampled_from(labels)), min_size=2, max_size=20)


@given(distributions(CODES))
@settings(max_examples=30)
def test_brier_and_tops_are_scikit_learns(cases):
    weights, truths = zip(*cases, strict=True)
    p = np.array(weights) / np.sum(weights, axis=1, keepdims=True)
    # scikit-learn wants labels, and the columns of p, in order.
    order = np.argsort(CODES)
    _, values = measured(predictions_of(p, truths, CODES, task="icd10"))
    expected = brier_score_loss(list(truths), p[:, order], labels=sorted(CODES), scale_by_half=False)
    assert values["brier"] == pytest.approx(expected, abs=1e-9)
    for top in (1, 3, 5):
        rate = top_k_accuracy_score(list(truths), p[:, order], k=top, labels=sorted(CODES))
        assert values[f"top{top}"] == pytest.approx(rate)


def test_a_truth_that_is_no_label_is_never_near_the_top_and_costs_its_whole_probability():
    cases, values = measured(predictions_of([[0.6, 0.4]], ["C61"], ("C20", "C73"), task="icd10"))
    assert values["brier"] == pytest.approx(0.36 + 0.16 + 1)
    assert (values["top1"], values["top5"]) == (0, 0)
    assert reliability(cases, confidence=0.95)["accuracy"].tolist() == [0]


def test_the_first_rank_is_the_label_that_is_scored():
    ties = predictions_of([[0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [1 / 3] * 3], ["photon", "proton", "electron"], MODALITIES)
    chosen = by_answer_mode(ties).query("answer_mode == 'labels'")
    right = chosen["answer"].to_numpy() == chosen["reference"].to_numpy()
    assert per_case(ties, MODALITIES)["rank"].tolist() == [1, 2, 3]
    assert right.tolist() == [True, False, False]


def test_arms_and_runs_stand_apart_and_what_has_no_probabilities_is_passed_over():
    base = predictions_of([[0.6, 0.3, 0.1]] * 4, ["photon"] * 4, MODALITIES)
    tuned = predictions_of([[0.9, 0.06, 0.04]] * 4, ["photon"] * 4, MODALITIES, arm="tuned")
    other = tuned.assign(run="seed2", label_log_p=None)
    both = pd.concat([base, tuned, other], ignore_index=True)
    table = measure(per_case(both, MODALITIES), **STATISTICS)
    assert table[["arm", "run", "metric"]].values.tolist() == [
        [arm, run, metric] for arm, run in (("base", "-"), ("tuned", "seed1")) for metric in ("top1", "brier", "ece")
    ]
    assert table["interval"].tolist() == ["wilson", "bootstrap", "none"] * 2
    pd.testing.assert_frame_equal(per_case(shuffled(both, 2), MODALITIES), per_case(both, MODALITIES))


def test_without_probabilities_the_tables_are_empty():
    cases = per_case(predictions_of([[0.6, 0.4]], ["C20"], ("C20", "C73"), task="icd10").head(0))
    assert tables.validate(measure(cases, **STATISTICS), CALIBRATION).empty
    assert tables.validate(reliability(cases, confidence=0.95), RELIABILITY).empty
