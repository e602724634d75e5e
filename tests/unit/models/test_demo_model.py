import pandas as pd
import pytest


@pytest.fixture(scope="module", autouse=True)
def imports() -> None:
    global demo_model
    from radonc.models import demo_model


@pytest.fixture(scope="module")
def tokenizer(train: pd.DataFrame):
    return demo_model.train_tokenizer(train["prompt"].to_list())


def test_the_corpus_gives_nobody_their_own_answer() -> None:
    pairs = pd.DataFrame({"prompt": [f"p{i}:" for i in range(50)], "completion": [f" a{i}" for i in range(50)]})
    texts = demo_model.corpus([pairs, pairs])
    assert len(texts) == 100
    assert {text.split(":")[0] for text in texts} == set(pairs["prompt"].str[:-1])
    assert all(text.split(":")[0][1:] != text.split(" a")[1] for text in texts)


def test_the_corpus_is_the_same_every_time(train: pd.DataFrame) -> None:
    assert demo_model.corpus([train]) == demo_model.corpus([train])


@pytest.mark.parametrize("text", ["50.4 Gy in 28 fractions", "C50.411", "naïve – ß 3+4=7", "two  spaces\n and lines"])
def test_the_tokenizer_gives_back_what_it_was_given(tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == text


def test_digits_are_single_tokens_and_padding_is_not_the_end(tokenizer) -> None:
    pieces = tokenizer.convert_ids_to_tokens(tokenizer("5040")["input_ids"])
    assert pieces == [demo_model.BOS, "5", "0", "4", "0"]
    assert len({tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.bos_token_id, tokenizer.unk_token_id}) == 4


@pytest.mark.parametrize("architecture", ["llama", "mistral"])
def test_the_models_are_what_they_are_called(tokenizer, architecture: str) -> None:
    model = demo_model.initial_model(architecture, tokenizer)
    assert type(model).__name__ == {"llama": "LlamaForCausalLM", "mistral": "MistralForCausalLM"}[architecture]
    assert model.num_parameters() < 2_500_000
