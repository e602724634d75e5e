"""Where an extract has lost too much, the run stops, and says of what, why, and what would allow it."""

from functools import cache

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.data.extract import ORPHAN, read_tables, require_complete, tally
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.mapping import ExtractMapping

SECRET = "Achterberg-77"
PATIENTS = [f"{number},F" for number in range(1, 41)]
DIAGNOSES = [f"d{number},{number},C61" for number in range(1, 41)]
PLANS = [f"p{number},{number},treated,6 MV,prostate,4005" for number in range(1, 41)]
HEADERS = {"patients": "Id,Sex", "diagnoses": "Dx,Id,Code", "plans": "Plan,Id,Status,Energy,Site,Dose"}
TABLES = {
    "patients": {
        "file": "patients.csv",
        "columns": {"patient_id": "Id", "sex": {"from": "Sex", "values": {"F": "female"}}},
    },
    "diagnoses": {
        "file": "diagnoses.csv",
        "columns": {"diagnosis_id": "Dx", "patient_id": "Id", "icd10_code": "Code"},
    },
    "plans": {
        "file": "plans.csv",
        "columns": {
            "plan_id": "Plan",
            "patient_id": "Id",
            "status": {"from": "Status", "values": {"treated": "treated", "unknown": None}},
            "energy": {"from": ["Energy", "Site"], "join": ", "},
            "intent": {"constant": "curative"},
            "dose_gy": {"from": "Dose", "unit": "cGy"},
        },
    },
}
ANNOTATIONS = {"file": "annotations.csv", "columns": {"patient_id": "Id", "task": "Task", "answer": "Answer"}}


def read(folder, tables=TABLES, patients=PATIENTS, diagnoses=DIAGNOSES, plans=PLANS, annotations=()):
    rows = {"patients": patients, "diagnoses": diagnoses, "plans": plans, "annotations": annotations}
    for name, lines in rows.items():
        text = "\n".join([{**HEADERS, "annotations": "Id,Task,Answer"}[name], *lines])
        (folder / f"{name}.csv").write_text(f"{text}\n", encoding="utf-8")
    return read_tables(folder, ExtractMapping.model_validate(tables))


def stop_of(folder, tables=TABLES, max_rejected=0.05, **rows):
    """Return what the stop says: one line without a value of a cell."""
    with pytest.raises(StudyError) as caught:
        require_complete(read(folder, tables, **rows), ExtractMapping.model_validate(tables), max_rejected)
    said = str(caught.value)
    assert "\n" not in said
    assert SECRET not in said
    return said


def faulty(n, column, word=SECRET, start=0):
    """Return the plans, ``n`` of them with a word in a column."""
    place = HEADERS["plans"].split(",").index(column)
    rows = [row.split(",") for row in PLANS]
    for row in rows[start : start + n]:
        row[place] = word
    return [",".join(row) for row in rows]


def test_a_whole_extract_goes_on(tmp_path):
    whole = read(tmp_path)
    require_complete(whole, ExtractMapping.model_validate(TABLES), 0)
    assert (len(whole["plans"]), len(whole["rejected_rows"])) == (len(PLANS), 0)


# ---- rejected rows -----------------------------------------------------------------------------------------------


def test_a_table_of_which_all_rows_are_rejected_stops_whatever_is_allowed(tmp_path):
    said = stop_of(tmp_path, max_rejected=1, plans=faulty(40, "Status"))
    assert said == (
        "extract.mapping: plans: all 40 distinct rows of 'plans.csv' are rejected; commonest reasons (rows): "
        "plans.status: value is not in the map (40); correct the mapping or the export, for no setting allows a study "
        "without them"
    )


@pytest.mark.parametrize("name", ["patients", "diagnoses", "plans"])
def test_a_header_alone_stops(tmp_path, name):
    said = stop_of(tmp_path, max_rejected=1, **{name: []})
    assert said.startswith(f"extract.mapping: {name}.file: '{name}.csv' has no rows")


def test_a_study_may_have_no_annotations(tmp_path):
    tables = {**TABLES, "annotations": ANNOTATIONS}
    found = read(tmp_path, tables)
    require_complete(found, ExtractMapping.model_validate(tables), 0.05)
    assert found["annotations"].empty


def test_annotations_that_are_rejected_stop_as_well(tmp_path):
    tables = {**TABLES, "annotations": ANNOTATIONS}
    said = stop_of(tmp_path, tables, annotations=["1,icd10,C61", f"2,{SECRET},C61"])
    assert said.startswith("extract.mapping: annotations: 1 of 2 distinct rows of 'annotations.csv' are rejected")


def test_more_rejected_rows_than_allowed_stop_with_the_three_commonest_reasons(tmp_path):
    plans = faulty(3, "Status")
    plans[3:5] = [f"p{number},{number},treated,6 MV,prostate,{SECRET}" for number in (4, 5)]
    plans[5] = "p6,999,treated,6 MV,prostate,4005"
    plans[6] = ",7,treated,6 MV,prostate,4005"
    said = stop_of(tmp_path, plans=plans)
    assert said == (
        "extract.mapping: plans: 7 of 40 distinct rows of 'plans.csv' are rejected, more than the share of 0.05 that "
        "extract.max_rejected allows; commonest reasons (rows): plans.status: value is not in the map (3); "
        f"plans.dose_gy: not a number (2); plans.patient_id: {ORPHAN} (1); correct the mapping or the export, or raise "
        "extract.max_rejected"
    )


def test_the_limit_itself_is_allowed(tmp_path):
    require_complete(read(tmp_path, plans=faulty(2, "Dose")), ExtractMapping.model_validate(TABLES), 0.05)
    assert "3 of 40" in stop_of(tmp_path, plans=faulty(3, "Dose"))
    require_complete(read(tmp_path, plans=faulty(3, "Dose")), ExtractMapping.model_validate(TABLES), 0.075)


def test_what_is_wrong_with_the_patients_is_reported_first(tmp_path):
    said = stop_of(tmp_path, patients=[f"{number},X" for number in range(1, 21)] + PATIENTS[20:])
    assert said.startswith("extract.mapping: patients: 20 of 40")
    assert "patients.sex: value is not in the map (20)" in said


def test_rows_that_repeat_another_count_neither_way(tmp_path):
    # A table in which a join made ten of each row: no more and no less of it is lost.
    require_complete(read(tmp_path, plans=faulty(2, "Dose") * 10), ExtractMapping.model_validate(TABLES), 0.05)
    said = stop_of(tmp_path, plans=faulty(3, "Dose") * 10)
    assert said.startswith("extract.mapping: plans: 3 of 40 distinct rows")
    assert stop_of(tmp_path, plans=faulty(3, "Id", "999") * 10).startswith("extract.mapping: plans: 3 of 40 distinct")
    # And one row a hundred times does not make the others few.
    assert stop_of(tmp_path, plans=[*faulty(3, "Dose"), *PLANS[-1:] * 100]).startswith(
        "extract.mapping: plans: 3 of 40"
    )


@pytest.fixture(scope="module")
def read_with(tmp_path_factory):
    """Return a function that reads tables with so many faulty plans, each number once."""
    return cache(lambda n: read(tmp_path_factory.mktemp("extract"), plans=faulty(n, "Dose")))


@given(st.sampled_from([1, 2, 3, 10, 20, 38, 39, 40]), st.integers(0, 100))
def test_what_is_rejected_stops_exactly_above_the_limit(read_with, n, percent):
    found = read_with(n)
    if n < 40 and 100 * n <= 40 * percent:
        require_complete(found, ExtractMapping.model_validate(TABLES), percent / 100)
    else:
        with pytest.raises(StudyError, match=r"extract\.mapping: plans: "):
            require_complete(found, ExtractMapping.model_validate(TABLES), percent / 100)


# ---- empty columns -----------------------------------------------------------------------------------------------

NO_ENERGY = [f"p{number},{number},treated,,,4005" for number in range(1, 41)]


def may_be_empty(*columns):
    return {**TABLES, "plans": {**TABLES["plans"], "may_be_empty": list(columns)}}


def test_a_mapped_column_without_a_value_stops(tmp_path):
    assert stop_of(tmp_path, plans=NO_ENERGY) == (
        "extract.mapping: plans.columns: none of the 40 rows kept of 'plans.csv' has a value of energy (from 'Energy', "
        "'Site'); correct the mapping or, where the source has none, allow it by plans.may_be_empty: "
        "[energy]"
    )


def test_a_mapped_column_may_be_empty_where_the_config_names_it(tmp_path):
    require_complete(read(tmp_path, plans=NO_ENERGY), ExtractMapping.model_validate(may_be_empty("energy")), 0.05)
    said = stop_of(tmp_path, may_be_empty("dose_gy"), plans=NO_ENERGY)
    assert said.endswith("by plans.may_be_empty: [dose_gy, energy]")


def test_one_value_is_enough(tmp_path):
    found = read(tmp_path, plans=[*NO_ENERGY[1:], PLANS[0]])
    require_complete(found, ExtractMapping.model_validate(TABLES), 0.05)
    assert found["plans"]["energy"].notna().sum() == 1


def test_a_map_that_makes_all_values_missing_stops(tmp_path):
    assert "a value of status (from 'Status')" in stop_of(tmp_path, plans=faulty(40, "Status", "unknown"))


def test_a_word_for_missing_that_takes_all_values_stops(tmp_path):
    tables = {**TABLES, "plans": {**TABLES["plans"], "missing": ["4005"]}}
    assert "a value of dose_gy (from 'Dose')" in stop_of(tmp_path, tables)


def test_a_value_in_rejected_rows_alone_does_not_count(tmp_path):
    plans = [f"p1,1,treated,6 MV,prostate,{SECRET}", *NO_ENERGY[1:]]
    assert "a value of energy" in stop_of(tmp_path, plans=plans)


# ---- what the terminal shows -------------------------------------------------------------------------------------


def test_a_table_is_summarised_in_a_line(tmp_path):
    patients, diagnoses, plans = tally(
        read(tmp_path, plans=[*faulty(2, "Dose"), *PLANS[-1:] * 3]), ["plans", "diagnoses", "patients"]
    )
    assert str(patients) == "patients: 40 rows, 40 kept, 0 rejected"
    assert str(diagnoses) == "diagnoses: 40 rows, 40 kept, 0 rejected"
    assert str(plans) == (
        "plans: 43 rows, 38 kept, 2 rejected, 3 repeat another; commonest reason: plans.dose_gy: not a number (2)"
    )


def test_equal_numbers_have_one_order(tmp_path):
    plans = [*faulty(1, "Status"), *faulty(1, "Dose")[:1]]
    plans[-1] = plans[-1].replace("p1", "p99")
    reasons = {tally(read(tmp_path, plans=rows), TABLES)[2].reasons for rows in (plans, plans[::-1])}
    assert reasons == {(("plans.dose_gy: not a number", 1), ("plans.status: value is not in the map", 1))}


def test_a_table_that_is_not_read_is_not_counted(tmp_path):
    assert [rows.table for rows in tally(read(tmp_path), TABLES)] == ["patients", "diagnoses", "plans"]
    assert pd.Series([rows.n_kept for rows in tally(read(tmp_path), TABLES)]).eq(40).all()
