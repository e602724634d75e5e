import pandas as pd
import pytest
from deid_extract import DIAGNOSIS, LEXICON, PLAN, WHITFIELD, YOUNG, crosswalk_of, extract

from radonc.data import fields, schemas
from radonc.deid import crosswalk, structured_fields
from radonc.deid.scrubber.lexicon import Lexicon
from radonc.runtime.errors import StudyError


@pytest.fixture
def run(tmp_path):
    def deidentified(**tables):
        made = extract(**tables)
        return structured_fields.deidentify(made, crosswalk_of(made, tmp_path), LEXICON)

    return deidentified


def test_tables_come_out_row_for_row_in_the_contracts_columns(tmp_path):
    tables = extract(
        annotations=({"patient_id": "100234", "task": "icd10", "answer": "C50.411", "annotator": "R. Pemberton"},),
        rejected_rows=(
            {"table": "plans", "row": 2, "patient_id": "100234", "column": "dose_gy", "reason": "no number"},
            {"table": "plans", "row": 9, "patient_id": None, "column": "patient_id", "reason": "missing"},
        ),
    )
    walk = crosswalk_of(tables, tmp_path)
    released, counts = structured_fields.deidentify(tables, walk, LEXICON)
    assert {name: len(frame) for name, frame in released.items()} == {
        name: len(frame) for name, frame in tables.items()
    }
    assert counts.n_rows == {name: len(frame) for name, frame in tables.items()}
    for name, frame in released.items():
        assert list(frame.columns) == list(schemas.DEIDENTIFIED[name].columns)
    whitfield = walk.pseudonyms["patient_id"]["100234"]
    assert released["rejected_rows"]["patient_id"].isna().tolist() == [False, True]
    assert released["rejected_rows"]["patient_id"][0] == whitfield
    assert released["annotations"]["patient_id"].tolist() == [whitfield]
    assert released["plans"]["diagnosis_id"].tolist() == released["diagnoses"]["diagnosis_id"].tolist()
    assert released["annotations"]["answer"].tolist() == ["C50.411"]


def test_codes_numbers_and_clinical_texts_pass_unchanged(run):
    released, _ = run()
    for name, source in (("diagnoses", DIAGNOSIS), ("plans", PLAN)):
        row = released[name].iloc[0]
        for column in released[name].columns.intersection(list(source)):
            if not column.endswith("_id"):
                assert row[column] == source[column], column


def test_no_source_value_of_an_identifier_key_or_date_comes_out(run):
    released, _ = run(
        diagnoses=(DIAGNOSIS | {"history": f"{' '.join(WHITFIELD.values())}; {' '.join(YOUNG.values())}"},)
    )
    out = " ".join(frame.to_csv() for frame in released.values())
    for value in {**YOUNG, **WHITFIELD}.values():
        assert value == "female" or value not in out


def test_the_input_is_left_as_it_was(tmp_path):
    tables = extract()
    copies = {name: frame.copy() for name, frame in tables.items()}
    structured_fields.deidentify(tables, crosswalk_of(tables, tmp_path), LEXICON)
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, copies[name])


AGES = [
    # birth, diagnosis, given age, released age
    ("1951-05-02", "2014-05-01", None, 62),
    ("1951-05-02", "2014-05-02", None, 63),
    ("1952-02-29", "2014-02-28", None, 61),
    ("1924-05-02", "2014-05-01", None, 89),
    ("1924-05-02", "2014-05-02", None, 90),
    ("1915-05-02", "2014-05-02", None, 90),
    ("1951-05-02", "2014-05-02", 61, 61),
    (None, "2014-05-02", 104, 90),
    (None, "2014-05-02", None, pd.NA),
    ("1951-05-02", None, None, pd.NA),
    ("2015-05-02", "2014-05-02", None, pd.NA),
]


def test_age_is_given_or_counted_and_capped(run):
    patients = tuple(WHITFIELD | {"patient_id": f"{n}", "birth_date": birth} for n, (birth, *_) in enumerate(AGES))
    diagnoses = tuple(
        DIAGNOSIS | {"diagnosis_id": f"{n}", "patient_id": f"{n}", "diagnosis_date": diagnosed, "age": age}
        for n, (_, diagnosed, age, _) in enumerate(AGES)
    )
    released, counts = run(patients=patients, diagnoses=diagnoses, plans=())
    expected = pd.Series([age for *_, age in AGES], dtype="Int64", name="age")
    pd.testing.assert_series_equal(released["diagnoses"]["age"], expected)
    assert counts.n_ages_capped == 3


def test_the_year_is_given_or_taken_from_the_date(run):
    years = [("2014-03-07", None, 2014), ("2014-03-07", 2013, 2013), (None, 2012, 2012)]
    diagnoses = tuple(
        DIAGNOSIS | {"diagnosis_id": f"{n}", "diagnosis_date": diagnosed, "diagnosis_year": year}
        for n, (diagnosed, year, _) in enumerate(years)
    )
    released, _ = run(diagnoses=diagnoses)
    assert released["diagnoses"]["diagnosis_year"].tolist() == [year for *_, year in years]


def test_years_that_show_an_age_over_90_are_withheld(run):
    rows = [("A", 2010, 85), ("B", 2015, None), ("C", 2016, None), ("D", 2016, 91)]
    diagnoses = tuple(
        DIAGNOSIS | {"diagnosis_id": name, "diagnosis_date": None, "diagnosis_year": year, "age": age}
        for name, year, age in rows
    )
    released, counts = run(diagnoses=diagnoses, plans=())
    assert released["diagnoses"]["diagnosis_year"].fillna(0).tolist() == [2010, 2015, 0, 0]
    assert released["diagnoses"]["age"].fillna(0).tolist() == [85, 0, 0, 90]
    assert counts.n_years_withheld == 2


def test_days_count_from_the_plans_diagnosis_or_else_the_earliest(run):
    diagnoses = (
        DIAGNOSIS | {"diagnosis_id": "late", "diagnosis_date": "2014-03-07"},
        DIAGNOSIS | {"diagnosis_id": "undated", "diagnosis_date": None},
        DIAGNOSIS | {"diagnosis_id": "early", "diagnosis_date": "2013-03-07"},
    )
    plan = PLAN | {"start_date": "2014-03-08", "end_date": "2014-03-06"}
    plans = tuple(
        plan | {"plan_id": f"plan-{number}", "diagnosis_id": of, "start_day": given}
        for number, (of, given) in enumerate(
            [("late", None), (None, None), ("undated", None), ("rejected", None), ("late", 40)]
        )
    )
    released, _ = run(diagnoses=diagnoses, plans=plans)
    assert released["plans"]["start_day"].astype("float").fillna(-1).tolist() == [1, 366, -1, -1, 40]
    assert released["plans"]["end_day"].astype("float").fillna(-9).tolist() == [-1, 364, -9, -9, -1]


DAYS = [
    (60, 9000, 9000),
    (85, 1825, 1825),
    (85, 1826, 1825),
    (89, 400, 365),
    (90, 60, 60),
    (90, 800, 365),
    (97, 366, 365),
]


def test_days_that_would_show_an_age_over_89_are_capped(run):
    ids = [{"patient_id": f"{n}", "diagnosis_id": f"{n}", "plan_id": f"{n}"} for n in range(len(DAYS))]
    patients = tuple({"patient_id": row["patient_id"], "last_name": "Whitfield"} for row in ids)
    diagnoses = tuple(
        {"diagnosis_id": row["diagnosis_id"], "patient_id": row["patient_id"], "age": age}
        for row, (age, *_) in zip(ids, DAYS, strict=True)
    )
    plans = tuple(row | {"start_day": day, "end_day": -day} for row, (_, day, _) in zip(ids, DAYS, strict=True))
    released, counts = run(patients=patients, diagnoses=diagnoses, plans=plans)
    assert released["plans"]["start_day"].tolist() == [day for *_, day in DAYS]
    assert released["plans"]["end_day"].tolist() == [-day for _, day, _ in DAYS]
    assert counts.n_days_capped == 4


def test_texts_of_every_table_are_scrubbed_with_their_own_patients_identifiers(run):
    released, counts = run(
        diagnoses=(
            DIAGNOSIS | {"history": "Whitfield, from Cedar Rapids", "site": "breast (harriet)"},
            DIAGNOSIS
            | {"diagnosis_id": "2", "patient_id": "100777", "history": "Young, Grace. Mobile: mass of the hip"},
            DIAGNOSIS | {"diagnosis_id": "3", "history": "young, in the grace of, mobile mass"},
        ),
        plans=(PLAN | {"technique": "3D-CRT, Pemberton"},),
        annotations=({"patient_id": "100777", "task": "regimen", "answer": "50 Gy in 25 fractions (Young)"},),
    )
    assert released["diagnoses"]["history"].tolist() == [
        "[NAME], from [PLACE]",
        "[NAME]. [PLACE]: mass of the hip",
        "young, in the grace of, mobile mass",
    ]
    assert released["diagnoses"]["site"][0] == "breast ([NAME])"
    assert released["plans"]["technique"].tolist() == ["3D-CRT, [NAME]"]
    assert released["annotations"]["answer"].tolist() == ["50 Gy in 25 fractions ([NAME])"]
    assert counts.rows_with_tags["diagnoses", "history"] == {0, 1}
    assert counts.rows_with_tags["diagnoses", "site"] == {0}
    assert counts.texts["plans", "technique"]["texts_with_tags"] == 1


def test_texts_of_patients_whose_names_nobody_knows_are_withheld(run):
    rejected = {"table": "patients", "row": 1, "patient_id": "100234", "column": "sex", "reason": "unlisted"}
    released, counts = run(patients=(YOUNG,), rejected_rows=(rejected,))
    texts = fields.columns_of(schemas.DIAGNOSES, fields.Kind.TEXT)
    assert released["diagnoses"][texts].isna().all(axis=None)
    assert released["diagnoses"]["icd10_code"].tolist() == ["C50.411"]
    assert counts.texts["diagnoses", ""]["texts_withheld"] == len(texts) == 10


def test_patients_without_a_name_are_counted(run):
    _, counts = run(patients=(WHITFIELD, YOUNG | {"last_name": None}))
    assert counts.n_patients_without_name == 1


def test_empty_tables_are_no_error(run):
    released, _ = run(patients=(), diagnoses=(), plans=())
    assert all(frame.empty for frame in released.values())


def test_missing_tables_and_ids_without_pseudonyms_stop_the_run(tmp_path):
    tables = extract()
    walk = crosswalk_of(tables, tmp_path)
    with pytest.raises(StudyError, match="missing: plans"):
        structured_fields.deidentify({name: frame for name, frame in tables.items() if name != "plans"}, walk, LEXICON)
    empty = crosswalk.Crosswalk({key: {} for key in crosswalk.PREFIXES})
    with pytest.raises(StudyError, match="no pseudonym") as caught:
        structured_fields.deidentify(tables, empty, LEXICON)
    assert "100234" not in str(caught.value)


def test_the_same_input_gives_the_same_tables(tmp_path):
    tables = extract()
    walk = crosswalk_of(tables, tmp_path)
    first, second = (structured_fields.deidentify(tables, walk, LEXICON)[0] for _ in range(2))
    for name, frame in first.items():
        pd.testing.assert_frame_equal(frame, second[name])


def test_everybody_is_identified_from_all_tables():
    tables = extract(annotations=({"patient_id": "100234", "task": "icd10", "answer": "C61", "annotator": "R. Abara"},))
    found = structured_fields.identities(tables)
    assert set(found) == {"100234", "100777"}
    identity = found["100234"]
    assert identity.values_of("last_name") == ["Whitfield"]
    assert identity.values_of("physician") == ["Lionel Achterberg", "Rosalind Pemberton, MD"]
    assert identity.values_of("annotator") == ["R. Abara"]
    assert identity.values_of("plan_id") == ["PL90001"]
    assert identity.values_of("end_date") == ["2014-05-06"]
    assert not identity.over_89
    assert not identity.values_of("site")


def test_grades_and_counts_alone_in_their_cells_stay(run):
    cells = {"grade": "2/3", "t_stage": "pT1c", "biomarkers": "ER 8/8", "performance_status": "0-1"}
    released, _ = run(diagnoses=(DIAGNOSIS | cells,))
    assert released["diagnoses"].iloc[0][list(cells)].to_dict() == cells


def test_a_clinics_own_words_pass_in_every_table(tmp_path):
    tables = extract(diagnoses=(DIAGNOSIS | {"history": "on Zorblax"},), plans=(PLAN | {"technique": "Zorblax arc"},))
    walk = crosswalk_of(tables, tmp_path)
    default, _ = structured_fields.deidentify(tables, walk, LEXICON)
    with_word, _ = structured_fields.deidentify(tables, walk, Lexicon(["zorblax"]))
    assert default["diagnoses"]["history"][0] == "on [NAME]"
    assert (with_word["diagnoses"]["history"][0], with_word["plans"]["technique"][0]) == ("on Zorblax", "Zorblax arc")


@pytest.mark.parametrize("name", sorted(schemas.DEIDENTIFIED))
def test_no_identifier_date_or_source_row_has_a_column_in_what_leaves(name):
    source, released = schemas.EXTRACTED[name], schemas.DEIDENTIFIED[name]
    gone = fields.columns_of(source, fields.Kind.IDENTIFIER) + fields.columns_of(source, fields.Kind.DATE)
    assert not set(gone) & set(released.columns)
    assert "row" not in released.columns
