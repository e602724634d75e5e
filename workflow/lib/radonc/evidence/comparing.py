"""Is the tuned model better than its base? One-sided tests over the same cases, and Holm over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import wilcoxon
from statsmodels.stats.multitest import multipletests

from radonc.data.schemas import COMPARISONS
from radonc.evidence import resampling
from radonc.evidence.arms import Arm, by_arm
from radonc.evidence.resampling import Floats
from radonc.run.errors import StudyError

METRICS = {"accuracy": "exact_match", "rouge1": "rouge1"}
"""The compared metrics and their columns of ``SCORES``; a metric is the mean of its column."""

# Scores are ratios of small whole numbers: differences nearer than this are ties that rounding took apart.
_DIGITS = 12


def compare(scores: pd.DataFrame, *, confidence: float, n_resamples: int, seed: int) -> pd.DataFrame:
    """Test for every model, task and metric whether ``tuned`` scores higher than ``base``.

    The test is Wilcoxon's signed-rank test of paired differences, one-sided (tuned greater), zeros dropped
    ("wilcox"), mean ranks for ties; ``statistic`` is the sum of the ranks in favour of tuned. Its p is exact for up to
    50 differences without ties and for up to 13 with ties (all signs enumerated), else from the normal approximation
    with tie correction and without continuity correction: scipy's ``method="auto"`` on what is left without zeros.
    On right-or-wrong scores this is the sign test. Without any difference the statistic is 0 and p is 1.

    Parameters
    ----------
    scores
        Rows of ``SCORES``, in any order. Models with neither arm are passed over.
    confidence, n_resamples, seed
        As in the configuration's ``statistics``; of the percentile bootstrap over cases of the mean difference.

    Returns
    -------
    DataFrame
        Rows of ``COMPARISONS`` in order of task, model and metric. ``p_holm`` is adjusted (Holm 1979) over all rows:
        give this function all the tests that the study makes.

    Raises
    ------
    StudyError
        When a model has one of the two arms only, or the arms did not answer the same cases, each once.
    """
    arms = by_arm(scores)
    rows: list[dict[str, Any]] = []
    for task, model in sorted({(task, model) for task, model, arm in arms if arm in {"base", "tuned"}}):
        base, tuned = _pair(arms, task, model)
        for metric, column in METRICS.items():
            test = _test(base[column].to_numpy(), tuned[column].to_numpy())
            difference = resampling.mean_of(tuned[column].to_numpy() - base[column].to_numpy())
            ((low, high),) = resampling.interval(
                difference, len(base), confidence=confidence, n_resamples=n_resamples, seed=seed
            )
            rows.append({"task": task, "model": model, "metric": metric, **test, "low": low, "high": high})
    table = pd.DataFrame(rows, columns=list(COMPARISONS.columns))
    if rows:
        table["p_holm"] = multipletests(table["p"], method="holm")[1]
    return table


def _pair(arms: Mapping[Arm, pd.DataFrame], task: str, model: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    for arm in ("base", "tuned"):
        if (task, model, arm) not in arms:
            raise StudyError(
                f"task '{task}', model '{model}': the scores lack the arm '{arm}'; base and tuned are compared over "
                "the same cases, so both are needed: make this arm's predictions"
            )
    return arms[task, model, "base"], arms[task, model, "tuned"]


def _test(base: Floats, tuned: Floats) -> dict[str, Any]:
    differences = np.round(tuned - base, _DIGITS)
    nonzero = differences[differences != 0]
    statistic, p = 0.0, 1.0
    if len(nonzero):
        statistic, p = map(float, wilcoxon(nonzero, alternative="greater", zero_method="wilcox", method="auto"))
    return {
        "n": len(differences),
        "n_better": int((differences > 0).sum()),
        "n_worse": int((differences < 0).sum()),
        "n_tied": int((differences == 0).sum()),
        "base": base.mean(),
        "tuned": tuned.mean(),
        "difference": (tuned - base).mean(),
        "statistic": statistic,
        "p": p,
    }
