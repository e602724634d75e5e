import pytest

from radonc.models.lengths import audit, audit_prompts
from radonc.models.loading import load_tokenizer
from radonc.runtime.errors import StudyError
from radonc.study.prompts import worked_examples


@pytest.fixture(scope="module")
def tokenizer(base):
    return load_tokenizer(base)


@pytest.fixture(scope="module")
def whole(tokenizer, train) -> list[int]:
    return [len(tokenizer(text)["input_ids"]) for text in train["prompt"] + train["completion"] + "</s>"]


def test_it_counts_what_training_will_see(tokenizer, train, validation, whole) -> None:
    pairs = {"train": train, "validation": validation, "test": validation[:0]}
    report = audit(pairs, tokenizer, max_length=128, model="m", task="icd10")
    prompts = [len(tokenizer(prompt)["input_ids"]) for prompt in train["prompt"]]
    assert report["train"]["n"] == 64
    assert report["train"]["prompt"]["longest"] == max(prompts)
    assert report["train"]["completion"]["longest"] == max(w - p for w, p in zip(whole, prompts, strict=True))
    assert report["test"]["n"] == report["test"]["prompt"]["longest"] == 0


def test_a_pair_that_just_fits_passes_and_one_token_more_stops(tokenizer, train, whole) -> None:
    longest = max(whole)
    audit({"train": train}, tokenizer, max_length=longest, model="m", task="icd10")
    with pytest.raises(StudyError, match=r"audit_lengths.*models\.m\.recipe: max_length.*raise it") as error:
        audit({"train": train}, tokenizer, max_length=longest - 1, model="m", task="icd10")
    assert str(longest) in str(error.value)
    assert "prostate" not in str(error.value)


LIMITS = {"n_positions": 1024, "max_new_tokens": 32, "model": "m", "task": "icd10"}


def test_prompts_are_counted_with_their_examples(tokenizer, train) -> None:
    shown = worked_examples(train[:2])
    report = audit_prompts(train, shown, tokenizer, **LIMITS)
    lengths = [len(tokenizer(shown + prompt)["input_ids"]) for prompt in train["prompt"]]
    assert (report["n"], report["prompt"]["longest"]) == (64, max(lengths))
    assert report["examples"] == len(tokenizer(shown)["input_ids"])
    assert audit_prompts(train, "", tokenizer, **LIMITS)["examples"] == 0


def test_a_prompt_that_leaves_no_room_for_an_answer_stops(tokenizer, train) -> None:
    shown = worked_examples(train[:2])
    longest = audit_prompts(train, shown, tokenizer, **LIMITS)["prompt"]["longest"]
    audit_prompts(train, shown, tokenizer, **{**LIMITS, "n_positions": longest + 32})
    with pytest.raises(StudyError, match=r"leave no room.*predict\.n_examples") as error:
        audit_prompts(train, shown, tokenizer, **{**LIMITS, "n_positions": longest + 31})
    assert "prostate" not in str(error.value)
    with pytest.raises(StudyError, match=r"leave no room.*prompt\.fields"):
        audit_prompts(train, "", tokenizer, **{**LIMITS, "n_positions": 40})


def test_an_answer_that_prediction_would_cut_stops(tokenizer, train) -> None:
    with pytest.raises(StudyError, match=r"predict\.max_new_tokens\.icd10"):
        audit_prompts(train, "", tokenizer, **{**LIMITS, "max_new_tokens": 2})
