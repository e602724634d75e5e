"""The ways of answering: the same case answered in free text, by the likeliest label, under the constraint of codes."""

from __future__ import annotations

import pandas as pd

from radonc.data.schemas import NO_MODEL
from radonc.evaluation import probabilities

FREE, LABELS, CONSTRAINED = "free", "labels", "constrained"


def by_way(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return every answer of a prediction in a row of its own.

    Parameters
    ----------
    predictions
        Rows of ``PREDICTIONS``.

    Returns
    -------
    DataFrame
        The predictions' keys and references, ``way`` and ``answer``: for every row one of the way ``free``; one of
        ``labels`` (the label of the highest probability) where a model scored labels; one of ``constrained`` where that
        was decoded. An arm of no model has one answer, whatever its probabilities are for.

    Raises
    ------
    StudyError
        When label probabilities cannot be read.
    """
    names = ["case_id", "task", "model", "arm", "run", "reference"]
    scored = predictions[predictions["label_log_p"].notna() & (predictions["model"] != NO_MODEL)]
    constrained = predictions[predictions["constrained"].notna()]
    chosen = [probabilities.likeliest(probabilities.read(text)) for text in scored["label_log_p"]]
    return pd.concat(
        [
            predictions[names].assign(way=FREE, answer=predictions["answer"]),
            scored[names].assign(way=LABELS, answer=pd.Series(chosen, index=scored.index, dtype="str")),
            constrained[names].assign(way=CONSTRAINED, answer=constrained["constrained"]),
        ],
        ignore_index=True,
    )
