"""Load the back end that the config names; only that one is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from radonc.models.backend import Backend


def load_backend(
    name: str,
    folder: str | None,
    adapter: Path | None,
    *,
    bf16: bool,
    in_4bit: bool = False,
    n_gpus: int = 0,
    threads: int,
    alias: str,
    known: Mapping[str, Sequence[str]],
) -> Backend:
    """Load a back end with its model.

    Parameters
    ----------
    name
        ``transformers``, ``vllm`` or ``dummy`` (the config's ``predict.backend``).
    folder, adapter
        The folders of the base model and of the adapter on it; ``dummy`` takes neither.
    bf16, in_4bit
        Whether to compute in bfloat16, and whether ``transformers`` holds the weights in four bits.
    n_gpus, threads
        The GPUs that ``transformers`` needs, and its threads on a CPU.
    alias, known
        For ``dummy``: the model to stand in for, and task -> the answers to draw from.
    """
    if name == "dummy":
        from radonc.models.backends.dummy import Dummy

        return Dummy(alias, known)
    if folder is None:
        raise ValueError(f"the back end '{name}' needs a model")
    if name == "vllm":
        from radonc.models.backends.vllm import Vllm

        return Vllm(folder, bf16=bf16, adapter=adapter)
    from radonc.models.backends.transformers import load
    from radonc.models.loading import require_gpus, use_threads

    require_gpus(n_gpus, bf16=bf16)
    use_threads(threads)
    return load(folder, bf16=bf16, in_4bit=in_4bit, adapter=adapter)
