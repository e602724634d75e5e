from pathlib import Path

import pytest

from radonc.models.model_manifest import manifest
from radonc.runtime.errors import StudyError


def test_the_digest_follows_the_weights_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    first = manifest(tmp_path, {"demo": "llama"})
    (tmp_path / "model.json").write_text("the manifest itself")
    (tmp_path / "notes.txt").write_text("not a part of the model")
    assert manifest(tmp_path, {"demo": "llama"}) == first
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    assert manifest(tmp_path, {"demo": "llama"})["digest"] != first["digest"]


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(StudyError, match="safetensors"):
        manifest(tmp_path, {"folder": str(tmp_path)})
