import pandas as pd
import pytest

from radonc.data.annotation import find_doubts
from radonc.data.outcomes import DOUBTS, LABEL_NOISE
from radonc.evaluation.subgroups import label_in_doubt, label_noise
from radonc.runtime import tables
from radonc.runtime.errors import StudyError
from radonc.statistics.proportions import wilson

TASKS = ("regimen", "modality", "icd10")
IDS = [f"c{number}" for number in range(8)]


def cases_of(**columns):
    values = {"flags": [None] * 8, "regimen": ["a"] * 8, "modality": ["photon"] * 8, "icd10": ["C61"] * 8}
    return pd.DataFrame({"case_id": IDS, **values, **columns})


def candidates_of(**reasons):
    unresolved = {f"unresolved_{task}": [reasons.get(task, {}).get(case) for case in IDS] for task in TASKS}
    return pd.DataFrame({"case_id": IDS, **unresolved}).iloc[::-1]


def given_of(*rows):
    table = pd.DataFrame(rows, columns=["case_id", "task", "answer"])
    return table.assign(implied=False).astype({"implied": "bool"})


def found(table, task, column):
    rows = table[(table["task"] == task) & table[column]]
    return rows["case_id"].tolist()


def test_a_flag_doubts_the_labels_that_it_concerns():
    flags = ["modality_against_energy", "code_against_site", "plan_against_side;start_before_diagnosis", *[None] * 5]
    table = tables.validate(find_doubts(cases_of(flags=flags), candidates_of(), given_of(), TASKS), DOUBTS)
    assert found(table, "regimen", "flagged") == ["c0", "c2"]
    assert found(table, "modality", "flagged") == ["c0"]
    assert found(table, "icd10", "flagged") == ["c1", "c2"]
    assert not table["second"].any()
    assert len(table) == 24


def test_a_label_that_people_gave_is_not_doubted_by_the_flag_that_they_saw():
    flags = ["gy_as_cgy", "gy_as_cgy", *[None] * 6]
    table = find_doubts(cases_of(flags=flags), candidates_of(regimen={"c0": "gy_as_cgy"}), given_of(), TASKS)
    assert found(table, "regimen", "flagged") == ["c1"]


def test_a_second_answer_that_is_another_one_disputes_the_label():
    given = given_of(
        ("c1", "icd10", "C50.9"), ("c2", "icd10", "C61"), ("c3", "icd10", "exclude"), ("c4", "modality", "Photon")
    )
    table = find_doubts(cases_of(), candidates_of(), given, TASKS)
    assert found(table, "icd10", "second") == ["c1", "c2", "c3"]
    assert found(table, "icd10", "disputed") == ["c1", "c3"]
    assert found(table, "modality", "disputed") == []
    assert found(table, "regimen", "second") == []


def test_what_the_number_of_a_plan_implies_is_no_second_answer():
    given = given_of(("c1", "modality", "photon"), ("c2", "modality", "proton")).assign(implied=[True, False])
    table = find_doubts(cases_of(), candidates_of(regimen={"c1": "several_plans"}), given, TASKS)
    assert found(table, "modality", "second") == ["c2"]


def test_the_only_answer_is_no_second_one():
    table = find_doubts(
        cases_of(), candidates_of(icd10={"c1": "code_missing"}), given_of(("c1", "icd10", "C50.9")), TASKS
    )
    assert not table["second"].any()


def test_the_shares_are_of_the_test_labels():
    flags = [None, "code_against_site", "code_against_site", *[None] * 5]
    given = given_of(("c1", "icd10", "C50.9"), ("c3", "icd10", "C50.9"), ("c4", "icd10", "C61"), ("c7", "icd10", "C1"))
    table = find_doubts(cases_of(flags=flags), candidates_of(), given, ("icd10", "modality"))
    tested = pd.Index(IDS[:5])
    rows = tables.validate(label_noise(table, tested, confidence=0.95), LABEL_NOISE).set_index(["task", "metric"])
    assert rows["n"].to_dict() == {
        ("icd10", "flagged"): 5,
        ("icd10", "disputed"): 3,
        ("icd10", "in_doubt"): 5,
        ("modality", "flagged"): 5,
        ("modality", "in_doubt"): 5,
    }
    assert rows["value"].tolist() == pytest.approx([2 / 5, 2 / 3, 3 / 5, 0, 0])
    assert rows.loc[("icd10", "disputed"), ["low", "high"]].tolist() == pytest.approx(wilson(2, 3, 0.95))
    assert label_in_doubt(table, "icd10", tested[::-1]).tolist() == [False, True, True, True, False]


def test_a_test_case_without_a_row_is_refused():
    table = find_doubts(cases_of(), candidates_of(), given_of(), TASKS)
    with pytest.raises(StudyError, match="1 of 2 test cases of 'icd10' are missing"):
        label_noise(table, pd.Index(["c1", "unknown"]), confidence=0.95)
