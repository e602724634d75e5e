"""Scores per case, through ``evaluate`` with metric modules of our own.

The only module that imports ``evaluate``, which takes seconds. ``evaluate`` copies the metric modules to a cache
below ``HF_HOME``: set that variable before this module is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import pandas as pd

from radonc.data.outcomes import SCORES
from radonc.evidence import answers
from radonc.evidence.metrics import evaluate

# Imported, not merely named by path: what a rule's code digest covers is what its modules import.
from radonc.evidence.metrics.exact_match import exact_match
from radonc.evidence.metrics.rouge1 import rouge1
from radonc.evidence.ways import FREE, by_way
from radonc.run.errors import StudyError

KEY = ["case_id", "task", "model", "arm", "run"]


def score(predictions: pd.DataFrame, labels: Sequence[str] | None = None) -> pd.DataFrame:
    """Read every answer, in every way in which it was given, and score it against its reference.

    Answer and reference go through the same reader, and both metrics compare what was read: a model that rambles
    after its answer is not punished for it by one metric and spared by the other. An answer that could not be read
    is the empty text: it matches nothing and shares no word, so both scores are 0.

    Parameters
    ----------
    predictions
        Rows of ``PREDICTIONS``, of any tasks, models, arms and runs.
    labels
        The label set of ``modality``.

    Returns
    -------
    DataFrame
        One row of ``SCORES`` per prediction and way (see ``ways.by_way``), in order of task, model, arm, run, way and
        case: the answer verbatim, the reference as read, ``parsed`` (missing where nothing could be read),
        ``exact_match`` (0 or 1; case-insensitive) and ``rouge1`` (F measure, 0 to 1).

    Raises
    ------
    StudyError
        When a case stands twice in one arm and run, or a reference cannot be read as an answer to its task, or label
        probabilities cannot be read.
    """
    if n_twice := int(predictions.duplicated(KEY).sum()):
        raise StudyError(
            f"table 'predictions': {n_twice} row(s) repeat a case of the same task, model, arm and run; one answer "
            "each is allowed: give every prediction file to this step once"
        )
    scores = by_way(predictions).sort_values(["task", "model", "arm", "run", "way", "case_id"], ignore_index=True)
    scores["reference"] = _read(scores, "reference", labels)
    scores["parsed"] = _read(scores, "answer", labels)
    _check_references(scores)
    for metric in (exact_match, rouge1):
        scores[metric.__name__.rpartition(".")[2]] = _compute(metric, scores)
    return scores[list(SCORES.columns)]


def _read(scores: pd.DataFrame, column: str, labels: Sequence[str] | None) -> pd.Series[str]:
    read = [answers.read(task, text, labels) for task, text in zip(scores["task"], scores[column], strict=True)]
    return pd.Series(read, index=scores.index, dtype="str")


def _check_references(scores: pd.DataFrame) -> None:
    unread = scores.loc[scores["reference"].isna() & (scores["way"] == FREE), "task"].value_counts().sort_index()
    if len(unread):
        counts = ", ".join(f"{n} of '{task}'" for task, n in unread.items())
        raise StudyError(
            f"table 'predictions', column 'reference': {counts} cannot be read as an answer; allowed are a text "
            "(regimen), one label of tasks.modality.labels (modality), a code such as C50.911 (icd10); make the "
            "pairs and predictions again with the present configuration"
        )


def _compute(metric: ModuleType, scores: pd.DataFrame) -> list[float]:
    if scores.empty:
        return []
    # In memory: lock files on a cluster's shared disk are a well-known source of trouble.
    loaded = evaluate.load(str(metric.__file__), keep_in_memory=True)
    result = loaded.compute(predictions=scores["parsed"].fillna("").tolist(), references=scores["reference"].tolist())
    return list(result[metric.__name__.rpartition(".")[2]])
