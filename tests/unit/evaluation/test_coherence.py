import pandas as pd
import pytest
from evaluation_tables import scores_of, shuffled

from radonc.data.outcomes import COHERENCE
from radonc.evaluation.coherence import measure, modality_agrees, site_agrees
from radonc.runtime import tables

REFERENCES = {
    "regimen": [
        "VMAT 60 Gy in 20 fractions to the prostate",
        "9 MeV electrons 20 Gy in 5 fractions to the nose",
        "8 Gy",
    ],
    "modality": ["photon", "electron", "photon"],
    "icd10": ["C61", "C61", "C79.51"],
}


def scores(arm, **answers):
    return pd.concat(
        [
            scores_of(answers.get(task, references), references, task=task, arm=arm)
            for task, references in REFERENCES.items()
        ]
    )


def measured(table):
    found = tables.validate(measure(table, confidence=0.95), COHERENCE)
    return {(row.arm, row.metric): (row.n, row.value) for row in found.itertuples()}


@pytest.mark.parametrize(
    ("regimen", "modality", "agrees"),
    [
        ("VMAT 60 Gy in 30 fractions", "photon", True),
        ("VMAT 60 Gy in 30 fractions", "proton", False),
        ("proton beam 60 Gy in 30 fractions", "external", True),
        ("HDR 7 Gy x 4", "external", False),
        ("HDR 7 Gy x 4", "brachytherapy", True),
        ("60 Gy in 30 fractions", "photon", None),
        ("breast: 50 Gy in 25 fractions, photon; boost: 10 Gy in 5 fractions, electron", "photon", True),
        ("breast: 50 Gy in 25 fractions, photon; boost: 10 Gy in 5 fractions, electron", "mixed", True),
        ("VMAT 60 Gy in 30 fractions", "mixed", False),
        ("", "photon", None),
    ],
)
def test_a_regimen_and_a_modality(regimen, modality, agrees):
    assert modality_agrees(regimen, modality) is agrees


@pytest.mark.parametrize(
    ("regimen", "code", "agrees"),
    [
        ("60 Gy in 20 fractions to the prostate", "C61", True),
        ("30 Gy in 10 fractions to the whole brain", "C61", False),
        ("30 Gy in 10 fractions", "C61", None),
        ("30 Gy in 10 fractions to the neck", "C83.30", None),
    ],
)
def test_a_regimen_and_a_code(regimen, code, agrees):
    assert site_agrees(regimen, code) is agrees


def test_rates_are_over_what_can_be_compared_and_the_references_stand_beside():
    tuned = scores("tuned", modality=["proton", "electron", None], icd10=["C61", "C44.311", "C61"])
    found = measured(pd.concat([scores("base"), tuned]))
    assert found == {
        ("treated", "modality"): (2, 1.0),
        ("treated", "site"): (2, 0.5),
        ("base", "modality"): (2, 1.0),
        ("base", "site"): (2, 0.5),
        ("tuned", "modality"): (2, 0.5),
        ("tuned", "site"): (2, 1.0),
    }


def test_the_references_come_first_and_the_rest_in_order():
    table = measure(shuffled(pd.concat([scores("tuned"), scores("base")]), 3), confidence=0.95)
    assert table["arm"].tolist() == ["treated", "treated", "base", "base", "tuned", "tuned"]
    assert table.index.tolist() == list(range(6))


def test_what_was_not_asked_is_not_compared():
    of_two = scores("base")
    assert set(measured(of_two[of_two["task"] != "icd10"])) == {("treated", "modality"), ("base", "modality")}
    assert measured(of_two[of_two["task"] == "regimen"]) == {}
    assert measured(of_two.head(0)) == {}
