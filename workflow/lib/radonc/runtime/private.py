"""The private area: a folder that only its owner may open."""

import os
import pwd
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from radonc.runtime.errors import StudyError

AREA = "private"


def make_private(paths: Iterable[str | Path]) -> None:
    """Close the private areas (folders named ``private``, mode 0700) in which files are about to be written.

    StudyError when one of them belongs to another user.
    """
    for path in map(Path, paths):
        for folder in path.parents:
            if folder.name == AREA:
                require_own(folder.parent)
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)  # it may have been made before, and left open


def require_own(results: str | Path) -> None:
    """Raise StudyError if the private area below a folder of results belongs to another user, or cannot be seen."""
    area = Path(results, AREA)
    elsewhere = "or name other folders under pathvars in the config"
    try:
        owner = area.stat().st_uid
    except FileNotFoundError:
        return
    except PermissionError:
        raise StudyError(f"{results} is closed to you; continue as the user to whom it belongs, {elsewhere}") from None
    if owner != os.geteuid():
        name = f"user id {owner}"
        with suppress(KeyError):
            name = pwd.getpwuid(owner).pw_name
        raise StudyError(f"{area} belongs to another user ({name}); continue as that user, {elsewhere}")
