import shutil
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from safetensors.torch import load_file

from radonc.models import finetune as module
from radonc.models.finetune import finetune, last_checkpoint
from radonc.models.loading import load_model, load_tokenizer, require_gpus
from radonc.models.training import ProgressCallback
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_file


def places(folder, label, seed=1):
    return {"seed": seed, "checkpoints": folder / "checkpoints", "adapter": folder / "adapter", "label": label}


@pytest.fixture(scope="module")
def straight(tmp_path_factory, base, train, validation, recipe):
    folder = tmp_path_factory.mktemp("straight")
    run = finetune(base, train, validation, recipe, **places(folder, "straight"))
    return folder, run


def test_it_leaves_an_adapter_and_no_checkpoints(straight) -> None:
    folder, _ = straight
    assert {"adapter_model.safetensors", "adapter_config.json"} <= {
        path.name for path in (folder / "adapter").iterdir()
    }
    assert not (folder / "checkpoints").exists()


def test_every_adapter_matrix_moved_and_the_base_did_not(straight, base) -> None:
    folder, _ = straight
    weights = load_file(folder / "adapter" / "adapter_model.safetensors")
    ups = {name: weight for name, weight in weights.items() if "lora_B" in name}
    # LoRA starts from B = 0: whatever differs from it has been trained.
    assert len(ups) == 4 * 7
    assert all(weight.abs().sum() > 0 for weight in ups.values())
    assert not any("lora" not in name for name in weights)
    before = load_model(base, bf16=False).state_dict()
    after = load_model(base, bf16=False, adapter=folder / "adapter").get_base_model().state_dict()
    for name, weight in before.items():
        same = after.get(name, after.get(name.replace(".weight", ".base_layer.weight")))
        assert same is not None
        assert (weight == same).all()


def test_the_curve_falls_and_the_facts_add_up(straight, train) -> None:
    _, run = straight
    assert run.curve["step"].is_monotonic_increasing
    assert run.curve["loss"].dropna().iloc[-3:].mean() < run.curve["loss"].dropna().iloc[:3].mean() * 0.9
    assert run.curve["validation_loss"].notna().sum() >= 3
    assert run.facts["n_steps"] == 2 * len(train) / 8
    assert 0 < run.facts["n_trainable"] < run.facts["n_parameters"]
    assert run.facts["resumed_from"] is None


def test_the_loss_sees_the_completion_and_its_end_only(tmp_path: Path, base, train, validation, recipe) -> None:
    trainer = module.load_trainer(base, train, validation, recipe, 1, tmp_path, "labels")
    tokenizer = load_tokenizer(base)
    for batch in trainer.get_train_dataloader():
        borders = batch["cu_seq_lens_q"].tolist()
        assert len(borders) == recipe.per_device_train_batch_size + 1
        for start, end in pairwise(borders):
            tokens, labels = batch["input_ids"][0, start:end], batch["labels"][0, start:end]
            text = tokenizer.decode(tokens, skip_special_tokens=True)
            trained = tokenizer.decode(labels[labels != -100])
            assert text.endswith("Answer:" + trained.removesuffix("</s>"))
            assert trained.endswith("</s>")
            assert "Answer" not in trained


def test_a_killed_run_goes_on_to_the_same_bytes(
    tmp_path: Path, straight, base, train, validation, recipe, monkeypatch
) -> None:
    folder, _ = straight
    checkpoints, adapter = tmp_path / "checkpoints", tmp_path / "adapter"

    def die(_self, _args, state, _control, **_):
        if state.global_step == 12:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ProgressCallback, "on_step_end", die)
        with pytest.raises(KeyboardInterrupt):
            finetune(base, train, validation, recipe, **places(tmp_path, "killed"))
    assert last_checkpoint(checkpoints).name == "checkpoint-10"
    run = finetune(base, train, validation, recipe, **places(tmp_path, "resumed"))
    assert run.facts["resumed_from"] == "checkpoint-10"
    name = "adapter_model.safetensors"
    assert hash_file(adapter / name) == hash_file(folder / "adapter" / name)
    pd.testing.assert_frame_equal(run.curve, straight[1].curve)


CONSTANT = {"lr_scheduler_type": "constant", "warmup_steps": 0}
WILD = {**CONSTANT, "learning_rate": 0.3, "num_train_epochs": 20, "save_steps": 3, "early_stopping_patience": 1}


@pytest.mark.parametrize(
    ("changes", "validated"),
    [
        ({}, True),  # at the end of its last epoch
        ({**CONSTANT, "max_steps": 4, "save_steps": 3}, True),  # in the middle of an epoch
        ({**CONSTANT, "max_steps": 12, "save_steps": 20}, False),
        (WILD, True),  # where early stopping ended it
    ],
)
def test_a_run_killed_between_its_last_checkpoint_and_its_adapter_takes_no_further_step(
    tmp_path: Path, base, train, validation, recipe, monkeypatch, changes, validated
) -> None:
    given = (base, train, validation if validated else validation[:0], recipe.model_copy(update=changes))
    straight = finetune(*given, **places(tmp_path / "straight", "straight"))

    def die(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "_best_step", die)
        with pytest.raises(KeyboardInterrupt):
            finetune(*given, **places(tmp_path, "killed"))
    last = f"checkpoint-{straight.facts['n_steps']}"
    assert last_checkpoint(tmp_path / "checkpoints").name == last
    resumed = finetune(*given, **places(tmp_path, "resumed"))
    assert resumed.facts["resumed_from"] == last
    for key in ("n_steps", "best_step", "n_tokens"):
        assert resumed.facts[key] == straight.facts[key]
    pd.testing.assert_frame_equal(resumed.curve, straight.curve)
    name = "adapter_model.safetensors"
    assert hash_file(tmp_path / "adapter" / name) == hash_file(tmp_path / "straight" / "adapter" / name)


def test_a_checkpoint_that_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    for step in (5, 10, 100):
        (tmp_path / f"checkpoint-{step}").mkdir()
    (tmp_path / "checkpoint-5" / "trainer_state.json").touch()
    (tmp_path / "checkpoint-10" / "trainer_state.json").touch()
    assert last_checkpoint(tmp_path).name == "checkpoint-10"
    shutil.rmtree(tmp_path)
    assert last_checkpoint(tmp_path) is None


def test_it_trains_without_validation_pairs(tmp_path: Path, base, train, validation, recipe) -> None:
    run = finetune(base, train[:16], validation[:0], recipe, **places(tmp_path, "no validation"))
    assert run.curve["validation_loss"].isna().all()


def test_fewer_gpus_than_the_recipe_needs_are_an_error(tmp_path: Path, train, recipe, monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    with pytest.raises(StudyError, match="n_gpus: 4, but the job sees 2"):
        finetune("nowhere", train, train, recipe.model_copy(update={"n_gpus": 4}), **places(tmp_path, "x"))


def test_a_gpu_that_is_too_old_for_bfloat16_is_an_error(tmp_path: Path, train, recipe, monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda index: [(9, 0), (7, 5)][index])
    monkeypatch.setattr("torch.cuda.get_device_name", lambda index: ["NVIDIA H100", "Tesla T4"][index])
    with pytest.raises(StudyError, match=r"bf16: true needs .* capability 8\.0 or more, and Tesla T4 has 7\.5"):
        finetune("nowhere", train, train, recipe.model_copy(update={"bf16": True}), **places(tmp_path, "x"))
    require_gpus(2, bf16=False)
