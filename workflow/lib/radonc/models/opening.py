"""Open the back end that the config names; only the one that is opened is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from radonc.models.answering import Backend
from radonc.study.prompts import template_digest


def open_backend(
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
    """Open a back end.

    Parameters
    ----------
    name
        ``transformers``, ``vllm`` or ``dummy`` (the configuration's ``predict.backend``).
    folder, adapter
        The base model and the folder of the adapter on it; ``dummy`` takes neither.
    bf16, in_4bit, n_gpus, threads
        The precision; whether ``transformers`` holds the weights in four bits; GPUs that it needs; threads on a CPU.
    alias, known
        For ``dummy``: whose answers they are to be, and task -> the answers to draw from.
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


def about(backend: Backend, name: str, model: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a manifest says of who answered: back end, model, prompt template, versions."""
    return {
        "backend": name,
        "model": model.get("digest"),
        "template": template_digest(),
        "versions": {library: version(library) for library in backend.libraries},
    }
