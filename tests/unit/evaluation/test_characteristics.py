import pandas as pd
import pytest

from radonc.evaluation.subgroups import RARE, characteristics
from radonc.runtime.errors import StudyError

TRAINING = [f"t{number}" for number in range(RARE + 5)]


def cases_of(rows):
    columns = ["icd10", "sex", "age", "diagnosis_year", "stage_group", "intent"]
    training = [
        ("C61" if number < RARE else "C20", "male", 60, 2015, "I", "curative") for number in range(len(TRAINING))
    ]
    frame = pd.DataFrame([*training, *rows], columns=columns)
    frame["age"], frame["diagnosis_year"] = frame["age"].astype("Int64"), frame["diagnosis_year"].astype("Int64")
    return frame.assign(case_id=[*TRAINING, *(f"c{number}" for number in range(len(rows)))])


def described(*rows, similarity=None, near_duplicate=0.9):
    ids = pd.Index([f"c{number}" for number in range(len(rows))])
    found = pd.Series([0.5] * len(rows) if similarity is None else similarity, index=ids)
    return characteristics(cases_of(rows), TRAINING, found, near_duplicate)


def test_every_characteristic_of_one_case():
    table = described(("C50.911", "female", 59, 2019, "IIB", "adjuvant"))
    assert table.astype(str).loc["c0"].to_dict() == {
        "site": "breast",
        "sex": "female",
        "age": "50 to 59",
        "diagnosis_year": "2015 to 2019",
        "stage_group": "II",
        "intent": "adjuvant",
        "code": f"under {RARE} cases",
        "near_duplicate": "no",
    }


BANDS = {0: "under 50", 49: "under 50", 50: "50 to 59", 79: "70 to 79", 80: "80 and older", 90: "80 and older"}


@pytest.mark.parametrize(("age", "band"), [*BANDS.items(), (None, "not stated")])
def test_bands_of_age(age, band):
    rows = [("C61", "male", years, 2015, "I", "curative") for years in (age, 55)]
    assert described(*rows)["age"].astype(str).tolist() == [band, "50 to 59"]


def test_years_are_bands_of_the_calendar_in_order():
    rows = [("C61", "male", 60, year, "I", "curative") for year in (2020, 1999, 2015, 2019, None)]
    years = described(*rows)["diagnosis_year"]
    assert years.astype(str).tolist() == ["2020 to 2024", "1995 to 1999", "2015 to 2019", "2015 to 2019", "not stated"]
    assert list(years.cat.categories) == ["1995 to 1999", "2015 to 2019", "2020 to 2024", "not stated"]


def test_a_code_is_rare_by_its_training_cases_alone():
    # The test cases' own code counts for nothing, however many there are of it.
    rows = [(code, "male", 60, 2015, "I", "curative") for code in ("C61", "C20", *["C34.11"] * (RARE + 1))]
    found = described(*rows)["code"].astype(str).tolist()
    assert found[:3] == [f"{RARE} cases and more", f"under {RARE} cases", f"under {RARE} cases"]


def test_near_means_at_least_the_threshold():
    rows = [("C61", "male", 60, 2015, "I", "curative")] * 3
    assert described(*rows, similarity=[0.9, 0.89, 1.0])["near_duplicate"].tolist() == ["yes", "no", "yes"]


def test_what_no_record_states_is_left_out():
    table = described((None, None, 60, 2015, "limited", None), (None, None, 60, 2015, None, None))
    assert list(table) == ["age", "diagnosis_year", "stage_group", "near_duplicate"]
    assert table["stage_group"].astype(str).tolist() == ["another word", "not stated"]


def test_no_site_of_a_code_by_its_letters_order():
    rows = [(code, "male", 60, 2015, "I", "curative") for code in ("C4A.9", "C32.0", "C7B.00", "C61", "C62.1", "L91.0")]
    expected = ["skin", "head and neck", "metastases", "prostate", "genitourinary", "other"]
    assert described(*rows)["site"].astype(str).tolist() == expected


def test_a_test_case_that_is_no_case_is_refused():
    with pytest.raises(StudyError, match="1 of 1 test cases are missing"):
        characteristics(cases_of([]), TRAINING, pd.Series([0.1], index=["unknown"]), 0.9)
