"""What a training run costs, and what to change in its recipe when a GPU's memory is too small for it."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import floor
from time import perf_counter
from typing import Any

import torch
from transformers import TrainerCallback

from radonc.models.training import IGNORE_INDEX, Trainer
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.recipe import Recipe

MEMORY_SHARE = 0.9
"""The share of the memory to plan with: the longest batch may be still to come."""
MB, GB = 1e6, 1e9


class MemoryAdvice(TrainerCallback):
    """Turns PyTorch's out-of-memory error into one that says what to change in the recipe."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.fixed: int | None = None

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Note the memory of the loaded model."""
        self.fixed = torch.cuda.memory_allocated()

    @contextmanager
    def on_error(self) -> Iterator[None]:
        """Raise StudyError with the advice when loading or training runs out of memory."""
        try:
            yield
        except torch.OutOfMemoryError as error:
            peak = torch.cuda.max_memory_allocated()
            total = torch.cuda.mem_get_info()[1] if torch.cuda.is_available() else 0
            raise StudyError(memory_advice(self.recipe, fixed=self.fixed, peak=peak, total=total)) from error


def memory_advice(recipe: Recipe, *, fixed: int | None, peak: int, total: int) -> str:
    """Return what to set in the recipe so that a step fits.

    What a step needs besides the model grows with the pairs per step on each GPU. The peak is only a lower bound of it,
    since the step failed: the batch is at least halved. All memory is in bytes: that of the model before the first
    step (``fixed``; None when it was not loaded yet), that in use when it ran out, and that of the GPU.
    """
    n_devices = recipe.n_gpus * recipe.n_nodes
    batch, steps = recipe.per_device_train_batch_size // n_devices, recipe.gradient_accumulation_steps
    of_each = f" on each of {n_devices} GPUs" if n_devices > 1 else ""
    what = f"the GPU's memory ({total / GB:.0f} GB) is too small for "
    what += "the model" if fixed is None else f"{batch} pair{'s' * (batch > 1)} per step{of_each}"
    if fixed is None or batch == 1:
        saved = ["load_in_4bit"] if fixed is None else ["gradient_checkpointing", "load_in_4bit"]
        options = [f"{key}: true" for key in saved if not getattr(recipe, key)]
        return f"recipe: {what}; set {' or '.join([*options, _more_gpus(recipe, n_devices)])}"
    room, taken = total * MEMORY_SHARE - fixed, max(peak - fixed, 1)
    fitting = max(1, min(batch // 2, floor(batch * room / taken)))
    while batch % fitting:
        fitting -= 1
    also = "" if recipe.gradient_checkpointing else ", or keep them and set gradient_checkpointing: true"
    return (
        f"recipe: {what}; set per_device_train_batch_size: {fitting * n_devices} and gradient_accumulation_steps: "
        f"{steps * batch // fitting}, which trains the same{also}"
    )


def _more_gpus(recipe: Recipe, n_devices: int) -> str:
    """Return the settings for twice the GPUs, each of which needs at least one pair per step."""
    batch, steps = recipe.per_device_train_batch_size, recipe.gradient_accumulation_steps
    more = f"n_gpus: {2 * recipe.n_gpus}"
    if batch % (2 * n_devices) == 0:
        return more
    fewer = "" if steps % 2 else f" and gradient_accumulation_steps: {steps // 2}"
    return f"{more} with per_device_train_batch_size: {2 * batch}{fewer}"


class ThroughputCallback(TrainerCallback):
    """Measures a trainer's run from its first step, a resumed one from where it resumes."""

    def __init__(self, trainer: Trainer, dtype: torch.dtype) -> None:
        labels = trainer.train_dataset["labels"]
        n_tokens = sum(map(len, labels))
        n_learnt = sum(label != IGNORE_INDEX for sample in labels for label in sample)
        self.flop_per_token = flop_per_token(trainer.model, n_tokens / len(labels), n_learnt / n_tokens)
        self.peak_flops = peak_flops(dtype)

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Start the clock."""
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        # A finished run that is resumed has no further step.
        self.started = self.last = perf_counter()
        self.evaluated = 0.0
        self.n_tokens = state.num_input_tokens_seen
        self.energy = energy()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Note when the step ended: a validation that follows is not training."""
        self.last = perf_counter()

    def on_evaluate(self, *_: Any, **__: Any) -> None:
        """Leave out the time of a validation."""
        self.evaluated += perf_counter() - self.last

    def facts(self, state: Any, n_devices: int) -> dict[str, Any]:
        """Return the run's measurements.

        ``seconds`` are without validation; ``mfu`` is model FLOP/s over those of a large matrix product on the same
        device; ``energy_wh`` is None where the GPU has no counter.
        """
        seconds = max(self.last - self.started - self.evaluated, 1e-9)
        rate = (state.num_input_tokens_seen - self.n_tokens) / seconds
        spent = energy()
        return {
            "seconds": seconds,
            "tokens_per_second": rate,
            "mfu": rate * self.flop_per_token / (self.peak_flops * n_devices),
            "peak_memory_mb": peak_memory_mb(),
            "energy_wh": None if spent is None or self.energy is None else (spent - self.energy) / 3600,
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU",
            "n_devices": n_devices,
        }


def flop_per_token(model: Any, length: float, learnt: float) -> float:
    """Return the floating-point operations that training takes per token, with the base frozen.

    A weight takes 2 FLOP forward and 2 backward to the activations, a trained one 2 more for its gradient; causal
    attention takes 6 × length × width per layer (2 forward, 4 backward). Only completion tokens go through the output
    layer. (Kaplan et al. 2020, arXiv:2001.08361, section 2.1, with frozen weights.) The length is the mean of samples
    in tokens, and the share of tokens that are learnt is that of completions.
    """
    head = model.get_output_embeddings()
    linear = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear) and layer is not head]
    weights = sum((6 if layer.weight.requires_grad else 4) * layer.in_features * layer.out_features for layer in linear)
    config = model.config.get_text_config()
    attention = 6 * length * config.hidden_size * config.num_hidden_layers
    return float(weights + 4 * learnt * head.in_features * head.out_features + attention)


def peak_flops(dtype: torch.dtype) -> float:
    """Measure the FLOP/s of a large matrix product: the upper limit for any model on this device."""
    on_gpu = torch.cuda.is_available()
    size, device = (8192, "cuda") if on_gpu else (1024, "cpu")
    # Equal numbers flip few bits, and a device that saves power so clocks higher than it can in training.
    random = torch.Generator(device).manual_seed(0)
    matrix = torch.randn(size, size, dtype=dtype, device=device, generator=random)
    best = float("inf")
    for _ in range(10):
        started = perf_counter()
        matrix @ matrix
        if on_gpu:
            torch.cuda.synchronize()
        best = min(best, perf_counter() - started)
    return 2 * size**3 / best


def peak_memory_mb() -> float:
    """Return the peak memory (10⁶ bytes) of the GPU, or of the process where there is none."""
    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated() / MB)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB


def energy() -> float | None:
    """Return the energy (J) used by the GPU since the driver started; None where there is no counter."""
    if torch.cuda.is_available():
        with suppress(Exception):
            # An old driver, a card without the counter or a container without NVML: then there is no figure.
            import pynvml

            pynvml.nvmlInit()
            handle = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties(0).uuid}")
            return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1000)
    return None
