import numpy as np
import pandas as pd
import pytest
from evaluation_tables import STATISTICS, scores_of, scores_with

from radonc.evaluation.comparisons import compare, compare_models
from radonc.evaluation.key_figures import Figures, key_figures
from radonc.evaluation.ratings import claim_tests
from radonc.evaluation.summary import summarise
from radonc.runtime import tables
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.files import json_schema, resolve, validate
from radonc.runtime.settings.statistics import Acceptability

STUDY = {
    "title": "A study",
    "provenance": {
        "radonc-sft": "1.0",
        "snakemake": "9.27.1",
        "config": {"files": ["config.yaml"], "digest": "0" * 64},
        "code_set": "ICD-10-CM",
    },
    "settings": {
        **STATISTICS,
        "run": "seed1",
        "answer_modes": {"icd10": "free"},
        "primary": {"regimen": "rouge1", "modality": "accuracy"},
    },
}
EXPECTED = Acceptability(null_rate=0.6, expected_rate=0.7)
CLAIM = claim_tests({"m": np.array([True, True, False])}, EXPECTED, 1) | {"is_final": True}


def scores():
    rng = np.random.default_rng(0)
    truth = ["photon", "proton"] * 15
    return pd.concat(
        part
        for model in ("m", "n")
        for arm, odds in (("base", 0.5), ("fewshot", 0.6), ("tuned", 0.9))
        for part in (
            scores_of([said if rng.random() < odds else None for said in truth], truth, model=model, arm=arm),
            scores_with(rng.random(20) * odds, model=model, arm=arm),
        )
    )


def figures_of(found, claim=CLAIM, study=STUDY):
    comparisons = compare(found, STUDY["settings"]["primary"], **STATISTICS)
    models = compare_models(found, **STATISTICS)
    return key_figures(summarise(found, **STATISTICS), comparisons, models, claim, study)


@pytest.fixture(scope="module")
def figures():
    return figures_of(scores())


def test_all_figures_are_there_unrounded(figures, tmp_path):
    assert figures["n_cases"] == {"modality": 30, "regimen": 20}
    family = {(row["task"], row["metric"]) for row in figures["declared"]}
    assert family == {("regimen", "rouge1"), ("modality", "accuracy")}
    assert len(figures["declared"]) == 4
    assert len(figures["exploratory"]) == 4 + 8
    assert len(figures["models"]) == 4
    tables.write_json(figures, tmp_path / "summary.json")
    assert tables.read_json(tmp_path / "summary.json") == figures
    rows = scores()
    base = rows[(rows["task"] == "regimen") & (rows["model"] == "m") & (rows["arm"] == "base")]
    values = {(row["task"], row["model"], row["arm"], row["metric"]): row["value"] for row in figures["arms"]}
    assert values["regimen", "m", "base", "rouge1"] == pytest.approx(base["rouge1"].mean(), rel=1e-15)


def test_the_bytes_are_the_same_again(figures, tmp_path):
    tables.write_json(figures, tmp_path / "one")
    tables.write_json(figures_of(scores()), tmp_path / "other")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_what_is_missing_is_null(figures):
    assert {row["p_mcnemar"] is None for row in figures["declared"] if row["metric"] == "rouge1"} == {True}
    assert figures_of(scores()[lambda rows: rows["task"] == "modality"], None)["claim"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda figures: {"declared": [{**figures["declared"][0], "p": 1.5}]}, r"declared\.0\.p"),
        (lambda figures: {"declared": [{**figures["declared"][0], "p": float("nan")}]}, r"declared\.0\.p"),
        (lambda figures: {"declared": [{**figures["declared"][0], "against": "fewshot"}]}, r"declared\.0\.against"),
        (lambda figures: {"arms": [{key: figures["arms"][0][key] for key in ("task", "model")}]}, r"arms\.0"),
        (lambda _: {"claim": {**CLAIM, "level": 2}}, r"claim\.level"),
        (lambda _: {"settings": {**STUDY["settings"], "more": 1}}, "'more' is not a key here"),
    ],
)
def test_the_model_of_the_figures_is_strict(figures, change, message):
    with pytest.raises(StudyError, match=message):
        validate(Figures, {**figures, **change(figures)}, "summary.json")


def test_figures_that_are_not_as_described_are_not_made():
    with pytest.raises(StudyError, match=r"summary\.json: claim\.level"):
        figures_of(scores(), {**CLAIM, "level": 2})


def test_a_number_that_is_none_is_not_written(figures, tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        tables.write_json({**figures, "declared": [{"p": float("nan")}]}, tmp_path / "summary.json")


def described(schema, path=""):
    for name, value in schema.get("properties", {}).items():
        yield f"{path}{name}", value
    for name, value in schema.get("$defs", {}).items():
        yield from described(value, f"{name}.")


def test_every_key_is_described():
    schema = json_schema(Figures)
    keys = dict(described(schema))
    assert len(keys) > 70
    assert [path for path, part in keys.items() if not resolve(part, schema).get("description")] == []
