"""The whole way from real tables to candidates: the public clinical tables of The Cancer Genome Atlas."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from radonc.data import cohort
from radonc.data.extract import read_tables
from radonc.data.records import patients
from radonc.data.schemas import CANDIDATES, CANONICAL, DEIDENTIFIED, REJECTED_ROWS, REJECTS
from radonc.runtime import tables as files
from radonc.runtime.settings.files import load
from radonc.runtime.settings.mapping import ExtractMapping
from radonc.runtime.settings.study import EXTRACT_VARIABLE, complete

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def config(tcga):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setenv(EXTRACT_VARIABLE, str(tcga))
        config = yaml.safe_load(Path("config/tcga.yaml").read_text(encoding="utf-8"))
        return complete(config)


@pytest.fixture(scope="module")
def read(tcga, config):
    return read_tables(tcga, load(config.extract.mapping, ExtractMapping))


@pytest.fixture(scope="module")
def source(tcga):
    return pd.read_csv(tcga / "courses.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def selected(config, read):
    # What de-identification does to these tables: it takes columns out. They are public, their keys stay.
    tables = {name: files.validate(read[name][list(schema.columns)], schema) for name, schema in DEIDENTIFIED.items()}
    candidates, _, rejects = cohort.select(tables, config.tasks, config.cohort)
    return tables, candidates, rejects


def reason_of(read, source, plans):
    """Return the outcomes of courses: ``read``, or the reason why not."""
    rows = read["rejected_rows"][read["rejected_rows"]["table"] == "plans"]
    reasons = dict(zip(rows["row"], zip(rows["column"], rows["reason"], strict=True), strict=True))
    return {reasons.get(number, "read") for number in source.index[plans] + 1}


def test_every_row_is_read_or_rejected(read, source):
    rejected = read["rejected_rows"]["table"].value_counts()
    assert len(source) == 3970
    assert len(read["plans"]) + rejected["plans"] == 3970
    assert len(read["patients"]) == 11150
    assert len(read["diagnoses"]) == 11150
    assert set(rejected.index) == {"plans"}
    for name, schema in {**CANONICAL, "rejected_rows": REJECTED_ROWS}.items():
        files.validate(read[name], schema)


def test_every_rejected_row_is_of_a_known_kind(read):
    faults = read["rejected_rows"].groupby(["column", "reason"]).size().to_dict()
    assert faults == {
        ("dose_gy", "no unit is given"): 66,
        ("dose_gy", "not a number"): 20,
        ("dose_gy", "outside 0 to 1000"): 7,
        ("n_fractions", "not a number"): 7,
        ("n_fractions", "not a whole number"): 2,
        ("n_fractions", "outside 1 to 200"): 2,
    }


def test_a_sum_of_doses_is_no_number(read, source):
    sums = source["radiation_dosage"].str.contains(r"\+") & source["units"].isin(["gy", "cgy"])
    assert sums.sum() > 0
    assert reason_of(read, source, sums) == {("dose_gy", "not a number")}


def test_a_dose_without_unit_is_not_guessed(read, source):
    blank = (source["units"] == "") & source["radiation_dosage"].str.fullmatch(r"[\d.]+")
    assert blank.sum() > 30
    assert reason_of(read, source, blank) == {("dose_gy", "no unit is given")}


def test_millicuries_are_an_activity_and_no_dose(read, source):
    mci = (source["units"] == "mci") & source["radiation_dosage"].str.fullmatch(r"[\d.]+")
    plans = read["plans"].set_index("plan_id").reindex(source.loc[mci, "bcr_radiation_barcode"]).dropna(how="all")
    assert len(plans) > 200
    assert plans["dose_gy"].isna().all()
    given = source.loc[mci].set_index("bcr_radiation_barcode").loc[plans.index, "radiation_dosage"].astype(float)
    assert plans["activity_mci"].to_list() == pytest.approx(given.to_list())


def test_centigrays_become_grays(read, source):
    cgy = (source["units"] == "cgy") & source["radiation_dosage"].str.fullmatch(r"[\d.]+")
    plans = read["plans"].set_index("plan_id").reindex(source.loc[cgy, "bcr_radiation_barcode"]).dropna(how="all")
    given = source.loc[cgy].set_index("bcr_radiation_barcode").loc[plans.index, "radiation_dosage"].astype(float)
    assert plans["dose_gy"].to_list() == pytest.approx((given / 100).to_list())


def test_every_patient_is_a_candidate_or_rejected_with_a_reason(selected):
    tables, candidates, rejects = selected
    assert len(patients(tables)) == 11150
    assert len(candidates) + len(rejects) == 11150
    assert not set(candidates["case_id"]) & set(rejects["patient_id"])
    assert cohort.flow(11150, candidates, candidates, rejects)["candidates"] == len(candidates)
    files.validate(rejects, REJECTS)
    candidates = files.validate(candidates, CANDIDATES)
    assert 2000 < len(candidates) < 3237
    assert candidates["unresolved_icd10"].isna().mean() > 0.99  # valid codes are asked for, billable or not
    assert (~candidates["case_id"].isin(tables["rejected_rows"]["patient_id"])).all()


def test_no_case_has_a_prior_malignancy(selected):
    tables, candidates, _ = selected
    of_cases = tables["diagnoses"].set_index("patient_id").loc[candidates["case_id"]]
    assert not of_cases["other_malignancy"].isin(["prior", "synchronous"]).any()


def test_of_several_courses_one_is_primary_only_where_the_others_follow_it(selected):
    tables, candidates, _ = selected
    clear = candidates.set_index("case_id")["plan_confidence"]
    plans = tables["plans"].set_index("patient_id").loc[clear[clear != "unclear"].index].sort_values("start_day")
    several = [rows for _, rows in plans.groupby(level=0) if len(rows) > 1]
    assert plans.index.nunique() > 2000
    assert 50 < len(several) < 200
    for rows in several:
        first, second = rows.iloc[0], rows.iloc[1]
        much_later = second["start_day"] - first["start_day"] > 180
        follows = second["site"] == first["site"] and 0 < second["start_day"] - first["end_day"] <= 14
        assert much_later or follows
    assert set(clear[[rows.index[0] for rows in several]]) == {"probable"}


def test_unclear_plans_are_asked_for_and_not_lost(selected):
    _, candidates, _ = selected
    unclear = candidates[candidates["plan_confidence"] == "unclear"]
    assert 200 < len(unclear) < 500
    assert unclear["unresolved_regimen"].eq("ambiguous_primary_plan").all()
    assert unclear["dose_gy"].isna().all()


def test_doses_in_the_wrong_unit_are_found(selected):
    _, candidates, _ = selected
    flagged = candidates["flags"].fillna("").str.contains("cgy_as_gy") & candidates["dose_gy"].notna()
    assert flagged.sum() > 20
    assert candidates.loc[flagged, "unresolved_regimen"].notna().all()


def test_resolved_regimens_are_plausible(config, selected):
    _, candidates, _ = selected
    resolved = candidates[candidates["unresolved_regimen"].isna() & candidates["activity_mci"].isna()]
    low, high = config.cohort.fraction_dose_gy
    assert len(resolved) > 1000
    assert (resolved["dose_gy"] / resolved["n_fractions"].astype(float)).between(low, high).all()
    assert resolved["regimen"].str.contains(r"[\d.]+ Gy in \d+ fractions? ?", regex=True).all()
