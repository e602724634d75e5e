from dataclasses import replace
from functools import partial

import pandas as pd
import pytest

from radonc.models.predict import Arm, Questions, Settings, predict
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.tasks import Icd10Task, Tasks
from radonc.runtime.shards import Shard
from radonc.study.prompts import completion, worked_examples

LABELS = ["C61", "C50.912", "C50.911", "C34.11", "C20"]
CODES = ["C15.3", "C15.4", "C61", "C50.911", "D05.11", "Z51.0"]
N = 20
SEQUENCES = [[5, 1, 9], [5, 1, 2, 9], [5, 3, 9], [7, 9]]


@pytest.fixture(scope="module", autouse=True)
def imports() -> None:
    global completion_tokens, decode_answer, load_backend, torch, transformers, TokenTree
    import torch

    from radonc.models.backends import completion_tokens, decode_answer, load_backend, transformers
    from radonc.models.backends.transformers import TokenTree


@pytest.fixture(scope="module")
def backend(base, load):
    return load(base)


@pytest.fixture(scope="module")
def questions(train) -> Questions:
    prompts = train["prompt"].to_list()[:N]
    return Questions(task="icd10", prompts=prompts, labels=LABELS, codes=CODES, max_new_tokens=12, bar="test")


@pytest.fixture(scope="module")
def answers(backend, questions) -> list:
    return backend.answer(questions, 8)


@pytest.fixture(scope="module")
def plain(backend, questions) -> list:
    """What transformers' own generate answers, prompt by prompt."""
    tokenizer, found = backend.tokenizer, []
    for prompt in questions.prompts:
        inputs = tokenizer(prompt, return_tensors="pt")
        tokens = backend.model.generate(
            **inputs, max_new_tokens=12, do_sample=False, pad_token_id=tokenizer.pad_token_id
        )
        found.append(decode_answer(tokenizer, tokens[0, inputs["input_ids"].shape[1] :].tolist()))
    return found


def texts(answers):
    return [(answer.text, answer.n_tokens, answer.finished) for answer in answers]


@pytest.mark.parametrize("batch_size", [1, 32])
def test_an_answer_does_not_depend_on_its_neighbours(backend, questions, answers, plain, batch_size) -> None:
    assert texts(backend.answer(replace(questions, labels=(), codes=()), batch_size)) == texts(answers) == texts(plain)
    assert len(set(texts(plain))) > 1


def test_nor_on_their_order(backend, questions, answers) -> None:
    straight = answers
    order = torch.randperm(N, generator=torch.Generator().manual_seed(1)).tolist()
    shuffled = backend.answer(replace(questions, prompts=[questions.prompts[i] for i in order]), 8)
    assert texts(shuffled) == [texts(straight)[i] for i in order]
    assert [answer.code for answer in shuffled] == [straight[i].code for i in order]
    for answer, i in zip(shuffled, order, strict=True):
        assert answer.log_p == pytest.approx(straight[i].log_p, abs=1e-4)


def test_equal_prompts_have_equal_answers(backend, questions) -> None:
    answers = backend.answer(replace(questions, prompts=[questions.prompts[5]] * 9), 4)
    assert len({(answer.text, answer.code) for answer in answers}) == 1


def test_what_the_model_did_not_end_is_said_so(backend, questions) -> None:
    cut = backend.answer(replace(questions, max_new_tokens=1), 4)
    assert all(answer.n_tokens <= 1 for answer in cut)
    assert not all(answer.finished for answer in cut)


def test_no_prompts_give_no_answers(backend, questions) -> None:
    assert backend.answer(replace(questions, prompts=[]), 8) == []


def one_by_one(backend, prompt: str) -> list[float]:
    """Score every label as a text of its own: slow, and plain to see."""
    tokenizer, scores = backend.tokenizer, []
    n_prompt = len(tokenizer(prompt)["input_ids"])
    for label in LABELS:
        tokens = tokenizer(f"{prompt} {label}</s>", return_tensors="pt")["input_ids"]
        log_p = backend.model(input_ids=tokens).logits[0].float().log_softmax(-1)
        scores.append(sum(float(log_p[i - 1, tokens[0, i]]) for i in range(n_prompt, tokens.shape[1])))
    return scores


def test_label_scores_are_those_of_the_labels_by_themselves_in_little_memory_too(
    backend, questions, answers, monkeypatch
) -> None:
    monkeypatch.setattr(transformers, "LOGITS_BYTES", 1)
    little = backend.answer(replace(questions, prompts=questions.prompts[:9]), 4)
    with torch.inference_mode():
        for prompt, answer, other in zip(questions.prompts, answers, little, strict=False):
            assert answer.log_p == pytest.approx(one_by_one(backend, prompt), abs=1e-4)
            assert other.log_p == pytest.approx(answer.log_p, abs=1e-4)


def test_a_constrained_answer_is_the_best_allowed_continuation(backend, questions, answers) -> None:
    assert {answer.code for answer in answers} <= set(CODES)
    behind = completion_tokens(backend.tokenizer, CODES)
    for prompt, answer in zip(questions.prompts[:6], answers, strict=False):
        left, tokens = behind, list(backend.tokenizer(prompt)["input_ids"])
        for depth in range(max(map(len, behind))):
            allowed = sorted({sequence[depth] for sequence in left})
            with torch.inference_mode():
                logits = backend.model(input_ids=torch.tensor([tokens])).logits[0, -1]
            token = allowed[int(logits[allowed].argmax())]
            left = [sequence for sequence in left if sequence[depth] == token]
            tokens.append(token)
            if token == backend.tokenizer.eos_token_id:
                break
        assert f"{prompt} {answer.code}</s>" == backend.tokenizer.decode(tokens).removeprefix("<s>").lstrip()


def test_reading_what_is_shared_once_changes_no_answer(backend, questions, answers, validation) -> None:
    shown = worked_examples(validation[:3])
    prompts = [shown + prompt for prompt in questions.prompts]
    apart = backend.answer(replace(questions, prompts=prompts), 8)
    shared = backend.answer(replace(questions, prompts=prompts, shared=shown), 8)
    assert texts(shared) == texts(apart)
    assert [answer.code for answer in shared] == [answer.code for answer in apart]
    for one, other in zip(shared, apart, strict=True):
        assert one.log_p == pytest.approx(other.log_p, abs=1e-4)
    assert texts(apart) != texts(answers)


def test_a_models_own_wishes_for_generation_are_not_followed(backend, questions, plain, monkeypatch) -> None:
    wishes = {"do_sample": True, "temperature": 5.0, "repetition_penalty": 9.0, "min_new_tokens": 9}
    monkeypatch.setattr(backend.model, "generation_config", transformers.GenerationConfig(**wishes))
    assert texts(backend.answer(replace(questions, labels=(), codes=()), 8)) == texts(plain)


def test_padding_is_not_the_end_and_the_end_ends(backend, plain) -> None:
    assert backend.tokenizer.pad_token_id != backend.tokenizer.eos_token_id
    assert all("</s>" not in answer.text for answer in plain)


def test_continuous_batching_answers_the_same(backend, questions, plain, monkeypatch) -> None:
    # By itself it takes all the memory that is free.
    little = partial(transformers.ContinuousBatchingConfig, num_blocks=64, max_batch_tokens=512)
    monkeypatch.setattr(transformers, "ContinuousBatchingConfig", little)
    few = replace(questions, prompts=questions.prompts[:6])
    answers = backend.answer_continuously(few)
    assert texts(answers) == texts(plain[:6])


def test_continuous_batching_that_loses_a_prompt_is_an_error(backend, questions, monkeypatch) -> None:
    monkeypatch.setattr(type(backend.model), "generate_batch", lambda *_, **__: {}, raising=False)
    with pytest.raises(RuntimeError, match=f"0 of {N} prompts"):
        backend.answer_continuously(questions)


def test_a_model_on_several_gpus_answers_free_texts_in_batches(backend, questions, plain, monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(backend, "answer_continuously", lambda _: ["the scheduler's"])
    free = replace(questions, labels=(), codes=())
    assert backend.answer(free, 8) == ["the scheduler's"]
    monkeypatch.setattr(backend.model, "hf_device_map", {"embed": 0, "head": 0}, raising=False)
    assert backend.answer(free, 8) == ["the scheduler's"]
    monkeypatch.setattr(backend.model, "hf_device_map", {"embed": 0, "head": 1})
    assert texts(backend.answer(free, 8)) == texts(plain)


def test_rows_of_a_cache_on_several_gpus_are_picked_by_numbers_on_the_cpu(monkeypatch) -> None:
    """A tensor of one GPU does not index one of another; ``meta`` plays the GPU."""
    picked = []

    class Cache:
        def batch_select_indices(self, rows: torch.Tensor) -> None:
            picked.append(rows.device.type)

    prompts = transformers.PromptCache(None, Cache(), torch.ones(2, 3, dtype=torch.bool, device="meta"), torch.eye(2))
    monkeypatch.setattr(transformers, "_forward", lambda *_: torch.eye(2)[:1])
    assert prompts.generate(4, end=0) == [[0], [1, 0]]
    monkeypatch.setattr(prompts, "_score", lambda rows, _: picked.append(rows.device.type) or [()] * len(rows))
    prompts.score(TokenTree.of([[0], [1]]))
    assert picked == ["cpu", "cpu"]


def test_fewer_gpus_than_the_model_needs_are_an_error(monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    with pytest.raises(StudyError, match="n_gpus: 4, but the job sees 2"):
        load_backend("transformers", "nowhere", None, bf16=True, n_gpus=4, threads=1, alias="m", known={})


def test_a_gpu_that_is_too_old_for_bfloat16_is_an_error(monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda _: (7, 0))
    monkeypatch.setattr("torch.cuda.get_device_name", lambda _: "Tesla V100")
    with pytest.raises(StudyError, match=r"Tesla V100 has 7\.0; ask for another GPU"):
        load_backend("transformers", "nowhere", None, bf16=True, n_gpus=1, threads=1, alias="m", known={})


def test_any_number_of_shards_gives_the_same_rows(backend, train, validation) -> None:
    train = train[:N]
    settings = Settings(batch_size=8, max_new_tokens=12, tasks=Tasks(icd10=Icd10Task()), n_examples=1, key="k")
    arm = Arm("icd10", "m", "fewshot")
    whole, _ = predict(backend, train, validation, arm, settings)
    parts = [predict(backend, train, validation, arm, settings, Shard(number, 3))[0] for number in (1, 2, 3)]
    together = pd.concat(parts).sort_values("case_id", ignore_index=True)
    # Equal to the last digit, the log-probabilities too: the batches are the same.
    pd.testing.assert_frame_equal(together, whole.sort_values("case_id", ignore_index=True), check_exact=True)


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


def test_completions_are_tokenised_as_in_training(backend, train) -> None:
    tokenizer = backend.tokenizer
    answers = ["C61", "C50.912", "photon"]
    for prompt in train["prompt"][:4]:
        alone = tokenizer(prompt)["input_ids"]
        whole = [tokenizer(prompt + completion(answer) + "</s>")["input_ids"] for answer in answers]
        assert [alone + tokens for tokens in completion_tokens(tokenizer, answers)] == whole
