import gc
import warnings
from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest
from evaluation_tables import STATISTICS, scores_of, scores_with, shuffled
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from radonc.data.outcomes import COMPARISONS, MODEL_COMPARISONS
from radonc.evaluation.comparisons import METRICS, compare, compare_models
from radonc.runtime import tables
from radonc.runtime.errors import StudyError

PRIMARY = dict.fromkeys(("regimen", "modality", "icd10"), "accuracy")
SHIFTS = {"base": 0.0, "fewshot": 0.1, "tuned": 0.3}


@pytest.fixture(autouse=True, scope="module")
def _little_to_collect():
    # multipletests collects garbage at every call: slow in a process where another test has loaded evaluate.
    gc.freeze()
    yield
    gc.unfreeze()


def compared(scores, primary=PRIMARY):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return tables.validate(compare(scores, primary, **STATISTICS), COMPARISONS)


def models_compared(scores):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return tables.validate(compare_models(scores, **STATISTICS), MODEL_COMPARISONS)


def rouge1_row(base, tuned):
    table = compared(pd.concat([scores_with(base), scores_with(tuned, arm="tuned")]))
    return table.set_index("metric").loc["rouge1"]


def accuracy_row(n_better, n_worse, n_tied):
    base = ["no"] * n_better + ["yes"] * (n_worse + n_tied)
    tuned = ["yes"] * n_better + ["no"] * n_worse + ["yes"] * n_tied
    truth = ["yes"] * len(base)
    table = compared(pd.concat([scores_of(base, truth), scores_of(tuned, truth, arm="tuned")]))
    return table.set_index("metric").loc["accuracy"]


def enumerated(differences):
    """The signed-rank statistic and its one-sided p from all 2^n signs, zeros dropped."""
    kept = [difference for difference in differences if difference]
    ranks = rankdata(np.abs(kept))
    observed = sum(rank for rank, difference in zip(ranks, kept, strict=True) if difference > 0)
    sums = [np.dot(signs, ranks) for signs in product([0, 1], repeat=len(kept))]
    return observed, np.mean([total >= observed - 1e-9 for total in sums])


@pytest.mark.parametrize(
    "differences",
    [
        [0.1, 0.2, 0.3, 0.4, -0.05],
        [0.1, -0.2, 0.3, -0.4, 0.5, 0.6, 0.0, 0.0],
        [0.25, 0.25, -0.25, 0.5, 0.5, 0.0, 0.125],
        [-0.1, -0.2, -0.3],
        [0.4],
        [0.0, -0.4],
        [0.25] * 6 + [-0.25] * 2 + [0.5] * 3,
    ],
)
def test_small_samples_have_the_exact_distribution(differences):
    base = np.full(len(differences), 0.45)
    row = rouge1_row(base, base + differences)
    statistic, p = enumerated(differences)
    assert (row["statistic"], row["p"]) == (statistic, pytest.approx(p, rel=1e-9))


def test_a_published_example():
    # Hollander and Wolfe: depression factors of nine patients; W = 40 of x - y, one-sided p = 0.01953 (R, wilcox.test).
    x = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]) / 4
    y = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]) / 4
    row = rouge1_row(y, x)
    assert row["statistic"] == 40
    assert row["p"] == pytest.approx(0.01953, abs=5e-6)


@pytest.mark.parametrize(("n_better", "n_worse", "n_tied"), [(5, 1, 0), (8, 3, 4), (0, 4, 1), (1, 0, 30), (6, 6, 2)])
def test_few_right_or_wrong_differences_give_the_binomial_sign_test(n_better, n_worse, n_tied):
    row = accuracy_row(n_better, n_worse, n_tied)
    n = n_better + n_worse
    assert row["p"] == pytest.approx(sum(comb(n, k) for k in range(n_better, n + 1)) / 2**n)
    assert (row["n_better"], row["n_worse"], row["n_tied"], row["n"]) == (n_better, n_worse, n_tied, n + n_tied)


@pytest.mark.parametrize(("n_better", "n_worse"), [(20, 8), (300, 20), (14, 0), (620, 580)])
def test_many_right_or_wrong_differences_do_so_too(n_better, n_worse):
    row = accuracy_row(n_better, n_worse, 50)
    n = n_better + n_worse
    expected = sum(comb(n, k) for k in range(n_better, n + 1)) / 2**n
    assert row["method"] == "exact"
    assert row[["p", "p_pratt", "p_mcnemar"]].tolist() == pytest.approx([expected] * 3, rel=1e-9)
    assert row["rank_biserial"] == pytest.approx((n_better - n_worse) / n)


def test_without_any_difference_p_is_one():
    row = rouge1_row([0.1, 0.5, 0.9], [0.1, 0.5, 0.9])
    found = row[["statistic", "p", "p_two_sided", "p_pratt", "difference", "low", "high", "n_tied"]].tolist()
    assert found == [0, 1, 1, 1, 0, 0, 0, 3]
    assert row[["method", "interval", "rank_biserial", "hodges_lehmann"]].tolist() == ["none", "none", 0, 0]


def test_rounding_breaks_no_tie():
    row = rouge1_row([0.1, 0.3, 0.5], [0.1 + 0.2, 0.3 + 0.2, 0.3 + 1e-15])
    assert (row["statistic"], row["p"]) == (4, pytest.approx(3 / 8 + 1 / 8))
    assert rouge1_row([0.1 + 0.2], [0.3])["n_tied"] == 1


def test_the_test_is_one_sided():
    worse = rouge1_row([0.9] * 8, np.linspace(0.1, 0.8, 8))
    assert worse["p"] == 1
    assert worse["p_two_sided"] == pytest.approx(2 / 2**8)
    assert worse["rank_biserial"] == -1
    assert worse["difference"] < 0


def test_the_interval_is_paired():
    rng = np.random.default_rng(0)
    base = rng.random(200) * 0.8
    row = rouge1_row(base, base + 0.1 + 0.01 * rng.random(200))
    assert row["low"] <= row["difference"] <= row["high"]
    assert row["high"] - row["low"] < 0.002


@given(st.integers(1, 4), st.integers(0, 999))
@settings(max_examples=12)
def test_holm_is_monotone_and_no_order_of_rows_matters(n_models, seed):
    rng = np.random.default_rng(seed)
    scores = pd.concat(
        scores_with(rng.choice([0, 0.25, 0.5, 1.0], 40, p=odds), model=f"m{number}", arm=arm)
        for number in range(n_models)
        for arm, odds in (("base", [0.4, 0.2, 0.2, 0.2]), ("tuned", rng.dirichlet([2, 2, 2, 2])))
    )
    table = compared(scores, {"regimen": "rouge1"})
    declared = table[table["metric"] == "rouge1"]
    assert (declared["p_holm"] >= declared["p"]).all()
    assert table["p_holm"].notna().sum() == n_models
    ordered = declared.sort_values("p")
    steps = np.minimum(1, np.maximum.accumulate(ordered["p"] * np.arange(n_models, 0, -1)))
    np.testing.assert_allclose(ordered["p_holm"], steps)
    pd.testing.assert_frame_equal(compared(shuffled(scores, seed), {"regimen": "rouge1"}), table)
    pd.testing.assert_frame_equal(models_compared(shuffled(scores, seed)), models_compared(scores))


def test_the_family_is_models_by_tasks_by_primary_metric():
    truth = ["a", "b", "a", "b"]
    scores = pd.concat(
        scores_of(said, truth, task=task, model=model, arm=arm)
        for task in ("icd10", "modality")
        for model in ("x", "y")
        for arm, said in (("base", ["b"] * 4), ("tuned", truth), ("fewshot", ["a"] * 4))
    )
    table = compared(pd.concat([scores, scores_of(["a"] * 4, truth, model="nearest", arm="neighbour", task="icd10")]))
    declared = table[table["p_holm"].notna()]
    assert set(zip(declared["against"], declared["metric"], strict=True)) == {("base", "accuracy")}
    assert declared["p"].tolist() == [0.25] * 4
    assert declared["p_holm"].tolist() == [1.0] * 4
    other = compare(scores, {"icd10": "rouge1", "modality": "accuracy"}, **STATISTICS)
    found = other[other["p_holm"].notna()].groupby(["task", "metric"]).size().to_dict()
    assert found == {("icd10", "rouge1"): 2, ("modality", "accuracy"): 2}


def test_the_few_shot_arm_is_compared_outside_the_family():
    rng = np.random.default_rng(3)
    arms = {arm: scores_with(rng.random(30) + shift, arm=arm) for arm, shift in SHIFTS.items()}
    alone = compared(pd.concat([arms["base"], arms["tuned"]]))
    beside = compared(pd.concat(arms.values()))
    exploratory = beside[beside["against"] == "fewshot"]
    pd.testing.assert_frame_equal(beside[beside["against"] == "base"], alone)
    assert exploratory["p_holm"].isna().all()
    of_rouge1 = exploratory.set_index("metric").loc["rouge1"]
    assert of_rouge1["mean_against"] == arms["fewshot"]["rouge1"].mean()
    assert of_rouge1["difference"] == pytest.approx(arms["tuned"]["rouge1"].mean() - arms["fewshot"]["rouge1"].mean())
    swapped = compared(pd.concat([arms["fewshot"].assign(arm="base"), arms["tuned"]])).set_index("metric").loc["rouge1"]
    assert of_rouge1["p"] == swapped["p"]


def test_cheap_arms_are_compared_with_every_model_outside_the_family():
    rng = np.random.default_rng(4)
    models = pd.concat(
        scores_with(rng.random(30), model=model, arm=arm) for model in ("x", "y") for arm in ("base", "tuned")
    )
    cheap = scores_with(rng.random(30), model="-", arm="logistic")
    table = compared(pd.concat([models, cheap]))
    pd.testing.assert_frame_equal(table[table["against"] == "base"], compared(models))
    rows = table[(table["against"] == "logistic") & (table["metric"] == "rouge1")].set_index("model")
    assert list(rows.index) == ["x", "y"]
    assert set(rows["mean_against"]) == {cheap["rouge1"].mean()}
    tuned = models[models["arm"] == "tuned"].groupby("model")["rouge1"].mean()
    assert rows["mean_tuned"].to_dict() == pytest.approx(tuned.to_dict())
    assert rows["p_holm"].isna().all()
    assert set(table["against"]) == {"base", "logistic"}


def test_unequal_cases_and_lone_arms_are_refused():
    base, tuned = scores_with([0.1, 0.2]), scores_with([0.3, 0.4], arm="tuned")
    with pytest.raises(StudyError, match="1 of 2 cases are missing"):
        compare(pd.concat([base, tuned.head(1)]), PRIMARY, **STATISTICS)
    for lone, missing in ((base, "tuned"), (tuned, "base")):
        with pytest.raises(StudyError, match=f"lack the arm '{missing}'"):
            compare(lone, PRIMARY, **STATISTICS)


def test_no_scores_give_no_rows():
    assert compared(scores_with([0.1]).head(0)).empty
    assert models_compared(scores_with([0.1], arm="tuned")).empty


def test_mcnemar_is_about_right_or_wrong_alone():
    truth = ["a"] * 10
    scores = pd.concat([scores_of(["b"] * 7 + ["a"] * 3, truth), scores_of(["a"] * 9 + ["b"], truth, arm="tuned")])
    table = compared(scores).set_index("metric")
    # A one-word label: ROUGE-1 is the accuracy, but no measure of right or wrong by its name.
    assert table.loc["rouge1", "difference"] == table.loc["accuracy", "difference"]
    of_mcnemar = ["p_mcnemar", "p_mcnemar_two_sided", "p_mcnemar_mid"]
    assert table.loc["rouge1", of_mcnemar].isna().all()
    assert table.loc["accuracy", of_mcnemar].tolist() == pytest.approx([9 / 256, 18 / 256, 5 / 256])


def test_every_two_models_are_compared_over_their_tuned_arms():
    truth = ["a", "b", "a", "b", "a", "b", "a", "b"]
    said = {"x": ["a"] * 8, "y": truth, "z": ["b"] * 8}
    scores = pd.concat(
        scores_of(labels, truth, task=task, model=model, arm=arm)
        for task in ("icd10", "modality")
        for model, labels in said.items()
        for arm, labels in (("base", ["a"] * 8), ("tuned", labels))
    )
    table = models_compared(scores)
    pairs = table[["task", "model", "other"]].drop_duplicates().to_records(index=False).tolist()
    assert pairs == [(task, *pair) for task in ("icd10", "modality") for pair in ("xy", "xz", "yz")]
    assert len(table) == 6 * len(METRICS)
    row = table[(table["task"] == "icd10") & (table["metric"] == "accuracy")].set_index(["model", "other"])
    assert row.loc[("x", "y"), ["mean", "mean_other", "difference", "n_worse"]].tolist() == [0.5, 1.0, -0.5, 4]
    assert row.loc[("x", "y"), "p_two_sided"] == row.loc[("x", "y"), "p_mcnemar_two_sided"] == 2 / 2**4
    assert row.loc[("x", "z"), ["difference", "p_two_sided", "rank_biserial"]].tolist() == [0, 1, 0]


def test_a_cheap_arm_without_a_model_is_no_model_to_compare():
    truth = ["a", "b"]
    scores = pd.concat(
        scores_of(truth, truth, model=model, arm=arm)
        for model, arm in (("m", "base"), ("m", "tuned"), ("-", "majority"))
    )
    assert compared(scores)["model"].unique().tolist() == ["m"]
    assert models_compared(scores).empty
