"""The loss on rows without padding: the same as one pair at a time, in training and in validation."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy

from radonc.models import finetune as module
from radonc.models.finetune import finetune
from radonc.models.training import IGNORE_INDEX, ProgressCallback, arguments
from radonc.runtime import launch
from radonc.runtime.hashing import hash_file

ROOT = Path(__file__).parents[3]
WILD = {"learning_rate": 0.3, "lr_scheduler_type": "constant", "warmup_steps": 0, "num_train_epochs": 20}
WILD |= {"save_steps": 2.0, "early_stopping_patience": 3}


@pytest.fixture
def trainer(tmp_path, base, train, validation, recipe):
    still = recipe.model_copy(update={"lora_dropout": 0})
    return module.load_trainer(base, train, validation, still, 1, tmp_path, "loss")


@pytest.fixture
def batch(trainer):
    return trainer._prepare_inputs(next(iter(trainer.get_train_dataloader())))


def pair_by_pair(trainer, batch):
    """Return the losses of each pair's learnt tokens, each pair computed alone and with all logits."""
    trainer.model.set_attn_implementation("sdpa")
    losses = []
    for start, end in pairwise(batch["cu_seq_lens_q"].tolist()):
        labels = batch["labels"][0, start + 1 : end]
        logits = trainer.model(input_ids=batch["input_ids"][:, start:end]).logits[0, :-1]
        losses.append(
            cross_entropy(logits, labels, ignore_index=IGNORE_INDEX, reduction="none")[labels != IGNORE_INDEX]
        )
    return losses


def test_the_loss_and_its_gradients_are_those_of_single_pairs(trainer, batch) -> None:
    trainer.model.train()
    trainer.compute_loss(trainer.model, dict(batch)).backward()
    together = {name: layer.grad.clone() for name, layer in trainer.model.named_parameters() if layer.requires_grad}
    loss = trainer.compute_loss(trainer.model, dict(batch)).detach()
    trainer.model.zero_grad()
    alone = torch.cat(pair_by_pair(trainer, batch)).mean()
    alone.backward()
    torch.testing.assert_close(loss, alone.detach())
    assert together
    for name, layer in trainer.model.named_parameters():
        if layer.requires_grad:
            torch.testing.assert_close(layer.grad, together[name], rtol=1e-4, atol=1e-6)


def test_another_sample_in_the_row_changes_nothing(trainer, batch) -> None:
    trainer.model.train()
    borders = batch["cu_seq_lens_q"].tolist()
    only_first = dict(batch)
    only_first["labels"] = batch["labels"].clone()
    only_first["labels"][:, borders[1] :] = IGNORE_INDEX
    changed = {**only_first, "input_ids": batch["input_ids"].clone()}
    changed["input_ids"][:, borders[1] :] = 7
    assert trainer.compute_loss(trainer.model, only_first) == trainer.compute_loss(trainer.model, changed)


def test_validation_does_not_depend_on_the_batches(trainer) -> None:
    losses = []
    for size in (1, 3, 8):
        trainer.args.per_device_eval_batch_size = size
        losses.append(trainer.evaluate()["eval_loss"])
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)


def test_accumulated_steps_learn_as_one_large_step(tmp_path, base, train, validation, recipe) -> None:
    adapters = []
    for batch, steps in ((8, 1), (2, 4)):
        settings = recipe.model_copy(
            update={"lora_dropout": 0.0, "num_train_epochs": 1.0, "save_steps": 100.0}
            | {"per_device_train_batch_size": batch, "gradient_accumulation_steps": steps}
        )
        folder = tmp_path / str(batch)
        finetune(base, train, validation[:0], settings, seed=1, checkpoints=folder / "c", adapter=folder, label="x")
        adapters.append(load_file(folder / "adapter_model.safetensors"))
    for name, weights in adapters[0].items():
        torch.testing.assert_close(weights, adapters[1][name], rtol=0, atol=2e-4)


def test_each_epoch_has_its_own_order_of_all_pairs_and_shares_none_with_another_seed(trainer) -> None:
    """The order of an epoch is what a resumed run repeats."""
    orders = []
    for seed in (1, 2):
        trainer.args.data_seed = arguments("x", {"seed": seed}).data_seed
        trainer.create_accelerator_and_postprocess()
        for epoch in range(3):
            batches = trainer.get_train_dataloader()
            batches.set_epoch(epoch)
            orders.append([index for batch in batches.batch_sampler for index in batch])
    assert all(sorted(order) == list(range(64)) != order for order in orders)
    assert len(set(map(tuple, orders))) == 6
    generator = torch.Generator().manual_seed(100_003 + 2)
    assert orders[2] == torch.randperm(64, generator=generator).tolist()


def test_seeds_give_different_adapters_and_the_same_seed_the_same(tmp_path, base, train, validation, recipe) -> None:
    short = recipe.model_copy(update={"max_steps": 3, "save_steps": 3})
    digests = []
    for number, seed in enumerate((1, 2, 1)):
        folder = tmp_path / str(number)
        finetune(base, train, validation, short, seed=seed, checkpoints=folder / "c", adapter=folder, label="x")
        digests.append((folder / "adapter_model.safetensors").read_bytes())
    assert digests[0] == digests[2] != digests[1]


def test_the_best_checkpoint_is_kept_and_waiting_for_a_better_one_ends(
    tmp_path, base, train, validation, recipe
) -> None:
    """At an absurd learning rate the first validation is the best one that there will be."""
    wild = recipe.model_copy(update=WILD)
    run = finetune(base, train, validation, wild, seed=1, checkpoints=tmp_path / "c", adapter=tmp_path / "a", label="x")
    losses = run.curve.dropna(subset="validation_loss").set_index("step")["validation_loss"]
    assert run.facts["best_step"] == losses.idxmin() < run.facts["n_steps"]
    assert run.facts["n_steps"] < 20 * len(train) / 8
    assert (losses.index > run.facts["best_step"]).sum() == 3


def test_a_killed_run_goes_on_waiting_where_it_was(tmp_path, base, train, validation, recipe, monkeypatch) -> None:
    """Killed when early stopping had seen two validations that were no better, it stops after a third one."""
    wild = recipe.model_copy(update=WILD)

    def run(name):
        folder = tmp_path / name
        return finetune(base, train, validation, wild, seed=1, checkpoints=folder / "c", adapter=folder, label=name)

    straight = run("straight")
    last_but_one = straight.facts["n_steps"] - 2
    began = []

    def die(_self, _args, state, _control, **_):
        if state.global_step == last_but_one + 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ProgressCallback, "on_step_end", die)
        with pytest.raises(KeyboardInterrupt):
            run("killed")
    with monkeypatch.context() as patched:
        patched.setattr(ProgressCallback, "on_train_begin", lambda *_, **__: began.append(1))
        resumed = run("killed")
    assert began == [1]
    assert resumed.facts["resumed_from"] == f"checkpoint-{last_but_one}"
    assert (resumed.facts["n_steps"], resumed.facts["best_step"]) == (
        straight.facts["n_steps"], straight.facts["best_step"]
    )  # fmt: skip
    name = "adapter_model.safetensors"
    assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "straight" / name).read_bytes()
    pd.testing.assert_frame_equal(resumed.curve, straight.curve)


@pytest.mark.slow
def test_two_processes_that_share_a_steps_pairs_learn_what_one_learns(
    tmp_path, base, train, validation, recipe
) -> None:
    """Two CPU processes (gloo): the same losses and the same adapter, but for the order of sums.

    On CPUs accelerate leaves all weights in each process, whatever it is told: for FSDP see test_sharded.py.
    """
    model = tmp_path / "model" / "model.json"
    model.parent.mkdir()
    model.write_text(json.dumps({"digest": "d", "folder": str(base)}))
    train.to_parquet(tmp_path / "train.parquet")
    validation.to_parquet(tmp_path / "validation.parquet")
    for n_gpus in (1, 2):
        settings = recipe.model_copy(update={"lora_dropout": 0, "max_steps": 4, "save_steps": 2, "n_gpus": n_gpus})
        folder = tmp_path / str(n_gpus)
        folder.mkdir()
        command = (
            f"{launch.command(n_gpus, 1)} workflow/scripts/finetune.py --model {model} --task icd10 --run seed1"
            f" --train {tmp_path}/train.parquet --validation {tmp_path}/validation.parquet --threads 1 --code x"
            f" --recipe '{settings.model_dump_json()}' --checkpoints {folder}/private/checkpoints --log {folder}/log"
            f" --adapter {folder}/adapter_model.safetensors --curve {folder}/curve.parquet"
            f" --manifest {folder}/manifest.json"
        )
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "workflow" / "lib")},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
    one, two = (pd.read_parquet(tmp_path / n / "curve.parquet") for n in "12")
    pd.testing.assert_frame_equal(one, two, rtol=1e-4)
    ours, theirs = (load_file(tmp_path / n / "adapter_model.safetensors") for n in "12")
    assert ours.keys() == theirs.keys()
    for name, weights in ours.items():
        torch.testing.assert_close(weights, theirs[name], rtol=0, atol=1e-4)
    facts = [json.loads((tmp_path / n / "manifest.json").read_text()) for n in "12"]
    assert [fact["n_devices"] for fact in facts] == [1, 2]
    assert facts[0]["n_trainable"] == facts[1]["n_trainable"]
    for name, fact in zip("12", facts, strict=True):
        assert fact["files"] == {"adapter_model.safetensors": hash_file(tmp_path / name / "adapter_model.safetensors")}
        assert (tmp_path / name / "private").stat().st_mode & 0o777 == 0o700


def test_qlora_trains_an_adapter_on_weights_of_four_bits(tmp_path, base, train, validation, recipe) -> None:
    settings = recipe.model_copy(update={"load_in_4bit": True, "num_train_epochs": 1, "save_steps": 8})
    trainer = module.load_trainer(base, train, validation, settings, 1, tmp_path, "qlora")
    held = {layer.weight.dtype for layer in trainer.model.modules() if type(layer).__name__ == "Linear4bit"}
    assert held
    places = {"checkpoints": tmp_path / "c", "adapter": tmp_path / "a"}
    run = finetune(base, train, validation, settings, seed=1, label="qlora", **places)
    assert run.curve["loss"].dropna().iloc[-1] < run.curve["loss"].dropna().iloc[0]
    assert (tmp_path / "a" / "adapter_model.safetensors").exists()
