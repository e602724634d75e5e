"""What a model's answer says: read before anything is scored, the same way for every arm.

Reading is total: any text gives an answer or None. None counts as a wrong answer, and is counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from radonc.vocabulary import icd10

CLOSED_TASKS = ("modality", "icd10")
"""The tasks whose answer is one label, so that precision, recall and F1 have a meaning."""

# A code's form with or without its dot, standing alone: neither the head of a longer code nor the tail of a word.
_CODE = re.compile(r"(?<![A-Z0-9.])[A-Z][0-9][0-9A-Z]\.?[0-9A-Z]{0,4}(?!\.?[A-Z0-9])", re.ASCII | re.IGNORECASE)


def read(task: str, answer: str, labels: Sequence[str] | None = None) -> str | None:
    """Return what an answer says in its task's normal form, or None where it says nothing readable.

    Parameters
    ----------
    task
        ``regimen``, ``modality`` or ``icd10``.
    answer
        The text as the model wrote it. Any text will do.
    labels
        The label set of ``modality``; the other tasks need none.

    Raises
    ------
    ValueError
        For a task that is none of the three, whatever the answer.
    """
    match task:
        case "regimen":
            return regimen(answer)
        case "modality":
            return label(answer, labels or ())
        case "icd10":
            return code(answer)
        case _:
            raise ValueError(f"no reader for the task '{task}'")


def regimen(answer: str) -> str | None:
    """Return the first line that holds something, blanks collapsed and closing full stops taken off."""
    lines = (" ".join(line.split()).rstrip(". ") for line in answer.splitlines())
    return next((line for line in lines if line), None)


def label(answer: str, labels: Sequence[str]) -> str | None:
    """Return the one label that an answer names as a whole word (case and a plural *s* aside).

    An answer that names none, or two different ones, gives None: which of two was meant is not ours to guess.
    """
    named = [label for label in labels if re.search(rf"\b{re.escape(label)}s?\b", answer, re.IGNORECASE)]
    return named[0] if len(named) == 1 else None


def code(answer: str) -> str | None:
    """Return the first text in an answer that has an ICD-10 code's form, in normal form; it need not be valid."""
    return next((code for found in _CODE.finditer(answer) if (code := icd10.normalise(found.group()))), None)
