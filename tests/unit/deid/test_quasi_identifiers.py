import itertools
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.deid.quasi_identifiers import FIELDS, measure

PEOPLE = pd.DataFrame(
    {
        "sex": ["female"] * 12 + ["male"] * 3 + [None],
        "age": pd.array([61] * 12 + [64, 67, 92] + [None], dtype="Int64"),
        "diagnosis_year": pd.array([2015] * 16, dtype="Int64"),
        "icd10": ["C50.911"] * 11 + ["C50.912"] + ["C61"] * 3 + [None],
        "laterality": None,
        "modality": "photon",
    }
)
NAMES = ["sex", "age_band", "diagnosis_year", "icd10_category"]


def test_groups_by_hand():
    found = measure(PEOPLE, NAMES)
    json.dumps(found, allow_nan=False)
    assert found["patients"] == 16
    assert [row["added"] for row in found["steps"]] == NAMES
    assert found["steps"][0] == {"added": "sex", "groups": 3, "k": 1, "unique": 1, "below_5": 4, "below_11": 4}
    # Women of 61, men of 60 to 69, a man of 90 or more, and who has neither sex nor age.
    assert found["steps"][-1] == {
        "added": "icd10_category",
        "groups": 4,
        "k": 1,
        "unique": 2,
        "below_5": 4,
        "below_11": 4,
    }
    assert found["as_released"].pop("fields") == ["sex", "age", "diagnosis_year", "icd10"]
    assert found["as_released"] == {"groups": 6, "k": 1, "unique": 5, "below_5": 5, "below_11": 5}
    assert {row["size"]: row["patients"] for row in found["sizes"] if row["groups"]} == {"1": 2, "2–4": 2, "11–20": 12}


def test_a_missing_value_is_a_value_of_its_own():
    cases = PEOPLE.head(4).assign(sex=["female", "female", None, None])
    assert measure(cases, ["sex"])["steps"][0]["k"] == 2


def test_ages_of_90_and_more_are_one_band():
    cases = pd.DataFrame({"age": pd.array([89, 90, 95, 104], dtype="Int64")})
    assert measure(cases, ["age_band"])["steps"][0] | {"added": ""} == {
        "added": "", "groups": 2, "k": 1, "unique": 1, "below_5": 4, "below_11": 4
    }  # fmt: skip


def test_no_case_is_no_group():
    found = measure(PEOPLE.head(0), NAMES)
    assert found["steps"][-1]["k"] is None
    assert found["patients"] == sum(row["patients"] for row in found["sizes"]) == 0


@given(
    st.lists(st.tuples(st.sampled_from(["female", "male", None]), st.integers(50, 99)), min_size=1, max_size=60),
    st.permutations(["sex", "age_band", "age"]),
)
def test_the_more_is_known_the_smaller_the_groups(people, names):
    cases = pd.DataFrame(people, columns=["sex", "age"]).astype({"age": "Int64"})
    found = measure(cases, names)
    assert sum(row["patients"] for row in found["sizes"]) == len(people)
    assert sum(row["groups"] for row in found["sizes"]) == found["steps"][-1]["groups"]
    for fewer, more in itertools.pairwise(found["steps"]):
        assert more["k"] <= fewer["k"]
        assert more["groups"] >= fewer["groups"]
        assert more["unique"] >= fewer["unique"]


@pytest.mark.parametrize("name", FIELDS)
def test_every_quasi_identifier_can_be_measured(name):
    assert measure(PEOPLE, [name])["steps"][0]["groups"] >= 1
