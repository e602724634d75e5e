from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from radonc.runtime.errors import StudyError

ADAPTER = "adapter/adapter_model.safetensors"
CONSTANT = {"lr_scheduler_type": "constant", "warmup_steps": 0}
WILD = {**CONSTANT, "learning_rate": 0.1, "num_train_epochs": 20, "save_steps": 1, "early_stopping_patience": 3}


@pytest.fixture(scope="module", autouse=True)
def imports() -> None:
    global finetune, load_file, load_model, loading, ProgressCallback, ThroughputCallback, torch
    import torch
    from safetensors.torch import load_file

    from radonc.models import finetune, loading
    from radonc.models.callbacks import ThroughputCallback
    from radonc.models.loading import load_model
    from radonc.models.training import ProgressCallback


@pytest.fixture(scope="module")
def straight(tmp_path_factory, tune):
    folder = tmp_path_factory.mktemp("straight")
    return folder, *tune(folder)


def killed(tune, folder: Path, step: int | None, **changes) -> str:
    """Train until a run is killed in a step, or between its last step and its adapter; return its last checkpoint."""

    def die(_self, *given, **_):
        if step is None or given[1].global_step == step:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(*((ThroughputCallback, "facts") if step is None else (ProgressCallback, "on_step_end")), die)
        with pytest.raises(KeyboardInterrupt):
            tune(folder, **changes)
    return finetune.last_checkpoint(folder / "checkpoints").name


def assert_same(tune, folder: Path, straight, **changes) -> None:
    """Go on with a run that was killed behind its last step: nothing differs from one that was not."""
    last = killed(tune, folder, None, **changes)
    before, curve, facts = straight
    assert last == f"checkpoint-{facts['n_steps']}"
    resumed, found = tune(folder, **changes)
    assert found["resumed_from"] == last
    for key in ("n_steps", "best_step", "n_tokens"):
        assert found[key] == facts[key]
    pd.testing.assert_frame_equal(resumed, curve)
    assert (folder / ADAPTER).read_bytes() == (before / ADAPTER).read_bytes()


def test_it_leaves_an_adapter_and_no_checkpoints(straight) -> None:
    folder, _, _ = straight
    assert {"adapter_model.safetensors", "adapter_config.json"} <= {
        path.name for path in (folder / "adapter").iterdir()
    }
    assert not (folder / "checkpoints").exists()


def test_every_adapter_matrix_moved_and_the_base_did_not(straight, base) -> None:
    folder, _, _ = straight
    weights = load_file(folder / ADAPTER)
    ups = {name: weight for name, weight in weights.items() if "lora_B" in name}
    # LoRA starts from B = 0: whatever differs from it has been trained.
    assert len(ups) == 4 * 7
    assert all(weight.abs().sum() > 0 for weight in ups.values())
    assert not any("lora" not in name for name in weights)
    before = load_model(base, bf16=False).state_dict()
    after = load_model(base, bf16=False, adapter=folder / "adapter").get_base_model().state_dict()
    for name, weight in before.items():
        unchanged = after.get(name, after.get(name.replace(".weight", ".base_layer.weight")))
        assert unchanged is not None
        assert (weight == unchanged).all()


def test_the_curve_falls_and_the_facts_add_up(straight) -> None:
    _, curve, facts = straight
    assert curve["step"].is_monotonic_increasing
    assert curve["loss"].notna().all()
    validation = curve["validation_loss"].dropna()
    assert len(validation) == 3
    assert validation.iloc[-1] < validation.iloc[0] * 0.95
    assert facts["n_steps"] == 2 * 32 / 8
    assert 0 < facts["n_trainable"] < facts["n_parameters"]
    assert facts["resumed_from"] is None


def test_the_loss_sees_the_completion_and_its_end_only(tmp_path: Path, make_trainer, recipe) -> None:
    trainer = make_trainer(tmp_path)
    tokenizer = trainer.processing_class
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


def test_a_run_that_is_killed_twice_goes_on_to_the_same_bytes(tmp_path: Path, tune, straight) -> None:
    assert killed(tune, tmp_path, 5) == "checkpoint-3"
    assert_same(tune, tmp_path, straight)


@pytest.mark.parametrize(
    ("changes", "validated"),
    [({"max_steps": 2, "save_steps": 1}, True), ({"max_steps": 6, "save_steps": 20}, False)],
)
def test_a_run_of_some_steps_in_the_middle_of_an_epoch_takes_no_further_one(
    tmp_path: Path, tune, changes, validated
) -> None:
    given = {**CONSTANT, **changes, "validated": validated}
    assert_same(tune, tmp_path, (tmp_path / "straight", *tune(tmp_path / "straight", **given)), **given)


def test_early_stopping_goes_on_waiting_where_it_was_and_keeps_the_best_checkpoint(tmp_path: Path, tune) -> None:
    """At an absurd learning rate the first validation is the best one that there will be."""
    curve, facts = tune(tmp_path / "straight", **WILD)
    losses = curve.dropna(subset="validation_loss").set_index("step")["validation_loss"]
    assert facts["best_step"] == losses.idxmin() < facts["n_steps"] < 20 * 32 / 8
    assert (losses.index > facts["best_step"]).sum() == 3
    # Killed when it had seen two validations that were no better, it stops after a third one.
    last = facts["n_steps"]
    assert killed(tune, tmp_path, last, **WILD) == f"checkpoint-{last - 1}"
    assert_same(tune, tmp_path, (tmp_path / "straight", curve, facts), **WILD)


def test_a_checkpoint_that_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    for step in (5, 10, 100):
        (tmp_path / f"checkpoint-{step}").mkdir()
    (tmp_path / "checkpoint-5" / "trainer_state.json").touch()
    (tmp_path / "checkpoint-10" / "trainer_state.json").touch()
    assert finetune.last_checkpoint(tmp_path).name == "checkpoint-10"
    assert finetune.last_checkpoint(tmp_path / "none") is None


def test_seeds_give_different_adapters_and_training_needs_no_validation_pairs(tmp_path: Path, tune) -> None:
    adapters = []
    for number, seed in enumerate((1, 2, 1)):
        curve, _ = tune(tmp_path / str(number), seed=seed, validated=False, max_steps=2)
        assert curve["validation_loss"].isna().all()
        adapters.append((tmp_path / str(number) / ADAPTER).read_bytes())
    assert adapters[0] == adapters[2] != adapters[1]


def test_accumulated_steps_learn_as_one_large_step(tmp_path: Path, tune) -> None:
    adapters = []
    for batch, steps in ((8, 1), (2, 4)):
        sizes = {"per_device_train_batch_size": batch, "gradient_accumulation_steps": steps}
        tune(tmp_path / str(batch), validated=False, lora_dropout=0.0, num_train_epochs=1.0, **sizes)
        adapters.append(load_file(tmp_path / str(batch) / ADAPTER))
    for name, weights in adapters[0].items():
        torch.testing.assert_close(weights, adapters[1][name], rtol=0, atol=2e-4)


def test_qlora_trains_an_adapter_on_weights_of_four_bits(tmp_path: Path, tune, make_trainer) -> None:
    trainer = make_trainer(tmp_path, load_in_4bit=True)
    assert any(type(layer).__name__ == "Linear4bit" for layer in trainer.model.modules())
    curve, _ = tune(tmp_path, load_in_4bit=True)
    assert curve["loss"].dropna().iloc[-1] < curve["loss"].dropna().iloc[0]
    assert (tmp_path / ADAPTER).exists()


def test_fewer_gpus_than_the_recipe_needs_are_an_error(tmp_path: Path, tune, monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    with pytest.raises(StudyError, match="n_gpus: 4, but the job sees 2"):
        tune(tmp_path, n_gpus=4)


def test_a_gpu_that_is_too_old_for_bfloat16_is_an_error(tmp_path: Path, tune, monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda index: [(9, 0), (7, 5)][index])
    monkeypatch.setattr("torch.cuda.get_device_name", lambda index: ["NVIDIA H100", "Tesla T4"][index])
    with pytest.raises(StudyError, match=r"bf16: true needs .* capability 8\.0 or more, and Tesla T4 has 7\.5"):
        tune(tmp_path, bf16=True)
    loading.require_gpus(2, bf16=False)
