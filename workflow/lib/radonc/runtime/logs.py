"""Logs of jobs: never empty after a failure, never with a patient's value in them."""

import logging
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from types import TracebackType

from radonc.runtime.errors import StudyError

LOGGER = logging.getLogger("radonc")
BAR_WIDTH = 20
SECONDS_BETWEEN_BARS = 10.0


def configure_logging(log: str | Path, *, private: bool = False) -> logging.Logger:
    """Send this process's log and its uncaught exceptions to a rule's log file.

    With ``private`` the job handles identifiers. The text of foreign exceptions is left out, since libraries like to
    quote the cell that they could not read; so are their warnings and log records.
    """
    path = Path(log)
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    if private:
        handler.addFilter(logging.Filter(LOGGER.name))

    def log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        LOGGER.error("".join(describe(error.with_traceback(trace), private=private)))
        reason = str(error) if isinstance(error, StudyError) else kind.__name__
        print(f"{reason}\n(more in {path})", file=sys.stderr)

    sys.excepthook = log_uncaught
    return LOGGER


def describe(error: BaseException, *, private: bool) -> Iterator[str]:
    """Yield the lines of a traceback; of a private job, without the texts of foreign exceptions."""
    if not private:
        yield from traceback.format_exception(error)
        return
    if chained := error.__cause__ or error.__context__:
        yield from describe(chained, private=True)
        yield "\nThis led to:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    text = str(error) if isinstance(error, StudyError) else "(text left out: it may hold a patient's value)"
    yield f"{type(error).__name__}: {text}\n"


def announce(line: str) -> None:
    """Write a line on the terminal, where Snakemake shows it at once, and in the log."""
    print(line, file=sys.stderr, flush=True)
    LOGGER.info(line)


class Progress:
    """A bar for a long job of so many steps, as whole lines, so that jobs side by side and log files stay readable."""

    def __init__(self, label: str, total: int) -> None:
        self.label = label  # such as finetune demo-llama icd10
        self.total = max(total, 1)
        self.done = 0
        self.started = self.shown = monotonic()

    def step(self, n: int = 1, note: str = "") -> None:
        """Count ``n`` steps done and show the bar when it is time."""
        self.done += n
        now = monotonic()
        if now - self.shown >= SECONDS_BETWEEN_BARS or self.done >= self.total:
            self.shown = now
            self._show(now - self.started, note)

    def _show(self, seconds: float, note: str) -> None:
        share = min(self.done / self.total, 1.0)
        bar = ("█" * round(share * BAR_WIDTH)).ljust(BAR_WIDTH, "░")
        left = seconds / share - seconds if share else 0.0
        announce(f"{self.label} {bar} {share:4.0%} {self.done}/{self.total}, {left:.0f} s left {note}".rstrip())
