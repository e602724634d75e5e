import pytest

from radonc.models.backends import Dummy, build_trie, completion_tokens
from radonc.models.predict import Questions
from radonc.runtime.errors import StudyError

KNOWN = {"icd10": ["C61"] * 90 + ["C20"] * 10}
QUESTIONS = Questions(
    task="icd10",
    prompts=[f"prompt {i}" for i in range(400)],
    max_new_tokens=8,
    labels=["C61", "C20"],
    codes=["C50.911", "C61"],
    bar="dummy",
)
SEQUENCES = [[5, 1, 9], [5, 1, 2, 9], [5, 3, 9], [7, 9]]


def test_a_trie_holds_the_sequences_and_no_other() -> None:
    trie = build_trie(SEQUENCES)
    assert trie == {5: {1: {9: {}, 2: {9: {}}}, 3: {9: {}}}, 7: {9: {}}}


def test_a_tokenizer_that_joins_prompt_and_answer_is_refused() -> None:
    class Joining:
        eos_token_id = 0

        def __call__(self, texts):
            return {"input_ids": [1, 2] if isinstance(texts, str) else [[1, 3] for _ in texts]}

    with pytest.raises(StudyError, match="joins 'Answer:'"):
        completion_tokens(Joining(), ["C61"])


def test_the_same_prompt_has_the_same_answer_whatever_stands_beside_it() -> None:
    answers = Dummy("m", KNOWN).answer(QUESTIONS, 32)
    assert Dummy("m", KNOWN).answer(QUESTIONS, 1) == answers
    assert Dummy("other", KNOWN).answer(QUESTIONS, 32) != answers


def test_answers_are_drawn_as_often_as_they_were_known() -> None:
    answers = Dummy("m", KNOWN).answer(QUESTIONS, 32)
    assert 0.8 < sum(answer.text == "C61" for answer in answers) / 400 < 0.97
    assert {answer.code for answer in answers} == set(QUESTIONS.codes)
    assert all(len(answer.log_p) == 2 and max(answer.log_p) <= 0 for answer in answers)
