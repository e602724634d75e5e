import copy
from pathlib import Path

import pytest
import yaml

from radonc.data import mapping
from radonc.data.schemas import CANONICAL
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.files import load
from radonc.runtime.settings.mapping import Column, ExtractMapping

CONFIG = Path(__file__).parents[3] / "config"
SYNTHETIC = yaml.safe_load((CONFIG / "mappings" / "synthetic.yaml").read_text(encoding="utf-8"))


def check(tables):
    mapping.check(ExtractMapping.model_validate(tables), "mine.yaml")


@pytest.mark.parametrize("path", sorted((CONFIG / "mappings").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_mappings_of_the_repository_are_good(path):
    mapping.check(load(path, ExtractMapping), path)


BAD = [
    # table, column (or key of the table), value, the expected message
    ("patients", "sexx", "Sex", "columns: there is no column 'sexx'; did you mean 'sex'? Allowed: patient_id, mrn"),
    ("patients", "zodiac", "Z", "columns: there is no column 'zodiac'; remove it. Allowed: patient_id"),
    ("patients", "dose_gy", "D", "columns: there is no column 'dose_gy'"),
    ("plans", "dose_gy", "D", "columns.dose_gy: give its unit, by 'unit: Gy' (or cGy) or else by 'unit_from'"),
    ("plans", "activity_mci", "A", "columns.activity_mci: give its unit, by 'unit: mCi' (or MBq, GBq)"),
    (
        "plans",
        "dose_gy",
        {"from": "D", "unit": "mCi"},
        "columns.dose_gy.unit: 'mCi' is no unit of this column; choose one of Gy, cGy",
    ),
    (
        "plans",
        "dose_gy",
        {"from": "D", "unit": "Gy", "unit_from": "U", "units": {}},
        "columns.dose_gy: give its unit, by",
    ),
    (
        "plans",
        "n_fractions",
        {"from": "N", "unit": "Gy"},
        "columns.n_fractions.unit: this column has no unit; remove the key",
    ),
    ("plans", "site", {"from": "S", "format": "%Y"}, "columns.site.format: this column is no date; remove the key"),
    (
        "plans",
        "status",
        {"constant": "done"},
        "columns.status.constant: 'done' is not a value of ours; write one of unapproved",
    ),
    (
        "plans",
        "role",
        {"from": "R", "values": {"P": "prime"}},
        "columns.role.values: 'prime' is not a value of ours; write one of primary",
    ),
    ("diagnoses", "icd10_code", {"constant": "breast"}, "columns.icd10_code.constant: 'breast' is not a value of ours"),
]


@pytest.mark.parametrize(("table", "key", "value", "expected"), BAD, ids=[expected[:60] for *_, expected in BAD])
def test_a_bad_mapping_is_named_by_its_key_before_a_file_is_opened(table, key, value, expected):
    tables = copy.deepcopy(SYNTHETIC)
    tables[table]["columns"][key] = value
    with pytest.raises(StudyError) as caught:
        check(tables)
    assert str(caught.value).startswith(f"mine.yaml: {table}.{expected}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (name, ours)
        for name, schema in CANONICAL.items()
        for ours, column in schema.columns.items()
        if not column.nullable
    ],
)
def test_a_key_that_is_not_mapped_is_named(table, column):
    tables = copy.deepcopy(SYNTHETIC)
    del tables[table]["columns"][column]
    with pytest.raises(StudyError, match=rf"mine\.yaml: {table}\.columns: '{column}' is not mapped"):
        check(tables)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            "enrgy",
            "'enrgy' is no mapped column that rows can do without; did you mean 'energy'? Allowed: ",
        ),
        ("activity_mci", "'activity_mci' is no mapped column"),  # it is one of ours, but not mapped
        ("plan_id", "'plan_id' is no mapped column that rows can do without"),
    ],
)
def test_only_a_mapped_column_that_can_be_empty_may_be_empty(column, expected):
    tables = copy.deepcopy(SYNTHETIC)
    tables["plans"]["may_be_empty"] = ["energy", column]
    with pytest.raises(StudyError) as caught:
        check(tables)
    assert str(caught.value).startswith(f"mine.yaml: plans.may_be_empty: {expected}")
    tables["plans"]["may_be_empty"] = ["energy"]
    check(tables)


def test_a_value_may_be_mapped_to_nothing():
    tables = copy.deepcopy(SYNTHETIC)
    tables["patients"]["columns"]["sex"] = {"from": "Sex", "values": {"F": "female", "U": None}}
    check(tables)


def test_all_faults_of_a_mapping_are_named_at_once():
    tables = copy.deepcopy(SYNTHETIC)
    tables["patients"]["columns"]["zodiac"] = "Z"
    tables["plans"]["columns"] |= {"dose_gy": "D", "status": {"constant": "done"}}
    del tables["plans"]["columns"]["plan_id"]
    with pytest.raises(StudyError) as caught:
        check(tables)
    lines = str(caught.value).splitlines()
    places = ["patients.columns", "plans.columns.status.constant", "plans.columns.dose_gy", "plans.columns"]
    assert sorted(line.split(": ")[1] for line in lines) == sorted(places)


def test_source_columns_are_those_of_from_and_unit_from():
    assert Column.model_validate("a").sources == ("a",)
    assert Column.model_validate({"from": ["a", "b"], "unit_from": "u", "units": {}}).sources == ("a", "b", "u")
    assert Column.model_validate({"constant": "x"}).sources == ()
