"""Does fine-tuning help all groups of cases alike? Differences and accuracies by group: values and intervals, no test.

A test for each of some forty groups would find something by chance in a model that helps all alike, and a group in
which it finds nothing may only be small (Assmann et al. 2000, Lancet 355:1064-1069).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pandas as pd

from radonc.data.outcomes import SUBGROUPS, SUBSETS
from radonc.evaluation.arms import by_arm
from radonc.runtime.errors import StudyError
from radonc.statistics.estimates import accuracy_and_rouge1
from radonc.statistics.paired_rates import newcombe

ALL = "all"
"""The characteristic that all cases share, and its one group."""

Groups = Mapping[str, pd.DataFrame]
"""Task -> a row per case (the index), a column per characteristic, in whose categories the groups have their order."""


def by_group(scores: pd.DataFrame, groups: Groups, *, confidence: float) -> pd.DataFrame:
    """Return how much higher the accuracy of ``tuned`` is than that of ``base``, in each group of cases.

    Parameters
    ----------
    scores
        Rows of ``SCORES``, in any order: the primary run and way (``arms.primary``). Models without base or tuned are
        passed over.
    groups
        The groups that each case belongs to.
    confidence
        The level of each interval by itself; Newcombe's (``paired_rates``).

    Returns
    -------
    DataFrame
        Rows of ``SUBGROUPS`` in order of task and model: all cases, then the groups of each characteristic in its
        order. Groups without a case have no row.

    Raises
    ------
    StudyError
        When the groups of a scored case are not known, or the arms did not answer the same cases, each once.
    """
    arms = by_arm(scores)
    rows: list[dict[str, Any]] = []
    for task, model in sorted({(task, model) for task, model, _ in arms}):
        pair = [arms.get((task, model, arm)) for arm in ("base", "tuned")]
        if pair[0] is None or pair[1] is None:
            continue
        right = pd.DataFrame({"base": pair[0]["exact_match"] == 1, "tuned": pair[1]["exact_match"] == 1})
        for names, member in _groups(pair[0], groups, task):
            rows.append({"task": task, "model": model, **names, **_difference(right[member], confidence)})
    return pd.DataFrame(rows, columns=list(SUBGROUPS.columns))


def by_subset(scores: pd.DataFrame, groups: Groups, *, confidence: float, n_resamples: int, seed: int) -> pd.DataFrame:
    """Return accuracy and ROUGE-1 of every arm, over all cases and over each group.

    Parameters
    ----------
    scores, groups
        As of ``by_group``.
    confidence, n_resamples, seed
        As in the configuration's ``statistics``.

    Returns
    -------
    DataFrame
        Rows of ``SUBSETS`` in order of task, model and arm. Groups without a case have no row.

    Raises
    ------
    StudyError
        As of ``by_group``.
    """
    estimates = partial(accuracy_and_rouge1, confidence=confidence, n_resamples=n_resamples, seed=seed)
    rows: list[dict[str, Any]] = [
        {"task": task, "model": model, "arm": arm, **names, **estimate}
        for (task, model, arm), cases in by_arm(scores).items()
        for names, member in _groups(cases, groups, task)
        for estimate in estimates(cases[member])
    ]
    return pd.DataFrame(rows, columns=list(SUBSETS.columns))


def _groups(cases: pd.DataFrame, groups: Groups, task: str) -> Iterator[tuple[dict[str, str], pd.Series]]:
    """Yield the names of each group that has a case, and which of the cases belong to it."""
    known = groups[task].reindex(cases["case_id"]).reset_index(drop=True)
    if n_unknown := int(known.isna().any(axis=1).sum()):
        raise StudyError(
            f"task '{task}': the groups of {n_unknown} of {len(cases)} scored cases are not known; make the pairs and "
            "the predictions again from the same cases"
        )
    yield {"characteristic": ALL, "group": ALL}, pd.Series(True, index=cases.index)
    for characteristic in known:
        for group in known[characteristic].cat.categories:
            member = known[characteristic] == group
            if member.any():
                yield {"characteristic": str(characteristic), "group": group}, member


def _difference(right: pd.DataFrame, confidence: float) -> dict[str, Any]:
    base, tuned = right["base"], right["tuned"]
    n, n_better, n_worse = len(right), int((tuned & ~base).sum()), int((base & ~tuned).sum())
    both = int((tuned & base).sum())
    low, high = newcombe(both, n_better, n_worse, n - both - n_better - n_worse, confidence)
    return {
        "n": n,
        "n_better": n_better,
        "n_worse": n_worse,
        "base": base.mean(),
        "tuned": tuned.mean(),
        "difference": (n_better - n_worse) / n,
        "low": low,
        "high": high,
    }
