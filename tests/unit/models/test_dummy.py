from radonc.models.backend import Questions
from radonc.models.backends.dummy import Dummy

KNOWN = {"icd10": ["C61"] * 90 + ["C20"] * 10}
QUESTIONS = Questions(
    task="icd10",
    prompts=[f"prompt {i}" for i in range(400)],
    max_new_tokens=8,
    labels=["C61", "C20"],
    codes=["C50.911", "C61"],
    bar="dummy",
)


def test_the_same_prompt_has_the_same_answer_whatever_stands_beside_it() -> None:
    answers = Dummy("m", KNOWN).answer(QUESTIONS, 32)
    assert Dummy("m", KNOWN).answer(QUESTIONS, 1) == answers
    assert Dummy("other", KNOWN).answer(QUESTIONS, 32) != answers


def test_answers_are_drawn_as_often_as_they_were_known() -> None:
    answers = Dummy("m", KNOWN).answer(QUESTIONS, 32)
    assert 0.8 < sum(answer.text == "C61" for answer in answers) / 400 < 0.97
    assert {answer.code for answer in answers} == set(QUESTIONS.codes)
    assert all(len(answer.log_p) == 2 and max(answer.log_p) <= 0 for answer in answers)
