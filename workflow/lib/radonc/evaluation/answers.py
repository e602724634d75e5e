"""What a model's answers say, in every answer mode and the same way for every arm, before anything is scored.

Reading an answer is total: any text gives an answer or None. None counts as a wrong answer, and is counted.
"""

import json
import math
import re
from collections.abc import Sequence

import pandas as pd

from radonc.data.schemas import NO_MODEL
from radonc.runtime.errors import StudyError
from radonc.vocabulary import icd10
from radonc.vocabulary.modality_of_answer import of_answer

CLOSED_TASKS = ("modality", "icd10")
"""The tasks whose answer is one label, so that precision, recall and F1 have a meaning."""
FREE, LABELS, CONSTRAINED = "free", "labels", "constrained"

# A code's form with or without its dot, standing alone: neither the head of a longer code nor the tail of a word.
_CODE = re.compile(r"(?<![A-Z0-9.])[A-Z][0-9][0-9A-Z]\.?[0-9A-Z]{0,4}(?!\.?[A-Z0-9])", re.ASCII | re.IGNORECASE)


def read(task: str, answer: str, labels: Sequence[str] | None = None) -> str | None:
    """Return what an answer says in its task's normal form, or None where it cannot be read.

    ``labels`` is the label set of ``modality``; the other tasks need none. Raise ValueError for an unknown task.
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
    """Return the first line that is not blank, its blanks collapsed and closing full stops taken off."""
    lines = (" ".join(line.split()).rstrip(". ") for line in answer.splitlines())
    return next((line for line in lines if line), None)


def code(answer: str) -> str | None:
    """Return the first ICD-10-CM code in an answer, in normal form, or else the first text that has a code's form.

    >>> code("stage T2N0: C61"), code("T2N0"), code("prostate cancer")
    ('C61', 'T2N.0', None)
    """
    found = [code for match in _CODE.finditer(answer) if (code := icd10.normalise(match.group()))]
    return next(filter(icd10.is_valid, found), found[0] if found else None)


def by_answer_mode(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return every answer of a prediction in a row of its own: keys and reference, ``answer_mode`` and ``answer``.

    There is one row of the mode ``free`` for every prediction; one of ``labels`` (the label of the highest probability)
    where a model scored labels; one of ``constrained`` where constrained decoding was done. An arm without a language
    model has one answer. Raise StudyError when label probabilities cannot be read.
    """
    names = ["case_id", "task", "model", "arm", "run", "reference"]
    scored = predictions[predictions["label_log_p"].notna() & (predictions["model"] != NO_MODEL)]
    constrained = predictions[predictions["constrained"].notna()]
    chosen = [most_probable_label(label_probabilities(text)) for text in scored["label_log_p"]]
    return pd.concat(
        [
            predictions[names].assign(answer_mode=FREE, answer=predictions["answer"]),
            scored[names].assign(answer_mode=LABELS, answer=pd.Series(chosen, index=scored.index, dtype="str")),
            constrained[names].assign(answer_mode=CONSTRAINED, answer=constrained["constrained"]),
        ],
        ignore_index=True,
    )


def label_probabilities(text: str) -> dict[str, float]:
    """Return label -> probability, in the order of the labels.

    ``text`` is a cell of ``label_log_p``: a JSON object, label -> natural logarithm of the label's probability. Raise
    StudyError when it is no such object, a logarithm is not finite, or the probabilities do not sum to 1.
    """
    try:
        log_p = {str(label): float(number) for label, number in json.loads(text).items()}
        # Minus infinity would pass for a probability of 0.
        is_finite = all(map(math.isfinite, log_p.values()))
        found = {label: math.exp(number) for label, number in log_p.items()} if is_finite else {}
    except (ValueError, TypeError, AttributeError, OverflowError):
        found = {}
    # The stored numbers are rounded to four decimals.
    if not math.isclose(sum(found.values()), 1, abs_tol=1e-2):
        raise StudyError(
            "table 'predictions', column 'label_log_p': a cell is not a JSON object of labels and log-probabilities "
            "that sum to 1 over the labels; make the predictions again"
        )
    return found


def most_probable_label(probabilities: dict[str, float]) -> str:
    """Return the label of the highest probability; of equal ones the first."""
    return max(probabilities, key=probabilities.__getitem__)
