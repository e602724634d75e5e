"""Weights and logits must be finite. Nothing here imports transformers: vLLM's environment checks weights as well."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open

from radonc.runtime.errors import StudyError


def is_finite(tensor: torch.Tensor) -> bool:
    """Tell whether a floating-point tensor holds neither a NaN nor an infinity; an empty one holds neither."""
    if not tensor.numel():
        return True
    # The minimum and the maximum suffice: a NaN anywhere makes both NaN. Unlike `isfinite` of every number, they take
    # no memory and a tenth of the time. PyTorch has no minimum of eight-bit floats.
    ends = (tensor if tensor.itemsize > 1 else tensor.float()).detach().aminmax()
    return bool(torch.isfinite(torch.stack(ends)).all())


def require_finite_weights(*folders: str | Path | None) -> None:
    """Check the weights of models, adapters or checkpoints on disk; None is skipped.

    In memory they may be quantised, where a NaN passes for a number, or belong to another library. One thread takes a
    second for 6 GB, which the loader reads anyway.

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
