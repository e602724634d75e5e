"""A finding: one line that says what was looked at, how it stands, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a thing stands."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's answer.

    Attributes
    ----------
    subject
        What was looked at, in a few words.
    text
        What was seen.
    advice
        What to do about it; empty where there is nothing to do.
    """

    state: State
    subject: str
    text: str
    advice: str = ""

    def line(self) -> str:
        """Return the finding as it is printed."""
        return f"{self.state:<12} {self.subject:<22} {self.text}{f'; {self.advice}' if self.advice else ''}"


def ok(subject: str, text: str) -> Finding:
    """Return that nothing is amiss."""
    return Finding(State.OK, subject, text)


def missing(subject: str, text: str, advice: str) -> Finding:
    """Return that the study cannot run as it stands, and what to do."""
    return Finding(State.MISSING, subject, text, advice)


def unknown(subject: str, text: str, advice: str = "") -> Finding:
    """Return that it cannot be told from here."""
    return Finding(State.UNKNOWN, subject, text, advice)
