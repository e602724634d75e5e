"""Train one model on the same pairs by this project, by TRL alone and by LLaMA-Factory, and compare their speed.

    python benchmarks/train/run.py --model results/models/demo-llama --pairs results/pairs/icd10 [--rounds 3]

Each trains one epoch of the same pairs by the same recipe on one CPU thread, in a process of its own, in turns; every
adapter is then judged by one and the same function. Writes results.md beside this file. LLaMA-Factory
needs its environment (setup.sh); without it it is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
MADE = HERE / ".made"
LIBRARY = HERE.parents[1] / "workflow" / "lib"
BATCH = 16
RECIPE = {
    "learning_rate": 2e-3, "lr_scheduler_type": "cosine", "num_train_epochs": 1, "per_device_train_batch_size": BATCH,
    "max_length": 512, "lora_r": 16, "lora_alpha": 32,
}  # fmt: skip
OURS, TRL, FACTORY = "radonc-sft", "TRL, dynamic padding", "LLaMA-Factory"
PROGRAMS = {OURS: "ours.py", TRL: "plain_trl.py", FACTORY: "llamafactory_.py"}
TARGETS = {TRL: 1.5, FACTORY: 1.2}


def main(args_list: list[str] | None = None) -> None:
    """Run all rounds and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="the folder of a small model")
    parser.add_argument("--pairs", type=Path, required=True, help="the folder of train.parquet and validation.parquet")
    parser.add_argument("--steps", type=int, default=120, help="of 16 pairs each")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(args_list)
    shutil.rmtree(MADE, ignore_errors=True)
    MADE.mkdir()
    pairs = pd.read_parquet(options.pairs / "train.parquet").head(options.steps * BATCH)
    pairs.to_parquet(MADE / "pairs.parquet")
    programs = {name: python for name in PROGRAMS if (python := interpreter(name)).exists()}
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(options.rounds):
        for name, python in programs.items():
            print(f"round {number + 1}: {name}", file=sys.stderr)
            seconds[name].append(train(name, python, options.model.resolve(), number))
    sys.path.insert(0, str(LIBRARY))
    losses, n_tokens = judge(options.model, options.pairs / "validation.parquet", pairs, list(programs))
    results = {
        name: {
            "seconds": seconds[name],
            "useful_tokens_per_second": n_tokens / median(seconds[name]),
            "times_ours": median(seconds[name]) / median(seconds[OURS]),
            "validation_loss": losses[name],
        }
        for name in programs
    }
    record = {
        "n_pairs": len(pairs),
        "n_tokens": n_tokens,
        "base_loss": losses["base"],
        "recipe": RECIPE,
        "runs": results,
    }
    (HERE / "results.md").write_text(page(record), encoding="utf-8")
    print(page(record))


def interpreter(name: str) -> Path:
    """Return the Python that a program runs in."""
    return HERE / ".envs" / "llamafactory" / "bin" / "python" if name == FACTORY else Path(sys.executable)


def train(name: str, python: Path, model: Path, number: int) -> float:
    """Train once; return the seconds of the training loop, by the trainer's own clock."""
    out = MADE / f"{Path(PROGRAMS[name]).stem}-{number}"
    out.mkdir()
    job = {"model": str(model), "pairs": str(MADE / "pairs.parquet"), "out": str(out), "recipe": json.dumps(RECIPE)}
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY), "OMP_NUM_THREADS": "1"}
    with (out / "log").open("wb") as log:
        subprocess.run(
            [python, HERE / PROGRAMS[name], json.dumps(job)], env=environment, stdout=log, stderr=log, check=True
        )
    return float(json.loads((out / "seconds.json").read_text(encoding="utf-8")))


def judge(model: Path, validation: Path, train_pairs: pd.DataFrame, names: list[str]) -> tuple[dict[str, float], int]:
    """Return the loss of the base and of each program's first adapter (mean over pairs), and the tokens of an epoch."""
    from radonc.models.loading import load_model, load_tokenizer, use_threads

    use_threads(1)
    tokenizer = load_tokenizer(model)
    held_out = pd.read_parquet(validation)
    losses = {"base": mean_loss(load_model(model, bf16=False), tokenizer, held_out)}
    for name in names:
        adapter = MADE / f"{Path(PROGRAMS[name]).stem}-0"
        losses[name] = mean_loss(load_model(model, bf16=False, adapter=adapter), tokenizer, held_out)
    texts = train_pairs["prompt"] + train_pairs["completion"] + tokenizer.eos_token
    return losses, sum(map(len, tokenizer(texts.to_list())["input_ids"]))


def mean_loss(model: Any, tokenizer: Any, pairs: pd.DataFrame) -> float:
    """Return the mean over pairs of the mean negative log-likelihood of the answer's tokens, its end included."""
    import torch

    total = 0.0
    model.eval()
    with torch.inference_mode():
        for prompt, completion in zip(pairs["prompt"], pairs["completion"], strict=True):
            n_prompt = len(tokenizer(prompt)["input_ids"])
            tokens = torch.tensor([tokenizer(prompt + completion + tokenizer.eos_token)["input_ids"]])
            chances = model(input_ids=tokens).logits[0, n_prompt - 1 : -1].log_softmax(-1)
            total -= float(chances.gather(1, tokens[0, n_prompt:, None]).mean())
    return total / len(pairs)


def page(record: dict[str, Any]) -> str:
    """Return the results in Markdown."""
    lines = [
        "# Training: results", "", "Written by `benchmarks/train/run.py`; README.md says what is measured.", "",
        f"{record['n_pairs']:,} pairs, {record['n_tokens']:,} tokens, one epoch, one CPU thread; the base's loss is "
        f"{record['base_loss']:.3f}.", "",
        "| | useful tokens/s | seconds, each round | ours is … times as fast | target | loss on held-out pairs |",
        "|---|---:|---|---:|---:|---:|",
    ]  # fmt: skip
    for name, run in record["runs"].items():
        rounds = ", ".join(f"{value:.1f}" for value in run["seconds"])
        times = "" if name == OURS else f"{run['times_ours']:.2f}"
        target = f"≥ {TARGETS[name]}" if name in TARGETS else ""
        lines.append(
            f"| {name} | {run['useful_tokens_per_second']:,.0f} | {rounds} | {times} | {target} "
            f"| {run['validation_loss']:.3f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
