"""Fine-tune one model on one task: TRL's SFTTrainer, a LoRA adapter, the loss on the completion only."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import EarlyStoppingCallback, set_seed

from radonc.models import attention, measures, memory
from radonc.models.finite import require_weights
from radonc.models.loading import load_model, load_tokenizer, require_gpus
from radonc.models.training import IGNORED, Trainer, arguments, curve
from radonc.runtime.logs import LOGGER
from radonc.runtime.settings.recipe import Recipe

LORA = "lora_"
OURS = ("max_length", "load_in_4bit", "early_stopping_patience", "n_gpus", "n_nodes")
"""Keys of a recipe that are not TRL's arguments under the same name."""


@dataclass(frozen=True)
class TrainingRun:
    """What a finished training run leaves besides its adapter.

    Attributes
    ----------
    curve
        The training curve (schema ``CURVE``).
    facts
        Counts, speeds and costs for the manifest (``measures.Meter.facts`` says which).
    is_main
        Whether this process, of those that train together, writes.
    """

    curve: pd.DataFrame
    facts: dict[str, Any]
    is_main: bool


def finetune(
    model_folder: str | Path,
    train: pd.DataFrame,
    validation: pd.DataFrame,
    recipe: Recipe,
    *,
    seed: int,
    checkpoints: Path,
    adapter: str | Path,
    label: str,
) -> TrainingRun:
    """Train an adapter, going on from the last whole checkpoint if there is one.

    With validation pairs the adapter is that of the checkpoint with the lowest validation loss, else the last one.

    Parameters
    ----------
    model_folder
        The base model.
    train, validation
        Pairs (schema ``PAIRS``).
    recipe
        The hyperparameters of this model and task.
    seed
        Of the adapter's first weights and of the order of pairs.
    checkpoints
        The folder of this run's checkpoints: it must be another for another recipe, seed, data or code. It is deleted
        when the run is done.
    adapter
        Where the adapter goes.
    label
        What the progress bar and errors say: the model, the task and the run.

    Raises
    ------
    StudyError
        When the job has fewer or older GPUs than its recipe needs, or their memory does not do: it says which setting
        to lower, and by how much. When a loss, a gradient norm or a weight is not finite; checkpoints from before stay.
    """
    require_gpus(recipe.n_gpus, bf16=recipe.bf16)
    set_seed(seed)
    last = last_checkpoint(checkpoints)
    if last:
        LOGGER.info("going on from %s", last.name)
        require_weights(last)
    watch = memory.Watch(recipe)
    with watch.advised():
        trainer = _trainer(model_folder, train, validation, recipe, seed, checkpoints, label)
        meter = _meter(trainer, recipe)
        trainer.add_callback(meter)
        trainer.add_callback(watch)
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    trainer.require_finite_weights()
    weights = trainer.accelerator.get_state_dict(trainer.model)
    facts = {
        "n_train": len(train),
        "n_validation": len(validation),
        "n_steps": trainer.state.global_step,
        "best_step": _best_step(trainer.state),
        "n_parameters": trainer.model.num_parameters(),
        "n_trainable": sum(layer.numel() for layer in trainer.model.parameters() if layer.requires_grad),
        "n_tokens": trainer.state.num_input_tokens_seen,
        **meter.facts(trainer.state, trainer.accelerator.num_processes),
        "resumed_from": last.name if last else None,
    }
    is_main = trainer.accelerator.is_main_process
    if is_main:
        trainer.accelerator.unwrap_model(trainer.model).save_pretrained(str(adapter), state_dict=weights)
        shutil.rmtree(checkpoints, ignore_errors=True)
    return TrainingRun(curve(trainer.state.log_history), facts, is_main)


def last_checkpoint(folder: Path) -> Path | None:
    """Return the latest whole checkpoint: its trainer state is what Trainer writes last."""
    whole = [state.parent for state in folder.glob("checkpoint-*/trainer_state.json")]
    return max(whole, key=lambda path: int(path.name.rsplit("-", 1)[1]), default=None)


def _best_step(state: Any) -> int:
    best = state.best_model_checkpoint
    return int(best.rsplit("-", 1)[1]) if best else int(state.global_step)


def _trainer(
    model_folder: str | Path,
    train: pd.DataFrame,
    validation: pd.DataFrame,
    recipe: Recipe,
    seed: int,
    checkpoints: Path,
    label: str,
) -> Trainer:
    model = load_model(model_folder, bf16=recipe.bf16, in_4bit=recipe.load_in_4bit, attention=attention.NAME)
    tokenizer = load_tokenizer(model_folder)
    return trainer_of(model, tokenizer, _dataset(train), _dataset(validation), recipe, seed, checkpoints, label)


def trainer_of(
    model: Any,
    tokenizer: Any,
    train: Dataset,
    validation: Dataset,
    recipe: Recipe,
    seed: int,
    checkpoints: Path,
    label: str,
) -> Trainer:
    """Return the trainer of a model that was loaded with ``attention.NAME``; an empty validation set means none."""
    validated = len(validation) > 0
    trainer = Trainer(
        model=model,
        args=arguments(checkpoints, _settings(recipe, seed, validated)),
        train_dataset=train,
        eval_dataset=validation if validated else None,
        processing_class=tokenizer,
        peft_config=_lora(recipe),
        label=label,
    )
    if validated and recipe.early_stopping_patience:
        trainer.add_callback(EarlyStoppingCallback(recipe.early_stopping_patience))
    return trainer


def _settings(recipe: Recipe, seed: int, validated: bool) -> dict[str, Any]:
    """Return TRL's arguments: the recipe's, and what follows from it.

    The recipe's batch is that of one step, whatever number of devices shares it: more of them change the speed, and the
    result but little (docs/guides/cluster.md).
    """
    settings = {key: value for key, value in recipe if not key.startswith(LORA) and key not in OURS}
    n_devices = recipe.n_gpus * recipe.n_nodes
    per_device = recipe.per_device_train_batch_size // n_devices
    return {
        **settings,
        # Every checkpoint is validated, so that the best one can be told.
        "eval_steps": recipe.save_steps if validated else None,
        "seed": seed,
        "per_device_train_batch_size": per_device,
        "per_device_eval_batch_size": per_device,
        "completion_only_loss": True,
        "padding_free": True,
        # Lengths are audited before; TRL does not cut rows without padding.
        "max_length": None,
        "eval_strategy": "steps" if validated else "no",
        "save_strategy": "steps",
        "load_best_model_at_end": validated,
        "metric_for_best_model": "eval_loss" if validated else None,
    }


def _lora(recipe: Recipe) -> LoraConfig:
    return LoraConfig(
        r=recipe.lora_r,
        lora_alpha=recipe.lora_alpha,
        lora_dropout=recipe.lora_dropout,
        target_modules="all-linear" if recipe.lora_target_modules == "all-linear" else list(recipe.lora_target_modules),
        task_type="CAUSAL_LM",
    )


def _meter(trainer: Trainer, recipe: Recipe) -> measures.Meter:
    labels = trainer.train_dataset["labels"]
    n_tokens = sum(map(len, labels))
    n_learnt = sum(label != IGNORED for sample in labels for label in sample)
    flop = measures.flop_per_token(trainer.model, n_tokens / len(labels), n_learnt / n_tokens)
    return measures.Meter(flop, measures.ceiling(torch.bfloat16 if recipe.bf16 else torch.float32))


def _dataset(pairs: pd.DataFrame) -> Dataset:
    return Dataset.from_dict({name: pairs[name].to_list() for name in ("prompt", "completion")})
