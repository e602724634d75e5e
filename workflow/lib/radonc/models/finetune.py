"""Fine-tune one model on one task: a LoRA adapter by TRL's SFTTrainer, with the loss on completions only."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import EarlyStoppingCallback, set_seed

from radonc.models import attention, memory
from radonc.models.finite import require_finite_weights
from radonc.models.loading import load_model, load_tokenizer, require_gpus
from radonc.models.throughput import ThroughputCallback, flop_per_token, peak_flops
from radonc.models.training import IGNORE_INDEX, Trainer, arguments, training_curve
from radonc.runtime.logs import LOGGER
from radonc.runtime.settings.recipe import Recipe

OWN_KEYS = ("max_length", "load_in_4bit", "early_stopping_patience", "n_gpus", "n_nodes")
"""Keys of a recipe that are not passed to TRL under the same name; nor are those that begin with ``lora_``."""
LIBRARIES = ("torch", "transformers", "peft", "trl", "accelerate", "tokenizers", "datasets")


@dataclass(frozen=True)
class FinetuneResult:
    """The result of a training run besides its adapter.

    Attributes
    ----------
    curve
        The training curve (schema ``CURVE``).
    facts
        Counts, throughput (``ThroughputCallback.facts``) and the libraries' versions for the manifest.
    is_main
        Whether this process is the one that writes, of those that train together.
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
) -> FinetuneResult:
    """Train an adapter, resuming from the last complete checkpoint if there is one.

    With validation pairs the adapter is that of the checkpoint with the lowest validation loss, else of the last one.

    Parameters
    ----------
    model_folder
        The base model.
    train, validation
        Pairs (schema ``PAIRS``).
    recipe
        The hyperparameters of this model and task.
    seed
        The seed of the adapter's initial weights and of the order of pairs.
    checkpoints
        The folder of this run's checkpoints: a different one for each recipe, seed, data and code. It is deleted when
        the run is done.
    adapter
        The folder of the adapter.
    label
        The name of the run in the progress bar and in errors: model, task and run.

    Raises
    ------
    StudyError
        When the job has fewer or older GPUs than its recipe needs; when their memory is too small, saying which setting
        to change and by how much; when a loss, a gradient norm or a weight is not finite: earlier checkpoints are kept.
    """
    require_gpus(recipe.n_gpus, bf16=recipe.bf16)
    set_seed(seed)
    last = last_checkpoint(checkpoints)
    if last:
        LOGGER.info("resuming from %s", last.name)
        require_finite_weights(last)
    advice = memory.MemoryAdvice(recipe)
    with advice.on_error():
        trainer = load_trainer(model_folder, train, validation, recipe, seed, checkpoints, label)
        throughput = _throughput(trainer, recipe)
        trainer.add_callback(throughput)
        trainer.add_callback(advice)
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
        **throughput.facts(trainer.state, trainer.accelerator.num_processes),
        "resumed_from": last.name if last else None,
        "versions": {library: version(library) for library in LIBRARIES},
    }
    is_main = trainer.accelerator.is_main_process
    if is_main:
        trainer.accelerator.unwrap_model(trainer.model).save_pretrained(str(adapter), state_dict=weights)
        shutil.rmtree(checkpoints, ignore_errors=True)
    return FinetuneResult(training_curve(trainer.state.log_history), facts, is_main)


def last_checkpoint(folder: Path) -> Path | None:
    """Return the latest complete checkpoint: the trainer state is the last file that Trainer writes."""
    complete = [state.parent for state in folder.glob("checkpoint-*/trainer_state.json")]
    return max(complete, key=lambda path: int(path.name.rsplit("-", 1)[1]), default=None)


def _best_step(state: Any) -> int:
    best = state.best_model_checkpoint
    return int(best.rsplit("-", 1)[1]) if best else int(state.global_step)


def load_trainer(
    model_folder: str | Path,
    train: pd.DataFrame,
    validation: pd.DataFrame,
    recipe: Recipe,
    seed: int,
    checkpoints: Path,
    label: str,
) -> Trainer:
    """Return the trainer of a model on disk; parameters as in ``finetune``."""
    model = load_model(model_folder, bf16=recipe.bf16, in_4bit=recipe.load_in_4bit, attention=attention.NAME)
    tokenizer = load_tokenizer(model_folder)
    return make_trainer(model, tokenizer, _dataset(train), _dataset(validation), recipe, seed, checkpoints, label)


def make_trainer(
    model: Any,
    tokenizer: Any,
    train: Dataset,
    validation: Dataset,
    recipe: Recipe,
    seed: int,
    checkpoints: Path,
    label: str,
) -> Trainer:
    """Return the trainer of a model that was loaded with ``attention.NAME``; without validation if it has no pairs."""
    validated = len(validation) > 0
    trainer = Trainer(
        model=model,
        args=arguments(checkpoints, _trl_settings(recipe, seed, validated)),
        train_dataset=train,
        eval_dataset=validation if validated else None,
        processing_class=tokenizer,
        peft_config=LoraConfig(
            r=recipe.lora_r,
            lora_alpha=recipe.lora_alpha,
            lora_dropout=recipe.lora_dropout,
            target_modules=layers if (layers := recipe.lora_target_modules) == "all-linear" else list(layers),
            task_type="CAUSAL_LM",
        ),
        label=label,
    )
    if validated and recipe.early_stopping_patience:
        trainer.add_callback(EarlyStoppingCallback(recipe.early_stopping_patience))
    return trainer


def _trl_settings(recipe: Recipe, seed: int, validated: bool) -> dict[str, Any]:
    """Return TRL's arguments: the recipe's, and those that follow from it.

    The recipe's batch size is that of one step on all devices together: their number changes the speed and hardly the
    result (docs/guides/cluster.md).
    """
    settings = {key: value for key, value in recipe if not key.startswith("lora_") and key not in OWN_KEYS}
    per_device = recipe.per_device_train_batch_size // (recipe.n_gpus * recipe.n_nodes)
    return {
        **settings,
        # Every checkpoint is validated, to find the best one.
        "eval_steps": recipe.save_steps if validated else None,
        "seed": seed,
        "per_device_train_batch_size": per_device,
        "per_device_eval_batch_size": per_device,
        "completion_only_loss": True,
        "padding_free": True,
        # The rule audit_lengths checks lengths; TRL does not cut rows without padding.
        "max_length": None,
        "eval_strategy": "steps" if validated else "no",
        "save_strategy": "steps",
        "load_best_model_at_end": validated,
        "metric_for_best_model": "eval_loss" if validated else None,
    }


def _throughput(trainer: Trainer, recipe: Recipe) -> ThroughputCallback:
    labels = trainer.train_dataset["labels"]
    n_tokens = sum(map(len, labels))
    n_learnt = sum(label != IGNORE_INDEX for sample in labels for label in sample)
    flop = flop_per_token(trainer.model, n_tokens / len(labels), n_learnt / n_tokens)
    return ThroughputCallback(flop, peak_flops(torch.bfloat16 if recipe.bf16 else torch.float32))


def _dataset(pairs: pd.DataFrame) -> Dataset:
    return Dataset.from_dict({name: pairs[name].to_list() for name in ("prompt", "completion")})
