"""When a GPU's memory does not do: which setting to lower, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import floor
from typing import Any

import torch

from radonc.run.errors import StudyError

MARGIN = 0.9
"""The share of the memory that is planned with: the longest batch is still to come."""

GB = 1e9


@contextmanager
def advised(recipe: Mapping[str, Any]) -> Iterator[None]:
    """Turn PyTorch's out-of-memory error into one that says what to change in the recipe.

    Raises
    ------
    StudyError
        In place of ``torch.OutOfMemoryError``.
    """
    fixed = torch.cuda.memory_allocated() if torch.cuda.is_available() else 0
    try:
        yield
    except torch.OutOfMemoryError as error:
        if not torch.cuda.is_available():
            raise StudyError(advice(recipe, fixed=0, peak=0, total=0)) from error
        _, total = torch.cuda.mem_get_info()
        raise StudyError(advice(recipe, fixed=fixed, peak=torch.cuda.max_memory_allocated(), total=total)) from error


def advice(recipe: Mapping[str, Any], *, fixed: int, peak: int, total: int) -> str:
    """Return what to set in the recipe so that a step fits.

    What a step needs beside the model grows with its tokens, so with the pairs per step. What was reached when memory
    ran out is a lower bound of what the step needs: the batch is at least halved.

    Parameters
    ----------
    fixed
        Bytes that the model takes before the first step.
    peak
        Bytes that were reached when the memory ran out.
    total
        Bytes of the device.
    """
    batch, steps = recipe["per_device_train_batch_size"], recipe["gradient_accumulation_steps"]
    what = f"the GPU's memory ({total / GB:.0f} GB) does not do for {batch} pairs per step"
    if batch == 1:
        ways = [] if recipe["gradient_checkpointing"] else ["gradient_checkpointing: true"]
        ways += [] if recipe["load_in_4bit"] else ["load_in_4bit: true"]
        return f"recipe: {what}; set {' or '.join([*ways, 'n_gpus: 2'])}"
    room, taken = total * MARGIN - fixed, max(peak - fixed, 1)
    fitting = max(1, min(batch // 2, floor(batch * room / taken)))
    while batch % fitting:
        fitting -= 1
    also = "" if recipe["gradient_checkpointing"] else ", or keep them and set gradient_checkpointing: true"
    return (
        f"recipe: {what}; set per_device_train_batch_size: {fitting} and gradient_accumulation_steps: "
        f"{steps * batch // fitting}, which trains the same{also}"
    )
