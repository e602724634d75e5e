"""Nothing is green when the data are gone: the data stages stop, and the terminal says why and what would allow it."""

from typing import Any

import pandas as pd
import pytest
import yaml
from checkouts import CONFIG, Checkout, check_out, tiny_config

from radonc.synthetic import write_extract

N_PATIENTS, N_CASES = 80, 60
CLOSED = "Zzyzxquell"
WORKSHEET, CASES = "annotation/worksheet.csv", "cohort/cases.parquet"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with the extract of a small clinic."""
    checkout = check_out(tmp_path_factory.mktemp("clinic") / "checkout")
    folder = checkout.folder
    write_extract(folder / "export", folder / "truth", n_patients=N_PATIENTS, n_eligible=N_CASES, seed=7)
    return checkout


def plans_of(clinic: Checkout) -> pd.DataFrame:
    return pd.read_csv(clinic.folder / "export" / "Plan.csv", dtype=str, keep_default_na=False)


def mapping_of(clinic: Checkout) -> dict[str, Any]:
    return yaml.safe_load((clinic.folder / "config" / "mappings" / "synthetic.yaml").read_text(encoding="utf-8"))


def config_of(clinic: Checkout, mapping: dict[str, Any]) -> dict[str, Any]:
    """Return a config that reads the export by a mapping."""
    (clinic.folder / "mapping.yaml").write_text(yaml.safe_dump(mapping), encoding="utf-8")
    config = tiny_config()
    config["extract"] = {"folder": "export", "mapping": "mapping.yaml"}
    config["models"] = {"demo-llama": {"demo": "llama", "recipe": "config/recipes/demo-llama.yaml"}}
    return config


def stop_of(clinic: Checkout, config: dict[str, Any]) -> str:
    """Make worksheet and cases by a config; return what the terminal shows when that stops."""
    (clinic.folder / CONFIG).write_text(yaml.safe_dump(config), encoding="utf-8")
    done = clinic.snakemake("--", *(f"results/{name}" for name in (WORKSHEET, CASES)))
    assert done.returncode != 0
    assert not (clinic.results / CASES).exists()
    return done.stdout + done.stderr


def test_an_extract_of_which_all_plans_are_rejected_stops(clinic) -> None:
    mapping = mapping_of(clinic)
    mapping["plans"]["columns"]["status"]["values"] = {"Beendet": "treated"}
    config = config_of(clinic, mapping)
    said = stop_of(clinic, config)
    n = len(plans_of(clinic))
    assert f"extract: plans: {n} rows, 0 kept, {n} rejected; commonest reason: plans.status: value is not in" in said
    assert f"extract.mapping: plans: all {n} distinct rows of 'Plan.csv' are rejected; commonest reasons" in said
    assert not (clinic.results / "private" / "extract" / "patients.parquet").exists()


def test_answers_with_tags_and_too_few_cases_stop_when_the_worksheet_is_there(clinic) -> None:
    plans = plans_of(clinic).assign(Energy="")
    plans.loc[::3, "TreatmentSite"] += f" {CLOSED}"
    plans.to_csv(clinic.folder / "export" / "Closed.csv", index=False)
    mapping = mapping_of(clinic)
    mapping["plans"] |= {"file": "Closed.csv", "may_be_empty": ["energy"]}
    config = config_of(clinic, mapping)
    said = stop_of(clinic, config)
    assert f"extract: patients: {N_PATIENTS} rows, " in said
    assert f"cohort: {N_PATIENTS} patients, " in said
    assert "answers to regimen hold a redaction tag, more than the share of 0.01" in said
    assert CLOSED not in said
    assert pd.read_csv(clinic.results / WORKSHEET)["reason"].eq("answer_redacted").sum() > 5

    config["deidentify"]["max_tagged"] = 1
    config["cohort"] = {"min_cases": N_CASES}
    said = stop_of(clinic, config)
    assert f"of {N_PATIENTS} patients are cases, fewer than the {N_CASES} of cohort.min_cases" in said
    assert "answer_redacted (" in said
    # What is enough selects nobody: no stage before was done again.
    assert "rule cohort" not in said
