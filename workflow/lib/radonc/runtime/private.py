"""The private area: a folder that only its owner may open."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

AREA = "private"


def make_private(paths: Iterable[str | Path]) -> None:
    """Close the private areas (folders named ``private``, mode 0700) in which files are about to be written."""
    for path in map(Path, paths):
        for folder in path.parents:
            if folder.name == AREA:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                # Whoever made it before may have left it open.
                folder.chmod(0o700)
