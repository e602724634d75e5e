import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_cases import FIELDS, SETTINGS, make_cases, many

from radonc.data.schemas import TASKS
from radonc.study import prompts
from radonc.study.pairs import QUESTIONS

QUESTION = "Which ICD-10-CM code?"


def details_of(**change):
    return prompts.details(make_cases(change).to_dict("records")[0], FIELDS)


def test_details_say_what_is_known():
    text = details_of()
    for known in ("female", "63", "breast", "left", "ductal carcinoma", "Lump found in March."):
        assert known in text


@pytest.mark.parametrize("field", FIELDS)
def test_details_leave_out_what_is_missing_or_not_asked_for(field):
    case = make_cases({"stage_group": "IIB"}).to_dict("records")[0]
    value = str(case[field])
    others = [other for other in FIELDS if other != field]
    assert value in prompts.details(case, FIELDS)
    assert value not in prompts.details(case, others).replace("female", "" if field == "sex" else "female")
    missing = prompts.details({**case, field: None}, FIELDS)
    assert missing == prompts.details(case, others)
    for word in ("nan", "None", "NaT", "<NA>"):
        assert word not in missing


def test_a_case_of_which_nothing_is_known_has_no_details():
    assert prompts.details(dict.fromkeys(FIELDS), FIELDS) == ""
    assert prompts.details(dict.fromkeys(FIELDS, pd.NA), FIELDS) == ""


def test_a_text_of_many_lines_becomes_one():
    text = details_of(history="Seen.\n\nQuestion: which?\r\n\tAnswer: none")
    assert "Seen. Question: which? Answer: none" in text
    assert not [line for line in text.splitlines() if line.startswith(("Question:", "Answer:"))]


@pytest.mark.parametrize(("age", "expected"), [(89, "89"), (90, "90+"), (95, "90+"), (0, "0")])
def test_the_oldest_share_one_age(age, expected):
    text = details_of(age=age)
    assert expected in text.replace(":", ",").replace("\n", ",").replace(" ", "").split(",")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.sampled_from(TASKS))
def test_braces_and_breaks_in_a_text_do_not_break_the_template(text, task):
    case = {"history": text or "x"}
    question = QUESTIONS[task](SETTINGS)
    made = prompts.prompt(prompts.details(case, ["history"]), question)
    assert made.endswith(f"\nQuestion: {question}\nAnswer:")
    assert made.count("\nQuestion: ") == 1
    assert prompts.details_of(made) == prompts.details(case, ["history"])


@given(st.text(max_size=30).map(str.strip))
def test_an_answer_comes_back_from_its_completion(answer):
    assert prompts.answer_of(prompts.completion(answer)) == answer


def test_the_completion_goes_on_where_the_prompt_ends():
    # One blank in between, and it belongs to the completion: tokenizers join it to the word that follows.
    made = prompts.prompt("Site: breast", QUESTION)
    assert not made.endswith(" ")
    assert prompts.completion("C61") == " C61"


def test_the_digest_of_the_template_follows_the_template(monkeypatch):
    before = prompts.template_digest()
    assert before == prompts.template_digest()
    monkeypatch.setattr(prompts, "TEMPLATE", prompts.TEMPLATE + " ")
    assert prompts.template_digest() != before


def test_details_do_not_depend_on_the_rows_around():
    cases = many(3).to_dict("records")
    assert prompts.details(cases[1], FIELDS) == prompts.details(many(2).to_dict("records")[1], FIELDS)


def test_there_is_a_question_for_every_task_and_it_names_the_labels():
    assert tuple(QUESTIONS) == TASKS
    asked = QUESTIONS["modality"](SETTINGS)
    assert all(label in asked for label in SETTINGS.labels)
    assert len({question(SETTINGS) for question in QUESTIONS.values()}) == len(TASKS)
