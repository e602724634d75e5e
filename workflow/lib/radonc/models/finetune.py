"""Fine-tune one model on one task: TRL's SFTTrainer, a LoRA adapter, the loss on the completion only."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import pandas as pd
from datasets import Dataset
from peft import LoraConfig
from transformers import set_seed

from radonc.models.loading import load_model, load_tokenizer
from radonc.models.training import Trainer, arguments, curve
from radonc.run.logs import LOGGER

LORA = "lora_"


@dataclass(frozen=True)
class Run:
    """What a finished training run leaves besides its adapter.

    Attributes
    ----------
    curve
        The training curve (schema ``CURVE``).
    facts
        Counts and speeds for the manifest: parameters, steps, tokens, seconds, tokens per second.
    """

    curve: pd.DataFrame
    facts: dict[str, Any]


def finetune(
    model_folder: str | Path,
    train: pd.DataFrame,
    validation: pd.DataFrame,
    recipe: Mapping[str, Any],
    checkpoints: Path,
    adapter: str | Path,
    label: str,
) -> Run:
    """Train an adapter, going on from the last whole checkpoint if there is one.

    Parameters
    ----------
    model_folder
        The base model.
    train, validation
        Pairs (schema ``PAIRS``).
    recipe
        Flat TRL and PEFT settings, by ``recipe.schema.yaml``.
    checkpoints
        The folder of this run's checkpoints: it must be another for another recipe, data or code. It is deleted when
        the run is done.
    adapter
        Where the adapter goes.
    label
        What the progress bar says.
    """
    started = monotonic()
    set_seed(recipe["seed"])
    trainer = _trainer(model_folder, train, validation, recipe, checkpoints, label)
    last = last_checkpoint(checkpoints)
    if last:
        LOGGER.info("going on from %s", last.name)
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    trainer.model.save_pretrained(str(adapter))
    table = curve(trainer.state.log_history)
    shutil.rmtree(checkpoints, ignore_errors=True)
    seconds = monotonic() - started
    n_tokens = int(table["n_tokens"].max())
    trainable = sum(weights.numel() for weights in trainer.model.parameters() if weights.requires_grad)
    facts = {
        "n_train": len(train),
        "n_validation": len(validation),
        "n_steps": trainer.state.global_step,
        "n_parameters": trainer.model.num_parameters(),
        "n_trainable": trainable,
        "n_tokens": n_tokens,
        "seconds": round(seconds, 1),
        "tokens_per_second": round(n_tokens / seconds, 1),
        "resumed_from": last.name if last else None,
    }
    return Run(table, facts)


def last_checkpoint(folder: Path) -> Path | None:
    """Return the latest whole checkpoint: its trainer state is what Trainer writes last."""
    whole = [state.parent for state in folder.glob("checkpoint-*/trainer_state.json")]
    return max(whole, key=lambda path: int(path.name.rsplit("-", 1)[1]), default=None)


def _trainer(
    model_folder: str | Path,
    train: pd.DataFrame,
    validation: pd.DataFrame,
    recipe: Mapping[str, Any],
    checkpoints: Path,
    label: str,
) -> Trainer:
    lora = {key.removeprefix(LORA): value for key, value in recipe.items() if key.startswith(LORA)}
    settings = {key: value for key, value in recipe.items() if not key.startswith(LORA)}
    validated = len(validation) > 0
    if not validated:
        settings.pop("eval_steps")
    return Trainer(
        model=load_model(model_folder, bf16=recipe["bf16"]),
        args=arguments(
            checkpoints,
            {
                **settings,
                "completion_only_loss": True,
                "eval_strategy": "steps" if validated else "no",
                "per_device_eval_batch_size": 32,
                "save_strategy": "steps",
            },
        ),
        train_dataset=_dataset(train),
        eval_dataset=_dataset(validation) if validated else None,
        processing_class=load_tokenizer(model_folder),
        peft_config=LoraConfig(
            r=lora["r"],
            lora_alpha=lora["alpha"],
            lora_dropout=lora["dropout"],
            target_modules=lora["target_modules"],
            task_type="CAUSAL_LM",
        ),
        label=label,
    )


def _dataset(pairs: pd.DataFrame) -> Dataset:
    return Dataset.from_dict({name: pairs[name].to_list() for name in ("prompt", "completion")})
