"""The private area: a folder that only its owner may open."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable
from pathlib import Path

from radonc.runtime.errors import StudyError

AREA = "private"


def make_private(paths: Iterable[str | Path]) -> None:
    """Close the private areas (folders named ``private``, mode 0700) in which files are about to be written.

    Raises
    ------
    StudyError
        When one of them belongs to another user.
    """
    for path in map(Path, paths):
        for folder in path.parents:
            if folder.name == AREA:
                require_own(folder.parent)
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                # Whoever made it before may have left it open.
                folder.chmod(0o700)


def require_own(results: str | Path) -> None:
    """Require that the private area below a folder of results, if there is one, belongs to this user.

    Raises
    ------
    StudyError
        When it belongs to another user, or the folder of results is closed to this one.
    """
    area = Path(results, AREA)
    elsewhere = "or name other folders under pathvars in the config"
    try:
        owner = area.stat().st_uid
    except FileNotFoundError:
        return
    except PermissionError:
        raise StudyError(f"{results} is closed to you; continue as the user to whom it belongs, {elsewhere}") from None
    if owner != os.geteuid():
        raise StudyError(f"{area} belongs to another user ({_name(owner)}); continue as that user, {elsewhere}")


def _name(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"user id {user_id}"
