"""Scores per case, through ``evaluate`` with the metric modules of this package.

It is the only module that imports ``evaluate``, which takes seconds. ``evaluate`` copies the metric modules to a cache
below ``HF_HOME``: set that variable before this module is imported.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache, partial
from types import ModuleType

import pandas as pd

from radonc.data.outcomes import SCORES
from radonc.evaluation import answers

# Imported, not merely named by path: what a rule's code digest covers is what its modules import.
from radonc.evaluation.metrics import evaluate, exact_match, rouge1
from radonc.runtime.errors import StudyError

KEY = ["case_id", "task", "model", "arm", "run"]
_REMEMBERED = 1 << 18
"""Texts that are read once: arms give equal answers, and have equal references."""
_AT_A_TIME = 1 << 16
"""Answers that a metric sees at a time, which bounds the memory."""


def score(predictions: pd.DataFrame, labels: Sequence[str] | None = None) -> pd.DataFrame:
    """Read every answer, in every answer mode, and score it against its reference.

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
        One row of ``SCORES`` per prediction and mode (see ``by_answer_mode``), in order of task, model, arm, run, mode
        and case: the answer verbatim, the reference as read, and ``parsed``, missing where nothing could be read.

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
    scores = answers.by_answer_mode(predictions).sort_values(
        ["task", "model", "arm", "run", "answer_mode", "case_id"], ignore_index=True
    )
    read = lru_cache(_REMEMBERED)(partial(answers.read, labels=labels))
    for column, said in (("reference", scores["reference"]), ("parsed", scores["answer"])):
        scores[column] = pd.Series(map(read, scores["task"], said), index=scores.index, dtype="str")
    _check_references(scores)
    for metric in (exact_match, rouge1) if len(scores) else ():
        scores = scores.assign(**_compute(metric, scores))
    return scores.reindex(columns=list(SCORES.columns))


def _check_references(scores: pd.DataFrame) -> None:
    unread = scores[scores["reference"].isna() & (scores["answer_mode"] == answers.FREE)]
    if len(unread):
        counts = ", ".join(f"{n} of '{task}'" for task, n in unread["task"].value_counts().sort_index().items())
        raise StudyError(
            f"table 'predictions', column 'reference': {counts} cannot be read as an answer; allowed are a text "
            "(regimen), one label of tasks.modality.labels (modality), a code such as C50.911 (icd10); make the "
            "pairs and predictions again with the present configuration"
        )


def _compute(metric: ModuleType, scores: pd.DataFrame) -> dict[str, list[float]]:
    # In memory: lock files on a cluster's shared disk are a well-known source of trouble.
    loaded = evaluate.load(str(metric.__file__), keep_in_memory=True)
    found: defaultdict[str, list[float]] = defaultdict(list)
    for start in range(0, len(scores), _AT_A_TIME):
        part = scores.iloc[start : start + _AT_A_TIME]
        said, true = part["parsed"].fillna("").tolist(), part["reference"].tolist()
        for name, values in loaded.compute(predictions=said, references=true).items():
            found[name] += values
    return dict(found)
