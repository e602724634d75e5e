"""What each arm achieves in the components of its answers: rates over the judged cases, each with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binom

from radonc.data.outcomes import STANDINGS, SUMMARY
from radonc.evidence import estimates, resampling
from radonc.evidence.arms import by_arm
from radonc.evidence.resampling import Floats

ORDER_STATISTICS = "order statistics"

_HIERARCHICAL = ("hierarchical_precision", "hierarchical_recall", "hierarchical_f")
_OF_COURSE = ("site", "site_group", "laterality", "dose", "fractions", "modality", "technique", "full_match")
RATES = {
    "regimen": (*_OF_COURSE, "consistent", "plausible", "dose_found"),
    "icd10": ("full_code", "category", "site_group", "only_side_wrong"),
}
"""Task -> the components that are right or wrong."""


def summarise(
    components: Mapping[str, pd.DataFrame], *, confidence: float, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Summarise the components of every arm's answers.

    Parameters
    ----------
    components
        Task -> rows of its table in ``COMPONENTS``, in any order: the primary run and way (``arms.primary``).
    confidence, n_resamples, seed
        As in the configuration's ``statistics``.

    Returns
    -------
    DataFrame
        Rows of ``SUMMARY`` in order of task, model and arm, ``n`` being the judged cases; what was judged in none has
        no row. ``RATES`` and, of codes, the standings have Wilson intervals. ``eqd2_error_gy`` is the median (Gy), with
        the interval of ``median``; the hierarchical measures are means with percentile bootstrap intervals over cases.

    Raises
    ------
    StudyError
        When the arms of a task did not answer the same cases, each once.
    """
    bootstrap = partial(estimates.bootstrapped, confidence=confidence, n_resamples=n_resamples, seed=seed)
    rows: list[dict[str, Any]] = [
        {"task": task, "model": model, "arm": arm, **estimate}
        for name in sorted(components)
        for (task, model, arm), cases in by_arm(components[name]).items()
        for estimate in (*_rates(task, cases, confidence), *_sizes(task, cases, bootstrap, confidence))
    ]
    return pd.DataFrame(rows, columns=list(SUMMARY.columns))


def median(values: Floats, confidence: float) -> tuple[float, float, float]:
    """Return the median of at least one value and its interval, from one of the ordered values to another.

    The interval holds for any distribution, ties and all (Hahn and Meeker 1991, section 5.2): from the k-th smallest
    to the k-th largest, k being the greatest for which Bin(n, 1/2) falls below it with a probability of at most
    (1 - ``confidence``) / 2. Of fewer than six values it goes, at 95 %, from the smallest to the largest, and holds
    less often than it says.
    """
    ordered = np.sort(values)
    n = len(ordered)
    tail = (1 - confidence) / 2
    k = int(binom.ppf(tail, n, 0.5))
    # The quantile is the first number with at least this probability; k - 1 must have at most it.
    k += int(binom.cdf(k, n, 0.5) <= tail)
    k = max(k, 1)
    return float(np.median(ordered)), float(ordered[k - 1]), float(ordered[n - k])


def _rates(task: str, cases: pd.DataFrame, confidence: float) -> Iterator[estimates.Estimate]:
    for name in RATES[task]:
        judged = cases[name].dropna()
        if len(judged):
            yield estimates.rate(name, int(judged.sum()), len(judged), confidence)
    if task == "icd10":
        for standing in STANDINGS:
            yield estimates.rate(
                f"standing_{standing}", int((cases["standing"] == standing).sum()), len(cases), confidence
            )


def _sizes(
    task: str, cases: pd.DataFrame, bootstrap: partial[Iterator[estimates.Estimate]], confidence: float
) -> Iterator[estimates.Estimate]:
    if task == "icd10":
        means = [resampling.mean_of(cases[name].to_numpy()) for name in _HIERARCHICAL]
        yield from bootstrap(_HIERARCHICAL, lambda weights: np.hstack([mean(weights) for mean in means]), len(cases))
    elif len(errors := cases["eqd2_error_gy"].dropna().to_numpy(np.float64)):
        value, low, high = median(errors, confidence)
        ends = {"value": value, "low": low, "high": high, "interval": ORDER_STATISTICS}
        yield {"metric": "eqd2_error_gy", "n": len(errors), **ends}
