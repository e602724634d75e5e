import logging

import pandas as pd
import pytest
from record_tables import TASKS, candidates, choices, table

from radonc.data import annotation, cohort
from radonc.data.schemas import CASES, REJECTS, WORKSHEET
from radonc.runtime import tables as files
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.tasks import Icd10Task, Tasks

OPEN_CODE = {"icd10": None, "unresolved_icd10": "code_not_billable"}
OPEN_MODALITY = {"modality": None, "unresolved_modality": "modality_missing"}
OPEN_REGIMEN = {"regimen": None, "unresolved_regimen": "dose_missing"}
NOBODY = table("annotations", [])
NO_PLANS = choices()


UNCLEAR = {
    **dict.fromkeys(("regimen", "modality", "intent", "technique", "dose_gy", "n_fractions")),
    **{"unresolved_regimen": "ambiguous_primary_plan", "unresolved_modality": "ambiguous_primary_plan"},
    "plan_confidence": "unclear",
}


def sheet_of(people, given=None, plans=NO_PLANS):
    given = pd.DataFrame(columns=["case_id", "task", "answer"]) if given is None else given
    return files.validate(annotation.worksheet(people, plans, TASKS, given), WORKSHEET)


def filled(folder, people, answers, name="worksheet.csv", plans=NO_PLANS):
    """Write the worksheet as the stage does, and fill answers in by question."""
    sheet = sheet_of(people, plans=plans)
    sheet["answer"] = [answers.get((row.case_id, row.task)) for row in sheet.itertuples()]
    files.write_csv(sheet, folder / name)
    return folder / name


def collect(people, *sheets, from_extract=NOBODY, plans=NO_PLANS):
    return annotation.collect(people, plans, from_extract, sheets, TASKS)


def merge(people, answers, plans=NO_PLANS):
    """Merge, and check that everyone comes out once."""
    cases, rejects = annotation.merge(people, plans, answers, TASKS)
    cases, rejects = files.validate(cases, CASES), files.validate(rejects, REJECTS)
    assert sorted([*cases["case_id"], *rejects["patient_id"]]) == sorted(people["case_id"])
    assert cases[list(TASKS.names)].notna().all(axis=None)
    assert set(rejects["reason"]) <= set(cohort.ANNOTATION)
    assert set(rejects["stage"]) <= {"annotation"}
    return cases, rejects


# ---- the worksheet -----------------------------------------------------------------------------------------------


def test_the_worksheet_asks_what_is_open_and_nothing_else():
    sheet = sheet_of(candidates({}, OPEN_CODE, {**OPEN_CODE, **OPEN_REGIMEN}))
    assert list(zip(sheet["case_id"], sheet["task"], sheet["reason"], strict=True)) == [
        ("case-1", "icd10", "code_not_billable"),
        ("case-2", "regimen", "dose_missing"),
        ("case-2", "icd10", "code_not_billable"),
    ]
    assert sheet[["answer", "annotator"]].isna().all(axis=None)


def test_a_question_gives_details_and_what_is_allowed_in_one_line():
    sheet = sheet_of(candidates({**OPEN_CODE, **OPEN_MODALITY, "history": "Seen.\n\nAgain\tseen.", "technique": None}))
    assert sheet["details"].nunique() == 1
    assert sheet.loc[0, "details"] == (
        "sex: female; age: 63; site: breast; histology: ductal carcinoma; laterality: left; "
        "history: Seen. Again seen.; dose gy: 40.05; n fractions: 15"
    )
    allowed = dict(zip(sheet["task"], sheet["allowed"], strict=True))
    assert allowed["modality"] == "the number of a plan; photon, proton, electron, brachytherapy; or exclude"
    assert allowed["icd10"] == "one billable ICD-10-CM code, such as C50.411; or exclude"


def test_the_worksheet_does_not_show_the_answers_that_the_rules_resolved():
    sheet = sheet_of(candidates(OPEN_CODE))
    text = " ".join(sheet[["details", "reason"]].astype("str").to_numpy().ravel())
    assert "C50.912" not in text


def test_what_is_answered_is_not_asked_again():
    people = candidates(OPEN_CODE, {**OPEN_CODE, **OPEN_MODALITY})
    given = pd.DataFrame([("case-1", "icd10", "C50.911")], columns=["case_id", "task", "answer"])
    sheet = sheet_of(people, given)
    assert list(zip(sheet["case_id"], sheet["task"], strict=True)) == [("case-0", "icd10"), ("case-1", "modality")]


def test_without_open_questions_the_worksheet_is_empty():
    assert sheet_of(candidates({}, {})).empty
    assert sheet_of(candidates()).empty


# ---- answers -----------------------------------------------------------------------------------------------------


def test_a_filled_worksheet_comes_back(tmp_path):
    people = candidates(OPEN_CODE, OPEN_MODALITY, OPEN_REGIMEN, OPEN_CODE)
    answers = {
        ("case-0", "icd10"): " c50911 ",
        ("case-1", "modality"): "Proton",
        ("case-2", "regimen"): "left breast:  26 Gy\nin 5 fractions",
        ("case-3", "icd10"): "Exclude",
    }
    collected = collect(people, filled(tmp_path, people, answers))
    assert list(collected.itertuples(index=False, name=None)) == [
        ("case-0", "icd10", "C50.911", False),
        ("case-1", "modality", "proton", False),
        ("case-2", "regimen", "left breast: 26 Gy in 5 fractions", False),
        ("case-3", "icd10", "exclude", False),
    ]
    cases, rejects = merge(people, collected)
    assert cases["case_id"].to_list() == ["case-0", "case-1", "case-2"]
    assert rejects.to_numpy().tolist() == [["case-3", "excluded_by_annotator", "annotation"]]


def test_a_worksheet_half_filled_leaves_the_rest_open(tmp_path):
    people = candidates(OPEN_CODE, OPEN_CODE)
    collected = collect(people, filled(tmp_path, people, {("case-1", "icd10"): "C50.911"}))
    assert collected["case_id"].to_list() == ["case-1"]
    assert sheet_of(people, collected)["case_id"].to_list() == ["case-0"]


SAVED = {
    "by Excel, with a byte-order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "by LibreOffice, without": lambda text: text.encode(),
    "with semicolons": lambda text: text.replace(",", ";").encode("utf-8-sig"),
    "with tabs": lambda text: text.replace(",", "\t").encode(),
    "with Windows' line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "with blank lines": lambda text: (text.replace("\n", "\n\n") + "\n").encode(),
    "with blanks around the cells": lambda text: text.replace(",", " , ").encode(),
}


@pytest.mark.parametrize("save", SAVED.values(), ids=SAVED.keys())
def test_what_spreadsheet_programs_do_to_a_sheet_is_undone(tmp_path, save):
    path = tmp_path / "sheet.csv"
    path.write_bytes(save("case_id,task,answer\ncase-0,icd10,C50.911\ncase-1,icd10,\n"))
    collected = collect(candidates(OPEN_CODE, OPEN_CODE), path)
    assert list(collected.itertuples(index=False, name=None)) == [("case-0", "icd10", "C50.911", False)]


BAD_SHEETS = {
    "in the local code page": (
        "case_id,task,answer\ncase-0,regimen,größer\n".encode("cp1252"),
        "not a text in the enc",
    ),
    "in UTF-16": ("case_id,task,answer\ncase-0,icd10,C50.911\n".encode("utf-16"), "not a text in the encoding utf-8"),
    "empty": (b"", "there is nothing in it"),
    "without its header": (b"case-0,icd10,C50.911\n", "column(s) case_id, task, answer missing; keep the header"),
    "without a column": (b"case_id,answer\ncase-0,C50.911\n", "column(s) task missing; keep the header"),
    "with a cell too many": (b"case_id,task,answer\ncase-0,icd10,C50.911,\n", "line 2: it does not have 3 cells"),
    "with a cell too few": (b"case_id,task,answer\ncase-0,icd10\n", "line 2: it does not have 3 cells"),
    "with an open quote": (b'case_id,task,answer\ncase-0,icd10,"C50.911\n', "the quotes around a cell"),
}


@pytest.mark.parametrize(("content", "expected"), BAD_SHEETS.values(), ids=BAD_SHEETS.keys())
def test_a_sheet_that_cannot_be_read_is_named(tmp_path, content, expected):
    path = tmp_path / "sheet.csv"
    path.write_bytes(content)
    with pytest.raises(StudyError) as caught:
        collect(candidates(OPEN_CODE), path)
    assert str(caught.value).startswith(str(path))
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("task", "answer", "allowed"),
    [
        ("icd10", "C50.9", "one billable ICD-10-CM code"),
        ("icd10", "C99", "one billable ICD-10-CM code"),
        ("icd10", "left breast", "one billable ICD-10-CM code"),
        ("modality", "photons", "photon, proton, electron, brachytherapy; or exclude"),
        ("modality", "mixed", "photon, proton"),
        ("modality", "photon, electron", "photon, proton"),
    ],
)
def test_an_answer_that_is_not_allowed_is_named_by_file_and_row_and_not_repeated(tmp_path, task, answer, allowed):
    people = candidates({}, {**OPEN_CODE, **OPEN_MODALITY})
    path = filled(tmp_path, people, {("case-1", task): answer})
    row = 2 if task == "modality" else 3
    with pytest.raises(StudyError) as caught:
        collect(people, path)
    message = str(caught.value)
    assert message.startswith(f"{path}, row {row}: this answer is not allowed for {task}; allowed: ")
    assert allowed in message
    assert f"'{answer}'" not in message


def test_a_study_of_valid_codes_allows_them():
    assert annotation.check("icd10", "c509", Tasks(icd10=Icd10Task(require="valid")), "here") == "C50.9"


def test_two_sheets_may_agree_and_must_not_differ(tmp_path):
    people = candidates(OPEN_CODE)
    first = filled(tmp_path, people, {("case-0", "icd10"): "C50.911"}, "a.csv")
    second = filled(tmp_path, people, {("case-0", "icd10"): "c50911"}, "b.csv")
    assert len(collect(people, first, second)) == 1
    third = filled(tmp_path, people, {("case-0", "icd10"): "C50.912"}, "c.csv")
    with pytest.raises(
        StudyError, match=r"c\.csv, row 2: this answer differs from that in .*a\.csv, row 2; agree on one"
    ):
        collect(people, third, second, first)


def test_annotations_of_the_extract_count_and_must_agree_with_the_sheets(tmp_path):
    people = candidates(OPEN_CODE, OPEN_MODALITY)
    from_extract = table(
        "annotations",
        [
            {"patient_id": "case-0", "task": "icd10", "answer": "C50.911"},
            {"patient_id": "case-1", "task": "modality", "answer": None},
        ],
    )
    assert collect(people, from_extract=from_extract).to_numpy().tolist() == [["case-0", "icd10", "C50.911", False]]
    sheet = filled(tmp_path, people, {("case-0", "icd10"): "C50.912"})
    with pytest.raises(StudyError, match="differs from that in the extract's annotations, row 1"):
        collect(people, sheet, from_extract=from_extract)


def test_answers_to_strangers_and_to_tasks_left_out_are_counted(tmp_path, caplog):
    path = tmp_path / "sheet.csv"
    path.write_text("case_id,task,answer\nstranger,icd10,C61\ncase-0,fate,kind\ncase-0,icd10,C50.911\n")
    with caplog.at_level(logging.WARNING, logger="radonc"):
        assert len(collect(candidates(OPEN_CODE), path)) == 1
    assert caplog.messages == ["2 answers are for no case and task of this cohort"]


# ---- the merge ---------------------------------------------------------------------------------------------------


def given(*answers):
    return pd.DataFrame(answers, columns=["case_id", "task", "answer"])


def test_resolved_cases_need_nobody():
    cases, rejects = merge(candidates({}, {}), given())
    assert cases["resolved_by"].to_list() == ["rules", "rules"]
    assert rejects.empty


def test_an_annotation_fills_what_is_open_and_moves_nothing_else():
    people = candidates(OPEN_CODE, {})
    cases, _ = merge(people, given(("case-0", "icd10", "C50.911"), ("case-1", "icd10", "C61")))
    assert cases["icd10"].to_list() == ["C50.911", "C50.912"]  # the record stands
    assert cases["resolved_by"].to_list() == ["annotation", "rules"]
    assert cases["modality"].to_list() == ["photon", "photon"]


def test_a_question_that_the_record_resolves_cannot_exclude():
    cases, rejects = merge(candidates({}), given(("case-0", "icd10", "exclude")))
    assert cases["icd10"].to_list() == ["C50.912"]
    assert rejects.empty


def test_a_case_needs_all_its_answers():
    people = candidates({**OPEN_CODE, **OPEN_MODALITY})
    _, rejects = merge(people, given(("case-0", "icd10", "C50.911")))
    assert rejects.to_numpy().tolist() == [["case-0", "annotation_outstanding", "annotation"]]


def test_exclude_wins_over_outstanding():
    people = candidates({**OPEN_CODE, **OPEN_MODALITY}, OPEN_CODE)
    _, rejects = merge(people, given(("case-0", "icd10", "exclude")))
    assert rejects["reason"].to_list() == ["excluded_by_annotator", "annotation_outstanding"]


def test_nobody_merges_to_nobody():
    cases, rejects = merge(candidates(), given())
    assert cases.empty
    assert rejects.empty


# ---- which plan is the primary one ------------------------------------------------------------------------------

TWO = choices(("case-0", {}), ("case-0", {"modality": "electron", "technique": "en face", "intent": "palliative"}))


def test_an_unclear_plan_is_asked_with_the_plans_laid_out_and_the_flags():
    sheet = sheet_of(candidates({**UNCLEAR, **OPEN_CODE, "flags": "end_before_start"}), plans=TWO)
    assert list(zip(sheet["task"], sheet["reason"], strict=True)) == [
        ("regimen", "ambiguous_primary_plan"),
        ("modality", "ambiguous_primary_plan"),
        ("icd10", "code_not_billable"),
    ]
    assert sheet["plans"].to_list()[:2] == ["1: plan 1 | 2: plan 2"] * 2
    assert pd.isna(sheet.loc[2, "plans"])  # the code has nothing to do with them
    assert set(sheet["flags"]) == {"end_before_start"}


@pytest.mark.parametrize("asked", ["regimen", "modality"])
def test_the_number_of_a_plan_answers_all_that_the_plan_says_and_brings_the_patient_in(tmp_path, asked):
    people = candidates(UNCLEAR)
    answers = collect(people, filled(tmp_path, people, {("case-0", asked): "2"}, plans=TWO), plans=TWO)
    assert dict(zip(answers["task"], answers["answer"], strict=True)) == {
        "regimen": "left breast: 2 Gy",
        "modality": "electron",
    }
    assert answers["task"][answers["implied"]].to_list() == [{"regimen": "modality", "modality": "regimen"}[asked]]
    (case,) = merge(people, answers, TWO)[0].to_dict("records")
    assert (case["regimen"], case["modality"], case["icd10"]) == ("left breast: 2 Gy", "electron", "C50.912")
    assert (case["technique"], case["intent"], case["dose_gy"]) == ("en face", "palliative", 2)
    assert (case["plan_confidence"], case["resolved_by"]) == ("unclear", "annotation")
    assert sheet_of(people, answers, plans=TWO).empty


def test_an_answer_in_words_will_do_as_well_but_fills_in_no_details():
    people = candidates(UNCLEAR)
    cases, _ = merge(people, given(("case-0", "regimen", "left hip: 7 Gy"), ("case-0", "modality", "photon")), TWO)
    assert cases["regimen"].to_list() == ["left hip: 7 Gy"]
    assert cases[["dose_gy", "technique"]].isna().all(axis=None)


def test_the_details_of_a_plan_that_is_known_stay():
    people = candidates(OPEN_REGIMEN)
    cases, _ = merge(people, given(("case-0", "regimen", "left breast: 2 Gy")), choices(("case-0", {}), ("case-0", {})))
    assert cases["dose_gy"].to_list() == [40.05]


def test_without_a_known_plan_there_is_no_case():
    people = candidates(UNCLEAR, UNCLEAR, {**UNCLEAR, **OPEN_CODE}, UNCLEAR, OPEN_CODE)
    answers = given(
        ("case-1", "regimen", "exclude"),
        ("case-2", "icd10", "C50.911"),
        ("case-3", "modality", "photon"),
    )
    cases, rejects = merge(people, answers, TWO)
    assert cases.empty
    unclear = "ambiguous_primary_plan"
    assert rejects["reason"].to_list() == [
        unclear,
        "excluded_by_annotator",
        unclear,
        unclear,
        "annotation_outstanding",
    ]


def test_of_several_open_answers_the_one_that_says_most_is_the_reason():
    redacted = {"regimen": None, "unresolved_regimen": "answer_redacted"}
    torn = {**UNCLEAR, "unresolved_modality": "answer_redacted"}
    people = candidates({**redacted, **OPEN_CODE}, {**redacted, **OPEN_MODALITY}, torn)
    assert merge(people, given())[1]["reason"].to_list() == [
        "answer_redacted",
        "answer_redacted",
        "ambiguous_primary_plan",
    ]


def test_two_numbers_in_one_case_must_agree(tmp_path):
    people = candidates(UNCLEAR)
    path = filled(tmp_path, people, {("case-0", "regimen"): "1", ("case-0", "modality"): "2"}, plans=TWO)
    with pytest.raises(StudyError, match=r"row 3: this answer differs from that in .*row 2; agree on one"):
        collect(people, path, plans=TWO)


STALE = "there is no plan of this number, or it is not the one that this row shows"
BAD_NUMBERS = {
    "a plan too many": ("3", TWO, STALE),
    "none at all": ("0", TWO, STALE),
    "another plan since the sheet was written": ("2", choices(("case-0", {}), ("case-0", {"plan": "new"})), STALE),
    "a plan that does not say it": (
        "2",
        choices(("case-0", {}), ("case-0", {"regimen": None, "modality": None})),
        "the rules cannot read this from that plan; write it out",
    ),
}


@pytest.mark.parametrize(("number", "plans", "expected"), BAD_NUMBERS.values(), ids=BAD_NUMBERS.keys())
def test_a_number_that_means_no_plan_is_named_by_file_and_row(tmp_path, number, plans, expected):
    people = candidates(UNCLEAR)
    path = filled(tmp_path, people, {("case-0", "regimen"): number}, plans=TWO)
    with pytest.raises(StudyError) as caught:
        collect(people, path, plans=plans)
    assert str(caught.value).startswith(f"{path}, row 2: {expected}")


def test_a_number_counts_only_where_the_plans_are_shown(tmp_path):
    people = candidates(UNCLEAR)
    path = tmp_path / "sheet.csv"
    path.write_text("case_id,task,answer\ncase-0,regimen,1\n")
    from_extract = table("annotations", [{"patient_id": "case-0", "task": "regimen", "answer": "1"}])
    with pytest.raises(StudyError, match=r"sheet\.csv, row 2: .* keep its column 'plans'"):
        collect(people, path, plans=TWO)
    with pytest.raises(StudyError, match=r"the extract's annotations, row 1: .* keep its column 'plans'"):
        collect(people, from_extract=from_extract, plans=TWO)


def test_a_plan_that_says_one_thing_leaves_the_other_open(tmp_path):
    people = candidates(UNCLEAR)
    plans = choices(("case-0", {"regimen": None}))
    answers = collect(people, filled(tmp_path, people, {("case-0", "modality"): "1"}, plans=plans), plans=plans)
    assert answers.to_numpy().tolist() == [["case-0", "modality", "photon", False]]
    assert merge(people, answers, plans)[1]["reason"].to_list() == ["ambiguous_primary_plan"]
