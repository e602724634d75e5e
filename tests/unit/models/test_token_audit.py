import json
import os
import subprocess
import sys

import pytest

from radonc.models.token_audit import audit_lengths, audit_prompts, load_tokenizer_without_torch, n_positions
from radonc.runtime.errors import StudyError
from radonc.study.prompts import worked_examples


@pytest.fixture(scope="module", autouse=True)
def imports() -> None:
    global load_tokenizer
    from radonc.models.loading import load_tokenizer


@pytest.fixture(scope="module")
def tokenizer(base):
    return load_tokenizer(base)


@pytest.fixture(scope="module")
def full(tokenizer, train) -> list[int]:
    return [len(tokenizer(text)["input_ids"]) for text in train["prompt"] + train["completion"] + "</s>"]


def test_it_counts_what_training_will_see(tokenizer, train, validation, full) -> None:
    pairs = {"train": train, "validation": validation, "test": validation[:0]}
    report = audit_lengths(pairs, tokenizer, max_length=128, model="m", task="icd10")
    prompts = [len(tokenizer(prompt)["input_ids"]) for prompt in train["prompt"]]
    assert report["train"]["n"] == 64
    assert report["train"]["prompt"]["longest"] == max(prompts)
    assert report["train"]["completion"]["longest"] == max(w - p for w, p in zip(full, prompts, strict=True))
    assert report["test"]["n"] == report["test"]["prompt"]["longest"] == 0


def test_a_pair_that_just_fits_passes_and_one_token_more_stops(tokenizer, train, full) -> None:
    longest = max(full)
    audit_lengths({"train": train}, tokenizer, max_length=longest, model="m", task="icd10")
    with pytest.raises(StudyError, match=r"audit_lengths.*models\.m\.recipe: max_length.*raise it") as error:
        audit_lengths({"train": train}, tokenizer, max_length=longest - 1, model="m", task="icd10")
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


TEXT = "Diagnosis: C50.9 left breast, 40.05 Gy in 15 fractions"
SCRIPT = """
import json, sys
from radonc.models.token_audit import n_positions, load_tokenizer_without_torch
folder, text = sys.argv[1:]
tokens = load_tokenizer_without_torch(folder)(text)["input_ids"]
print(json.dumps([tokens, n_positions(folder), "torch._C" in sys.modules]))
"""


def test_without_torch_it_is_the_tokenizer_of_training(base) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", SCRIPT, str(base), TEXT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    expected = load_tokenizer(base)(TEXT)["input_ids"]
    assert json.loads(done.stdout.splitlines()[-1]) == [expected, n_positions(base), False]


def test_where_torch_is_loaded_it_stays(base) -> None:
    import torch

    assert load_tokenizer_without_torch(base)(TEXT)["input_ids"] == load_tokenizer(base)(TEXT)["input_ids"]
    assert sys.modules["torch"] is torch
