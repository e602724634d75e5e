"""Numbers that go wrong stop: a loss, a gradient, a weight or a score that is not finite is never a result."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from radonc.models import finetune as module
from radonc.models.backend import Answer, Questions
from radonc.models.backends import transformers
from radonc.models.backends.transformers import load
from radonc.models.finetune import finetune, last_checkpoint
from radonc.models.finite import is_finite, require_finite_weights
from radonc.models.loading import load_model
from radonc.models.predict import Arm, Settings, predict
from radonc.models.training import Trainer, advice
from radonc.runtime import launch
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.tasks import ModalityTask, Tasks

ROOT = Path(__file__).parents[3]
NUMBERS = [torch.float32, torch.bfloat16, torch.float16, torch.float8_e4m3fn]
SETTINGS = Settings(batch_size=8, max_new_tokens=4, tasks=Tasks(modality=ModalityTask(labels=["photon", "proton"])))
LABELS = ["C61", "C50.912", "C34.11", "C20"]


def places(folder, label="finetune m icd10 seed1"):
    return {"seed": 1, "checkpoints": folder / "checkpoints", "adapter": folder / "adapter", "label": label}


def exploding(recipe, rate, **more):
    """A recipe whose first step changes nothing, and whose second one ruins the adapter."""
    schedule = {"lr_scheduler_type": "constant_with_warmup", "warmup_steps": 4}
    return recipe.model_copy(update={**schedule, "learning_rate": rate, "save_steps": 1, **more})


def damaged(folder, copy, name, value=torch.nan):
    """Copy weights with one number of one tensor replaced."""
    shutil.copytree(folder, copy)
    [path] = copy.glob("*.safetensors")
    weights = load_file(path)
    key = next(key for key in weights if name in key)
    weights[key].view(-1)[-1] = value
    save_file(weights, path, metadata={"format": "pt"})
    return copy


def loud(folder, copy):
    """Copy a model whose weights are finite and whose logits are not."""
    shutil.copytree(folder, copy)
    weights = load_file(copy / "model.safetensors")
    weights["model.norm.weight"] *= 3e38 / weights["model.norm.weight"].max()
    weights["lm_head.weight"] *= 1e6
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    return copy


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("shape", [(1,), (300, 41)])
def test_one_number_among_many_is_seen(dtype, shape) -> None:
    numbers = torch.linspace(-2, 2, torch.Size(shape).numel()).reshape(shape).to(dtype)
    assert is_finite(numbers)
    # Eight bits of this kind have no infinity.
    for value in (torch.nan,) if dtype.itemsize == 1 else (torch.nan, torch.inf, -torch.inf):
        for place in {0, numbers.numel() // 2, numbers.numel() - 1}:
            ruined = numbers.clone()
            ruined.view(-1)[place] = value
            assert not is_finite(ruined)


def test_of_no_numbers_none_is_wrong() -> None:
    assert is_finite(torch.zeros(0, 4))


# Training


def test_a_learning_rate_that_explodes_stops_and_says_what_to_lower(tmp_path, base, train, validation, recipe) -> None:
    wild = exploding(recipe, 1e30)
    errors = []
    for _ in range(2):
        with pytest.raises(StudyError) as error:
            finetune(base, train, validation[:0], wild, **places(tmp_path))
        errors.append(str(error.value))
    # The second try goes on from a checkpoint that was finite, and says the same.
    assert errors[0] == errors[1]
    assert "finetune m icd10 seed1: the loss is not finite in step 3, at the learning rate 5e+29;" in errors[0]
    assert "lower the recipe's learning_rate (1e+30)" in errors[0]
    assert "\n" not in errors[0]
    assert last_checkpoint(tmp_path / "checkpoints").name == "checkpoint-2"
    require_finite_weights(last_checkpoint(tmp_path / "checkpoints"))
    assert not (tmp_path / "adapter").exists()


def test_a_validation_that_explodes_stops_before_the_checkpoint(tmp_path, base, train, validation, recipe) -> None:
    with pytest.raises(StudyError, match=r"the validation loss is not finite after step 2; lower the recipe's"):
        finetune(base, train, validation, exploding(recipe, 1e30), **places(tmp_path))
    assert last_checkpoint(tmp_path / "checkpoints").name == "checkpoint-1"


@pytest.mark.parametrize("max_steps", [2, -1])
def test_weights_that_are_no_numbers_are_not_saved(tmp_path, base, train, validation, recipe, max_steps) -> None:
    wild = exploding(recipe, 1e39, max_steps=max_steps)
    with pytest.raises(StudyError, match=r"trained weights are not finite after step 2; lower"):
        finetune(base, train, validation[:0], wild, **places(tmp_path))
    assert last_checkpoint(tmp_path / "checkpoints").name == "checkpoint-1"
    assert not (tmp_path / "adapter").exists()


@pytest.mark.parametrize("n_logged", [1, 10])
def test_an_infinite_loss_of_one_of_the_batches_of_a_step_is_not_hidden(
    tmp_path, base, train, validation, recipe, monkeypatch, n_logged
) -> None:
    """The gradients of such a loss may be finite, and transformers logs the mean of other steps in its place."""
    n_batches = []

    def compute_loss(self, *args, **kwargs):
        loss = usual(self, *args, **kwargs)
        n_batches.append(1)
        return loss + torch.inf if len(n_batches) == 7 else loss

    usual = Trainer.compute_loss
    monkeypatch.setattr(Trainer, "compute_loss", compute_loss)
    more = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 4, "logging_steps": n_logged}
    settings = recipe.model_copy(update=more)
    with pytest.raises(StudyError, match=r"the loss is not finite in step 2, at the learning rate 0\.005"):
        finetune(base, train, validation[:0], settings, **places(tmp_path))
    assert len(n_batches) == 8


def test_an_infinite_gradient_stops_before_the_step_is_taken(tmp_path, base, train, validation, recipe) -> None:
    trainer = module.load_trainer(base, train, validation[:0], recipe, 1, tmp_path, "m")
    weights = next(layer for layer in trainer.model.parameters() if layer.requires_grad)
    before = weights.detach().clone()
    weights.register_hook(lambda gradient: gradient * torch.inf)
    with pytest.raises(StudyError, match=r"^m: the gradient norm is not finite in step 1,.*the model itself"):
        trainer.train()
    assert torch.equal(weights, before)


def test_what_another_process_sees_ends_all(tmp_path, base, train, validation, recipe, monkeypatch) -> None:
    trainer = module.load_trainer(base, train, validation[:0], recipe, 1, tmp_path, "m")

    def gather(found):
        return torch.cat([found, torch.tensor([[1.0, torch.nan]])]) if found.shape == (1, 2) else found

    monkeypatch.setattr(trainer.accelerator, "gather", gather)
    with pytest.raises(StudyError, match="the gradient norm is not finite in step 1"):
        trainer.train()


def test_a_checkpoint_that_was_damaged_is_not_gone_on_from(
    tmp_path, base, train, validation, recipe, monkeypatch
) -> None:
    def die(*_, **__):
        raise KeyboardInterrupt

    given = (base, train[:16], validation, recipe)
    with monkeypatch.context() as patched:
        patched.setattr(module, "_best_step", die)
        with pytest.raises(KeyboardInterrupt):
            finetune(*given, **places(tmp_path))
    last = last_checkpoint(tmp_path / "checkpoints")
    damaged(last, tmp_path / "copy", "lora_A")
    shutil.copy(tmp_path / "copy" / "adapter_model.safetensors", last)
    with pytest.raises(StudyError, match=r"checkpoint-4/adapter_model\.safetensors: the weights '.*lora_A.*'"):
        finetune(*given, **places(tmp_path))
    # Nor is its adapter written, should it come in another way.
    monkeypatch.setattr(module, "require_finite_weights", lambda *_: None)
    with pytest.raises(StudyError, match="trained weights are not finite after step 4"):
        finetune(*given, **places(tmp_path))
    assert not (tmp_path / "adapter").exists()


def test_a_model_that_computes_no_numbers_is_at_fault_itself(tmp_path, base, train, validation, recipe) -> None:
    with pytest.raises(StudyError, match=r"the loss is not finite in step 1.*the model itself is at fault: use"):
        finetune(loud(base, tmp_path / "loud"), train, validation, recipe, **places(tmp_path))


@pytest.mark.parametrize(
    ("updated", "bf16", "in_4bit", "said"),
    [
        (True, False, False, "learning_rate (0.5), say to a tenth, or raise its warmup_steps"),
        (True, True, False, "warmup_steps; if that does not help, set bf16: false"),
        (True, True, True, "warmup_steps; if that does not help, set load_in_4bit: false or bf16: false"),
        (False, False, False, "the model itself is at fault: use another one"),
        (False, False, True, "at fault: set load_in_4bit: false in the recipe, or use another one"),
    ],
)
def test_what_is_to_be_lowered(updated, bf16, in_4bit, said) -> None:
    assert advice(learning_rate=0.5, updated=updated, bf16=bf16, in_4bit=in_4bit).endswith(said)


@pytest.mark.slow
def test_two_processes_stop_together(tmp_path, base, train, validation, recipe) -> None:
    model = tmp_path / "m" / "model.json"
    model.parent.mkdir()
    model.write_text(json.dumps({"digest": "d", "folder": str(base)}))
    train.to_parquet(tmp_path / "train.parquet")
    validation.to_parquet(tmp_path / "validation.parquet")
    settings = exploding(recipe, 1e30, n_gpus=2, save_steps=100)
    command = (
        f"{launch.command(2, 1)} workflow/scripts/finetune.py --model {model} --task icd10 --run seed1"
        f" --train {tmp_path}/train.parquet --validation {tmp_path}/validation.parquet --threads 1 --code x"
        f" --recipe '{settings.model_dump_json()}' --checkpoints {tmp_path}/checkpoints --log {tmp_path}/log"
        f" --adapter {tmp_path}/adapter/adapter_model.safetensors --curve {tmp_path}/curve.parquet"
        f" --manifest {tmp_path}/manifest.json"
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "workflow" / "lib")},
    )  # fmt: skip
    assert done.returncode != 0
    assert "finetune m icd10 seed1: the loss is not finite in step 3" in done.stderr
    assert not (tmp_path / "adapter").exists()


# Loading


@pytest.mark.parametrize("in_4bit", [False, True])
@pytest.mark.parametrize(("name", "value"), [("embed_tokens", torch.nan), ("down_proj", -torch.inf)])
def test_a_base_model_of_no_numbers_is_not_loaded(tmp_path, base, in_4bit, name, value) -> None:
    folder = damaged(base, tmp_path / "base", name, value)
    with pytest.raises(StudyError, match=rf"base/model\.safetensors: the weights '.*{name}.*' hold a NaN or an inf"):
        load_model(folder, bf16=False, in_4bit=in_4bit)


@pytest.fixture(scope="module")
def adapter(tmp_path_factory, base, train, validation, recipe):
    folder = tmp_path_factory.mktemp("adapter")
    finetune(base, train, validation[:0], recipe.model_copy(update={"max_steps": 2}), **places(folder))
    return folder / "adapter"


def test_an_adapter_of_no_numbers_does_not_answer(tmp_path, base, adapter) -> None:
    load(base, bf16=False, adapter=adapter)
    folder = damaged(adapter, tmp_path / "adapter", "lora_B")
    with pytest.raises(StudyError, match=r"adapter/adapter_model\.safetensors: the weights '.*lora_B.*'.*train the"):
        load(base, bf16=False, adapter=folder)


# Prediction


@pytest.fixture(scope="module")
def speechless(tmp_path_factory, base):
    """A model whose weights are finite and whose logits are not."""
    return load(loud(base, tmp_path_factory.mktemp("loud") / "base"), bf16=False, adapter=None)


@pytest.fixture
def questions(train) -> Questions:
    return Questions(task="icd10", prompts=train["prompt"].to_list()[:3], max_new_tokens=4, bar="predict m icd10 base")


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("asked", [{}, {"labels": LABELS}, {"codes": LABELS}, {"shared": "Age:"}])
def test_logits_that_are_no_numbers_give_no_answer(speechless, questions, batch_size, asked) -> None:
    with pytest.raises(FloatingPointError, match="logits are not finite"):
        speechless.answer(replace(questions, **asked), batch_size)


def test_nor_do_they_in_continuous_batching(speechless, questions, monkeypatch) -> None:
    little = partial(transformers.ContinuousBatchingConfig, num_blocks=64, max_batch_tokens=512)
    monkeypatch.setattr(transformers, "ContinuousBatchingConfig", little)
    with pytest.raises(FloatingPointError, match="logits are not finite"):
        speechless.answer_continuously(questions)


def test_logits_that_go_wrong_later_give_no_answer_either(base, questions, monkeypatch) -> None:
    backend = load(base, bf16=False, adapter=None)
    usual, n_calls = backend.model.forward, []

    def forward(*args, **kwargs):
        output = usual(*args, **kwargs)
        n_calls.append(1)
        if len(n_calls) == 3:
            output.logits[0, -1, 17] = torch.nan
        return output

    monkeypatch.setattr(backend.model, "forward", forward)
    with pytest.raises(FloatingPointError, match="logits are not finite"):
        backend.answer(questions, 3)


def test_a_prediction_without_numbers_stops_and_says_whose_it_is(speechless, train, validation) -> None:
    with pytest.raises(StudyError, match=r"predict m modality tuned seed1: the model's logits are not finite.*lower"):
        predict(speechless, validation, train, Arm("modality", "m", "tuned", "seed1"), SETTINGS)


@pytest.mark.parametrize("log_p", [float("nan"), float("inf"), float("-inf")])
def test_a_labels_score_that_is_no_number_stops_whatever_back_end_gave_it(train, validation, log_p) -> None:
    class Backend:
        libraries = ()

        def answer(self, questions, _batch_size):
            return [Answer("photon", 1, True, (-0.5, log_p)) for _ in questions.prompts]

    with pytest.raises(StudyError, match="predict m modality base: the log-probabilities of labels are not finite"):
        predict(Backend(), validation, train, Arm("modality", "m", "base"), SETTINGS)
