"""Check, on a CUDA GPU, that we are right; then time training and prediction beside the plain way.

    python benchmarks/gpu/run.py [--shape llama2-7b] [--steps 40] [--batch-size 32] [--cases 1581]

Random weights of a model's shape, random words as long as a study's texts: nothing is downloaded, and no study need be
there. First the kernels are checked, then a ceiling is measured on the spot; training and prediction follow, each
beside the plain way of TRL and transformers in the same run. Writes results.md and results.json beside this file.
Without a CUDA GPU it says so and does nothing.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "workflow" / "lib"))

from radonc.run.offline import go_offline  # noqa: E402 - the library stands beside this folder

go_offline()

import made_up  # noqa: E402 - offline first
import torch  # noqa: E402
from correct import check  # noqa: E402
from datasets import Dataset  # noqa: E402

TARGETS = {"train_tokens_per_second": 14_000, "predict_seconds": 120, "predict_times_plain": 3}
LABELS = {"modality": 4, "icd10": 78}
RECIPE = {
    "learning_rate": 2e-4, "lr_scheduler_type": "cosine", "num_train_epochs": 1, "warmup_steps": 0.03,
    "weight_decay": 0, "max_grad_norm": 1, "gradient_accumulation_steps": 1, "max_length": 1024,
    "gradient_checkpointing": False, "load_in_4bit": False, "early_stopping_patience": 0, "n_gpus": 1, "n_nodes": 1,
    "lora_r": 16, "lora_alpha": 32, "lora_dropout": 0.0, "lora_target_modules": "all-linear", "logging_steps": 10,
    "save_steps": 1.0,
}  # fmt: skip


def main(args_list: list[str] | None = None) -> None:
    """Check, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=list(made_up.SHAPES), default="llama2-7b")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--batch-size", type=int, default=32, help="pairs per training step")
    parser.add_argument("--cases", type=int, default=1581, help="test cases")
    parser.add_argument("--plain-cases", type=int, default=192, help="test cases of the plain way, a sample")
    parser.add_argument("--on-cpu", action="store_true", help="without a GPU, to try this program (with --shape tiny)")
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args(args_list)
    if not (torch.cuda.is_available() or options.on_cpu):
        print("there is no CUDA GPU here: nothing was measured")
        return
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    told: dict[str, Any] = {"shape": options.shape, **machine(), "correct": check(device, dtype)}
    print(json.dumps(told, indent=1), flush=True)
    from radonc.models.measures import ceiling

    told["ceiling_tflops"] = ceiling(dtype) / 1e12
    told["train"] = {}
    for name, trainer in (("radonc-sft", ours), ("TRL, dynamic padding", plain_trl)):
        told["train"][name] = training(trainer, options, device, dtype)
        print(name, told["train"][name], flush=True)
    told["predict"] = prediction(options, device, dtype)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "results.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (options.out / "results.md").write_text(page(told), encoding="utf-8")
    print(page(told))


def machine() -> dict[str, Any]:
    """Say what the figures were measured on."""
    libraries = ("torch", "transformers", "peft", "trl")
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return {"device": device, "versions": {name: version(name) for name in libraries}}


def ours(model: Any, tokenizer: Any, data: Dataset, recipe: dict[str, Any], folder: Path) -> Any:
    """Return this project's trainer."""
    from radonc.models.finetune import trainer_of

    return trainer_of(model, tokenizer, data, data.select([]), recipe, 1, folder, "ours")


def plain_trl(model: Any, tokenizer: Any, data: Dataset, recipe: dict[str, Any], folder: Path) -> Any:
    """Return TRL's trainer as its manual has it: batches padded to their longest pair."""
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    model.set_attn_implementation("sdpa")
    settings = {
        key: recipe[key]
        for key in (
            "learning_rate",
            "lr_scheduler_type",
            "max_length",
            "per_device_train_batch_size",
            "bf16",
            "max_steps",
        )
    }
    arguments = SFTConfig(
        output_dir=str(folder), use_cpu=not torch.cuda.is_available(), gradient_checkpointing=False,
        save_strategy="no", report_to="none", disable_tqdm=True, logging_steps=10, **settings,
    )  # fmt: skip
    lora = LoraConfig(r=recipe["lora_r"], lora_alpha=recipe["lora_alpha"], target_modules="all-linear")
    return SFTTrainer(model=model, args=arguments, train_dataset=data, processing_class=tokenizer, peft_config=lora)


def training(
    make: Callable[..., Any], options: argparse.Namespace, device: str, dtype: torch.dtype
) -> dict[str, float]:
    """Train for some steps; return useful tokens per second after a warm-up, and the peak memory."""
    from radonc.models.measures import flop_per_token, peak_memory_mb

    tables = [made_up.pairs(options.steps * options.batch_size // 3 + 1, task, seed=1) for task in made_up.ANSWERS]
    texts = {name: [text for table in tables for text in table[name]] for name in ("prompt", "completion")}
    data = Dataset.from_dict(texts).shuffle(seed=0)
    recipe = {
        **RECIPE, "per_device_train_batch_size": options.batch_size, "bf16": dtype is torch.bfloat16,
        "max_steps": options.steps,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        model = made_up.model(options.shape, device, dtype, for_training=True)
        trainer = make(model, made_up.tokenizer(), data, recipe, Path(folder))
        clock = Clock(trainer)
        trainer.add_callback(clock.callback())
        trainer.train()
        lengths = [len(tokens) for tokens in trainer.train_dataset["input_ids"]]
        useful = sum(lengths) / len(lengths) * options.batch_size
        flop = flop_per_token(trainer.model, sum(lengths) / len(lengths), 13 / 200)
    seconds = clock.seconds_per_step()
    del trainer, model
    gc.collect()
    if device == "cuda":
        torch.cuda.empty_cache()
    return {
        "useful_tokens_per_second": useful / seconds, "seconds_per_step": seconds, "peak_memory_mb": peak_memory_mb(),
        "tflops": useful / seconds * flop / 1e12, "mean_length": sum(lengths) / len(lengths),
    }  # fmt: skip


class Clock:
    """Times steps behind a warm-up."""

    WARM_UP = 5

    def __init__(self, trainer: Any) -> None:
        self.ends: list[float] = []
        self.trainer = trainer

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


def prediction(options: argparse.Namespace, device: str, dtype: torch.dtype) -> dict[str, float]:
    """Answer all cases in the arms base, few-shot and tuned (three adapters); and a sample of them the plain way."""
    from peft import LoraConfig, get_peft_model

    from radonc.models.backends.transformers import Transformers

    tokenizer = made_up.tokenizer()
    model = made_up.model(options.shape, device, dtype, for_training=False)
    lora = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(model, lora, adapter_name="regimen")
    for task in ("modality", "icd10"):
        model.add_adapter(task, lora)
    backend = Transformers(model.to(device=device, dtype=dtype), tokenizer)
    shown = " ".join(made_up.pairs(3, "icd10", seed=9)["prompt"]) + "\n\n"
    seconds, plain_seconds, n_plain = 0.0, 0.0, 0
    for arm in ("base", "fewshot", "tuned"):
        for task, n_new in made_up.ANSWERS.items():
            prompts = made_up.pairs(options.cases, task, seed=2)["prompt"].to_list()
            shared = shown if arm == "fewshot" else ""
            asked = [shared + prompt for prompt in sorted(prompts, key=len)]
            with worn(model, task if arm == "tuned" else None):
                seconds += timed(lambda: ask(backend, asked, shared, task, n_new))  # noqa: B023
                sample = [shared + prompt for prompt in prompts[: options.plain_cases]]
                plain_seconds += timed(lambda: plainly(backend, sample, n_new))  # noqa: B023
                n_plain += len(sample)
    n = 3 * len(made_up.ANSWERS) * options.cases
    plain = plain_seconds / n_plain * n
    return {"answers": n, "seconds": seconds, "plain_seconds": plain, "times_plain": plain / seconds}


def worn(model: Any, adapter: str | None) -> Any:
    """Return the context in which a model answers with an adapter, or without any."""
    from contextlib import nullcontext

    if adapter is None:
        return model.disable_adapter()
    model.set_adapter(adapter)
    return nullcontext()


def ask(backend: Any, prompts: list[str], shared: str, task: str, n_new: int) -> None:
    """Answer freely and, for a closed task, score its labels: what a study asks for."""
    from radonc.models.answering import Questions

    labels = sorted(set(made_up.words()))[: LABELS.get(task, 0)]
    backend.answer(
        Questions(task=task, prompts=prompts, shared=shared, max_new_tokens=n_new, labels=labels, bar=task), 64
    )


def plainly(backend: Any, prompts: list[str], n_new: int) -> None:
    """Generate in the order given, padded, free answers alone: less than ``ask`` does."""
    for start in range(0, len(prompts), 32):
        inputs = backend.tokenizer(prompts[start : start + 32], return_tensors="pt", padding=True)
        inputs = {name: tensor.to(backend.model.device) for name, tensor in inputs.items() if name != "token_type_ids"}
        with torch.inference_mode():
            backend.model.generate(**inputs, max_new_tokens=n_new, do_sample=False, pad_token_id=3)


def timed(work: Callable[[], Any]) -> float:
    """Return the seconds that work takes."""
    started = perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return perf_counter() - started


def page(told: dict[str, Any]) -> str:
    """Return the results in Markdown."""
    first, second = told["train"].values()
    predict = told["predict"]
    lines = [
        "# GPU: results", "",
        "Written by `benchmarks/gpu/run.py`; README.md says what is measured.", "",
        f"{told['device']}; {', '.join(f'{name} {number}' for name, number in told['versions'].items())}. Shape: "
        f"{told['shape']}, random weights. Ceiling, a large matrix product: {told['ceiling_tflops']:.0f} TFLOP/s.", "",
        *(f"- {line}" for line in told["correct"]), "",
        "| measure | radonc-sft | plain | ratio | target |", "|---|---:|---:|---:|---:|",
        f"| training, useful tokens/s | {first['useful_tokens_per_second']:,.0f} "
        f"| {second['useful_tokens_per_second']:,.0f} "
        f"| {first['useful_tokens_per_second'] / second['useful_tokens_per_second']:.2f} "
        f"| ≥ {TARGETS['train_tokens_per_second']:,} |",
        f"| training, share of the ceiling | {first['tflops'] / told['ceiling_tflops']:.0%} "
        f"| {second['tflops'] / told['ceiling_tflops']:.0%} | | |",
        f"| training, peak memory, GB | {first['peak_memory_mb'] / 1000:.1f} "
        f"| {second['peak_memory_mb'] / 1000:.1f} | | |",
        f"| {predict['answers']:,} answers, s | {predict['seconds']:.0f} | {predict['plain_seconds']:.0f} "
        f"| {predict['times_plain']:.2f} | ≤ {TARGETS['predict_seconds']} s, ≥ {TARGETS['predict_times_plain']} × |",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
