import math

import pandas as pd
import pytest

from radonc.data import outcomes, schemas
from radonc.data.fields import Kind, columns_of, kind_of
from radonc.data.schemas import CANONICAL, DEIDENTIFIED
from radonc.runtime import tables
from radonc.runtime.errors import StudyError

TABLES = [
    value
    for module in (schemas, outcomes)
    for value in vars(module).values()
    if isinstance(value, outcomes.pa.DataFrameSchema)
]


@pytest.mark.parametrize("schema", TABLES, ids=lambda schema: schema.name)
def test_every_table_is_strict_ordered_and_every_column_has_a_kind(schema):
    assert schema.strict is True
    assert schema.ordered
    assert schema.coerce
    for column in schema.columns:
        assert kind_of(schema, column) in Kind


@pytest.mark.parametrize("schema", TABLES, ids=lambda schema: schema.name)
def test_an_empty_table_is_valid(schema):
    assert tables.validate(pd.DataFrame(columns=list(schema.columns)), schema).empty


NO_NUMBERS = [
    pytest.param(schema, name, value, id=f"{schema.name}-{name}-{value}")
    for schema in TABLES
    for name, column in schema.columns.items()
    if str(column.dtype) == "float64"
    for value in (math.inf, -math.inf, math.nan)
    # Where a number may be missing, a NaN says that it is.
    if not (column.nullable and math.isnan(value))
]


@pytest.mark.parametrize(("schema", "column", "value"), NO_NUMBERS)
def test_a_column_of_real_numbers_takes_nothing_else(schema, column, value):
    with pytest.raises(outcomes.pa.errors.SchemaErrors):
        schema.columns[column].validate(pd.DataFrame({column: [value]}), lazy=True)


def test_tables_have_distinct_names():
    names = [schema.name for schema in TABLES]
    assert len(set(names)) == len(names) > 10


@pytest.mark.parametrize("name", DEIDENTIFIED)
def test_no_identifier_and_no_date_leaves_deidentification(name):
    schema = DEIDENTIFIED[name]
    assert not columns_of(schema, Kind.IDENTIFIER)
    assert not columns_of(schema, Kind.DATE)


@pytest.mark.parametrize(
    "column",
    [
        "mrn",
        "first_name",
        "middle_name",
        "last_name",
        "former_name",
        "street",
        "city",
        "postal_code",
        "phone",
        "email",
        "relative_name",
        "birth_date",
    ],
)
def test_what_identifies_a_patient_is_known_to_do_so(column):
    assert kind_of(CANONICAL["patients"], column) in {Kind.IDENTIFIER, Kind.DATE}


def test_what_identifies_staff_is_known_to_do_so():
    for table, column in (
        ("diagnoses", "physician"),
        ("plans", "physician"),
        ("plans", "machine"),
        ("annotations", "annotator"),
    ):
        assert kind_of(CANONICAL[table], column) is Kind.IDENTIFIER


@pytest.mark.parametrize("schema", CANONICAL.values(), ids=CANONICAL)
def test_every_code_column_of_an_extract_is_closed_or_has_a_form(schema):
    # Codes pass de-identification as they are: nothing but a code may be in them.
    for column in columns_of(schema, Kind.CODE):
        frame = pd.DataFrame({column: ["Wilhelmina Achterberg"]})
        alone = schemas.table("alone", (column, schema.columns[column]))
        with pytest.raises(StudyError, match=f"column '{column}' fails"):
            tables.validate(frame, alone)


@pytest.mark.parametrize("schema", CANONICAL.values(), ids=CANONICAL)
def test_every_number_of_an_extract_has_limits(schema):
    for column in columns_of(schema, Kind.NUMBER):
        alone = schemas.table("alone", (column, schema.columns[column]))
        for value in (-50_000, 50_000):
            with pytest.raises(StudyError, match=f"column '{column}' fails 'from "):
                tables.validate(pd.DataFrame({column: [value]}), alone)


@pytest.mark.parametrize("schema", CANONICAL.values(), ids=CANONICAL)
def test_every_canonical_table_says_whose_rows_they_are(schema):
    assert kind_of(schema, "patient_id") is Kind.KEY
    assert not schema.columns["patient_id"].nullable


@pytest.mark.parametrize("name", ["CANDIDATES", "CASES"])
def test_a_case_has_no_column_that_deidentification_does_not_release(name):
    released = {column for schema in DEIDENTIFIED.values() for column in schema.columns}
    own = {
        "case_id",
        "plan_confidence",
        "flags",
        "regimen",
        "icd10",
        "resolved_by",
        *(f"unresolved_{task}" for task in schemas.TASKS),
    }
    assert set(getattr(schemas, name).columns) <= released | own
