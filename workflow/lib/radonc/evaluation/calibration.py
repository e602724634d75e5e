"""Are the labels' probabilities worth their name? Brier score, calibration error, and how near the top the truth is.

A calibrated model that gives a label 80 % is right in 80 % of such cases. All of it is exploratory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from radonc.data.outcomes import CALIBRATION, RELIABILITY
from radonc.evaluation import answers
from radonc.evaluation.answer_modes import label_probabilities
from radonc.statistics import estimates, resampling
from radonc.statistics.proportions import wilson

N_BINS = 10
"""Bins of equal width: (0, 0.1], (0.1, 0.2], … (0.9, 1]."""

TOPS = {"modality": (1,), "icd10": (1, 3, 5)}
"""Task -> the numbers of likeliest labels among which the truth is looked for. Three of four modalities say nothing."""

_ARM = ["task", "model", "arm", "run"]


def per_case(predictions: pd.DataFrame, labels: Sequence[str] | None = None) -> pd.DataFrame:
    """Return what each case's label probabilities say of its truth.

    Parameters
    ----------
    predictions
        Rows of ``PREDICTIONS``. Those without label probabilities are passed over.
    labels
        The label set of ``modality``.

    Returns
    -------
    DataFrame
        Rows of ``LABEL_PROBABILITIES``: ``confidence``, the probability of the likeliest label; ``rank`` of the
        true label (1: the likeliest; of equal ones the first in label order; missing where it is none of the labels);
        ``brier``, the sum over all labels of (probability - truth)² (Brier 1950, Mon Weather Rev 78:1-3), between 0 and
        2. A truth that is none of the labels is a label of probability 0.

    Raises
    ------
    StudyError
        When label probabilities cannot be read.
    """
    scored = predictions[predictions["label_log_p"].notna()]
    texts = zip(scored["task"], scored["reference"], scored["label_log_p"], strict=True)
    rows = [_judge(label_probabilities(cell), answers.read(task, truth, labels)) for task, truth, cell in texts]
    judged = pd.DataFrame(rows, columns=["confidence", "rank", "brier"], index=scored.index, dtype="float64")
    return pd.concat([scored[[*_ARM, "case_id"]], judged], axis=1).sort_values([*_ARM, "case_id"], ignore_index=True)


def measure(cases: pd.DataFrame, *, confidence: float, n_resamples: int, seed: int) -> pd.DataFrame:
    """Measure the label probabilities of every arm and run.

    Parameters
    ----------
    cases
        As of ``per_case``.
    confidence, n_resamples, seed
        As in the configuration's ``statistics``.

    Returns
    -------
    DataFrame
        Rows of ``CALIBRATION`` in order of task, model, arm and run: ``top1`` and, for many labels, ``top3`` and
        ``top5``, the rates of cases whose truth is among so many likeliest labels (Wilson); ``brier``, its mean
        (bootstrap); ``ece``, the expected calibration error: the mean distance of accuracy and confidence over the bins
        of ``reliability``, weighted by their cases (Naeini et al., AAAI 2015; Guo et al., ICML 2017). It has no
        interval: resamples add chance to chance and lie above it.
    """
    bootstrap = partial(estimates.bootstrapped, confidence=confidence, n_resamples=n_resamples, seed=seed)
    rows: list[dict[str, Any]] = []
    for key, rated in cases.groupby(_ARM, sort=True):
        arm = dict(zip(_ARM, map(str, key), strict=True))
        n = len(rated)
        tops = [
            estimates.rate(f"top{top}", int((rated["rank"] <= top).sum()), n, confidence) for top in TOPS[arm["task"]]
        ]
        brier = bootstrap(("brier",), resampling.mean_of(rated["brier"].to_numpy()), n)
        rows += [{**arm, **estimate} for estimate in (*tops, *brier, _calibration_error(rated))]
    return pd.DataFrame(rows, columns=list(CALIBRATION.columns))


def reliability(cases: pd.DataFrame, *, confidence: float) -> pd.DataFrame:
    """Compare how sure a model was with how often it was right, by bins of its likeliest label's probability.

    Parameters
    ----------
    cases
        As of ``per_case``.
    confidence
        The level of the intervals.

    Returns
    -------
    DataFrame
        Rows of ``RELIABILITY`` in order of task, model, arm, run and bin; ``low`` and ``high`` are Wilson's.
    """
    rows = [
        {**dict(zip(_ARM, map(str, key), strict=True)), **row}
        for key, rated in cases.groupby(_ARM, sort=True)
        for row in _bins(rated, confidence)
    ]
    return pd.DataFrame(rows, columns=list(RELIABILITY.columns))


def _judge(labels: dict[str, float], truth: str | None) -> tuple[float, float, float]:
    p = np.array(list(labels.values()))
    names = list(labels)
    at = names.index(truth) if truth in labels else None
    p_truth = 0.0 if at is None else float(p[at])
    rank = np.nan if at is None else 1 + int((p > p_truth).sum()) + int((p[:at] == p_truth).sum())
    return min(float(p.max()), 1.0), rank, float((p**2).sum() - p_truth**2 + (1 - p_truth) ** 2)


def _calibration_error(rated: pd.DataFrame) -> estimates.Estimate:
    error = sum(bin_["n"] * abs(bin_["accuracy"] - bin_["confidence"]) for bin_ in _bins(rated, 0.95)) / len(rated)
    return {"metric": "ece", "n": len(rated), "value": error, "interval": estimates.NO_INTERVAL}


def _bins(rated: pd.DataFrame, confidence: float) -> Iterator[dict[str, Any]]:
    numbers = np.ceil(rated["confidence"].to_numpy() * N_BINS).astype(int).clip(1, N_BINS)
    for number, members in rated.groupby(numbers, sort=True):
        n, n_right = len(members), int((members["rank"] == 1).sum())
        low, high = wilson(n_right, n, confidence)
        limits = {"above": (int(number) - 1) / N_BINS, "up_to": int(number) / N_BINS}
        yield {
            **limits,
            "n": n,
            "confidence": members["confidence"].mean(),
            "accuracy": n_right / n,
            "low": low,
            "high": high,
        }
