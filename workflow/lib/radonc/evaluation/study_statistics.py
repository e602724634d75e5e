"""All statistics of a study, from the scores of its cases: the tables below ``<results>/statistics``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from radonc.evaluation import (
    calibration,
    classification,
    coherence,
    comparisons,
    exploratory,
    label_noise,
    subgroups,
    summary,
)
from radonc.evaluation.arms import primary

COLUMNS = ["case_id", "task", "model", "arm", "run", "answer_mode", "reference", "parsed", "exact_match", "rouge1"]
"""What is needed of ``SCORES``: of large studies the answers themselves would not fit into memory."""


@dataclass(frozen=True)
class Design:
    """What a study declares before its results are seen.

    Attributes
    ----------
    run
        The primary training run, such as ``seed1``.
    answer_modes
        Task -> its primary answer mode; a task that is not listed has ``free``.
    metrics
        Task -> the metric of its declared test.
    near_duplicate_similarity
        From which Jaccard similarity on a test text has a near duplicate in training.
    confidence, n_resamples, seed
        Of all intervals, and of the bootstrap over cases.
    """

    run: str
    answer_modes: Mapping[str, str]
    metrics: Mapping[str, str]
    near_duplicate_similarity: float
    confidence: float
    n_resamples: int
    seed: int


@dataclass(frozen=True)
class CaseScores:
    """What is known of each answer.

    Attributes
    ----------
    scores
        ``COLUMNS`` of ``SCORES``, of all tasks, arms, runs and answer modes.
    components
        Task -> rows of its table in ``COMPONENTS``.
    probabilities
        Rows of ``LABEL_PROBABILITIES``.
    """

    scores: pd.DataFrame
    components: Mapping[str, pd.DataFrame]
    probabilities: pd.DataFrame


@dataclass(frozen=True)
class TestCases:
    """What is known of the test cases.

    Attributes
    ----------
    cases
        By the schema ``CASES``: all of the study.
    training
        The ``case_id`` of the training cases.
    similarity
        Test case -> the greatest similarity of its diagnosis text to a training text, 0 to 1.
    doubts
        Rows of ``DOUBTS``.
    """

    __test__ = False

    cases: pd.DataFrame
    training: pd.Series
    similarity: pd.Series
    doubts: pd.DataFrame


def compute(
    answered: CaseScores, tested: TestCases, n_train: Mapping[tuple[str, str, str], int], design: Design
) -> dict[str, pd.DataFrame]:
    """Compute the statistics.

    Parameters
    ----------
    answered, tested
        The scores of the answers, and the cases that they are about.
    n_train
        (Model, task, run) -> the number of pairs that the run was trained on.
    design
        What the study declares.

    Returns
    -------
    dict
        The tables of ``outcomes.TABLES`` by their names.

    Raises
    ------
    StudyError
        When the arms of a task did not answer the same cases, each once, or what is known of the cases does not cover
        the scored ones.
    """
    chosen: dict[str, Any] = {"run": design.run, "answer_modes": design.answer_modes}
    bootstrap: dict[str, Any] = {
        "confidence": design.confidence,
        "n_resamples": design.n_resamples,
        "seed": design.seed,
    }
    scores = primary(answered.scores, **chosen)
    components = {task: primary(table, **chosen) for task, table in answered.components.items()}
    summaries = [summary.summarise(scores, **bootstrap), summary.summarise_components(components, **bootstrap)]
    runs = exploratory.by_run(answered.scores, n_train, answer_modes=design.answer_modes, **bootstrap)
    return {
        "summary": pd.concat(summaries, ignore_index=True).sort_values(
            ["task", "model", "arm"], kind="stable", ignore_index=True
        ),
        "per_class": classification.per_class(scores),
        "comparisons": comparisons.compare(scores, design.metrics, **bootstrap),
        "model_comparisons": comparisons.compare_models(scores, **bootstrap),
        "answer_mode_comparisons": exploratory.compare_answer_modes(answered.scores, run=design.run, **bootstrap),
        "runs": runs,
        "spread": exploratory.spread(runs),
        "calibration": calibration.measure(answered.probabilities, **bootstrap),
        "reliability": calibration.reliability(answered.probabilities, confidence=design.confidence),
        "coherence": coherence.measure(scores, confidence=design.confidence),
        **_by_group(scores, tested, design, bootstrap),
    }


def _by_group(
    scores: pd.DataFrame, tested: TestCases, design: Design, bootstrap: Mapping[str, Any]
) -> dict[str, pd.DataFrame]:
    described = subgroups.characteristics(
        tested.cases, tested.training, tested.similarity, design.near_duplicate_similarity
    )
    groups = {}
    for task in sorted(set(scores["task"])):
        in_doubt = label_noise.in_doubt(tested.doubts, task, described.index)
        groups[task] = described.assign(label=subgroups.yes_or_no(in_doubt))
    subsets = {task: table[["near_duplicate", "label"]] for task, table in groups.items()}
    return {
        "subgroups": subgroups.by_group(scores, groups, confidence=design.confidence),
        "subsets": subgroups.by_subset(scores, subsets, **bootstrap),
        "label_noise": label_noise.measure(tested.doubts, described.index, confidence=design.confidence),
    }
