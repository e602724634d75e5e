import stat

import pandas as pd
import pytest
from deid_extract import PLAN, WHITFIELD, YOUNG, crosswalk_of, extract
from hypothesis import given
from hypothesis import strategies as st

from radonc.deid.date_shifting import SHIFTED_DATES, load_or_create_secret, offset, shift
from radonc.runtime import tables as files

SECRET = b"0" * 32


@pytest.fixture
def shifted(tmp_path):
    tables = extract(plans=(PLAN, {**PLAN, "plan_id": "PL90002", "start_date": "2014-06-02", "end_date": None}))
    crosswalk = crosswalk_of(tables, tmp_path)
    table = files.validate(shift(tables, crosswalk, SECRET, 365), SHIFTED_DATES)
    return table.assign(
        source=table["record_id"].map({v: k for ids in crosswalk.pseudonyms.values() for k, v in ids.items()})
    )


def test_intervals_stay_and_no_date_does(shifted):
    dates = shifted.set_index(["source", "column"])["shifted"]
    assert (dates["PL90001", "end_date"] - dates["PL90001", "start_date"]).days == 22
    assert (dates["PL90002", "start_date"] - dates["DX70001", "diagnosis_date"]).days == 87
    assert dates["PL90001", "start_date"] != pd.Timestamp("2014-04-14")
    assert len(dates) == 4


def test_births_are_left_out_and_keys_are_pseudonyms(shifted):
    assert set(shifted["column"]) == {"diagnosis_date", "start_date", "end_date"}
    assert not {WHITFIELD["patient_id"], YOUNG["patient_id"]} & set(shifted["patient_id"])


@given(st.text(), st.binary(min_size=1, max_size=64), st.integers(1, 3650))
def test_an_offset_is_never_nought_and_within_its_limits(patient, secret, n_days):
    assert 1 <= abs(offset(patient, secret, n_days)) <= n_days


def test_all_offsets_occur_and_none_much_more_often():
    counts = pd.Series([offset(f"{number}", SECRET, 5) for number in range(20_000)]).value_counts()
    assert set(counts.index) == {*range(-5, 0), *range(1, 6)}
    assert counts.between(1_700, 2_300).all()


def test_the_secret_is_kept_and_locked(tmp_path):
    path = tmp_path / "private" / "shift.key"
    first = load_or_create_secret(path)
    assert load_or_create_secret(path) == first
    assert len(first) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_secret(tmp_path / "other" / "shift.key") != first
