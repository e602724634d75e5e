"""The files that make up a base model on disk, and their digests."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_file, hash_value

# What a causal model needs, and nothing that could run code on loading.
PATTERNS = ("*.json", "*.safetensors", "tokenizer.model", "LICENSE*", "USE_POLICY*")


def is_model_file(name: str) -> bool:
    """Tell whether a file, by its path in the model's folder, is a part of the model."""
    return "/" not in name and name != "model.json" and any(fnmatchcase(name, pattern) for pattern in PATTERNS)


def model_files(folder: Path) -> list[Path]:
    """Return the files in a model's folder that are parts of the model, sorted by name."""
    return sorted(path for path in folder.glob("*") if path.is_file() and is_model_file(path.name))


def manifest(folder: Path, source: Mapping[str, Any], stated: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Describe a model's folder: its files with their sizes (bytes) and SHA-256, and one digest of all.

    The source is what the config's ``models`` says of it, and ``stated`` what ``fetching.fetch`` returned. Raise
    StudyError when there are no safetensors: pickled weights can run code and are not loaded.
    """
    files = model_files(folder)
    if not any(path.suffix == ".safetensors" for path in files):
        raise StudyError(f"{folder}: no safetensors; pickled weights are not loaded, convert them first")
    digests = {path.name: hash_file(path) for path in files}
    return {
        "folder": str(folder),
        "source": dict(source),
        "digest": hash_value(digests),
        "files": digests,
        "sizes": {path.name: path.stat().st_size for path in files},
        **({"stated_by_hub": dict(stated)} if stated else {}),
    }
