"""The probabilities that a model gives to the labels of a closed task, as a prediction stores them."""

from __future__ import annotations

import json
import math

from radonc.runtime.errors import StudyError

# What rounding of the stored numbers, of four decimals, may leave.
_TOLERANCE = 1e-2


def read(text: str) -> dict[str, float]:
    """Return label -> probability, in the order of the labels.

    Parameters
    ----------
    text
        A cell of ``label_log_p``: a JSON object, label -> natural logarithm of the label's probability.

    Raises
    ------
    StudyError
        When it is no such object, or the probabilities do not sum to 1: they are of the labels among themselves.
    """
    try:
        found = {str(label): math.exp(float(log_p)) for label, log_p in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError, OverflowError):
        found = {}
    if not math.isclose(sum(found.values()), 1, abs_tol=_TOLERANCE):
        raise StudyError(
            "table 'predictions', column 'label_log_p': a cell is not a JSON object of labels and log-probabilities "
            "that sum to 1 over the labels; make the predictions again"
        )
    return found


def likeliest(probabilities: dict[str, float]) -> str:
    """Return the label of the highest probability, the first of those that share it."""
    return max(probabilities, key=probabilities.__getitem__)
