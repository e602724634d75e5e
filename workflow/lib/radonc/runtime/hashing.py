"""SHA-256 digests (64 hex digits) of texts, JSON values and files."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def hash_text(text: str) -> str:
    """Hash a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def hash_value(value: Any) -> str:
    """Hash a JSON value, whatever the order of its keys."""
    return hash_text(json.dumps(value, sort_keys=True, separators=(",", ":")))


def hash_file(path: str | Path) -> str:
    """Hash a file's bytes."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_files(paths: Mapping[str, str | Path]) -> str:
    """Hash several named files together."""
    return hash_value({name: hash_file(path) for name, path in paths.items()})
