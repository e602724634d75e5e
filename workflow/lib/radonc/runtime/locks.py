"""One process at a time: a lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from radonc.runtime.errors import StudyError


@contextmanager
def exclusive_lock(lock: Path, what: str) -> Iterator[None]:
    """Work as the only process that holds a lock.

    Parameters
    ----------
    lock
        The lock's file; it stays.
    what
        What is being done, for the error.

    Raises
    ------
    StudyError
        When another process holds it, on this machine or on another one that shares the file system.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StudyError(
                f"{what}: another job is doing the same, perhaps one that a killed Snakemake left behind; end it first "
                "(squeue --me, scancel), then run again"
            ) from error
        yield
