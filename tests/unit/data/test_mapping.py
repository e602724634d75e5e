import copy
from pathlib import Path

import pytest
import yaml

from radonc.data import mapping
from radonc.data.schemas import CANONICAL
from radonc.runtime.errors import StudyError

CONFIG = Path(__file__).parents[3] / "config"
TABLES = {
    name: yaml.safe_load((CONFIG / f"{name}.yaml").read_text(encoding="utf-8"))["extract"]["tables"]
    for name in ("config", "tcga")
}


@pytest.mark.parametrize("name", TABLES)
def test_the_configs_of_the_repository_are_good(name):
    mapping.check(TABLES[name])


BAD = [
    # table, column (or key of the table), value, what is told
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
    ("patients", "file", "Patient.doc", "file: 'Patient.doc' must end in one of .csv, .tsv, .parquet, .xlsx"),
    ("patients", "encoding", "utf-99", "encoding: there is no encoding 'utf-99'; write one, such as utf-8 or cp1252"),
]


@pytest.mark.parametrize(("table", "key", "value", "told"), BAD, ids=[told[:60] for *_, told in BAD])
def test_a_bad_mapping_is_named_by_its_key_before_a_file_is_opened(table, key, value, told):
    tables = copy.deepcopy(TABLES["config"])
    place = tables[table] if key in ("file", "encoding") else tables[table]["columns"]
    place[key] = value
    with pytest.raises(StudyError) as caught:
        mapping.check(tables)
    assert str(caught.value).startswith(f"config: extract.tables.{table}.{told}")
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
    tables = copy.deepcopy(TABLES["config"])
    del tables[table]["columns"][column]
    with pytest.raises(StudyError, match=rf"extract\.tables\.{table}\.columns: '{column}' is not mapped"):
        mapping.check(tables)


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (
            "enrgy",
            "'enrgy' is no mapped column that rows can do without; did you mean 'energy'? Allowed: ",
        ),
        ("activity_mci", "'activity_mci' is no mapped column"),  # it is one of ours, but not mapped
        ("plan_id", "'plan_id' is no mapped column that rows can do without"),
    ],
)
def test_only_a_mapped_column_that_can_be_empty_may_be_empty(column, told):
    tables = copy.deepcopy(TABLES["config"])
    tables["plans"]["may_be_empty"] = ["energy", column]
    with pytest.raises(StudyError) as caught:
        mapping.check(tables)
    assert str(caught.value).startswith(f"config: extract.tables.plans.may_be_empty: {told}")
    tables["plans"]["may_be_empty"] = ["energy"]
    mapping.check(tables)


def test_a_value_may_be_mapped_to_nothing():
    tables = copy.deepcopy(TABLES["config"])
    tables["patients"]["columns"]["sex"] = {"from": "Sex", "values": {"F": "female", "U": None}}
    mapping.check(tables)


def test_source_columns_are_those_of_from_and_unit_from():
    assert mapping.sources_of({"from": "a"}) == ["a"]
    assert mapping.sources_of({"from": ["a", "b"], "unit_from": "u"}) == ["a", "b", "u"]
    assert mapping.sources_of({"constant": "x"}) == []
    assert mapping.columns_of({"columns": {"site": "S", "role": {"constant": "primary"}}}) == {
        "site": {"from": "S"},
        "role": {"constant": "primary"},
    }
