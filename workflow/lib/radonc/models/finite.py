"""Numbers that are not finite stop a study: where weights are looked through, and what is said.

Nothing here imports transformers: the environment of vLLM looks through the same files.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open

from radonc.runtime.errors import StudyError


def is_finite(tensor: torch.Tensor) -> bool:
    """Tell whether a tensor of floating-point numbers holds neither a NaN nor an infinity; an empty one does not."""
    if not tensor.numel():
        return True
    # The ends of the range tell: a NaN anywhere is both of them. Unlike `isfinite` of every number, it takes no memory
    # and a tenth of the time. Numbers of eight bits have no range of their own in PyTorch.
    ends = (tensor if tensor.itemsize > 1 else tensor.float()).detach().aminmax()
    return bool(torch.isfinite(torch.stack(ends)).all())


def require_weights(*folders: str | Path | None) -> None:
    """Look through the weights of a model, an adapter or a checkpoint, as they lie on disk.

    In memory they may be quantised, where a NaN passes for a number, or belong to another library. One thread takes a
    second for 6 GB, which the loader reads anyway.

    Parameters
    ----------
    folders
        Where they lie; None is passed over.

    Raises
    ------
    StudyError
        When a weight is a NaN or an infinity, naming the file and the tensor.
    """
    for path in (path for folder in folders if folder for path in sorted(Path(folder).glob("*.safetensors"))):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 (it is no mapping)
                weights = file.get_tensor(name)
                if weights.is_floating_point() and not is_finite(weights):
                    raise StudyError(
                        f"{path}: the weights '{name}' hold a NaN or an infinity, and only finite numbers are allowed; "
                        "remove the file, and fetch the model or train the adapter again"
                    )


def advice(*, learning_rate: float, updated: bool, bf16: bool, in_4bit: bool) -> str:
    """Return what to set in the recipe so that a training's numbers stay finite.

    Parameters
    ----------
    learning_rate
        The recipe's.
    updated
        A weight has been changed already: before that the learning rate has done nothing.
    bf16, in_4bit
        Whether the model computes in bfloat16, and whether its weights are held in four bits.
    """
    coarse = " or ".join(f"{key}: false" for key, is_set in (("load_in_4bit", in_4bit), ("bf16", bf16)) if is_set)
    if updated:
        also = f"; if that does not help, set {coarse}" if coarse else ""
        return f"lower the recipe's learning_rate ({learning_rate:g}), say to a tenth, or raise its warmup_steps{also}"
    also = f"set {coarse} in the recipe, or " if coarse else ""
    return f"no weight has been changed yet, so that the model itself is at fault: {also}take another one"
