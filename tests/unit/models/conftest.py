"""A demo model so small that it is built in seconds, and pairs that it can learn.

PyTorch is imported by fixtures, not with a test file: collecting tests would pay for it in every worker.
"""

import fcntl
import gc
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from radonc.runtime.settings.recipe import Recipe

Tune = Callable[..., Any]
RECIPE = {
    "learning_rate": 5e-3,
    "lr_scheduler_type": "cosine",
    "num_train_epochs": 2,
    "max_steps": -1,
    "warmup_steps": 0.03,
    "weight_decay": 0,
    "max_grad_norm": 1,
    "per_device_train_batch_size": 8,
    "gradient_accumulation_steps": 1,
    "max_length": 128,
    "gradient_checkpointing": False,
    "bf16": False,
    "load_in_4bit": False,
    "early_stopping_patience": 0,
    "n_gpus": 1,
    "n_nodes": 1,
    "save_steps": 3,
    "logging_steps": 1,
    "lora_r": 4,
    "lora_alpha": 8,
    "lora_dropout": 0.1,
    "lora_target_modules": "all-linear",
}


def make_pairs(n: int, split: str) -> pd.DataFrame:
    sites = ["prostate", "left breast", "right lung, upper lobe, with a longer description of it", "rectum"]
    answers = ["C61", "C50.912", "C34.11", "C20"]
    return pd.DataFrame(
        {
            "case_id": [f"P{split}{i:03}" for i in range(n)],
            "split": split,
            "prompt": [f"Age: {40 + i % 40}\nSite: {sites[i % 4]}\nQuestion: Which code?\nAnswer:" for i in range(n)],
            "completion": [f" {answers[i % 4]}" for i in range(n)],
        }
    )


@pytest.fixture(scope="session")
def train() -> pd.DataFrame:
    return make_pairs(64, "train")


@pytest.fixture(scope="session")
def validation() -> pd.DataFrame:
    return make_pairs(8, "validation")


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    return Recipe.model_validate(RECIPE)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory, train: pd.DataFrame) -> Path:
    """The folder of a model that all tests share, those of other workers too."""
    from radonc.models import callbacks, demo_model
    from radonc.models.loading import use_threads

    use_threads(1)
    # Each training ends with a garbage collection, which need not go through all that these imports brought.
    gc.freeze()
    # Measured once, not in every run.
    callbacks.peak_flops = cache(callbacks.peak_flops)
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with (shared / "base.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "base").exists():
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(demo_model, "BATCH", 4)
                patched.setattr(demo_model, "BLOCK", 64)
                demo_model.build("llama", [train], 100, shared / "part")
            (shared / "part").rename(shared / "base")
    return shared / "base"


@pytest.fixture(scope="session")
def tune(base: Path, train: pd.DataFrame, validation: pd.DataFrame, recipe: Recipe) -> Tune:
    """Return a function that trains an adapter in a folder and returns curve and facts: 4 steps per epoch."""
    from radonc.models.finetune import finetune

    def run(folder: Path, *, model: Path = base, validated: bool = True, seed: int = 1, **changes: Any) -> Any:
        return finetune(
            model,
            train[:32],
            validation if validated else validation[:0],
            recipe.model_copy(update=changes),
            seed=seed,
            checkpoints=folder / "checkpoints",
            adapter=folder / "adapter",
            label="finetune m icd10 seed1",
        )

    return run


@pytest.fixture(scope="session")
def make_trainer(base: Path, train: pd.DataFrame, validation: pd.DataFrame, recipe: Recipe) -> Tune:
    """Return a function that returns the trainer of such a run."""
    from datasets import Dataset

    from radonc.models import attention, finetune
    from radonc.models.loading import load_model, load_tokenizer

    def make(folder: Path, *, validated: bool = True, **changes: Any) -> Any:
        changed = recipe.model_copy(update=changes)
        model = load_model(base, bf16=False, in_4bit=changed.load_in_4bit, attention=attention.NAME)
        data = [Dataset.from_pandas(pairs[["prompt", "completion"]]) for pairs in (train, validation[: 8 * validated])]
        return finetune.make_trainer(model, load_tokenizer(base), *data, changed, 1, folder, "m")

    return make


@pytest.fixture(scope="session")
def load() -> Callable[..., Any]:
    """Return a function that loads the back end transformers."""
    from radonc.models.backends import load_backend

    def loaded(folder: Path, adapter: Path | None = None) -> Any:
        return load_backend("transformers", str(folder), adapter, bf16=False, threads=1, alias="m", known={})

    return loaded
