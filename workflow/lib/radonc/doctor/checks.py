"""What all checks need: their result in one line, and programs and threads that end in time."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TypeVar

T = TypeVar("T")
COMMAND_SECONDS = 8.0
CHECK_SECONDS = 15.0
"""How long a whole check may take: file systems can hang, too."""


class Status(StrEnum):
    """Whether the study can run as far as this check goes."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class CheckResult:
    """What was checked, what was found, and what to do; ``advice`` is empty where there is nothing to do."""

    status: Status
    subject: str
    text: str
    advice: str = ""

    def line(self) -> str:
        """Return the result as it is printed."""
        return f"{self.status:<12} {self.subject:<22} {self.text}{f'; {self.advice}' if self.advice else ''}"


ok = partial(CheckResult, Status.OK)
missing = partial(CheckResult, Status.MISSING)
unknown = partial(CheckResult, Status.UNKNOWN)


def judge(is_ok: bool, subject: str, text: str, advice: str) -> CheckResult:
    """Return a result that is ok, or else missing, with what to do."""
    return ok(subject, text) if is_ok else missing(subject, text, advice)


class NoAnswerError(Exception):
    """A program or a check gave no answer; the text says why, in a few words."""


def run_command(*command: str, seconds: float = COMMAND_SECONDS) -> str:
    """Return what a program prints.

    NoAnswerError when it does not exist, fails, or takes too long; it is then ended, with all that it started.
    """
    if shutil.which(command[0]) is None:
        raise NoAnswerError(f"there is no {command[0]} on PATH")
    null, pipe = subprocess.DEVNULL, subprocess.PIPE
    with subprocess.Popen(command, stdin=null, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as program:
        try:
            out, err = program.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            raise NoAnswerError(f"{command[0]} did not answer in {seconds:.0f} s") from None
    if program.returncode != 0:
        last_line = err.strip().rpartition("\n")[2].strip()
        raise NoAnswerError(f"{command[0]}: {last_line or f'exit status {program.returncode}'}")
    return out


def start(work: Callable[[], T]) -> Future[T]:
    """Start work in a thread that nobody waits for, not even the end of this process."""
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
