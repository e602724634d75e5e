"""The result of a check: one line that says what was checked, what was found, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial


class Status(StrEnum):
    """Whether the study can run as far as this check goes."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class CheckResult:
    """One line of the doctor's answer; ``advice`` is empty where there is nothing to do."""

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
