"""Two arms over the same cases: tuned against all others, and the tuned models against each other."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Unpack

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from radonc.data.outcomes import COMPARISONS, MODEL_COMPARISONS
from radonc.data.schemas import BASELINES, NO_MODEL
from radonc.evaluation.arms import BASE, FEWSHOT, TUNED, by_arm
from radonc.runtime.errors import StudyError
from radonc.statistics.estimates import NO_INTERVAL, Bootstrap
from radonc.statistics.paired_differences import BCA, hodges_lehmann, mean_interval, paired, unique_counts
from radonc.statistics.paired_tests import mcnemar, rank_biserial, signed_rank

METRICS = {"accuracy": "exact_match", "rouge1": "rouge1"}
"""The compared metrics and their columns of ``SCORES``; a metric is the mean of its column."""


def compare(scores: pd.DataFrame, primary_metrics: Mapping[str, str], **settings: Unpack[Bootstrap]) -> pd.DataFrame:
    """Test for every model, task and metric whether ``tuned`` scores higher than ``base``, and than other arms.

    Parameters
    ----------
    scores
        The primary scores, in any order. Models with neither base nor tuned are passed over.
    primary_metrics
        Task -> the metric of its declared test.

    Returns
    -------
    DataFrame
        Rows of ``COMPARISONS``, first those against ``base``, in order of task, model and metric. ``p`` is Wilcoxon's,
        one-sided: tuned greater. The declared family is models × tasks × primary metric against ``base``: ``p_holm`` is
        adjusted (Holm 1979) over all of it. All other rows are exploratory and have no ``p_holm``.

    Raises
    ------
    StudyError
        When a model has one of base and tuned only, or the arms did not answer the same cases, each once.
    """
    arms = by_arm(scores)
    models = sorted({(task, model) for task, model, arm in arms if arm in {BASE, TUNED}})
    for task, model in models:
        for arm in (BASE, TUNED):
            if (task, model, arm) not in arms:
                raise StudyError(
                    f"task '{task}', model '{model}': the scores lack the arm '{arm}'; base and tuned are compared "
                    "over the same cases, so both are needed: make this arm's predictions"
                )
    rows = [
        {"task": task, "model": model, "against": against, **row}
        for against in (BASE, FEWSHOT, *BASELINES)
        for task, model in models
        if (other := (task, NO_MODEL if against in BASELINES else model, against)) in arms
        for row in _contrasts(arms[task, model, TUNED], arms[other], **settings)
    ]
    table = pd.DataFrame(rows).rename(columns={"mean": "mean_tuned", "mean_other": "mean_against"})
    table = table.reindex(columns=list(COMPARISONS.columns))
    declared = (table["against"] == BASE) & (table["metric"] == table["task"].map(dict(primary_metrics)))
    if rows:
        table.loc[declared, "p_holm"] = multipletests(table.loc[declared, "p"], method="holm")[1]
    return table


def compare_models(scores: pd.DataFrame, **settings: Unpack[Bootstrap]) -> pd.DataFrame:
    """Compare the tuned arms of every two models, two-sided: exploratory, and not adjusted.

    Return rows of ``MODEL_COMPARISONS`` in order of task, model, other and metric; of a pair the name that comes first
    in the alphabet is ``model``. Raise StudyError when the arms did not answer the same cases, each once.
    """
    arms = by_arm(scores)
    tuned = sorted((task, model) for task, model, arm in arms if arm == TUNED)
    rows = [
        {"task": task, "model": model, "other": other, **row}
        for (task, model), (same, other) in combinations(tuned, 2)
        if task == same
        for row in _contrasts(arms[task, model, TUNED], arms[task, other, TUNED], **settings)
    ]
    return pd.DataFrame(rows).reindex(columns=list(MODEL_COMPARISONS.columns))


def _contrasts(cases: pd.DataFrame, others: pd.DataFrame, **settings: Unpack[Bootstrap]) -> Iterator[dict[str, Any]]:
    """Yield for every metric how the first arm does against the second; row ``i`` of both is the same case."""
    for metric, column in METRICS.items():
        scores, other = cases[column].to_numpy(), others[column].to_numpy()
        differences = paired(scores, other)
        distinct = unique_counts(differences)
        low, high = mean_interval(distinct, **settings)
        shift = hodges_lehmann(distinct, settings["confidence"])
        test = signed_rank(differences)
        n_better, n_worse = int(np.count_nonzero(differences > 0)), int(np.count_nonzero(differences < 0))
        right_or_wrong = mcnemar(n_better, n_worse) if metric == "accuracy" else None
        yield {
            "metric": metric,
            "n": len(differences),
            "n_better": n_better,
            "n_worse": n_worse,
            "n_tied": len(differences) - n_better - n_worse,
            "mean": scores.mean(),
            "mean_other": other.mean(),
            "difference": differences.mean(),
            "low": low,
            "high": high,
            "interval": BCA if len(distinct.values) > 1 else NO_INTERVAL,
            "hodges_lehmann": shift.value,
            "hodges_lehmann_low": shift.low,
            "hodges_lehmann_high": shift.high,
            "statistic": test.statistic,
            "p": test.p_greater,
            "p_two_sided": test.p_two_sided,
            "method": test.method,
            "p_pratt": signed_rank(differences, "pratt").p_greater,
            "p_mcnemar": right_or_wrong and right_or_wrong.p_greater,
            "p_mcnemar_two_sided": right_or_wrong and right_or_wrong.p_two_sided,
            "p_mcnemar_mid": right_or_wrong and right_or_wrong.mid_p_greater,
            "rank_biserial": rank_biserial(differences),
        }
