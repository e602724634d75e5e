"""Where a base model is and what it is: fetched at a pinned revision or found, and known by its digests."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from radonc.run.digests import of_file, of_value
from radonc.run.errors import StudyError

# What a causal model needs, and nothing that could run code on loading.
PATTERNS = ("*.json", "*.safetensors", "tokenizer.model", "LICENSE*", "USE_POLICY*")
LIBRARIES = ("torch", "transformers", "peft", "trl", "accelerate", "tokenizers", "datasets")


def fetch(source: Mapping[str, str], folder: Path) -> Path:
    """Download a model's files at a pinned revision; what is there already is kept.

    Parameters
    ----------
    source
        ``hub`` and ``revision``.
    folder
        Where the files go.

    Raises
    ------
    StudyError
        When the hub cannot be reached, or does not hand the model out.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        snapshot_download(source["hub"], revision=source["revision"], local_dir=folder, allow_patterns=list(PATTERNS))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise StudyError(
            f"model {source['hub']}: the hub did not hand it out ({type(error).__name__}). Run this rule where there "
            "is a network (snakemake all_models on the login node); for a gated model accept its licence and set "
            "HF_TOKEN; or name a local copy under models.<name>.folder"
        ) from error
    return folder


def manifest(folder: Path, source: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a model's folder: its files with their SHA-256, and one digest of all.

    Raises
    ------
    StudyError
        When there are no safetensors: pickled weights can run code and are not loaded.
    """
    files = sorted({path for pattern in PATTERNS for path in folder.glob(pattern) if path.name != "model.json"})
    if not any(path.suffix == ".safetensors" for path in files):
        raise StudyError(f"{folder}: no safetensors; pickled weights are not loaded, convert them first")
    digests = {path.name: of_file(path) for path in files}
    return {"folder": str(folder), "source": dict(source), "digest": of_value(digests), "files": digests}


def versions() -> dict[str, str]:
    """Return the versions of the libraries that make a model what it is."""
    return {name: version(name) for name in LIBRARIES}
