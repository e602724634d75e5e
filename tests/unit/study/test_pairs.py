import pandas as pd
import pytest
from study_cases import FIELDS, SETTINGS, SPLIT, make_cases, many

from radonc.data.schemas import PAIRS, TASKS
from radonc.runtime import tables
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.pairs import Split
from radonc.study import prompts
from radonc.study.pairs import QUESTIONS, make_pairs, refuse_answers_in_prompts


def pairs_of(cases, task="icd10", split=SPLIT, fields=FIELDS):
    return make_pairs(cases, task, SETTINGS, fields, split)


@pytest.mark.parametrize("task", TASKS)
def test_every_case_becomes_a_pair(task):
    cases = many(60)
    pairs = tables.validate(pairs_of(cases, task), PAIRS)
    assert pairs["case_id"].to_list() == cases["case_id"].to_list()
    assert set(pairs["split"]) == {"train", "validation", "test"}
    assert [prompts.answer_of(text) for text in pairs["completion"]] == cases[task].to_list()
    assert pairs["prompt"].str.endswith(f"Question: {QUESTIONS[task](SETTINGS)}\nAnswer:").all()


def test_all_tasks_split_the_cases_alike():
    cases = many(60)
    splits = [pairs_of(cases, task)["split"].to_list() for task in TASKS]
    assert splits[0] == splits[1] == splits[2]


def test_cases_that_come_or_go_move_no_other():
    cases = many(80)
    everyone = pairs_of(cases).set_index("case_id")
    some = pairs_of(cases.iloc[::-2]).set_index("case_id")
    pd.testing.assert_frame_equal(everyone.loc[some.index], some)


def test_identical_texts_share_a_side():
    cases = many(60)
    cases["history"] = [
        f"VISIT  {number // 2} of the clinic." if number % 2 else f"Visit {number // 2} of the clinic."
        for number in range(60)
    ]
    splits = pairs_of(cases)["split"].to_list()
    assert splits[::2] == splits[1::2]
    assert len(set(splits)) == 3


@pytest.mark.parametrize("empty", ["train", "test", "validation"])
def test_a_split_without_cases_is_an_error_that_names_it(empty):
    cases = many(60)
    cases = cases[(pairs_of(cases)["split"] != empty).to_numpy()]
    with pytest.raises(
        StudyError, match=rf"pairs of icd10: no case of \d+ falls into '{empty}'; raise its share under split"
    ):
        pairs_of(cases)


def test_a_study_may_do_without_validation():
    pairs = pairs_of(many(60), split=Split(key="k", validation=0.0, test=0.2))
    assert set(pairs["split"]) == {"train", "test"}


# ---- leaks -------------------------------------------------------------------------------------------------------

LEFT_BREAST = "left breast: 50 Gy in 25 fractions of 2 Gy, VMAT, photon"
LEAKS = [
    # task, answer, text, leaks?
    ("icd10", "C50.9", "Coded C50.9 at referral.", True),
    ("icd10", "C50.9", "C50.9", True),
    ("icd10", "C50.9", "coded c509", True),
    ("icd10", "C50.9", "It is C50.9.", True),
    ("icd10", "C50.9", "(C50.9)", True),
    ("icd10", "C50.9", "C50.9, left", True),
    ("icd10", "C50.9", "code_C50.9_left", True),
    ("icd10", "C50.9", "Coded\nC50.9", True),
    ("icd10", "C50.9", "C50.91", False),
    ("icd10", "C50.9", "C50.911", False),
    ("icd10", "C50.9", "C5091", False),
    ("icd10", "C50.9", "C50.8 and C50", False),
    ("icd10", "C50.9", "AC50.9", False),
    ("icd10", "C50.9", "C50x9", False),
    ("icd10", "C61", "C61", True),
    ("icd10", "C61", "c61.", True),
    ("icd10", "C61", "C61.9", False),
    ("icd10", "C61", "PC61 or C610", False),
    ("icd10", "C61", "C 61 patients", False),
    ("modality", "photon", "planned with photons", True),
    ("modality", "photon", "Photon", True),
    ("modality", "photon", "6MV photon-based", True),
    ("modality", "photon", "a photonic sensor", False),
    ("modality", "photon", "brachytherapy boost", True),  # another label of the set says as much
    ("modality", "photon", "carbon footprint", False),  # not among the labels
    ("modality", "photon", "protonated", False),
    ("regimen", LEFT_BREAST, "planned 50 Gy", True),
    ("regimen", LEFT_BREAST, "planned 50Gy/25", True),
    ("regimen", LEFT_BREAST, "planned 50-Gy", True),
    ("regimen", LEFT_BREAST, "planned 50.0 Gy", True),
    ("regimen", LEFT_BREAST, "planned 50\n Gy", True),
    ("regimen", LEFT_BREAST, "planned 50 gy", True),
    ("regimen", LEFT_BREAST, "planned 5000 cGy", True),
    ("regimen", LEFT_BREAST, "planned 5000cgy", True),
    ("regimen", LEFT_BREAST, "planned 150 Gy", False),
    ("regimen", LEFT_BREAST, "planned 0.50 Gy", False),
    ("regimen", LEFT_BREAST, "planned 50.5 Gy", False),
    ("regimen", LEFT_BREAST, "planned 50 cGy", False),
    ("regimen", LEFT_BREAST, "planned 2 Gy", False),  # the dose per fraction alone is no answer
    ("regimen", LEFT_BREAST, "50 years old", False),
    ("regimen", LEFT_BREAST, "aged 50, Gynaecology", False),
    ("regimen", "breast: 40.05 Gy in 15 fractions of 2.67 Gy", "had 40.05 Gy", True),
    ("regimen", "breast: 40.05 Gy in 15 fractions of 2.67 Gy", "had 40.050 Gy or 4005 cGy", True),
    ("regimen", "breast: 40.05 Gy in 15 fractions of 2.67 Gy", "had 40x05 Gy", False),
    ("regimen", "thyroid: 150 mCi, radionuclide", "150 mCi given", True),
    ("regimen", "thyroid: 150 mCi, radionuclide", "150 Gy given", False),
    ("regimen", "45Gy to the pelvis", "had 45 Gy", True),  # an annotator's spelling
    ("regimen", "no dose is known", "had 45 Gy", False),
]


@pytest.mark.parametrize(("task", "answer", "text", "leaks"), LEAKS, ids=[f"{a[:12]} in {t!r}" for _, a, t, _ in LEAKS])
def test_a_prompt_that_holds_its_answer_is_refused(task, answer, text, leaks):
    cases = make_cases({}, {task: answer, "history": text}, {"history": None})
    if not leaks:
        refuse_answers_in_prompts(cases, task, SETTINGS, FIELDS)
        return
    with pytest.raises(StudyError) as caught:
        refuse_answers_in_prompts(cases, task, SETTINGS, FIELDS)
    message = str(caught.value)
    assert message.startswith(f"pairs of {task}: in 1 of 3 cases the field 'history' states the answer")
    assert text not in message
    assert "prompt.fields" in message


def test_a_field_that_is_not_in_the_prompt_cannot_leak():
    cases = make_cases({"history": "C50.912"})
    with pytest.raises(StudyError, match="'history' states the answer"):
        refuse_answers_in_prompts(cases, "icd10", SETTINGS, ["sex", "age", "site", "history"])
    refuse_answers_in_prompts(cases, "icd10", SETTINGS, ["sex", "age", "site"])


def test_make_pairs_refuses_leaks_too():
    cases = many(60)
    cases.loc[7, "site"] = "breast (C50.912)"
    with pytest.raises(StudyError, match="in 1 of 60 cases the field 'site' states the answer"):
        pairs_of(cases)


def test_a_number_is_no_text_that_could_state_an_answer():
    cases = make_cases({"age": 50, "site": "50", "icd10": "50"})
    with pytest.raises(StudyError, match="'site' states the answer"):
        refuse_answers_in_prompts(cases, "icd10", SETTINGS, ["site"])
    assert refuse_answers_in_prompts(cases, "icd10", SETTINGS, ["age"]) is None
