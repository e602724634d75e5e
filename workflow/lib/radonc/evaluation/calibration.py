"""Calibration of the labels' probabilities: Brier score, calibration error, and the true label's rank.

A calibrated model that gives a label 80 % is right in 80 % of such cases. All of it is exploratory.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Unpack

import numpy as np
import pandas as pd

from radonc.data.outcomes import CALIBRATION, RELIABILITY
from radonc.evaluation import answers
from radonc.statistics import estimates
from radonc.statistics.proportions import wilson

N_BINS = 10
"""Bins of equal width: (0, 0.1], (0.1, 0.2], … (0.9, 1]."""

TOPS = {"modality": (1,), "icd10": (1, 3, 5)}
"""Task -> the numbers of likeliest labels among which the truth is looked for. Three of four modalities say nothing."""

_ARM = ["task", "model", "arm", "run"]


def per_case(predictions: pd.DataFrame, labels: Sequence[str] | None = None) -> pd.DataFrame:
    """Return what each case's label probabilities say of its truth; predictions without any are passed over.

    The result has rows of ``LABEL_PROBABILITIES``: ``confidence``, the probability of the likeliest label; ``rank`` of
    the true label (1: the likeliest; of equal ones the first in label order; missing where it is none of the labels);
    ``brier``, the sum over all labels of (probability - truth)² (Brier 1950, Mon Weather Rev 78:1-3), between 0 and 2.
    A truth that is none of the labels is a label of probability 0. Raise StudyError when a cell cannot be read.
    """
    scored = predictions[predictions["label_log_p"].notna()]
    texts = zip(scored["task"], scored["reference"], scored["label_log_p"], strict=True)
    rows = [_judge(answers.label_probabilities(cell), answers.read(task, truth, labels)) for task, truth, cell in texts]
    judged = pd.DataFrame(rows, columns=["confidence", "rank", "brier"], index=scored.index, dtype="float64")
    return pd.concat([scored[[*_ARM, "case_id"]], judged], axis=1).sort_values([*_ARM, "case_id"], ignore_index=True)


def measure(cases: pd.DataFrame, **settings: Unpack[estimates.Bootstrap]) -> pd.DataFrame:
    """Measure the label probabilities, as of ``per_case``, of every arm and run.

    The result has rows of ``CALIBRATION`` in order of task, model, arm and run: ``top1`` and, for many labels, ``top3``
    and ``top5``, the rates of cases whose truth is among so many likeliest labels (Wilson); ``brier``, its mean
    (bootstrap); ``ece``, the expected calibration error: the mean distance of accuracy and confidence over the bins of
    ``reliability``, weighted by their cases (Naeini et al., AAAI 2015; Guo et al., ICML 2017). It has no interval:
    resamples add chance to chance and lie above it.
    """
    rows: list[dict[str, Any]] = []
    for key, rated in cases.groupby(_ARM, sort=True):
        arm, n = dict(zip(_ARM, map(str, key), strict=True)), len(rated)
        tops = [
            estimates.rate(f"top{top}", int((rated["rank"] <= top).sum()), n, settings["confidence"])
            for top in TOPS[arm["task"]]
        ]
        [brier] = estimates.bootstrapped(("brier",), [estimates.mean_of(rated["brier"].to_numpy())], n, **settings)
        error = sum(part["n"] * abs(part["accuracy"] - part["confidence"]) for part in _bins(rated, 0.95)) / n
        ece = {"metric": "ece", "n": n, "value": error, "interval": estimates.NO_INTERVAL}
        rows += [{**arm, **estimate} for estimate in (*tops, *brier, ece)]
    return pd.DataFrame(rows, columns=list(CALIBRATION.columns))


def reliability(cases: pd.DataFrame, *, confidence: float) -> pd.DataFrame:
    """Compare how sure a model was, as of ``per_case``, with how often it was right.

    Return rows of ``RELIABILITY``, by bins of the likeliest label's probability, in order of task, model, arm, run and
    bin; ``low`` and ``high`` are Wilson's.
    """
    rows = [
        {**dict(zip(_ARM, map(str, key), strict=True)), **row}
        for key, rated in cases.groupby(_ARM, sort=True)
        for row in _bins(rated, confidence)
    ]
    return pd.DataFrame(rows, columns=list(RELIABILITY.columns))


def _judge(labels: dict[str, float], truth: str | None) -> tuple[float, float, float]:
    p = np.array(list(labels.values()))
    at = list(labels).index(truth) if truth in labels else None
    p_truth = 0.0 if at is None else float(p[at])
    rank = np.nan if at is None else 1 + int((p > p_truth).sum()) + int((p[:at] == p_truth).sum())
    return min(float(p.max()), 1.0), rank, float((p**2).sum() - p_truth**2 + (1 - p_truth) ** 2)


def _bins(rated: pd.DataFrame, confidence: float) -> Iterator[dict[str, Any]]:
    numbers = np.ceil(rated["confidence"].to_numpy() * N_BINS).astype(int).clip(1, N_BINS)
    for number, members in rated.groupby(numbers, sort=True):
        n, n_right = len(members), int((members["rank"] == 1).sum())
        low, high = wilson(n_right, n, confidence)
        yield {
            "above": (int(number) - 1) / N_BINS,
            "up_to": int(number) / N_BINS,
            "n": n,
            "confidence": members["confidence"].mean(),
            "accuracy": n_right / n,
            "low": low,
            "high": high,
        }
