"""When a GPU runs out of memory: which setting of the recipe to change, and by how much."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import floor
from typing import Any

import torch
from transformers import TrainerCallback

from radonc.runtime.errors import StudyError
from radonc.runtime.settings.recipe import Recipe

MARGIN = 0.9
"""The share of the memory to plan with: the longest batch may be still to come."""

GB = 1e9


class MemoryAdvice(TrainerCallback):
    """Turns PyTorch's out-of-memory error into one that says what to change in the recipe."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.fixed: int | None = None

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Note the memory of the loaded model."""
        self.fixed = torch.cuda.memory_allocated() if torch.cuda.is_available() else 0

    @contextmanager
    def on_error(self) -> Iterator[None]:
        """Give advice when loading or training runs out of memory.

        Raises
        ------
        StudyError
            In place of ``torch.OutOfMemoryError``.
        """
        try:
            yield
        except torch.OutOfMemoryError as error:
            peak = total = 0
            if torch.cuda.is_available():
                peak, (_, total) = torch.cuda.max_memory_allocated(), torch.cuda.mem_get_info()
            raise StudyError(advice(self.recipe, fixed=self.fixed, peak=peak, total=total)) from error


def advice(recipe: Recipe, *, fixed: int | None, peak: int, total: int) -> str:
    """Return what to set in the recipe so that a step fits.

    What a step needs besides the model grows with the pairs per step on each GPU. The peak is only a lower bound of it,
    since the step failed: the batch is at least halved.

    Parameters
    ----------
    fixed
        Memory of the model on a GPU before the first step (bytes); None when it was not loaded yet.
    peak
        Memory in use when it ran out (bytes).
    total
        Memory of the GPU (bytes).
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
    room, taken = total * MARGIN - fixed, max(peak - fixed, 1)
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
