"""What the manifest beside a file says of it: that it came with a public model, or that the workflow wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MODEL = "model.json"
"""Names the source of a base model, and the SHA-256 of each of its files."""

ADAPTER = "manifest.json"
"""Names the SHA-256 of the weights that a training run wrote."""


def is_of_a_model(path: Path) -> bool:
    """Tell whether a file belongs to a model or an adapter: texts of the libraries and of those who made the model."""
    return any(path.with_name(name).exists() for name in (MODEL, "adapter_config.json"))


def is_as_fetched(path: Path, digest: str) -> bool:
    """Tell whether a file came with a public model from the hub, and is as it came."""
    model = _read(path.with_name(MODEL))
    return path.name != MODEL and "hub" in _table(model, "source") and _names(model, path.name, digest)


def is_as_written(path: Path, digest: str) -> bool:
    """Tell whether the workflow wrote these weights, of an adapter or of a demo model.

    The manifest of a model in a folder that a user names says no such thing: its digests are of what lay there.
    """
    model = _read(path.with_name(MODEL))
    return ("demo" in _table(model, "source") and _names(model, path.name, digest)) or _names(
        _read(path.with_name(ADAPTER)), path.name, digest
    )


def _names(manifest: Mapping[str, Any], name: str, digest: str) -> bool:
    return bool(_table(manifest, "files").get(name) == digest)


def _read(path: Path) -> Mapping[str, Any]:
    """Return a manifest; one that is not there or cannot be read says nothing."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _table(manifest: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = manifest.get(key)
    return found if isinstance(found, dict) else {}
