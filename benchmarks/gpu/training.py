"""Time training: this project's trainer, and TRL's as its manual has it."""

from __future__ import annotations

import argparse
import gc
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import made_up
import torch
from datasets import Dataset

OURS, PLAIN = "radonc-sft", "TRL, dynamic padding"
RECIPE = {
    "learning_rate": 2e-4, "lr_scheduler_type": "cosine", "num_train_epochs": 1, "warmup_steps": 0.03,
    "weight_decay": 0, "max_grad_norm": 1, "gradient_accumulation_steps": 1, "max_length": 1024,
    "gradient_checkpointing": False, "load_in_4bit": False, "early_stopping_patience": 0, "n_gpus": 1, "n_nodes": 1,
    "lora_r": 16, "lora_alpha": 32, "lora_dropout": 0.0, "lora_target_modules": "all-linear", "logging_steps": 10,
}  # fmt: skip
LEARNT = 13 / 200
"""The share of tokens that are learnt."""


def both(
    options: argparse.Namespace, device: str, dtype: torch.dtype, record: dict[str, Any], keep: Callable[[], None]
) -> None:
    """Measure the ceiling and both methods of training."""
    from radonc.models.callbacks import peak_flops

    record["ceiling_tflops"] = peak_flops(dtype) / 1e12
    record["train"] = {}
    for name, make in ((OURS, ours), (PLAIN, plain_trl)):
        record["train"][name] = {
            "steps": options.steps, "batch_size": options.batch_size, **fitted(make, options, device, dtype)
        }  # fmt: skip
        print(name, record["train"][name], flush=True)
        keep()


def ours(model: Any, tokenizer: Any, data: Dataset, recipe: dict[str, Any], folder: Path) -> Any:
    """Return this project's trainer."""
    from radonc.models.finetune import make_trainer
    from radonc.runtime.settings.recipe import Recipe

    return make_trainer(model, tokenizer, data, data.select([]), Recipe.model_validate(recipe), 1, folder, "ours")


def plain_trl(model: Any, tokenizer: Any, data: Dataset, recipe: dict[str, Any], folder: Path) -> Any:
    """Return TRL's trainer as its manual has it: batches padded to their longest pair."""
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    model.set_attn_implementation("sdpa")
    same = ("learning_rate", "lr_scheduler_type", "max_length", "per_device_train_batch_size", "bf16", "max_steps")
    arguments = SFTConfig(
        output_dir=str(folder), use_cpu=not torch.cuda.is_available(), gradient_checkpointing=False,
        save_strategy="no", report_to="none", disable_tqdm=True, logging_steps=10, **{key: recipe[key] for key in same},
    )  # fmt: skip
    lora = LoraConfig(r=recipe["lora_r"], lora_alpha=recipe["lora_alpha"], target_modules="all-linear")
    return SFTTrainer(model=model, args=arguments, train_dataset=data, processing_class=tokenizer, peft_config=lora)


def fitted(make: Callable[..., Any], options: argparse.Namespace, device: str, dtype: torch.dtype) -> dict[str, Any]:
    """Return what ``measured`` returns, or that the memory did not do: a padded batch may need more than there is."""
    try:
        return measured(make, options, device, dtype)
    except torch.OutOfMemoryError as error:
        message = str(error)
    finally:
        # After the error: its traceback holds the model.
        release()
    return {"did_not_fit": message.split(". ")[0]}


def measured(make: Callable[..., Any], options: argparse.Namespace, device: str, dtype: torch.dtype) -> dict[str, Any]:
    """Train for some steps; return useful tokens per second behind a warm-up, and the peak memory."""
    from radonc.models.callbacks import flop_per_token, peak_memory_mb

    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    recipe = recipe_of(options, dtype)
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        model = made_up.model(options.shape, device, dtype, for_training=True)
        trainer = make(model, made_up.tokenizer(), data_of(options), recipe, Path(folder))
        trainer.add_callback(clock.callback())
        trainer.train()
        lengths = [len(tokens) for tokens in trainer.train_dataset["input_ids"]]
        mean = sum(lengths) / len(lengths)
        flop = flop_per_token(trainer.model, mean, LEARNT)
    seconds = clock.seconds_per_step()
    rate = mean * options.batch_size / seconds
    return {
        "useful_tokens_per_second": rate, "seconds_per_step": seconds, "peak_memory_mb": peak_memory_mb(),
        "tflops": rate * flop / 1e12, "mean_length": mean,
    }  # fmt: skip


def recipe_of(options: argparse.Namespace, dtype: torch.dtype) -> dict[str, Any]:
    """Return the recipe."""
    return {
        **RECIPE, "per_device_train_batch_size": options.batch_size, "bf16": dtype is torch.bfloat16,
        # A checkpoint (0.5 GB of a model of 7 billion) would be timed as training; the one at the end comes behind it.
        "max_steps": options.steps, "save_steps": options.steps + 1,
    }  # fmt: skip


def data_of(options: argparse.Namespace) -> Dataset:
    """Return as many pairs as the steps take, of all tasks."""
    n = options.steps * options.batch_size // len(made_up.ANSWERS) + 1
    tables = [made_up.pairs(n, task, seed=1) for task in made_up.ANSWERS]
    texts = {name: [text for table in tables for text in table[name]] for name in ("prompt", "completion")}
    return Dataset.from_dict(texts).shuffle(seed=0)


def release() -> None:
    """Give the memory of what is no longer used back."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


class Clock:
    """Times steps behind a warm-up. It holds nothing of a trainer: the next one needs the memory."""

    WARM_UP = 5

    def __init__(self) -> None:
        self.ends: list[float] = []

    def callback(self) -> Any:
        """Return what the trainer calls."""
        from transformers import TrainerCallback

        clock = self

        class Stamp(TrainerCallback):
            def on_step_end(self, *_: Any, **__: Any) -> None:
                if torch.cuda.is_available():
                    torch.cuda.synchronize()
                clock.ends.append(perf_counter())

        return Stamp()

    def seconds_per_step(self) -> float:
        """Return the mean over all steps but the first ones."""
        first = min(self.WARM_UP, len(self.ends) - 2)
        return (self.ends[-1] - self.ends[first]) / (len(self.ends) - 1 - first)
