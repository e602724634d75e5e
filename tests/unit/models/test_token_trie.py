import pytest

from radonc.models.loading import load_tokenizer
from radonc.models.token_trie import TokenTree, build_trie, completion_tokens
from radonc.runtime.errors import StudyError
from radonc.study.prompts import completion

SEQUENCES = [[5, 1, 9], [5, 1, 2, 9], [5, 3, 9], [7, 9]]


def test_a_tree_feeds_what_sequences_share_once() -> None:
    tree = TokenTree.of(SEQUENCES)
    assert tree.tokens == [5, 1, 2, 3, 7]
    assert tree.parents == [-1, 0, 1, 0, -1]
    assert tree.depths == [0, 1, 2, 1, 0]


def test_the_paths_of_a_tree_are_the_sequences() -> None:
    tree = TokenTree.of(SEQUENCES)
    assert [[tree.edges[edge][1] for edge in path] for path in tree.paths] == SEQUENCES
    for path in tree.paths:
        places = [tree.edges[edge][0] for edge in path]
        assert places[0] == -1
        assert [tree.parents[place] for place in places[1:]] == places[:-1]


def test_a_label_of_one_token_needs_nothing_fed() -> None:
    assert TokenTree.of([[4], [6]]).tokens == []


def test_a_trie_holds_the_sequences_and_no_other() -> None:
    trie = build_trie(SEQUENCES)
    assert trie == {5: {1: {9: {}, 2: {9: {}}}, 3: {9: {}}}, 7: {9: {}}}


def test_completions_are_tokenised_as_in_training(base, train) -> None:
    tokenizer = load_tokenizer(base)
    answers = ["C61", "C50.912", "photon"]
    for prompt in train["prompt"][:4]:
        alone = tokenizer(prompt)["input_ids"]
        whole = [tokenizer(prompt + completion(answer) + "</s>")["input_ids"] for answer in answers]
        assert [alone + tokens for tokens in completion_tokens(tokenizer, answers)] == whole


def test_a_tokenizer_that_joins_prompt_and_answer_is_refused() -> None:
    class Joining:
        eos_token_id = 0

        def __call__(self, texts):
            return {"input_ids": [1, 2] if isinstance(texts, str) else [[1, 3] for _ in texts]}

    with pytest.raises(StudyError, match="joins 'Answer:'"):
        completion_tokens(Joining(), ["C61"])
