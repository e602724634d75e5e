"""Answer modes: the same case answered as free text, by the most probable label, or constrained to valid codes.

A prediction stores the probabilities that a model gives to the labels of a closed task beside its answer.
"""

from __future__ import annotations

import json
import math

import pandas as pd

from radonc.data.schemas import NO_MODEL
from radonc.runtime.errors import StudyError

FREE, LABELS, CONSTRAINED = "free", "labels", "constrained"


def by_answer_mode(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return every answer of a prediction in a row of its own.

    Parameters
    ----------
    predictions
        Rows of ``PREDICTIONS``.

    Returns
    -------
    DataFrame
        The predictions' keys and references, ``answer_mode`` and ``answer``: one row of the mode ``free`` for every
        prediction; one of ``labels`` (the label of the highest probability) where a model scored labels; one of
        ``constrained`` where constrained decoding was done. An arm without a language model has one answer.

    Raises
    ------
    StudyError
        When label probabilities cannot be read.
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


# The stored numbers are rounded to four decimals.
_TOLERANCE = 1e-2


def label_probabilities(text: str) -> dict[str, float]:
    """Return label -> probability, in the order of the labels.

    Parameters
    ----------
    text
        A cell of ``label_log_p``: a JSON object, label -> natural logarithm of the label's probability.

    Raises
    ------
    StudyError
        When it is no such object, a logarithm is not finite, or the probabilities do not sum to 1.
    """
    try:
        log_p = {str(label): float(number) for label, number in json.loads(text).items()}
        # Minus infinity would pass for a probability of 0.
        is_finite = all(map(math.isfinite, log_p.values()))
        found = {label: math.exp(number) for label, number in log_p.items()} if is_finite else {}
    except (ValueError, TypeError, AttributeError, OverflowError):
        found = {}
    if not math.isclose(sum(found.values()), 1, abs_tol=_TOLERANCE):
        raise StudyError(
            "table 'predictions', column 'label_log_p': a cell is not a JSON object of labels and log-probabilities "
            "that sum to 1 over the labels; make the predictions again"
        )
    return found


def most_probable_label(probabilities: dict[str, float]) -> str:
    """Return the label of the highest probability; of equal ones the first."""
    return max(probabilities, key=probabilities.__getitem__)
