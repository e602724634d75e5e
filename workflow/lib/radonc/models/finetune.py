"""Fine-tune one model on one task: a LoRA adapter by TRL's SFTTrainer, with the loss on completions only."""

import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import EarlyStoppingCallback, set_seed

from radonc.models import attention
from radonc.models.callbacks import MemoryAdvice, ThroughputCallback
from radonc.models.loading import load_model, load_tokenizer, require_finite_weights, require_gpus
from radonc.models.training import Trainer, arguments, training_curve
from radonc.runtime.logs import LOGGER
from radonc.runtime.settings.recipe import Recipe

OWN_KEYS = ("max_length", "load_in_4bit", "early_stopping_patience", "n_gpus", "n_nodes")
"""Keys of a recipe that are not passed to TRL under the same name; nor are those that begin with ``lora_``."""
COLUMNS = ["prompt", "completion"]
LIBRARIES = ("torch", "transformers", "peft", "trl", "accelerate", "tokenizers", "datasets")


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
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Train an adapter on pairs (schema ``PAIRS``), resuming from the last complete checkpoint if there is one.

    With validation pairs the adapter is that of the checkpoint with the lowest validation loss, else of the last one.
    Each recipe, seed, data and code needs another folder of checkpoints, which is deleted when the run is done. Of
    several processes the first one writes the adapter. The label names the run in the progress bar and in errors.

    Return the training curve (schema ``CURVE``), and counts, throughput and the libraries' versions for the manifest.
    Raise StudyError when the job has fewer or older GPUs than its recipe needs; when their memory is too small, saying
    which setting to change and by how much; when a loss, a gradient norm or a weight is not finite: earlier checkpoints
    are kept.
    """
    require_gpus(recipe.n_gpus, bf16=recipe.bf16)
    set_seed(seed)
    last = last_checkpoint(checkpoints)
    if last:
        LOGGER.info("resuming from %s", last.name)
        require_finite_weights(last)
    memory = MemoryAdvice(recipe)
    with memory.on_error():
        model = load_model(model_folder, bf16=recipe.bf16, in_4bit=recipe.load_in_4bit, attention=attention.NAME)
        tokenizer = load_tokenizer(model_folder)
        data, held_out = (Dataset.from_dict(pairs[COLUMNS].to_dict("list")) for pairs in (train, validation))
        trainer = make_trainer(model, tokenizer, data, held_out, recipe, seed, checkpoints, label)
        throughput = ThroughputCallback(trainer, torch.bfloat16 if recipe.bf16 else torch.float32)
        trainer.add_callback(throughput)
        trainer.add_callback(memory)
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    trainer.require_finite_weights()
    state, best = trainer.state, trainer.state.best_model_checkpoint
    weights = trainer.accelerator.get_state_dict(trainer.model)
    facts = {
        "n_train": len(train),
        "n_validation": len(validation),
        "n_steps": state.global_step,
        "best_step": _step_of(best) if best else state.global_step,
        "n_parameters": trainer.model.num_parameters(),
        "n_trainable": sum(layer.numel() for layer in trainer.model.parameters() if layer.requires_grad),
        "n_tokens": state.num_input_tokens_seen,
        **throughput.facts(state, trainer.accelerator.num_processes),
        "resumed_from": last.name if last else None,
        "versions": {library: version(library) for library in LIBRARIES},
    }
    if trainer.accelerator.is_main_process:
        trainer.accelerator.unwrap_model(trainer.model).save_pretrained(str(adapter), state_dict=weights)
        shutil.rmtree(checkpoints, ignore_errors=True)
    return training_curve(state.log_history), facts


def last_checkpoint(folder: Path) -> Path | None:
    """Return the latest complete checkpoint: the trainer state is the last file that Trainer writes."""
    complete = [state.parent for state in folder.glob("checkpoint-*/trainer_state.json")]
    return max(complete, key=_step_of, default=None)


def _step_of(checkpoint: str | Path) -> int:
    return int(str(checkpoint).rsplit("-", 1)[1])


def make_trainer(
    model: Any, tokenizer: Any, train: Dataset, validation: Dataset, recipe: Recipe, seed: int, folder: Path, label: str
) -> Trainer:
    """Return the trainer of a model that was loaded with ``attention.NAME``; without validation if it has no pairs."""
    settings = {key: value for key, value in recipe if not key.startswith("lora_") and key not in OWN_KEYS}
    # The recipe's batch size is that of one step on all devices together: their number changes the speed and hardly the
    # result (docs/guides/cluster.md).
    per_device = recipe.per_device_train_batch_size // (recipe.n_gpus * recipe.n_nodes)
    settings |= {
        "per_device_train_batch_size": per_device,
        "per_device_eval_batch_size": per_device,
        "completion_only_loss": True,
        "padding_free": True,
        # The rule audit_lengths checks lengths; TRL does not cut rows without padding.
        "max_length": None,
        "save_strategy": "steps",
    }
    validated = len(validation) > 0
    if validated:
        # Every checkpoint is validated, to find the best one.
        settings |= {"eval_strategy": "steps", "eval_steps": recipe.save_steps}
        settings |= {"load_best_model_at_end": True, "metric_for_best_model": "eval_loss"}
    layers = recipe.lora_target_modules
    trainer = Trainer(
        model=model,
        args=arguments(folder, seed=seed, **settings),
        train_dataset=train,
        eval_dataset=validation if validated else None,
        processing_class=tokenizer,
        peft_config=LoraConfig(
            r=recipe.lora_r,
            lora_alpha=recipe.lora_alpha,
            lora_dropout=recipe.lora_dropout,
            target_modules=layers if layers == "all-linear" else list(layers),
            task_type="CAUSAL_LM",
        ),
        label=label,
    )
    if validated and recipe.early_stopping_patience:
        trainer.add_callback(EarlyStoppingCallback(recipe.early_stopping_patience))
    return trainer
