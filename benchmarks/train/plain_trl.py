"""Train by TRL as its manual has it, batches padded to their longest pair; see run.py."""

import json
import sys
from pathlib import Path

import pandas as pd

from radonc.runtime.environment import go_offline

go_offline()

from datasets import Dataset  # noqa: E402 - offline first
from peft import LoraConfig  # noqa: E402
from transformers import set_seed  # noqa: E402
from trl import SFTConfig, SFTTrainer  # noqa: E402

from radonc.models.loading import load_model, load_tokenizer, use_threads  # noqa: E402


def main(job: dict[str, str]) -> None:
    """Train and write the seconds of the training loop."""
    use_threads(1)
    set_seed(1)
    recipe = json.loads(job["recipe"])
    lora = {key.removeprefix("lora_"): recipe.pop(key) for key in list(recipe) if key.startswith("lora_")}
    pairs = pd.read_parquet(job["pairs"])
    trainer = SFTTrainer(
        model=load_model(job["model"], bf16=False),
        args=SFTConfig(
            output_dir=job["out"], use_cpu=True, bf16=False, gradient_checkpointing=False, save_strategy="no",
            report_to="none", disable_tqdm=True, warmup_steps=0.03, logging_steps=10, seed=1, **recipe,
        ),
        train_dataset=Dataset.from_dict({name: pairs[name].to_list() for name in ("prompt", "completion")}),
        processing_class=load_tokenizer(job["model"]),
        peft_config=LoraConfig(
            r=lora["r"], lora_alpha=lora["alpha"], target_modules="all-linear", task_type="CAUSAL_LM"
        ),
    )  # fmt: skip
    result = trainer.train()
    trainer.model.save_pretrained(job["out"])
    Path(job["out"], "seconds.json").write_text(json.dumps(result.metrics["train_runtime"]), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
