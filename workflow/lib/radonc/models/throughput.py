"""What a training run costs: throughput, model FLOP/s utilisation, memory and energy."""

from __future__ import annotations

import resource
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Any

import torch
from transformers import TrainerCallback

MB = 1e6


class ThroughputCallback(TrainerCallback):
    """Measures a run from its first step, a resumed one from where it resumes.

    Parameters
    ----------
    flop_per_token
        As ``flop_per_token`` returns it.
    peak_flops
        As ``peak_flops`` returns it (FLOP/s).
    """

    def __init__(self, flop_per_token: float, peak_flops: float) -> None:
        self.flop_per_token = flop_per_token
        self.peak_flops = peak_flops
        self.energy = energy_counter()

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Start the clock."""
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        # A finished run that is resumed has no further step.
        self.started = self.last = perf_counter()
        self.evaluated = 0.0
        self.n_tokens = state.num_input_tokens_seen
        self.joules = self.energy() if self.energy else None

    def on_step_end(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        """Note when the step ended: a validation that follows is not training."""
        self.last = perf_counter()

    def on_evaluate(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        """Leave out the time of a validation."""
        self.evaluated += perf_counter() - self.last

    def facts(self, state: Any, n_devices: int) -> dict[str, Any]:
        """Return the run's measurements.

        Returns
        -------
        dict
            ``seconds`` of training (without validation), ``tokens_per_second``, ``mfu`` (model FLOP/s over those of a
            large matrix product on the same device), ``peak_memory_mb`` (10⁶ bytes; of the GPU if there is one, else
            of the process), ``energy_wh`` (of the GPU; None where it has no counter), ``device``, ``n_devices``.
        """
        seconds = max(self.last - self.started - self.evaluated, 1e-9)
        rate = (state.num_input_tokens_seen - self.n_tokens) / seconds
        return {
            "seconds": seconds,
            "tokens_per_second": rate,
            "mfu": rate * self.flop_per_token / (self.peak_flops * n_devices),
            "peak_memory_mb": peak_memory_mb(),
            "energy_wh": None if self.joules is None or not self.energy else (self.energy() - self.joules) / 3600,
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU",
            "n_devices": n_devices,
        }


def flop_per_token(model: Any, length: float, learnt: float) -> float:
    """Return the floating-point operations that training takes per token, with the base frozen.

    A weight takes 2 FLOP forward and 2 backward to the activations, a trained one 2 more for its gradient; causal
    attention takes 6 × length × width per layer (2 forward, 4 backward). Only completion tokens go through the output
    layer. (Kaplan et al. 2020, arXiv:2001.08361, section 2.1, with frozen weights.)

    Parameters
    ----------
    length
        The mean length of a sample (tokens).
    learnt
        The share of tokens that are learnt, those of completions.
    """
    head = model.get_output_embeddings()
    frozen = trained = 0
    for layer in model.modules():
        if isinstance(layer, torch.nn.Linear) and layer is not head:
            size = layer.in_features * layer.out_features
            trained += size if layer.weight.requires_grad else 0
            frozen += 0 if layer.weight.requires_grad else size
    config = model.config.get_text_config()
    attention = 6 * length * config.hidden_size * config.num_hidden_layers
    return float(4 * frozen + 6 * trained + 4 * learnt * head.in_features * head.out_features + attention)


def peak_flops(dtype: torch.dtype) -> float:
    """Measure the FLOP/s of a large matrix product: the upper limit for any model on this device."""
    on_gpu = torch.cuda.is_available()
    size = 8192 if on_gpu else 1024
    device = "cuda" if on_gpu else "cpu"
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


def energy_counter() -> Callable[[], float] | None:
    """Return a function that reads the energy (J) used by the GPU since the driver started; None without a counter."""
    if not torch.cuda.is_available():
        return None
    with suppress(Exception):
        # An old driver, a card without the counter or a container without NVML: then there is no figure.
        import pynvml

        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties(0).uuid}")
        pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)
        return lambda: pynvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1000
    return None
