"""Two arms over the same cases: tuned against all others, and the tuned models against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from radonc.data.outcomes import COMPARISONS, MODEL_COMPARISONS
from radonc.data.schemas import BASELINES, NO_MODEL
from radonc.evaluation.arms import BASE, FEWSHOT, TUNED, Arm, by_arm
from radonc.runtime.errors import StudyError
from radonc.statistics import bca, paired_differences
from radonc.statistics.estimates import NO_INTERVAL
from radonc.statistics.hodges_lehmann import hodges_lehmann
from radonc.statistics.mcnemar import mcnemar
from radonc.statistics.resampling import Floats
from radonc.statistics.signed_rank import rank_biserial, signed_rank

METRICS = {"accuracy": "exact_match", "rouge1": "rouge1"}
"""The compared metrics and their columns of ``SCORES``; a metric is the mean of its column."""
COLUMNS = ["case_id", "task", "model", "arm", *METRICS.values()]
"""What is needed of ``SCORES``."""
RIGHT_OR_WRONG = {"accuracy"}
"""The metrics whose column is 0 or 1."""

Row = dict[str, Any]


def compare(
    scores: pd.DataFrame, primary_metrics: Mapping[str, str], *, confidence: float, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Test for every model, task and metric whether ``tuned`` scores higher than ``base``, and than other arms.

    Parameters
    ----------
    scores
        Rows of ``SCORES``, in any order: the primary run and answer mode (``arms.primary``). Models with neither base
        nor tuned are passed over.
    primary_metrics
        Task -> the metric of its declared test (the configuration's ``statistics.primary_metric``).
    confidence, n_resamples, seed
        As in the configuration's ``statistics``; of the intervals, and of the bootstrap over cases.

    Returns
    -------
    DataFrame
        Rows of ``COMPARISONS``, first those against ``base``, in order of task, model and metric. ``p`` is Wilcoxon's
        (``signed_rank``), one-sided: tuned greater. The declared family is models × tasks × primary metric against
        ``base``: ``p_holm`` is adjusted (Holm 1979) over all of it, so give this function all the tests that the study
        makes. All other rows are exploratory and have no ``p_holm``.

    Raises
    ------
    StudyError
        When a model has one of base and tuned only, or the arms did not answer the same cases, each once.
    """
    arms = by_arm(scores)
    models = sorted({(task, model) for task, model, arm in arms if arm in {BASE, TUNED}})
    settings = {"confidence": confidence, "n_resamples": n_resamples, "seed": seed}
    rows: list[Row] = []
    for against in (BASE, FEWSHOT, *BASELINES):
        for task, model in models:
            _require(arms, task, model)
            other = (task, NO_MODEL if against in BASELINES else model, against)
            if other in arms:
                pair = arms[task, model, TUNED], arms[other]
                rows += [
                    {"task": task, "model": model, "against": against, **row} for row in _contrasts(*pair, settings)
                ]
    table = pd.DataFrame(rows).rename(columns={"mean": "mean_tuned", "mean_other": "mean_against"})
    table = table.reindex(columns=list(COMPARISONS.columns))
    declared = (table["against"] == BASE) & (table["metric"] == table["task"].map(dict(primary_metrics)))
    if rows:
        table.loc[declared, "p_holm"] = multipletests(table.loc[declared, "p"], method="holm")[1]
    return table


def compare_models(scores: pd.DataFrame, *, confidence: float, n_resamples: int, seed: int) -> pd.DataFrame:
    """Compare the tuned arms of every two models, two-sided: exploratory, and not adjusted.

    Parameters
    ----------
    scores, confidence, n_resamples, seed
        As of ``compare``.

    Returns
    -------
    DataFrame
        Rows of ``MODEL_COMPARISONS`` in order of task, model, other and metric; of a pair the name that comes first in
        the alphabet is ``model``. Without two tuned models there is none.

    Raises
    ------
    StudyError
        When the arms did not answer the same cases, each once.
    """
    arms = by_arm(scores)
    settings = {"confidence": confidence, "n_resamples": n_resamples, "seed": seed}
    tuned = sorted((task, model) for task, model, arm in arms if arm == TUNED)
    rows: list[Row] = [
        {"task": task, "model": model, "other": other, **row}
        for (task, model), (same, other) in combinations(tuned, 2)
        if task == same
        for row in _contrasts(arms[task, model, TUNED], arms[task, other, TUNED], settings)
    ]
    return pd.DataFrame(rows).reindex(columns=list(MODEL_COMPARISONS.columns))


def _require(arms: Mapping[Arm, pd.DataFrame], task: str, model: str) -> None:
    for arm in (BASE, TUNED):
        if (task, model, arm) not in arms:
            raise StudyError(
                f"task '{task}', model '{model}': the scores lack the arm '{arm}'; base and tuned are compared over "
                "the same cases, so both are needed: make this arm's predictions"
            )


def _contrasts(cases: pd.DataFrame, others: pd.DataFrame, settings: Mapping[str, Any]) -> Iterator[Row]:
    """Yield for every metric how the first arm does against the second; row ``i`` of both is the same case."""
    for metric, column in METRICS.items():
        scores, other = cases[column].to_numpy(), others[column].to_numpy()
        found = paired_differences.paired(scores, other)
        yield {
            "metric": metric,
            "mean": scores.mean(),
            "mean_other": other.mean(),
            "difference": found.mean(),
            **_counts(found),
            **_intervals(found, **settings),
            **_tests(found),
            **(_mcnemar(found) if metric in RIGHT_OR_WRONG else {}),
        }


def _counts(found: Floats) -> Row:
    counts = {"n_better": found > 0, "n_worse": found < 0, "n_tied": found == 0}
    return {"n": len(found), **{name: int(np.count_nonzero(cases)) for name, cases in counts.items()}}


def _intervals(found: Floats, *, confidence: float, n_resamples: int, seed: int) -> Row:
    runs = paired_differences.unique_counts(found)
    low, high = bca.mean_interval(runs, confidence=confidence, n_resamples=n_resamples, seed=seed)
    shift = hodges_lehmann(runs, confidence)
    return {
        "low": low,
        "high": high,
        "interval": bca.BCA if len(runs.values) > 1 else NO_INTERVAL,
        "hodges_lehmann": shift.value,
        "hodges_lehmann_low": shift.low,
        "hodges_lehmann_high": shift.high,
    }


def _tests(found: Floats) -> Row:
    test = signed_rank(found)
    return {
        "statistic": test.statistic,
        "p": test.p_greater,
        "p_two_sided": test.p_two_sided,
        "method": test.method,
        "p_pratt": signed_rank(found, "pratt").p_greater,
        "rank_biserial": rank_biserial(found),
    }


def _mcnemar(found: Floats) -> Row:
    test = mcnemar(int((found > 0).sum()), int((found < 0).sum()))
    return {
        "p_mcnemar": test.p_greater,
        "p_mcnemar_two_sided": test.p_two_sided,
        "p_mcnemar_mid": test.mid_p_greater,
    }
