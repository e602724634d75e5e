import pytest

from radonc.models.lengths import audit
from radonc.models.loading import load_tokenizer
from radonc.run.errors import StudyError


@pytest.fixture(scope="module")
def tokenizer(base):
    return load_tokenizer(base)


@pytest.fixture(scope="module")
def whole(tokenizer, train) -> list[int]:
    return [len(tokenizer(text)["input_ids"]) for text in train["prompt"] + train["completion"] + "</s>"]


def test_it_counts_what_training_will_see(tokenizer, train, validation, whole) -> None:
    pairs = {"train": train, "validation": validation, "test": validation[:0]}
    report = audit(pairs, tokenizer, max_length=128, max_new_tokens=32, model="m", task="icd10")
    prompts = [len(tokenizer(prompt)["input_ids"]) for prompt in train["prompt"]]
    assert report["train"]["n"] == 64
    assert report["train"]["prompt"]["longest"] == max(prompts)
    assert report["train"]["completion"]["longest"] == max(w - p for w, p in zip(whole, prompts, strict=True))
    assert report["test"]["n"] == report["test"]["prompt"]["longest"] == 0


def test_a_pair_that_just_fits_passes_and_one_token_more_stops(tokenizer, train, whole) -> None:
    longest = max(whole)
    audit({"train": train}, tokenizer, max_length=longest, max_new_tokens=64, model="m", task="icd10")
    with pytest.raises(StudyError, match=r"audit_lengths.*models\.m\.recipe: max_length.*raise it") as error:
        audit({"train": train}, tokenizer, max_length=longest - 1, max_new_tokens=64, model="m", task="icd10")
    assert str(longest) in str(error.value)
    assert "prostate" not in str(error.value)


def test_an_answer_that_prediction_would_cut_stops(tokenizer, train) -> None:
    with pytest.raises(StudyError, match=r"predict\.max_new_tokens\.icd10"):
        audit({"test": train}, tokenizer, max_length=256, max_new_tokens=2, model="m", task="icd10")
