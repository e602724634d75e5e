"""All statistics of a study, from the scores of its cases: the tables below ``<results>/statistics``."""

from collections.abc import Mapping
from typing import Unpack

import pandas as pd

from radonc.evaluation import calibration, classification, coherence, comparisons, subgroups, summary
from radonc.evaluation.arms import primary
from radonc.statistics.estimates import Bootstrap

COLUMNS = ["case_id", "task", "model", "arm", "run", "answer_mode", "reference", "parsed", "exact_match", "rouge1"]
"""What is needed of ``SCORES``: of large studies the answers themselves would not fit into memory."""


def compute(
    scores: pd.DataFrame,
    *,
    components: Mapping[str, pd.DataFrame],
    probabilities: pd.DataFrame,
    cases: pd.DataFrame,
    training: pd.Series,
    similarity: pd.Series,
    doubts: pd.DataFrame,
    n_train: Mapping[tuple[str, str, str], int],
    run: str,
    answer_modes: Mapping[str, str],
    metrics: Mapping[str, str],
    near_duplicate_similarity: float,
    **settings: Unpack[Bootstrap],
) -> dict[str, pd.DataFrame]:
    """Compute the statistics: the tables of ``outcomes.TABLES`` by their names.

    Parameters
    ----------
    scores
        ``COLUMNS`` of ``SCORES``, of all tasks, arms, runs and answer modes.
    components
        Task -> rows of its table in ``COMPONENTS``.
    probabilities, cases, doubts
        Rows of ``LABEL_PROBABILITIES``, ``CASES`` (all of the study) and ``DOUBTS``.
    training
        The ``case_id`` of the training cases.
    similarity
        Test case -> the greatest similarity of its diagnosis text to a training text, 0 to 1.
    n_train
        (Model, task, run) -> the number of pairs that the run was trained on.
    run, answer_modes
        As of ``arms.primary``.
    metrics
        Task -> the metric of its declared test.
    near_duplicate_similarity
        From which similarity on a test text has a near duplicate in training.

    Raises
    ------
    StudyError
        When the arms of a task did not answer the same cases, each once, or what is known of the cases does not cover
        the scored ones.
    """
    confidence = settings["confidence"]
    chosen = primary(scores, run=run, answer_modes=answer_modes)
    judged = {task: primary(table, run=run, answer_modes=answer_modes) for task, table in components.items()}
    summaries = [summary.summarise(chosen, **settings), summary.summarise_components(judged, **settings)]
    runs = summary.by_run(scores, n_train, answer_modes=answer_modes, **settings)
    described = subgroups.characteristics(cases, training, similarity, near_duplicate_similarity)
    in_doubt = {task: subgroups.label_in_doubt(doubts, task, described.index) for task in set(chosen["task"])}
    groups = {task: described.assign(label=subgroups.yes_or_no(doubted)) for task, doubted in in_doubt.items()}
    subsets = {task: table[["near_duplicate", "label"]] for task, table in groups.items()}
    return {
        "summary": pd.concat(summaries, ignore_index=True).sort_values(
            ["task", "model", "arm"], kind="stable", ignore_index=True
        ),
        "per_class": classification.per_class(chosen),
        "comparisons": comparisons.compare(chosen, metrics, **settings),
        "model_comparisons": comparisons.compare_models(chosen, **settings),
        "answer_mode_comparisons": summary.compare_answer_modes(scores, run=run, **settings),
        "runs": runs,
        "spread": summary.spread(runs),
        "calibration": calibration.measure(probabilities, **settings),
        "reliability": calibration.reliability(probabilities, confidence=confidence),
        "coherence": coherence.measure(chosen, confidence=confidence),
        "subgroups": subgroups.by_group(chosen, groups, confidence=confidence),
        "subsets": subgroups.by_subset(chosen, subsets, **settings),
        "label_noise": subgroups.label_noise(doubts, described.index, confidence=confidence),
    }
