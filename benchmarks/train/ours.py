"""Train by this project; see run.py."""

import json
import sys
from pathlib import Path

import pandas as pd

from radonc.runtime.offline import go_offline

go_offline()

from radonc.models.finetune import finetune  # noqa: E402 - offline first
from radonc.models.loading import use_threads  # noqa: E402

DEFAULTS = {
    "max_steps": -1, "warmup_steps": 0.03, "weight_decay": 0, "max_grad_norm": 1, "gradient_accumulation_steps": 1,
    "gradient_checkpointing": False, "bf16": False, "load_in_4bit": False, "early_stopping_patience": 0, "n_gpus": 1,
    "n_nodes": 1, "lora_dropout": 0, "lora_target_modules": "all-linear", "logging_steps": 10, "save_steps": 1.0,
}  # fmt: skip


def main(job: dict[str, str]) -> None:
    """Train and write the seconds of the training loop."""
    use_threads(1)
    pairs = pd.read_parquet(job["pairs"])
    run = finetune(
        job["model"],
        pairs,
        pairs[:0],
        {**DEFAULTS, **json.loads(job["recipe"])},
        seed=1,
        checkpoints=Path(job["out"]) / "checkpoints",
        adapter=job["out"],
        label="ours",
    )
    Path(job["out"], "seconds.json").write_text(json.dumps(run.facts["seconds"]), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
