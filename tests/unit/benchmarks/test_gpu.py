"""The GPU benchmark's checks see what they are for; what it times is what it says; nothing measured is lost."""

import gc
import importlib
import json
import sys
import weakref
from argparse import ArgumentTypeError, Namespace
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

FOLDER = Path(__file__).parents[3] / "benchmarks" / "gpu"
MODULES = ("run", "correct", "training", "agreement", "prediction", "page", "made_up")
ABOUT = {"shape": "tiny", "device": "CPU", "versions": {"torch": "1"}}


@pytest.fixture(scope="module", autouse=True)
def imports() -> None:
    """Import PyTorch when tests run: collecting them would pay for it in every worker."""
    global attention, torch, transformers
    import torch

    from radonc.models import attention
    from radonc.models.backends import transformers
    from radonc.models.loading import use_threads

    use_threads(1)


@pytest.fixture(scope="module")
def gpu():
    sys.path.insert(0, str(FOLDER))
    modules = SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
    # What is measured ends with a garbage collection, which need not go through all that these imports brought.
    gc.freeze()
    yield modules
    sys.path.remove(str(FOLDER))
    for name in MODULES:
        del sys.modules[name]


@pytest.fixture
def options() -> Namespace:
    return Namespace(shape="tiny", steps=3, batch_size=2, cases=3, plain_cases=2)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_rows_without_padding_pass(gpu, dtype) -> None:
    assert len(gpu.correct.check("cpu", getattr(torch, dtype))) == 3


@pytest.mark.parametrize("wrong", ["query", "key", "value"])
def test_a_wrong_gradient_behind_a_right_output_is_seen(gpu, monkeypatch, wrong) -> None:
    right = attention.separate_samples

    def steeper(module, query, key, value, *rest, **more):
        given = {"query": query, "key": key, "value": value}
        given[wrong] = given[wrong] + 0.1 * (given[wrong] - given[wrong].detach())
        return right(module, *given.values(), *rest, **more)

    monkeypatch.setattr(attention, "separate_samples", steeper)
    with pytest.raises(AssertionError, match="differ from single samples"):
        gpu.correct.check("cpu", torch.float32)


def test_samples_that_see_each_other_are_seen(gpu, monkeypatch) -> None:
    right = attention.separate_samples

    def together(*given, cu_seq_lens_q, max_length_q, **more):
        borders = cu_seq_lens_q[[0, -1]]
        return right(*given, cu_seq_lens_q=borders, max_length_q=max_length_q + int(borders[-1]), **more)

    monkeypatch.setattr(attention, "separate_samples", together)
    with pytest.raises(AssertionError, match="reached another sample"):
        gpu.correct.check("cpu", torch.float32)


def test_no_checkpoint_is_timed_and_no_model_outlives_its_training(gpu, options, monkeypatch) -> None:
    from transformers import TrainerCallback

    events, models, build = [], [], gpu.made_up.model

    class Saves(TrainerCallback):
        def on_save(self, _args, state, _control, **_) -> None:
            events.append(("save", state.global_step))

        def on_step_end(self, _args, state, _control, **_) -> None:
            events.append(("end", state.global_step))

    def watched(*given, **more):
        model = build(*given, **more)
        models.append(weakref.ref(model))
        return model

    def make(*given):
        trainer = gpu.training.ours(*given)
        trainer.add_callback(Saves())
        return trainer

    monkeypatch.setattr(gpu.made_up, "model", watched)
    record = gpu.training.fitted(make, options, "cpu", torch.float32)
    assert record["useful_tokens_per_second"] > 0
    assert events[: options.steps] == [("end", step + 1) for step in range(options.steps)]
    gc.collect()
    assert [model() for model in models] == [None]


def test_a_full_memory_is_told_and_what_it_held_is_free(gpu, options) -> None:
    held = []

    def make(model, *_):
        held.append(weakref.ref(model))
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB.")

    assert gpu.training.fitted(make, options, "cpu", torch.float32) == {"did_not_fit": "CUDA out of memory"}
    assert held[0]() is None


def test_what_was_measured_before_an_error_is_kept(gpu, monkeypatch, tmp_path) -> None:
    def fitted(make, *_):
        if make is gpu.training.plain_trl:
            raise RuntimeError("lost")
        return {"useful_tokens_per_second": 12_345.0, "tflops": 1.0, "peak_memory_mb": 5000.0}

    monkeypatch.setattr(gpu.training, "fitted", fitted)
    with pytest.raises(RuntimeError, match="lost"):
        gpu.run.main(["--only", "train", "--shape", "tiny", "--on-cpu", "--out", str(tmp_path)])
    assert json.loads((tmp_path / "results.json").read_text())["train"][gpu.training.OURS]["tflops"] == 1.0
    assert "12,345" in (tmp_path / "results.md").read_text()


def test_stages_add_to_each_other_but_not_to_another_devices(gpu, tmp_path, capsys) -> None:
    gpu.run.write({**ABOUT, "correct": ["all right"]}, tmp_path)
    assert gpu.run.begun(tmp_path / "results.json", ABOUT)["correct"] == ["all right"]
    other = {**ABOUT, "device": "another"}
    assert gpu.run.begun(tmp_path / "results.json", other) == other
    assert "replaced" in capsys.readouterr().out
    assert gpu.run.stages("predict,correct") == ["correct", "predict"]
    with pytest.raises(ArgumentTypeError, match="no stage: warm"):
        gpu.run.stages("warm")


def test_adapters_stay_in_float32_on_a_model_in_bfloat16(gpu) -> None:
    model = gpu.prediction.with_adapters("tiny", "cpu", torch.bfloat16)
    kinds = {("lora" in name, weights.dtype) for name, weights in model.named_parameters()}
    assert kinds == {(True, torch.float32), (False, torch.bfloat16)}


@pytest.fixture
def few(gpu, monkeypatch):
    monkeypatch.setattr(gpu.prediction, "N_COMPARED", 4)
    monkeypatch.setattr(gpu.prediction, "N_SCORED", 2)
    monkeypatch.setattr(gpu.made_up, "ANSWERS", {"regimen": 6, "modality": 2, "icd10": 3})
    monkeypatch.setattr(gpu.agreement, "methods", lambda: {"batched reader": gpu.agreement.by_reader})
    return gpu


def small_cache(backend, questions):
    """Batch continuously in little memory: by itself it takes all that is free."""
    little = partial(transformers.ContinuousBatchingConfig, num_blocks=64, max_batch_tokens=512)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transformers, "ContinuousBatchingConfig", little)
        return backend.answer_continuously(questions)


def test_all_ways_of_answering_agree(few, monkeypatch) -> None:
    both = {"batched reader": few.agreement.by_reader, "continuous batching": small_cache}
    monkeypatch.setattr(few.agreement, "methods", lambda: both)
    lines = few.prediction.exact("cpu")
    assert len(lines) == 5
    assert all("0 of " in line for line in lines)


@pytest.mark.parametrize("fault", ["another prompt", "no adapter", "a broken scheduler"])
def test_a_wrong_answer_is_seen(few, monkeypatch, fault) -> None:
    right = few.agreement.by_reader

    def wrong(backend, questions):
        if fault == "a broken scheduler":
            raise RuntimeError("answered 0 of 4 prompts")
        if fault == "no adapter":
            with backend.model.disable_adapter():
                return right(backend, questions)
        cut = [prompt[: len(prompt) // 2] for prompt in questions.prompts]
        return right(backend, replace(questions, prompts=cut))

    monkeypatch.setattr(few.agreement, "methods", lambda: {"the wrong way": wrong})
    with pytest.raises(AssertionError, match="the wrong way"):
        few.prediction.exact("cpu")


def test_wrong_scores_of_labels_are_seen(few, monkeypatch) -> None:
    right = few.agreement.Transformers.answer

    def shifted(backend, questions, batch_size):
        answers = right(backend, questions, batch_size)
        return [replace(answer, log_p=tuple(score - 0.05 for score in answer.log_p)) for answer in answers]

    monkeypatch.setattr(few.agreement.Transformers, "answer", shifted)
    with pytest.raises(AssertionError, match="scores of labels"):
        few.prediction.exact("cpu")


def test_both_free_ways_are_timed_on_the_same_prompts_and_a_broken_one_ends_nothing(few, options, monkeypatch) -> None:
    def fails(backend, questions):
        if len(questions.prompts) == options.cases:
            raise RuntimeError("out of memory")
        return few.agreement.by_reader(backend, questions)

    both = {"batched reader": few.agreement.by_reader, "continuous batching": fails}
    monkeypatch.setattr(few.agreement, "methods", lambda: both)
    record = dict(ABOUT)
    kept = []
    few.prediction.all_ways(options, "cpu", torch.float32, record, lambda: kept.append(few.page.page(record)))
    assert len(record["predict"]) == 3 * (3 + 2 + 2)
    assert {row.get("failed") for row in record["predict"] if row["way"] == "continuous batching"} == {"out of memory"}
    assert len(kept) == 1 + len(record["predict"])
    assert "27 answers, free ones by batched reader" in kept[-1]
    assert "27 answers, free ones by continuous batching" not in kept[-1]


def rows(free: dict[str, float]) -> list[dict]:
    record = []
    for arm in ("base", "fewshot", "tuned"):
        record += [{"arm": arm, "task": "regimen", "way": way, "n": 100, "seconds": s} for way, s in free.items()]
        record += [{"arm": arm, "task": "icd10", "way": "labels", "n": 100, "seconds": 5.0}]
        record += [{"arm": arm, "task": task, "way": "plain", "n": 10, "seconds": 3.0} for task in ("regimen", "icd10")]
    return record


def test_the_page_puts_the_plain_way_up_to_all_cases_and_compares_the_two_free_ways(gpu) -> None:
    page = gpu.page.page({**ABOUT, "predict": rows({"batched reader": 10.0, "continuous batching": 20.0})})
    assert "| 600 answers, free ones by batched reader, s | 45 | 180 | 4.00 | ≤ 5 s, ≥ 3 × |" in page
    assert "| 600 answers, free ones by continuous batching, s | 75 | 180 | 2.40 |" in page
    assert "batched reader 30, continuous batching 60 | | | 2.00 |" in page


def test_the_page_says_what_did_not_fit(gpu) -> None:
    train = {
        gpu.training.OURS: {"useful_tokens_per_second": 9000.0, "tflops": 250.0, "peak_memory_mb": 60_000.0},
        gpu.training.PLAIN: {"did_not_fit": "CUDA out of memory"},
    }
    page = gpu.page.page({**ABOUT, "ceiling_tflops": 500.0, "train": train})
    assert "| training, useful tokens/s | 9,000 | did not fit | | ≥ 14,000 |" in page.replace("|  |", "| |")
    assert "| 50% | did not fit |" in page
