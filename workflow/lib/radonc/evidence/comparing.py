"""Is the tuned model better than its base? One-sided tests over the same cases, and Holm over the declared family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import wilcoxon
from statsmodels.stats.multitest import multipletests

from radonc.data.outcomes import COMPARISONS
from radonc.data.schemas import BASELINES, NO_MODEL
from radonc.evidence import resampling
from radonc.evidence.arms import Arm, by_arm
from radonc.evidence.resampling import Floats
from radonc.run.errors import StudyError

BASE, FEWSHOT, TUNED = "base", "fewshot", "tuned"
METRICS = {"accuracy": "exact_match", "rouge1": "rouge1"}
"""The compared metrics and their columns of ``SCORES``; a metric is the mean of its column."""

# Scores are ratios of small whole numbers: differences nearer than this are ties that rounding took apart.
_DIGITS = 12


def compare(scores: pd.DataFrame, *, confidence: float, n_resamples: int, seed: int) -> pd.DataFrame:
    """Test for every model, task and metric whether ``tuned`` scores higher than ``base``, and than other arms.

    The test is Wilcoxon's signed-rank test of paired differences, one-sided (tuned greater), zeros dropped
    ("wilcox"), mean ranks for ties; ``statistic`` is the sum of the ranks in favour of tuned. Its p is exact for up to
    50 differences without ties and for up to 13 with ties (all signs enumerated), else from the normal approximation
    with tie correction and without continuity correction: scipy's ``method="auto"`` on what is left without zeros.
    On right-or-wrong scores this is the sign test. Without any difference the statistic is 0 and p is 1.

    Parameters
    ----------
    scores
        Rows of ``SCORES``, in any order: the primary run and way (``arms.primary``). Models with neither base nor tuned
        are passed over.
    confidence, n_resamples, seed
        As in the configuration's ``statistics``; of the percentile bootstrap over cases of the mean difference.

    Returns
    -------
    DataFrame
        Rows of ``COMPARISONS``, first those against ``base``, in order of task, model and metric. These are the
        declared family: ``p_holm`` is adjusted (Holm 1979) over all of them, so give this function all the tests that
        the study makes. Those against ``fewshot`` and the baselines, where there are these arms, are exploratory and
        have no ``p_holm``.

    Raises
    ------
    StudyError
        When a model has one of base and tuned only, or the arms did not answer the same cases, each once.
    """
    arms = by_arm(scores)
    models = sorted({(task, model) for task, model, arm in arms if arm in {BASE, TUNED}})
    settings = {"confidence": confidence, "n_resamples": n_resamples, "seed": seed}
    rows: list[dict[str, Any]] = []
    for against in (BASE, FEWSHOT, *BASELINES):
        for task, model in models:
            _require(arms, task, model)
            other = (task, NO_MODEL if against in BASELINES else model, against)
            if other in arms:
                pair = arms[other], arms[task, model, TUNED]
                rows += [{"task": task, "model": model, "against": against, **row} for row in _compare(*pair, settings)]
    table = pd.DataFrame(rows, columns=list(COMPARISONS.columns))
    declared = table["against"] == BASE
    table["p_holm"] = np.nan
    if rows:
        table.loc[declared, "p_holm"] = multipletests(table.loc[declared, "p"], method="holm")[1]
    return table


def _require(arms: Mapping[Arm, pd.DataFrame], task: str, model: str) -> None:
    for arm in (BASE, TUNED):
        if (task, model, arm) not in arms:
            raise StudyError(
                f"task '{task}', model '{model}': the scores lack the arm '{arm}'; base and tuned are compared over "
                "the same cases, so both are needed: make this arm's predictions"
            )


def _compare(against: pd.DataFrame, tuned: pd.DataFrame, settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for metric, column in METRICS.items():
        scores = against[column].to_numpy(), tuned[column].to_numpy()
        difference = resampling.mean_of(scores[1] - scores[0])
        ((low, high),) = resampling.interval(difference, len(tuned), **settings)
        yield {"metric": metric, **_test(*scores), "low": low, "high": high}


def _test(against: Floats, tuned: Floats) -> dict[str, Any]:
    differences = np.round(tuned - against, _DIGITS)
    nonzero = differences[differences != 0]
    statistic, p = 0.0, 1.0
    if len(nonzero):
        statistic, p = map(float, wilcoxon(nonzero, alternative="greater", zero_method="wilcox", method="auto"))
    return {
        "n": len(differences),
        "n_better": int((differences > 0).sum()),
        "n_worse": int((differences < 0).sum()),
        "n_tied": int((differences == 0).sum()),
        "mean_against": against.mean(),
        "mean_tuned": tuned.mean(),
        "difference": (tuned - against).mean(),
        "statistic": statistic,
        "p": p,
    }
