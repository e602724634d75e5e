"""Answers with redaction tags in them: open, counted, resolved by people, and a stop where they are many."""

import pandas as pd
import pytest
from record_tables import CONFIG, TASKS, candidates, choices, records, table

from radonc.data import annotation, cohort
from radonc.data.labels import REDACTED
from radonc.runtime.errors import StudyError

OPEN = {"regimen": None, "unresolved_regimen": REDACTED}
OPEN_CODE = {"icd10": None, "unresolved_icd10": "code_not_billable"}
NOBODY = table("annotations", [])
NO_PLANS = choices()


def plans(**texts):
    """Make the one plan of each case, laid out as these texts."""
    return choices(*((case.replace("_", "-"), {"plan": text, "regimen": None}) for case, text in texts.items()))


def given(*answers):
    return pd.DataFrame(answers, columns=["case_id", "task", "answer"])


def count(people, laid_out=NO_PLANS, from_extract=NOBODY, answers=None):
    rows = annotation.count_redacted(
        people, laid_out, from_extract, given() if answers is None else answers, TASKS.names
    )
    return {row["task"]: row for row in rows}


def test_answers_without_a_tag_are_counted_and_no_more():
    assert count(candidates({}, {}, OPEN_CODE))["regimen"] == {
        "task": "regimen",
        "answers": 3,
        "redacted": 0,
        "tags": [],
    }
    assert count(candidates({}, {}, OPEN_CODE))["icd10"]["answers"] == 2  # what is open is no answer
    assert count(candidates()) == {
        task: {"task": task, "answers": 0, "redacted": 0, "tags": []} for task in TASKS.names
    }


def test_answers_that_hold_a_tag_are_counted_by_tag():
    people = candidates(OPEN, OPEN, {}, OPEN_CODE)
    laid_out = plans(case_0="course 1: [PLACE]: 45 Gy; [PLACE] boost: 10 Gy", case_1="course 1: [NAME] [PLACE]: 8 Gy")
    assert count(people, laid_out)["regimen"] == {
        "task": "regimen",
        "answers": 4,
        "redacted": 2,
        "tags": [{"tag": "[PLACE]", "answers": 2}, {"tag": "[NAME]", "answers": 1}],
    }


def test_an_annotation_resolves_a_tag():
    people = candidates(OPEN, OPEN)
    laid_out = plans(case_0="course 1: [PLACE]: 45 Gy", case_1="course 1: [NAME]: 8 Gy")
    answers = given(("case-0", "regimen", "left breast: 45 Gy"), ("case-1", "modality", "photon"))
    counted = count(people, laid_out, answers=answers)["regimen"]
    assert (counted["answers"], counted["redacted"]) == (2, 1)
    assert counted["tags"] == [{"tag": "[NAME]", "answers": 1}]


def test_an_annotation_that_holds_a_tag_resolves_nothing_and_is_counted():
    people = candidates(OPEN_CODE, {})
    from_extract = table(
        "annotations",
        [
            {"patient_id": "case-0", "task": "icd10", "answer": "[ID]"},
            {"patient_id": "case-1", "task": "regimen", "answer": "[NAME]: 8 Gy"},  # the record stands
        ],
    )
    answers = annotation.collect(people, NO_PLANS, from_extract, [], TASKS)
    assert answers.empty
    counted = count(people, from_extract=from_extract, answers=answers)
    assert (counted["icd10"]["answers"], counted["icd10"]["redacted"]) == (2, 1)
    assert counted["icd10"]["tags"] == [{"tag": "[ID]", "answers": 1}]
    assert counted["regimen"]["redacted"] == 0
    sheet = annotation.worksheet(people, NO_PLANS, TASKS, answers)
    assert sheet[["case_id", "task"]].to_numpy().tolist() == [["case-0", "icd10"]]


def test_from_records_to_the_count_and_back_by_an_annotation():
    tables = records(
        [("P", {}), ("Q", {})], [("P", {}), ("Q", {})], [("P", {"site": "[PLACE] recess"}), ("Q", {})]
    )  # fmt: skip
    selected = cohort.select(tables, *CONFIG)
    counted = {row["task"]: row for row in annotation.count_redacted(*selected[:2], NOBODY, given(), TASKS.names)}
    assert (counted["regimen"]["answers"], counted["regimen"]["redacted"]) == (2, 1)
    assert counted["regimen"]["tags"] == [{"tag": "[PLACE]", "answers": 1}]
    assert (counted["modality"]["redacted"], counted["icd10"]["redacted"]) == (0, 0)
    cases, rejects = annotation.merge(*selected[:2], given(), TASKS)
    assert cases["case_id"].to_list() == ["Q"]
    assert rejects.to_numpy().tolist() == [["P", REDACTED, "annotation"]]
    sheet = annotation.worksheet(*selected[:2], TASKS, given())
    assert sheet[["case_id", "task", "reason"]].to_numpy().tolist() == [["P", "regimen", REDACTED]]
    assert "[PLACE] recess: 40.05 Gy" in sheet.loc[0, "plans"]
    cases, rejects = annotation.merge(*selected[:2], given(("P", "regimen", "sphenoid: 40.05 Gy")), TASKS)
    assert cases["regimen"].str.contains("[", regex=False).sum() == 0
    assert rejects.empty


def test_the_number_of_a_plan_brings_no_tag_back(tmp_path):
    tables = records([("P", {})], [("P", {})], [("P", {"site": "[PLACE] recess"})])
    selected = cohort.select(tables, *CONFIG)
    sheet = annotation.worksheet(*selected[:2], TASKS, given()).assign(answer="1")
    sheet.to_csv(tmp_path / "sheet.csv", index=False)
    with pytest.raises(StudyError, match=r"row 2: the rules cannot read this from that plan; write it out"):
        annotation.collect(*selected[:2], NOBODY, [tmp_path / "sheet.csv"], TASKS)


def test_a_tag_in_a_filled_in_sheet_is_refused(tmp_path):
    (tmp_path / "sheet.csv").write_text("case_id,task,answer\ncase-0,regimen,[PLACE] recess: 8 Gy in 1 fraction\n")
    with pytest.raises(StudyError) as caught:
        annotation.collect(candidates(OPEN), NO_PLANS, NOBODY, [tmp_path / "sheet.csv"], TASKS)
    assert "row 2: this answer is not allowed for regimen" in str(caught.value)
    assert "without a tag such as [NAME]" in str(caught.value)
    assert "recess" not in str(caught.value)


@pytest.mark.parametrize(
    ("redacted", "answers", "limit", "stops"),
    [(0, 0, 0, False), (0, 100, 0, False), (1, 100, 0.01, False), (2, 100, 0.01, True), (1, 1, 0.01, True),
     (1, 1, 1, False)],
)  # fmt: skip
def test_more_tags_than_allowed_stop(redacted, answers, limit, stops):
    row = {"task": "regimen", "answers": answers, "redacted": redacted, "tags": []}
    if stops:
        with pytest.raises(StudyError, match=rf"{redacted} of {answers} answers to regimen hold a redaction tag"):
            annotation.require_few_redacted([row], limit)
    else:
        annotation.require_few_redacted([row], limit)


def test_the_stop_names_task_commonest_tags_and_what_to_do():
    tags = [{"tag": f"[{name}]", "answers": n} for name, n in (("PLACE", 20), ("NAME", 9), ("ID", 2), ("OTHER", 1))]
    fine = {"task": "icd10", "answers": 100, "redacted": 0, "tags": []}
    with pytest.raises(StudyError) as caught:
        annotation.require_few_redacted([fine, {"task": "regimen", "answers": 100, "redacted": 30, "tags": tags}], 0.01)
    assert str(caught.value) == (
        "cohort: 30 of 100 answers to regimen hold a redaction tag, more than the share of 0.01 that "
        "deidentify.max_tagged allows; commonest tags (answers): [PLACE] (20); [NAME] (9); [ID] (2); put the clinical "
        "words that were redacted into a file of deidentify.words, fill in the worksheet, or raise "
        "deidentify.max_tagged"
    )
