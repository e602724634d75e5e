import warnings

import numpy as np
import pandas as pd
import pytest
from evaluation_tables import scores_of, shuffled
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, precision_recall_fscore_support

from radonc.data.outcomes import PER_CLASS
from radonc.evaluation.classification import AVERAGES, averages, per_class
from radonc.runtime import tables
from radonc.statistics.estimates import estimate

# reference \ answer:  photon  proton  electron  unread
#   photon (6)              4       1         0       1
#   proton (3)              1       1         1       0
#   brachytherapy (1)       1       0         0       0
REFERENCE = ["photon"] * 6 + ["proton"] * 3 + ["brachytherapy"]
PARSED = ["photon"] * 4 + ["proton", None, "photon", "proton", "electron", "photon"]


def averages_of(reference, parsed):
    statistic = averages(pd.Series(reference, dtype="str"), pd.Series(parsed, dtype="str"))
    return dict(zip(AVERAGES, estimate(statistic, len(reference)), strict=True))


def test_per_class_against_a_confusion_made_by_hand():
    table = tables.validate(per_class(scores_of(PARSED, REFERENCE)), PER_CLASS).set_index("label")
    assert table[["support", "precision", "recall", "f1"]].T.to_dict("list") == {
        "brachytherapy": [1, 0.0, 0.0, 0.0],
        "photon": [6, pytest.approx(4 / 6), pytest.approx(4 / 6), pytest.approx(2 / 3)],
        "proton": [3, pytest.approx(1 / 2), pytest.approx(1 / 3), pytest.approx(2 / 5)],
    }


def test_averages_against_the_same_confusion():
    assert averages_of(REFERENCE, PARSED) == pytest.approx(
        {
            "balanced_accuracy": (4 / 6 + 1 / 3 + 0) / 3,
            "macro_precision": (4 / 6 + 1 / 2 + 0) / 3,
            "macro_recall": (4 / 6 + 1 / 3 + 0) / 3,
            "macro_f1": (2 / 3 + 2 / 5 + 0) / 3,
            "weighted_precision": 0.6 * 4 / 6 + 0.3 / 2,
            "weighted_recall": 0.5,
            "weighted_f1": 0.6 * 2 / 3 + 0.3 * 2 / 5,
        }
    )


LABEL = st.sampled_from(["C61", "C50.911", "C34.12", "C20"])


@given(st.lists(st.tuples(LABEL, LABEL | st.just("Z99") | st.none()), min_size=1, max_size=30), st.randoms())
@settings(max_examples=60)
def test_averages_are_scikit_learns_for_the_cases_and_for_a_resample(pairs, random):
    for cases in (pairs, random.choices(pairs, k=len(pairs))):
        reference, parsed = zip(*cases, strict=True)
        labels, said = sorted(set(reference)), [text or "" for text in parsed]
        found = averages_of(reference, parsed)
        for average in ("macro", "weighted"):
            expected = precision_recall_fscore_support(reference, said, labels=labels, average=average, zero_division=0)
            names = [f"{average}_{measure}" for measure in ("precision", "recall", "f1")]
            assert [found[name] for name in names] == pytest.approx(list(expected[:3]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(reference, said))


@given(st.lists(st.tuples(LABEL, LABEL | st.none()), min_size=2, max_size=12), st.randoms())
@settings(max_examples=40)
def test_a_weight_of_two_is_a_case_twice(pairs, random):
    weights = [random.choice([0, 1, 2]) for _ in pairs]
    if not any(weights):
        weights[0] = 1
    repeated = [pair for pair, weight in zip(pairs, weights, strict=True) for _ in range(weight)]
    reference, parsed = (pd.Series(list(side), dtype="str") for side in zip(*pairs, strict=True))
    weighted = averages(reference, parsed)(np.array([weights], dtype=np.float64))[0]
    np.testing.assert_allclose(weighted, list(averages_of(*zip(*repeated, strict=True)).values()))


def test_macro_is_the_plain_mean_and_weighted_the_mean_by_support_of_the_per_class_table():
    table = per_class(scores_of(PARSED, REFERENCE))
    found = averages_of(REFERENCE, PARSED)
    for measure in ("precision", "recall", "f1"):
        assert found[f"macro_{measure}"] == pytest.approx(table[measure].mean())
        assert found[f"weighted_{measure}"] == pytest.approx(np.average(table[measure], weights=table["support"]))


@pytest.mark.parametrize(
    ("parsed", "expected"),
    [(["photon"] * 3, 1.0), ([None] * 3, 0.0), (["proton"] * 3, 0.0), (["photon", None, None], 1 / 3)],
)
def test_one_class_tests_neither_crash_nor_warn(parsed, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = per_class(scores_of(parsed, ["photon"] * 3))
        assert averages_of(["photon"] * 3, parsed)["balanced_accuracy"] == pytest.approx(expected)
    assert table["recall"].tolist() == pytest.approx([expected])


def test_an_invented_label_changes_no_class_but_the_true_ones():
    table = per_class(scores_of(["carbon", "photon"], ["photon", "photon"]))
    assert table[["label", "precision", "recall"]].values.tolist() == [["photon", 1.0, 0.5]]


def test_free_text_has_no_classes_and_order_does_not_matter():
    scores = pd.concat(
        [
            scores_of(PARSED, REFERENCE),
            scores_of(PARSED, REFERENCE, task="regimen"),
            scores_of(PARSED, REFERENCE, arm="x"),
        ]
    )
    table = per_class(scores)
    assert set(table["task"]) == {"modality"}
    pd.testing.assert_frame_equal(per_class(shuffled(scores, 7)), table)
    assert tables.validate(per_class(scores.head(0)), PER_CLASS).empty
