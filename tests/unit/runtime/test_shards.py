import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.data.fields import count, key, table
from radonc.runtime import shards, tables
from radonc.runtime.errors import StudyError
from radonc.runtime.shards import Shard

SCHEMA = table("visits", key("patient_id", nullable=True), count("visit", 0, 10**6))


@pytest.fixture
def visits(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "BATCH_ROWS", 7)
    frame = pd.DataFrame({"patient_id": [f"{row // 3:05d}" for row in range(100)], "visit": range(100)})
    frame.loc[99, "patient_id"] = None
    path = tmp_path / "visits.parquet"
    tables.write(frame, path, SCHEMA)
    return path


@pytest.mark.parametrize("n", [1, 2, 10, 200])
def test_every_row_is_in_one_shard_and_a_patients_rows_stay_together(visits, n):
    parts = [shards.read(visits, SCHEMA, Shard(number, n)) for number in range(1, n + 1)]
    whole = pd.concat(parts).sort_values("visit").reset_index(drop=True)
    pd.testing.assert_frame_equal(whole, tables.read(visits, SCHEMA))
    people = [set(part["patient_id"].dropna()) for part in parts]
    assert sum(map(len, people)) == len(set.union(*people))
    if n == 10:
        assert min(map(len, parts)) > 0


def test_rows_of_nobody_are_read_once(visits):
    parts = [shards.read(visits, SCHEMA, Shard(number, 5)) for number in range(1, 6)]
    assert [int(part["patient_id"].isna().sum()) for part in parts] == [1, 0, 0, 0, 0]


def test_gathered_shards_are_the_table(visits, tmp_path):
    paths = []
    for number in (1, 2, 3):
        paths.append(str(tmp_path / f"{number}.parquet"))
        tables.write(shards.read(visits, SCHEMA, Shard(number, 3)), paths[-1], SCHEMA)
    pd.testing.assert_frame_equal(shards.gather(paths, SCHEMA, ["visit"]), tables.read(visits, SCHEMA))


@given(st.integers(1, 500), st.data())
def test_a_shard_has_a_name(n, data):
    number = data.draw(st.integers(1, n))
    assert Shard.parse(f"{number}-of-{n}") == Shard(number, n)


@pytest.mark.parametrize("name", ["", "3", "0-of-3", "4-of-3", "a-of-b", "1-of-3 "])
def test_another_name_is_refused(name):
    with pytest.raises(StudyError, match="write one as 3-of-10"):
        Shard.parse(name)
