from pathlib import Path

import pytest

from radonc.models import fetching
from radonc.runtime.errors import StudyError


def test_a_hub_out_of_reach_is_explained_and_half_a_model_is_none(tmp_path: Path) -> None:
    # Tests run offline: the real client refuses at once.
    (tmp_path / "model.safetensors").write_bytes(b"half")
    with pytest.raises(StudyError, match=r"HF_HUB_OFFLINE.*all_models on the login node.*models\.\w+\.folder"):
        fetching.fetch({"hub": "owner/name", "revision": "0" * 40}, tmp_path)
    assert (tmp_path / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("content", "digest"),
    # As `git hash-object` prints them.
    [(b"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"), (b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a")],
)
def test_small_files_are_known_as_git_knows_them(tmp_path: Path, content: bytes, digest: str) -> None:
    (tmp_path / "config.json").write_bytes(content)
    stated = (len(content), f"git-sha1:{digest}")
    assert fetching.is_intact(tmp_path / "config.json", *stated)
    (tmp_path / "config.json").write_bytes(content + b" ")
    assert not fetching.is_intact(tmp_path / "config.json", *stated)
