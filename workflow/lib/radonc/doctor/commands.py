"""Run other programs and slow checks side by side, each with a time limit."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
COMMAND_SECONDS = 8.0
CHECK_SECONDS = 15.0
"""How long a whole check may take: file systems can hang, too."""


class NoAnswerError(Exception):
    """A program or a check gave no answer; the text says why, in a few words."""


def run_command(*command: str, seconds: float = COMMAND_SECONDS) -> str:
    """Return what a program prints.

    Raises
    ------
    NoAnswerError
        When it does not exist, fails, or takes too long. It is then ended, with all that it started.
    """
    if shutil.which(command[0]) is None:
        raise NoAnswerError(f"there is no {command[0]} on PATH")
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
            raise NoAnswerError(f"{command[0]} did not answer in {seconds:.0f} s") from None
    if program.returncode != 0:
        lines = [line.strip() for line in err.splitlines() if line.strip()]
        raise NoAnswerError(f"{command[0]}: {lines[-1] if lines else f'exit status {program.returncode}'}")
    return out


def start(work: Callable[[], T]) -> Future[T]:
    """Start to work something out in a thread that nobody waits for, not even the end of this process."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def result_of(future: Future[T], seconds: float = CHECK_SECONDS) -> T:
    """Return a result, or raise what went wrong; NoAnswerError if it is not there in time."""
    try:
        return future.result(seconds)
    except TimeoutError:
        raise NoAnswerError(f"no answer in {seconds:.0f} s") from None
