"""Train by LLaMA-Factory's own command; see run.py. Runs in its environment (setup.sh)."""

import json
import os
import subprocess
import sys
from pathlib import Path

# To read a table its environment has pyarrow, and no pandas of ours is needed.
import pyarrow.parquet


def main(job: dict[str, str]) -> None:
    """Write the data and the settings in its own forms, train, and write the seconds of the training loop."""
    out = Path(job["out"])
    recipe = json.loads(job["recipe"])
    tokenizer = json.loads(Path(job["model"], "tokenizer_config.json").read_text(encoding="utf-8"))
    rows = pyarrow.parquet.read_table(job["pairs"]).to_pylist()
    # Its empty template puts neither the beginning nor the end of sequence, which the others put.
    begin, end = (tokenizer[name] for name in ("bos_token", "eos_token"))
    data = [{"instruction": begin + row["prompt"], "input": "", "output": row["completion"] + end} for row in rows]
    (out / "pairs.json").write_text(json.dumps(data), encoding="utf-8")
    (out / "dataset_info.json").write_text(json.dumps({"pairs": {"file_name": "pairs.json"}}), encoding="utf-8")
    settings = {
        "model_name_or_path": job["model"], "stage": "sft", "do_train": True, "finetuning_type": "lora",
        "lora_target": "all", "lora_rank": recipe["lora_r"], "lora_alpha": recipe["lora_alpha"], "lora_dropout": 0,
        "dataset": "pairs", "dataset_dir": str(out), "template": "empty", "cutoff_len": recipe["max_length"],
        "output_dir": str(out), "per_device_train_batch_size": recipe["per_device_train_batch_size"],
        "learning_rate": recipe["learning_rate"], "lr_scheduler_type": recipe["lr_scheduler_type"],
        "num_train_epochs": recipe["num_train_epochs"], "warmup_steps": 0.03, "logging_steps": 10, "seed": 1,
        "save_strategy": "no", "report_to": "none", "use_cpu": True, "bf16": False,
        "disable_gradient_checkpointing": True, "preprocessing_num_workers": 1, "disable_tqdm": True,
    }  # fmt: skip
    (out / "settings.yaml").write_text(json.dumps(settings), encoding="utf-8")
    program = Path(sys.executable).with_name("llamafactory-cli")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    environment.pop("PYTHONPATH", None)
    subprocess.run([program, "train", out / "settings.yaml"], env=environment, check=True)
    result = json.loads((out / "train_results.json").read_text(encoding="utf-8"))
    (out / "seconds.json").write_text(json.dumps(result["train_runtime"]), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
