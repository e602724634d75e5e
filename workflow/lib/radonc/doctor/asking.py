"""Ask other programs, side by side, and never wait for long."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")
SECONDS = 8.0
"""How long a program may take to answer."""
SECONDS_IN_ALL = 15.0
"""How long a whole check may take: file systems can hang, too."""


class UnansweredError(Exception):
    """Nobody answered; the text says why, in a few words."""


def ask(*command: str, seconds: float = SECONDS) -> str:
    """Return what a program prints.

    Raises
    ------
    UnansweredError
        When it does not exist, fails, or takes too long. It is then ended, with all that it started.
    """
    if shutil.which(command[0]) is None:
        raise UnansweredError(f"there is no {command[0]} on PATH")
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as program:
        try:
            out, err = program.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            raise UnansweredError(f"{command[0]} did not answer in {seconds:.0f} s") from None
    if program.returncode != 0:
        lines = [line.strip() for line in err.splitlines() if line.strip()]
        raise UnansweredError(f"{command[0]}: {lines[-1] if lines else f'exit status {program.returncode}'}")
    return out


class Later(Generic[T]):
    """Something that is worked out beside the rest, from now on."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._value: T | None = None
        self._error: BaseException | None = None
        self._work = work
        # Nobody waits for a daemon thread, not even the end of this process.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._work()
        except BaseException as error:
            self._error = error

    def get(self, seconds: float = SECONDS_IN_ALL) -> T:
        """Return the result, or raise what went wrong; UnansweredError if it is not there in time."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise UnansweredError(f"no answer in {seconds:.0f} s")
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]
