import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.data.mapping import UNITS, read_column
from radonc.data.schemas import DIAGNOSES, PATIENTS, PLANS
from radonc.runtime.settings.mapping import Column

GY = {"from": "x", "unit": "Gy"}


def read(cells, ours, schema, mapped="x", **more):
    """Read a column of cells; return the values and the reasons, None where there is none."""
    mapped = Column.model_validate(mapped)
    frame = pd.DataFrame({"x": pd.Series(cells, dtype=object), **more}, dtype=object)
    values, reasons = read_column(frame, ours, schema, mapped)
    assert len(values) == len(reasons) == len(cells)
    return [None if pd.isna(v) else v for v in values], [None if pd.isna(r) else r for r in reasons]


def read_one(cell, ours, schema, mapped="x", **more):
    (value,), (reason,) = read([cell], ours, schema, mapped, **more)
    assert value is None or reason is None
    return value if reason is None else reason


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [
        ("45", 45),
        ("45.0", 45),
        ("1e2", 100),
        (None, None),
        ("45.5", "not a whole number"),
        ("4,5", "not a number"),
        ("42.5+10", "not a number"),
        ("25 fx", "not a number"),
        ("nan", "not a number"),
        ("0x10", "not a number"),
        ("1_0", "not a number"),
        ("True", "not a number"),
        ("inf", "outside 1 to 200"),
        ("0", "outside 1 to 200"),
        ("-3", "outside 1 to 200"),
        ("201", "outside 1 to 200"),
    ],
)
def test_whole_numbers(cell, outcome):
    assert read_one(cell, "n_fractions", PLANS) == outcome


@pytest.mark.parametrize(
    ("cell", "unit", "outcome"),
    [
        ("40.05", "Gy", 40.05),
        ("4005", "cGy", 40.05),
        ("4005.0", "cGy", 40.05),
        ("0", "Gy", 0),
        ("4005", "Gy", "outside 0 to 1000"),
        ("-1", "Gy", "outside 0 to 1000"),
        ("40,05", "Gy", "not a number"),
        ("40 Gy", "Gy", "not a number"),
        (None, "Gy", None),
    ],
)
def test_doses_in_the_unit_of_the_mapping(cell, unit, outcome):
    assert read_one(cell, "dose_gy", PLANS, {"from": "x", "unit": unit}) == outcome


@pytest.mark.parametrize(
    ("cell", "word", "dose", "activity"),
    [
        ("45", "gy", 45, None),
        ("4500", "cgy", 45, None),
        ("150", "mci", None, 150),
        ("3700", "mbq", None, 100),
        ("3.7", "gbq", None, 100),
        ("45", None, "no unit is given", "no unit is given"),
        ("45", "GY", "unit is not in the map", "unit is not in the map"),
        ("45", "?", "unit is not in the map", "unit is not in the map"),
        (None, None, None, None),
        (None, "gy", None, None),
        ("42.5+10", "gy", "not a number", None),
        ("about 150", "mci", None, "not a number"),
    ],
)
def test_a_unit_of_each_row_decides_whose_quantity_it_is(cell, word, dose, activity):
    mapped = {
        "from": "x",
        "unit_from": "u",
        "units": {"gy": "Gy", "cgy": "cGy", "mci": "mCi", "mbq": "MBq", "gbq": "GBq"},
    }
    for ours, expected in {"dose_gy": dose, "activity_mci": activity}.items():
        outcome = read_one(cell, ours, PLANS, mapped, u=[word])
        assert outcome == (pytest.approx(expected) if isinstance(expected, int) else expected)


@given(st.decimals(0, 1000, places=2), st.sampled_from(sorted(UNITS)))
def test_any_dose_is_read_in_its_own_column_alone(number, unit):
    mapped = {"from": "x", "unit_from": "u", "units": {"w": unit}}
    read_as = {ours: read_one(str(number), ours, PLANS, mapped, u=["w"]) for ours in ("dose_gy", "activity_mci")}
    own, factor = UNITS[unit]
    other = ({*read_as} - {own}).pop()
    assert read_as[other] is None
    if isinstance(read_as[own], str):
        assert read_as[own] == "outside 0 to 10000"
    else:
        assert read_as[own] == pytest.approx(float(number) * factor, abs=1e-6)


@pytest.mark.parametrize(
    ("cell", "form", "outcome"),
    [
        ("01/02/2020", "%m/%d/%Y", "2020-01-02"),
        ("1/2/2020", "%m/%d/%Y", "2020-01-02"),
        ("02.01.2020 13:45", "%d.%m.%Y %H:%M", "2020-01-02"),
        ("2020-01-02", "%Y-%m-%d", "2020-01-02"),
        ("2020-01-02 00:00:00", "%m/%d/%Y", "2020-01-02"),  # how a cell that is a date arrives
        ("13/02/2020", "%m/%d/%Y", "not a date of this format"),
        ("02/30/2020", "%m/%d/%Y", "not a date of this format"),
        ("01/02/20", "%m/%d/%Y", "not a date of this format"),
        ("2020-01-02", "%m/%d/%Y", "not a date of this format"),
        ("2020-01-13", "%Y-%d-%m", "not a date of this format"),  # a text: its order is what the mapping says
        ("soon", "%m/%d/%Y", "not a date of this format"),
        ("01/01/0001", "%m/%d/%Y", "outside 1900 to 2100"),
        ("12/31/9999", "%m/%d/%Y", "outside 1900 to 2100"),
        (None, "%m/%d/%Y", None),
    ],
)
def test_dates_have_the_format_of_the_mapping(cell, form, outcome):
    value = read_one(cell, "birth_date", PATIENTS, {"from": "x", "format": form})
    assert (value if value is None or isinstance(value, str) else f"{value:%Y-%m-%d}") == outcome


def test_dates_are_iso_without_a_format_and_have_no_time():
    values, reasons = read(["2020-01-02", None], "birth_date", PATIENTS)
    assert values == [pd.Timestamp("2020-01-02"), None]
    assert reasons == [None, None]


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [
        ("female", "female"),
        ("FEMALE", "female"),
        ("F", "not one of our values; map it"),
        ("unknown", "not one of our values; map it"),
        (None, None),
    ],
)
def test_closed_lists_without_a_map(cell, outcome):
    assert read_one(cell, "sex", PATIENTS) == outcome


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [("F", "female"), ("U", None), ("f", "value is not in the map"), ("female", "value is not in the map")],
)
def test_a_map_is_followed_to_the_letter(cell, outcome):
    assert read_one(cell, "sex", PATIENTS, {"from": "x", "values": {"F": "female", "M": "male", "U": None}}) == outcome


def test_a_map_does_not_spare_a_number_its_unit_nor_its_limits():
    mapped = {"from": "x", "unit": "cGy", "values": {"standard": "4005", "wrong": "many", "huge": "400500"}}
    values, reasons = read(["standard", "wrong", "huge", "4005", None], "dose_gy", PLANS, mapped)
    assert values == [40.05, None, None, None, None]
    assert reasons == [None, "not a number", "outside 0 to 1000", "value is not in the map", None]


def test_a_map_does_not_spare_a_date_its_format():
    mapped = {"from": "x", "format": "%m/%d/%Y", "values": {"christmas": "12/25/2020", "unknown": None}}
    values, reasons = read(["christmas", "unknown", "12/25/2020"], "birth_date", PATIENTS, mapped)
    assert values == [pd.Timestamp("2020-12-25"), None, None]
    assert reasons == [None, None, "value is not in the map"]


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [
        ("c50.911", "C50.911"),
        ("C509", "C50.9"),
        ("breast", "not the form of an ICD-10 code"),
        ("C5.09", "not the form of an ICD-10 code"),
        (None, None),
    ],
)
def test_codes_get_their_normal_form(cell, outcome):
    assert read_one(cell, "icd10_code", DIAGNOSES) == outcome


def test_a_constant_is_every_rows_value():
    assert read(["a", None], "role", PLANS, {"constant": "primary"}) == (["primary"] * 2, [None] * 2)
    assert read([], "role", PLANS, {"constant": "primary"}) == ([], [])


def test_of_several_columns_the_first_value_counts_or_all_are_joined():
    more = {"y": ["b", "b", None]}
    assert read(["a", None, None], "grade", DIAGNOSES, {"from": ["x", "y"]}, **more)[0] == ["a", "b", None]
    joined = read(["a", None, None], "grade", DIAGNOSES, {"from": ["x", "y"], "join": ", "}, **more)[0]
    assert joined == ["a, b", "b", None]


def test_texts_and_keys_stay_as_they_are():
    for ours, schema in (("mrn", PATIENTS), ("patient_id", PATIENTS), ("history", DIAGNOSES)):
        assert read(["007", "NA", None], ours, schema) == (["007", "NA", None], [None] * 3)


@given(
    st.lists(st.none() | st.text(max_size=6), max_size=5),
    st.sampled_from(["n_fractions", "dose_gy", "start_date", "role", "technique"]),
)
def test_any_cell_is_read_or_has_a_reason(cells, ours):
    values, reasons = read(cells, ours, PLANS, GY if ours == "dose_gy" else "x")
    for cell, value, reason in zip(cells, values, reasons, strict=True):
        if cell is None:
            assert value is None
            assert reason is None
        else:
            assert (value is None) == (reason is not None)
