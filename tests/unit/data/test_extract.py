import traceback
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from radonc.data.extract import ORPHAN, read_source, read_tables
from radonc.data.schemas import CANONICAL, REJECTED_ROWS, REPEATED
from radonc.runtime import tables as files
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.mapping import ExtractMapping, Table

# A failure is shown as it was found: making its tables smaller takes minutes.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
SECRET = "Achterberg-77"
KEYS = {"shares": "shares its key with a different row"}
PATIENT_COLUMNS = {
    "patient_id": "Id",
    "sex": {"from": "Sex", "values": {"F": "female", "M": "male"}},
    "birth_date": {"from": "Born", "format": "%m/%d/%Y"},
}
PLAN_COLUMNS = {"plan_id": "Plan", "patient_id": "Id", "n_fractions": "N", "dose_gy": {"from": "Dose", "unit": "cGy"}}
PATIENTS = "Id,Sex,Born\n1,F,01/02/1960\n2,M,03/04/1970\n"
DIAGNOSES = "Dx,Id,Code\nd1,1,c50.9\nd2,2,C61\n"
PLANS = "Plan,Id,N,Dose\np1,1,15,4005\np2,2,20,6000\n"


def mapping(**changes):
    tables = {
        "patients": {"file": "patients.csv", "columns": PATIENT_COLUMNS},
        "diagnoses": {
            "file": "diagnoses.csv",
            "columns": {"diagnosis_id": "Dx", "patient_id": "Id", "icd10_code": "Code"},
        },
        "plans": {"file": "plans.csv", "columns": PLAN_COLUMNS},
    }
    for name, change in changes.items():
        tables[name] = {**tables[name], **change}
    return ExtractMapping.model_validate(tables)


def read(folder, patients=PATIENTS, diagnoses=DIAGNOSES, plans=PLANS, **changes):
    for name, content in {"patients": patients, "diagnoses": diagnoses, "plans": plans}.items():
        if content is not None:
            (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return read_tables(folder, mapping(**changes))


def rejected(read):
    """Return the rejected rows as tuples, in order of table and row."""
    rows = read["rejected_rows"].astype(object).where(read["rejected_rows"].notna(), None)
    return sorted(map(tuple, rows.to_numpy().tolist()), key=lambda row: row[:2])


# ---- rows kept and rows rejected ---------------------------------------------------------------------------------


def test_what_can_be_read_is_read(tmp_path):
    tables = read(tmp_path)
    assert {name: len(frame) for name, frame in tables.items()} == {
        "patients": 2,
        "diagnoses": 2,
        "plans": 2,
        "annotations": 0,
        "rejected_rows": 0,
    }
    for name, schema in {**CANONICAL, "rejected_rows": REJECTED_ROWS}.items():
        files.validate(tables[name], schema)
    assert tables["patients"]["sex"].to_list() == ["female", "male"]
    assert tables["diagnoses"]["icd10_code"].to_list() == ["C50.9", "C61"]
    assert tables["plans"]["dose_gy"].to_list() == [40.05, 60.0]
    assert tables["plans"]["technique"].isna().all()  # columns left out stay empty


FAULTY = [
    # table, its rows, the rejected row
    ("patients", "1,F,01/02/1960\n2,X,03/04/1970\n", ("patients", 2, "2", "sex", "value is not in the map")),
    ("patients", "1,F,01/02/1960\n2,M,1970-03-04\n", ("patients", 2, "2", "birth_date", "not a date of this format")),
    ("plans", "p1,1,15,4005\np2,2,20.5,6000\n", ("plans", 2, "2", "n_fractions", "not a whole number")),
    ("plans", 'p1,1,15,4005\np2,2,20,"6,000"\n', ("plans", 2, "2", "dose_gy", "not a number")),
    ("plans", "p1,1,15,4005\n,2,20,6000\n", ("plans", 2, "2", "plan_id", "missing")),
    ("plans", "p1,1,15,4005\np2,,20,6000\n", ("plans", 2, None, "patient_id", "missing")),
    ("plans", "p1,1,15,4005\np2,9,20,6000\n", ("plans", 2, "9", "patient_id", ORPHAN)),
    ("plans", "p1,1,15,4005\np1,1,15,4005\n", ("plans", 2, "1", "plan_id", REPEATED)),
    ("diagnoses", "d1,1,c50.9\nd2,2,prostate\n", ("diagnoses", 2, "2", "icd10_code", "not the form of an ICD-10 code")),
]


@pytest.mark.parametrize(("table", "rows", "reject"), FAULTY, ids=[reject[-1] for *_, reject in FAULTY])
def test_a_row_that_cannot_be_read_is_rejected_with_its_reason(tmp_path, table, rows, reject):
    header = {"patients": PATIENTS, "diagnoses": DIAGNOSES, "plans": PLANS}[table].splitlines()[0]
    tables = read(tmp_path, **{table: f"{header}\n{rows}"})
    assert reject in rejected(tables)
    assert len(tables[table]) == 1
    assert len(tables[table]) + sum(row[0] == table for row in rejected(tables)) == 2


def test_the_first_fault_of_a_row_counts(tmp_path):
    tables = read(tmp_path, plans="Plan,Id,N,Dose\np1,1,many,much\n")
    assert rejected(tables) == [("plans", 1, "1", "n_fractions", "not a number")]


def test_rows_that_share_a_key_and_differ_are_all_rejected(tmp_path):
    plans = "Plan,Id,N,Dose\np1,1,15,4005\np1,2,20,6000\np2,2,5,2600\np2,2,5,2600\n"
    tables = read(tmp_path, plans=plans)
    assert tables["plans"]["plan_id"].to_list() == ["p2"]
    assert rejected(tables) == [
        ("plans", 1, "1", "plan_id", KEYS["shares"]),
        ("plans", 2, "2", "plan_id", KEYS["shares"]),
        ("plans", 4, "2", "plan_id", REPEATED),
    ]


def test_a_fault_of_a_row_that_is_there_twice_is_one_fault(tmp_path):
    plans = "Plan,Id,N,Dose\np1,1,many,4005\np1,1,many,4005\np2,2,20,6000\np2,2,20,6000\np2,2,20,6000.0\n"
    assert rejected(read(tmp_path, plans=plans)) == [
        ("plans", 1, "1", "n_fractions", "not a number"),
        ("plans", 2, "1", "plan_id", REPEATED),
        ("plans", 4, "2", "plan_id", REPEATED),
        ("plans", 5, "2", "plan_id", REPEATED),
    ]


def test_rows_that_differ_in_an_unreadable_cell_do_not_repeat_each_other(tmp_path):
    plans = 'Plan,Id,N,Dose\np1,1,15,"4,005"\np1,1,15,"6,000"\n'
    assert [row[-1] for row in rejected(read(tmp_path, plans=plans))] == ["not a number"] * 2


def test_records_of_a_patient_who_could_not_be_read_are_rejected_too(tmp_path):
    tables = read(tmp_path, patients="Id,Sex,Born\n1,F,01/02/1960\n2,?,\n")
    assert tables["patients"]["patient_id"].to_list() == ["1"]
    assert [row[:3] for row in rejected(tables)] == [("diagnoses", 2, "2"), ("patients", 2, "2"), ("plans", 2, "2")]


def test_a_table_of_a_header_alone_is_empty(tmp_path):
    tables = read(tmp_path, diagnoses="Dx,Id,Code\n", plans="Plan,Id,N,Dose\n")
    assert len(tables["patients"]) == 2
    assert tables["plans"].empty
    assert files.validate(tables["plans"], CANONICAL["plans"]).empty


cells = st.sampled_from(["1", "2", "3", "", "x", "15", "4005", "1e9", "01/02/1960", "F"])
rows = st.lists(st.tuples(cells, cells, cells, cells), max_size=6)


@settings(max_examples=25, phases=QUICK)
@given(patients=rows, diagnoses=rows, plans=rows)
def test_every_row_is_kept_or_rejected_once(tmp_path_factory, patients, diagnoses, plans):
    folder = tmp_path_factory.mktemp("extract")
    content = {
        "patients": ("Id,Sex,Born,Else", patients),
        "diagnoses": ("Dx,Id,Code,Else", diagnoses),
        "plans": ("Plan,Id,N,Dose", plans),
    }
    text = {name: "\n".join([header, *map(",".join, lines)]) + "\n" for name, (header, lines) in content.items()}
    tables = read(folder, **text)
    for name, (_, lines) in content.items():
        faults = tables["rejected_rows"][tables["rejected_rows"]["table"] == name]
        assert len(tables[name]) + len(faults) == len(lines)
        assert faults["row"].is_unique
        files.validate(tables[name], CANONICAL[name])
    files.validate(tables["rejected_rows"], REJECTED_ROWS)
    known = set(tables["patients"]["patient_id"])
    assert all(set(tables[name]["patient_id"]) <= known for name in ("diagnoses", "plans"))


def test_the_same_files_give_the_same_tables(tmp_path):
    plans = "Plan,Id,N,Dose\np1,1,x,1\np2,2,1,y\np3,1,15,4005\n"
    one, other = read(tmp_path, plans=plans), read(tmp_path, plans=plans)
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name])


# ---- files -------------------------------------------------------------------------------------------------------


def source(folder, name, content, **table):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_source(folder / name, "patients", Table.model_validate({"file": name, "columns": {}, **table}))


def test_texts_are_trimmed_and_words_for_missing_become_none(tmp_path):
    cells = source(tmp_path, "x.csv", "a,b\n 1 ,NA\n*,\n", missing=["NA", "*"])
    assert cells.to_numpy().tolist() == [["1", None], [None, None]]
    # Without such words only the empty cell is missing: NA may be a name, and 0 a value.
    assert source(tmp_path, "x.csv", "a,b\nNA,0\nnull,\n").to_numpy().tolist() == [["NA", "0"], ["null", None]]


def test_tsv_and_encodings(tmp_path):
    assert source(tmp_path, "x.tsv", "a\tb\n1,5\tc\n").to_numpy().tolist() == [["1,5", "c"]]
    latin = "a\nMüller\n".encode("cp1252")
    assert source(tmp_path, "x.csv", latin, encoding="cp1252").iloc[0, 0] == "Müller"
    with pytest.raises(StudyError, match=r"x\.csv: this is not a text in the encoding utf-8"):
        source(tmp_path, "x.csv", latin)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", f"Id,Sex,Born\n1,F,01/02/1960,\n{SECRET},M,03/04/1970,\n"),  # a separator at every line's end
        ("x.csv", f"Id,Sex,Born\n1,F\n{SECRET},M,03/04/1970\n"),
        ("x.csv", f"Id;Sex;Born\n{SECRET};F;01/02/1960\n"),
        ("x.csv", f'Id,Sex,Born\n"{SECRET},F,01/02/1960\n'),
        ("x.csv", ""),
        ("x.parquet", f"{SECRET} is no Parquet"),
        ("x.xlsx", f"{SECRET} is no workbook"),
        ("x.xlsx", b"PK\x03\x04" + SECRET.encode()),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_whole(tmp_path, name, content):
    with pytest.raises(StudyError) as caught:
        source(tmp_path, name, content)
    text = "".join(traceback.format_exception(caught.value))
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert SECRET not in text


def test_a_missing_file_is_named_with_its_key(tmp_path):
    with pytest.raises(StudyError, match=r"extract\.mapping: plans\.file: there is no file '.*plans\.csv'; correct"):
        read(tmp_path, plans=None)


def test_a_missing_column_is_named_with_those_that_there_are(tmp_path):
    with pytest.raises(
        StudyError, match=r"columns\.n_fractions: 'plans\.csv' has no column 'N'; it has Plan, Id, Dose"
    ):
        read(tmp_path, plans="Plan,Id,Dose\np1,1,4005\n")


def test_a_mapped_column_that_stands_twice_is_refused_and_an_unmapped_one_is_not(tmp_path):
    with pytest.raises(StudyError, match=r"columns\.n_fractions: 'plans\.csv' has several columns 'N'; rename all but"):
        read(tmp_path, plans="Plan,Id,N,N,Dose\np1,1,15,16,4005\n")
    tables = read(tmp_path, plans="Plan,Id,N,Note,Note,Dose\np1,1,15,a,b,4005\n")
    assert tables["plans"]["dose_gy"].to_list() == [40.05]


def test_a_mapping_that_cannot_be_is_refused_before_the_files(tmp_path):
    with pytest.raises(StudyError, match="there is no column 'dose'"):
        read_tables(tmp_path, mapping(plans={"columns": {**PLAN_COLUMNS, "dose": "Dose"}}))


TYPED = pd.DataFrame(
    {
        "Id": pd.array([1001, None, 1003], dtype="Int64"),
        "Float": [1001.0, None, 2.5],
        "Born": [datetime(1960, 1, 2), None, datetime(1970, 3, 4, 13, 45)],
        "Day": [date(1960, 1, 2), None, date(1970, 3, 4)],
        "Dose": [Decimal("40.05"), None, Decimal("60.00")],
        "Text": ["007", " NA ", None],
        "Flag": [True, None, False],
    }
)
TEXTS = {
    "Id": ["1001", None, "1003"],
    "Float": ["1001", None, "2.5"],
    "Born": ["1960-01-02 00:00:00", None, "1970-03-04 13:45:00"],
    "Day": ["1960-01-02 00:00:00", None, "1970-03-04 00:00:00"],
    "Dose": ["40.05", None, "60.00"],
    "Text": ["007", "NA", None],
    "Flag": ["True", None, "False"],
}


def test_a_parquet_file_reads_as_the_same_texts(tmp_path):
    TYPED.to_parquet(tmp_path / "x.parquet")
    read_back = read_source(tmp_path / "x.parquet", "patients", Table(file="x.parquet", columns={}))
    assert {name: read_back[name].to_list() for name in TEXTS} == TEXTS


def test_an_index_that_pandas_stored_is_a_column(tmp_path):
    TYPED.assign(Key=["a", "b", "c"]).set_index("Key").to_parquet(tmp_path / "x.parquet")
    read_back = read_source(tmp_path / "x.parquet", "patients", Table(file="x.parquet", columns={}))
    assert read_back["Key"].to_list() == ["a", "b", "c"]
    assert read_back["Text"].to_list() == TEXTS["Text"]


def test_an_excel_file_reads_as_the_same_texts(tmp_path):
    frame = TYPED.astype({"Dose": float})
    with pd.ExcelWriter(tmp_path / "x.xlsx") as book:
        pd.DataFrame({"other": [1]}).to_excel(book, sheet_name="First", index=False)
        frame.to_excel(book, sheet_name="Patients", index=False)
    read_back = read_source(tmp_path / "x.xlsx", "patients", Table(file="x.xlsx", sheet="Patients", columns={}))
    expected = {**TEXTS, "Dose": ["40.05", None, "60"]}
    assert {name: read_back[name].to_list() for name in expected} == expected
    assert list(read_source(tmp_path / "x.xlsx", "patients", Table(file="x.xlsx", columns={}))) == ["other"]
    with pytest.raises(StudyError, match="check its format and sheet"):
        read_source(tmp_path / "x.xlsx", "patients", Table(file="x.xlsx", sheet="Patient", columns={}))


def test_keys_agree_between_excel_and_csv(tmp_path):
    frame = pd.DataFrame(
        {"Id": [1, 2, None], "Sex": ["F", "M", "F"], "Born": [datetime(1960, 1, 2), "03/04/1970", "soon"]}
    )
    frame.to_excel(tmp_path / "patients.xlsx", index=False)
    for name, content in {"diagnoses": DIAGNOSES, "plans": PLANS}.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    tables = read_tables(tmp_path, mapping(patients={"file": "patients.xlsx"}))
    assert tables["patients"]["patient_id"].to_list() == ["1", "2"]
    assert tables["patients"]["birth_date"].to_list() == [pd.Timestamp("1960-01-02"), pd.Timestamp("1970-03-04")]
    assert len(tables["plans"]) == 2
    assert rejected(tables) == [("patients", 3, None, "birth_date", "not a date of this format")]


def test_whole_numbers_of_numpy_read_without_a_point(tmp_path):
    pd.DataFrame({"a": np.array([1, 2], dtype="float32"), "b": np.array([3, 4])}).to_parquet(tmp_path / "x.parquet")
    cells = read_source(tmp_path / "x.parquet", "patients", Table(file="x.parquet", columns={}))
    assert cells.to_numpy().tolist() == [["1", "3"], ["2", "4"]]


def test_a_long_key_keeps_all_its_digits_where_another_is_missing(tmp_path):
    pd.DataFrame({"Id": pd.array([2**53 + 1, None], dtype="Int64")}).to_parquet(tmp_path / "x.parquet")
    cells = read_source(tmp_path / "x.parquet", "patients", Table(file="x.parquet", columns={}))
    assert cells["Id"].to_list() == [str(2**53 + 1), None]
