import pandas as pd
import pytest

from radonc.data.schemas import PREDICTIONS
from radonc.models.loading import load_model, load_tokenizer
from radonc.models.predict import generate, predict
from radonc.run.digests import of_text
from radonc.run.logs import Progress
from radonc.run.tables import validate


@pytest.fixture(scope="module")
def model(base):
    return load_model(base, bf16=False)


@pytest.fixture(scope="module")
def tokenizer(base):
    return load_tokenizer(base)


def test_an_answer_does_not_depend_on_its_neighbours(model, tokenizer, train) -> None:
    prompts = train["prompt"].to_list()
    alone = generate(model, tokenizer, prompts, 1, 12, Progress("alone", len(prompts)))
    together = generate(model, tokenizer, prompts, 32, 12, Progress("together", len(prompts)))
    backwards = generate(model, tokenizer, prompts[::-1], 7, 12, Progress("backwards", len(prompts)))
    assert alone == together == backwards[::-1]
    assert len(set(alone)) > 1


def test_answers_stand_beside_their_references(model, tokenizer, train) -> None:
    shuffled = train.sample(frac=1, random_state=3)
    settings = {"task": "icd10", "name": "demo", "arm": "base", "run": "-", "batch_size": 8, "max_new_tokens": 12}
    predictions = validate(predict(model, tokenizer, shuffled, **settings), PREDICTIONS)
    assert predictions["case_id"].to_list() == shuffled["case_id"].to_list()
    assert (" " + predictions["reference"]).to_list() == shuffled["completion"].to_list()
    assert predictions["prompt_digest"].to_list() == [of_text(prompt) for prompt in shuffled["prompt"]]
    assert (predictions["n_tokens"] <= 12).all()
    straight = predict(model, tokenizer, train, **settings)
    pd.testing.assert_frame_equal(
        predictions.sort_values("case_id", ignore_index=True), validate(straight, PREDICTIONS)
    )


def test_what_the_model_did_not_end_is_said_so(model, tokenizer, train) -> None:
    cut = generate(model, tokenizer, train["prompt"].to_list()[:4], 4, 1, Progress("cut", 4))
    assert all(answer.n_tokens <= 1 for answer in cut)
    assert not all(answer.finished for answer in cut)


def test_no_prompts_give_no_answers(model, tokenizer) -> None:
    assert generate(model, tokenizer, [], 8, 4, Progress("none", 0)) == []
