import pandas as pd
import pytest

from radonc.report import findings


def comparisons(*rows):
    return pd.DataFrame(
        [
            {"task": "icd10", "model": f"m{i}", "against": "base", "metric": "accuracy", "difference": d, "p_holm": p}
            for i, (d, p) in enumerate(rows)
        ],
        columns=["task", "model", "against", "metric", "difference", "p_holm"],
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0.5, 1e-9), (0.4, 0.03)], ["In 2 of 2", "p = 0.030"]),
        ([(0.5, 1e-9), (0.4, 1e-8)], ["In 2 of 2", "p < 0.001"]),
        ([(0.01, 0.2), (-0.1, 1.0)], ["In 0 of 2", "In 1 the tuned model gave fewer"]),
        ([(0.2, 0.01)], ["In 1 of 1 comparison of accuracy"]),
        ([(-0.2, 0.9)], ["In 0 of 1 comparison", "In 1 the tuned model gave fewer"]),
    ],
)
def test_the_headline_says_what_was_found_and_no_more(rows, expected):
    text = findings.headline(comparisons(*rows)).replace("\u00a0", " ")
    for part in expected:
        assert part in text


def test_the_headline_is_about_the_declared_metrics():
    accuracy = comparisons((0.5, 1e-9), (-0.1, 1.0))
    words_shared = accuracy.assign(task="regimen", metric="rouge1", difference=[0.3, 0.2], p_holm=[0.01, 0.2])
    not_declared = accuracy.assign(task="regimen", difference=-1.0, p_holm=None)
    text = findings.headline(pd.concat([accuracy, words_shared, not_declared]))
    assert text.startswith(
        "In 2 of 4 comparisons of accuracy or ROUGE-1 F, one per model and task, fine-tuning gave bet"
    )
    assert text.endswith("In 1 the tuned model scored lower.")


def test_the_headline_counts_the_declared_family_alone():
    table = comparisons((0.5, 1e-9))
    more = table.assign(against="fewshot", p_holm=None)
    assert findings.headline(pd.concat([table, more])) == findings.headline(table)


def against_baselines(*rows):
    names = ["task", "model", "against", "mean_against", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=names).assign(metric="accuracy", p_holm=None, interval="bca")


def said_of(*rows):
    return findings.best_baselines(against_baselines(*rows)).replace("\u202f", " ")


def test_a_baseline_that_wins_is_named_with_what_it_won():
    text = said_of(
        ("icd10", "m1", "neighbour", 0.5, 0.4, 0.3, 0.5),
        ("icd10", "m1", "logistic", 0.9, -0.25, -0.375, -0.125),
        ("icd10", "m2", "logistic", 0.9, -0.03125, -0.0625, 0.015625),
        ("icd10", "m3", "logistic", 0.9, 0.02, 0.01, 0.03),
    )
    assert text == (
        "Without a language model, the best arm was logistic regression for ICD-10-CM code (90.0 % correct). "
        "It gave more correct answers than the tuned model in 2 of 3 comparisons; the interval of the paired "
        "difference excludes 0 in 1 of these. "
        "The tuned model gave more in 1 of 3; the interval of the paired difference excludes 0 in 1 of these."
    )


def test_a_baseline_that_loses_or_ties_is_named_as_well():
    text = said_of(
        ("regimen", "m1", "majority", 0.02, 0.5, 0.4, 0.6),
        ("regimen", "m1", "neighbour", 0.38, 0.01, -0.02, 0.04),
        ("modality", "m1", "majority", 0.76, 0.0, -0.01, 0.01),
        ("modality", "m1", "logistic", 0.76, 0.0, -0.01, 0.01),
    )
    assert text == (
        "Without a language model, the best arm was nearest neighbour for regimen (38.0 % correct); majority class "
        "for modality (76.0 % correct). The tuned model gave more in 1 of 2; the interval of the paired difference "
        "excludes 0 in 0 of these. Both gave as many in 1 of 2."
    )


def test_a_difference_that_all_cases_share_has_no_interval_that_could_exclude_0():
    table = against_baselines(("icd10", "m1", "logistic", 0.0, 1.0, 1.0, 1.0)).assign(interval="none")
    assert findings.best_baselines(table).endswith("excludes 0 in 0 of these.")


def test_without_baselines_nothing_is_said_of_them_and_the_headline_stays():
    assert findings.best_baselines(comparisons((0.5, 1e-9))) is None
    assert findings.best_baselines(comparisons()) is None
    table = comparisons((0.5, 1e-9))
    baseline = against_baselines(("icd10", "m0", "logistic", 0.9, -0.2, -0.3, -0.1))
    assert findings.headline(pd.concat([table, baseline])) == findings.headline(table)


def test_other_metrics_choose_no_baseline():
    rows = against_baselines(
        ("regimen", "m1", "majority", 0.9, -0.5, -0.6, -0.4), ("regimen", "m1", "logistic", 0.3, 0.1, 0.05, 0.15)
    )
    rows.loc[0, "metric"] = "rouge1"
    assert "logistic regression for regimen" in findings.best_baselines(rows)


def test_the_widest_spread_over_seeds_is_named():
    rows = [
        ("icd10", "m1", "accuracy", 3, 0.8, 0.9),
        ("modality", "m2", "accuracy", 3, 0.8, 0.86),
        ("icd10", "m3", "rouge1", 3, 0, 1),
    ]
    names = ["task", "model", "metric", "n_seeds", "lowest", "highest"]
    table = pd.DataFrame(rows, columns=names)
    assert "3 seeds" in findings.seeds(table)
    assert "0.100 from seed to seed (m1, ICD-10-CM code)" in findings.seeds(table)
    assert findings.seeds(table.head(0)) is None


def test_without_comparisons_the_headline_says_so():
    assert "has been compared" in findings.headline(comparisons())
    assert "too few test cases" in findings.headline(comparisons(), too_few=True)


def test_synthetic_records_are_no_evidence_about_patients():
    assert "no evidence about patients" in findings.limits(synthetic=True, ratings={"rated": 3})[0]
    assert "synthetic" not in " ".join(findings.limits(synthetic=False, ratings={"rated": 3}))


@pytest.mark.parametrize(("ratings", "said"), [({}, False), ({"rated": 0}, True), ({"rated": 5}, False)])
def test_missing_ratings_are_a_limit(ratings, said):
    assert ("No clinician has rated" in " ".join(findings.limits(synthetic=True, ratings=ratings))) is said


def test_outstanding_work_is_counted():
    lines = findings.outstanding({"icd10": 1, "modality": 0}, {"outstanding": {"reviewer-1": 1500, "reviewer-2": 0}})
    assert lines == [
        "Annotation, ICD-10-CM code: fewer than 11 answers that the rules could not determine.",
        "Review, reviewer-1: 1,500 regimens to rate.",
    ]
    assert findings.outstanding({}, {}) == []


def scored(**answers):
    """Return scores: model and task in a name, the parsed answers to the cases as its value."""
    rows = [
        {"model": name.split("_")[0], "task": name.split("_")[1], "arm": arm, "parsed": answer}
        for name, parsed in answers.items()
        for arm, of_arm in (("base", parsed), ("tuned", ["C50.9", "C61"]))
        for answer in of_arm
    ]
    return pd.DataFrame(rows)


def test_a_model_with_the_same_answer_to_all_cases_is_named():
    scores = scored(
        m1_icd10=["C61", "C61"],
        m1_regimen=["8 Gy", "8 Gy"],
        m1_modality=["photon", "proton"],
        m2_icd10=["C61", "C50.9"],
    )
    tasks = ["regimen", "modality", "icd10"]
    assert findings.constant_bases(scores, tasks) == (
        "Before fine-tuning, m1 (regimen and ICD-10-CM code) gave every test case one and the same answer: there, "
        "better than before means better than a constant."
    )
    assert "m1 (regimen)" in findings.constant_bases(scores, ["regimen", "modality"])
    assert findings.constant_bases(scores, ["modality"]) is None


def test_a_model_without_a_readable_answer_is_named_as_well():
    scores = scored(m1_icd10=[None, None], m2_icd10=["C61", None])
    assert "m1 (ICD-10-CM code) gave every test case one and the same answer, or none that could be read" in (
        findings.constant_bases(scores, ["icd10"])
    )
