"""The whole way from a synthetic extract to cases, against its truth table: case by case."""

from pathlib import Path

import pandas as pd
import pytest
import truth
from record_tables import CONFIG

from radonc.data import annotation, cohort
from radonc.data.extract import read_tables
from radonc.data.records import Record, patients
from radonc.data.rules import RULES, Rule
from radonc.data.schemas import CASES, DEIDENTIFIED, REJECTS
from radonc.runtime import tables as files
from radonc.runtime.settings.cohort import Cohort
from radonc.runtime.settings.files import load
from radonc.runtime.settings.mapping import ExtractMapping
from radonc.synthetic import write_extract
from radonc.synthetic.fates import ANNOTATED, ELIGIBLE, REJECTED

ROOT = Path(__file__).parents[3]
N_PATIENTS, N_ELIGIBLE = 400, 200


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The tables as the cohort reads them, and the fates. De-identification would give other ids, and redact texts."""
    folder = tmp_path_factory.mktemp("extract")
    write_extract(folder, folder, n_patients=N_PATIENTS, n_eligible=N_ELIGIBLE, seed=11)
    read = read_tables(folder, load(ROOT / "config" / "mappings" / "synthetic.yaml", ExtractMapping))
    day_zero = read["diagnoses"].groupby("patient_id")["diagnosis_date"].min()
    zero = day_zero.reindex(read["plans"]["patient_id"]).set_axis(read["plans"].index)
    for end in ("start", "end"):
        read["plans"][f"{end}_day"] = (read["plans"][f"{end}_date"] - zero).dt.days.astype("Int64")
    read["diagnoses"]["diagnosis_year"] = read["diagnoses"]["diagnosis_date"].dt.year.astype("Int64")
    tables = {name: files.validate(read[name][list(schema.columns)], schema) for name, schema in DEIDENTIFIED.items()}
    fates = pd.read_parquet(folder / "fates.parquet").set_index("patient_id")["fate"]
    return tables, fates


def outcomes(tables, rules=RULES, config=CONFIG):
    selected = cohort.select(tables, *config, rules)
    answers = annotation.collect(*selected[:2], tables["annotations"], [], config[0])
    cases, left_out = annotation.merge(*selected[:2], answers, config[0])
    rejects = pd.concat([selected.rejects, left_out], ignore_index=True)
    flow = cohort.flow(len(patients(tables)), selected.candidates, cases, rejects, rules)
    assert flow["kept"] == len(cases)
    return truth.outcomes(files.validate(cases, CASES), files.validate(rejects, REJECTS))


def test_everyone_comes_out_as_made(made):
    tables, fates = made
    outcome = outcomes(tables)
    assert truth.differences(outcome, fates).empty
    table = truth.confusion(outcome, fates)
    # Nothing stands beside the diagonal, and nothing of it is empty.
    assert set(table.index) == {truth.CASE, *REJECTED}
    assert set(table.columns) == {ELIGIBLE, ANNOTATED, *REJECTED}
    assert table.loc[truth.CASE, [ELIGIBLE, ANNOTATED]].sum() == N_ELIGIBLE
    assert all(table.loc[reason, reason] == fates.eq(reason).sum() for reason in REJECTED)
    assert table.to_numpy().sum() == N_PATIENTS


def test_flags_of_the_default_touch_no_case_that_the_rules_resolve(made):
    tables, _ = made
    silent = (CONFIG[0], Cohort(annotate_flags=[]))
    pd.testing.assert_series_equal(outcomes(tables), outcomes(tables, config=silent))


def test_a_custom_rule_shows_beside_the_diagonal(made):
    tables, fates = made

    def recent(record: Record) -> bool:
        """Diagnosed in 2020 or later.

        Example: a diagnosis of May 2021.
        """
        return (record.diagnosis.diagnosis_year or 0) >= 2020

    table = truth.confusion(outcomes(tables, (*RULES, Rule("diagnosis", recent))), fates)
    assert table.loc["recent", [ELIGIBLE, ANNOTATED]].sum() > 0
    assert table.loc[truth.CASE, [ELIGIBLE, ANNOTATED]].sum() < N_ELIGIBLE


def test_a_rule_switched_off_keeps_its_patients(made):
    tables, fates = made
    rules = [rule for rule in RULES if rule.code != "other_malignancy"]
    differing = truth.differences(outcomes(tables, rules), fates)
    assert set(differing["fate"]) == {"other_malignancy"}
    assert len(differing) == fates.eq("other_malignancy").sum()


def test_whoever_is_missing_is_a_difference(made):
    tables, fates = made
    outcome = outcomes(tables)
    assert truth.differences(outcome.iloc[1:], fates).index.to_list() == [outcome.index[0]]
