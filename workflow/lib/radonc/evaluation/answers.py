"""What a model's answer says: read before anything is scored, the same way for every arm.

Reading is total: any text gives an answer or None. None counts as a wrong answer, and is counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from radonc.vocabulary import icd10
from radonc.vocabulary.modality_of_answer import of_answer

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
            return of_answer(answer, labels or ())
        case "icd10":
            return code(answer)
        case _:
            raise ValueError(f"no reader for the task '{task}'")


def regimen(answer: str) -> str | None:
    """Return the first line that holds something, blanks collapsed and closing full stops taken off."""
    lines = (" ".join(line.split()).rstrip(". ") for line in answer.splitlines())
    return next((line for line in lines if line), None)


def code(answer: str) -> str | None:
    """Return the first ICD-10-CM code in an answer, in normal form, or else the first text that has a code's form.

    >>> code("stage T2N0: C61"), code("T2N0"), code("prostate cancer")
    ('C61', 'T2N.0', None)
    """
    found = [code for match in _CODE.finditer(answer) if (code := icd10.normalise(match.group()))]
    return next(filter(icd10.is_valid, found), found[0] if found else None)
