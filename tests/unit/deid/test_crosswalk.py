import stat

import pandas as pd
import pytest
from deid_extract import DIAGNOSIS, PLAN, WHITFIELD, YOUNG, crosswalk_of, extract

from radonc.deid import crosswalk
from radonc.runtime.errors import StudyError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "private" / "crosswalk.parquet"


def test_every_id_of_every_table_has_a_pseudonym(path):
    tables = extract(
        plans=(PLAN | {"diagnosis_id": "DX-elsewhere", "patient_id": "only-a-plan"},),
        annotations=({"patient_id": "only-an-annotation", "task": "icd10", "answer": "C61"},),
        rejected_rows=({"table": "patients", "row": 3, "patient_id": "only-rejected", "column": "sex", "reason": "x"},),
    )
    made = crosswalk.load_or_create(path, tables, None).pseudonyms
    assert set(made["patient_id"]) == {"100234", "100777", "only-a-plan", "only-an-annotation", "only-rejected"}
    assert set(made["diagnosis_id"]) == {"DX70001", "DX-elsewhere"}
    assert set(made["plan_id"]) == {"PL90001"}


def test_pseudonyms_have_the_prefix_and_the_length_and_no_ambiguous_letters(path):
    made = crosswalk.load_or_create(path, extract(), None).pseudonyms
    for key, prefix in (("patient_id", "P"), ("diagnosis_id", "D"), ("plan_id", "L")):
        for pseudonym in made[key].values():
            assert pseudonym[0] == prefix
            assert len(pseudonym) == 9
            assert not set(pseudonym[1:]) & set("AEIOUL01")


@pytest.mark.parametrize("seed", [None, 7])
def test_known_ids_keep_their_pseudonyms_and_vanished_ones_stay(path, seed):
    first = crosswalk.load_or_create(path, extract(patients=(WHITFIELD,)), seed).pseudonyms
    second = crosswalk.load_or_create(path, extract(patients=(YOUNG,), diagnoses=(), plans=()), seed).pseudonyms
    assert second["patient_id"]["100234"] == first["patient_id"]["100234"]
    assert second["diagnosis_id"] == first["diagnosis_id"]
    assert "100777" in second["patient_id"]


def test_a_reread_crosswalk_without_a_seed_is_the_same(path):
    first = crosswalk.load_or_create(path, extract(), None)
    content = path.read_bytes()
    assert crosswalk.load_or_create(path, extract(), None) == first
    assert path.read_bytes() == content


def test_without_a_seed_no_two_drawings_agree(tmp_path):
    tables = extract()
    one = crosswalk.load_or_create(tmp_path / "one.parquet", tables, None).pseudonyms["patient_id"]
    two = crosswalk.load_or_create(tmp_path / "two.parquet", tables, None).pseudonyms["patient_id"]
    assert not set(one.values()) & set(two.values())


def test_with_a_seed_a_lost_crosswalk_comes_back_whatever_was_added(tmp_path):
    small = crosswalk.load_or_create(tmp_path / "one.parquet", extract(patients=(WHITFIELD,)), 7).pseudonyms
    added = tuple(WHITFIELD | {"patient_id": f"0{number}"} for number in range(50))
    large = crosswalk.load_or_create(tmp_path / "two.parquet", extract(patients=(*added, WHITFIELD)), 7).pseudonyms
    other = crosswalk.load_or_create(tmp_path / "three.parquet", extract(patients=(WHITFIELD,)), 8).pseudonyms
    assert large["patient_id"]["100234"] == small["patient_id"]["100234"] != other["patient_id"]["100234"]


def test_one_id_in_two_keys_gets_two_pseudonyms(path):
    tables = extract(diagnoses=(DIAGNOSIS | {"diagnosis_id": "100234"},), plans=(PLAN | {"diagnosis_id": "100234"},))
    made = crosswalk.load_or_create(path, tables, 7).pseudonyms
    assert made["patient_id"]["100234"][1:] != made["diagnosis_id"]["100234"][1:]


def test_a_taken_pseudonym_is_drawn_again(path, monkeypatch):
    draws = iter(["22222222", "22222222", "33333333", "44444444", "55555555"])
    monkeypatch.setattr(crosswalk, "_random", lambda: draws)
    made = crosswalk.load_or_create(path, extract(), None).pseudonyms["patient_id"]
    assert sorted(made.values()) == ["P22222222", "P33333333"]


def test_nobody_else_can_read_the_file_or_enter_the_folder(path):
    for _ in range(2):
        crosswalk.load_or_create(path, extract(), 7)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        path.chmod(0o644)
    assert [file.name for file in path.parent.iterdir()] == ["crosswalk.parquet"]


@pytest.mark.parametrize("content", [b"", b"no parquet"])
def test_a_file_that_is_no_crosswalk_is_named(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StudyError, match=r"crosswalk\.parquet is no readable crosswalk"):
        crosswalk.load_or_create(path, extract(), 7)
    assert path.read_bytes() == content


def test_a_crosswalk_with_one_pseudonym_for_two_people_is_refused_without_its_values(path):
    path.parent.mkdir()
    rows = [("patient_id", "100234", "P22222222"), ("patient_id", "100777", "P22222222")]
    pd.DataFrame(rows, columns=list(crosswalk.SCHEMA.columns)).to_parquet(path)
    with pytest.raises(StudyError) as caught:
        crosswalk.load_or_create(path, extract(), 7)
    assert "100234" not in str(caught.value)
    assert "P22222222" not in str(caught.value)


def test_replacing_keeps_what_is_missing_and_refuses_what_is_unknown(tmp_path):
    made = crosswalk_of(extract(), tmp_path)
    replaced = made.replace("patient_id", pd.Series(["100777", None, "100234"], dtype="str"))
    assert replaced.isna().tolist() == [False, True, False]
    assert replaced.dropna().tolist() == [made.pseudonyms["patient_id"][source] for source in ("100777", "100234")]
    with pytest.raises(StudyError, match="column 'patient_id'") as caught:
        made.replace("patient_id", pd.Series(["555555"]))
    assert "555555" not in str(caught.value)


def test_a_shard_reads_the_pseudonyms_of_its_own_ids(path):
    whole = crosswalk.load_or_create(path, extract(), 7).pseudonyms
    part = crosswalk.load(path, extract(patients=(YOUNG,), diagnoses=(), plans=())).pseudonyms
    assert part["patient_id"] == {"100777": whole["patient_id"]["100777"]}
    assert part["diagnosis_id"] == part["plan_id"] == {}
