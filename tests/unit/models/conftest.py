"""A demo model so small that it is built in seconds, and pairs that it can learn."""

from pathlib import Path

import pandas as pd
import pytest

from radonc.runtime.environment import go_offline
from radonc.runtime.settings.recipe import Recipe

go_offline()

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
    "save_steps": 5,
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


@pytest.fixture(scope="session", params=["llama", "mistral"])
def architecture(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory, train: pd.DataFrame) -> Path:
    from radonc.models import demo_model
    from radonc.models.loading import use_threads

    use_threads(1)
    folder = tmp_path_factory.mktemp("base")
    demo_model.build("llama", [train], n_steps=60, folder=folder)
    return folder
