"""What each arm achieves in its scores and in the components of its answers: values with their intervals.

Other answer modes, other seeds and shares of the training set are exploratory.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain, groupby
from typing import Any, Unpack

import numpy as np
import pandas as pd
from scipy.stats import quantile_test

from radonc.data.outcomes import ANSWER_MODE_COMPARISONS, RUNS, SPREAD, STANDINGS, SUMMARY
from radonc.data.schemas import NO_RUN
from radonc.evaluation.answers import CLOSED_TASKS
from radonc.evaluation.arms import TUNED, by_arm, in_primary_mode
from radonc.evaluation.classification import ALIKE, AVERAGES, averages
from radonc.statistics import estimates
from radonc.statistics.estimates import Bootstrap, Estimate, accuracy_and_rouge1
from radonc.study.training_runs import TrainingRun

OF_COURSE = ("site", "site_group", "laterality", "dose", "fractions", "modality", "technique", "full_match")
"""The components of a regimen that are judged where its reference states them."""
RATES = {
    "regimen": (*OF_COURSE, "consistent", "plausible", "dose_found"),
    "icd10": ("full_code", "category", "site_group", "only_side_wrong"),
}
"""Task -> the components that are right or wrong."""
_HIERARCHICAL = ("hierarchical_precision", "hierarchical_recall", "hierarchical_f")


def summarise(scores: pd.DataFrame, **settings: Unpack[Bootstrap]) -> pd.DataFrame:
    """Summarise the primary scores of every arm, in rows of ``SUMMARY`` in order of task, model and arm.

    Every arm has ``accuracy``, ``rouge1`` and ``parse_rate``; those of the closed tasks have ``AVERAGES`` as well.
    Rates have Wilson intervals, all else percentile bootstrap intervals over cases; where every class counts alike,
    cases are drawn within their classes. Raise StudyError when the arms of a task did not answer the same cases, each
    once.
    """
    return pd.DataFrame(_rows(scores, _of_scores, settings), columns=list(SUMMARY.columns))


def summarise_components(components: Mapping[str, pd.DataFrame], **settings: Unpack[Bootstrap]) -> pd.DataFrame:
    """Summarise the components of every arm's answers; ``components`` maps a task to primary rows of its table.

    Return rows of ``SUMMARY`` as ``summarise`` does, ``n`` being the judged cases; what was judged in none has no row.
    ``RATES`` and, of codes, the standings have Wilson intervals. ``eqd2_error_gy`` is the median (Gy), with the
    interval of ``median``; the hierarchical measures are means with percentile bootstrap intervals over cases.
    """
    rows = chain.from_iterable(_rows(components[task], _of_components, settings) for task in sorted(components))
    return pd.DataFrame(rows, columns=list(SUMMARY.columns))


def _rows(
    table: pd.DataFrame, estimates_of: Callable[..., Iterator[list[Estimate]]], settings: Bootstrap
) -> Iterator[dict[str, Any]]:
    """Yield the estimates of each arm; the arms of a task have the same cases, which are drawn once for all."""
    for task, parts in groupby(by_arm(table).items(), key=lambda part: part[0][0]):
        arms = dict(parts)
        for (_, model, arm), of_arm in zip(arms, estimates_of(task, [*arms.values()], **settings), strict=True):
            yield from ({"task": task, "model": model, "arm": arm, **estimate} for estimate in of_arm)


def _of_scores(task: str, arms: Sequence[pd.DataFrame], **settings: Unpack[Bootstrap]) -> Iterator[list[Estimate]]:
    n, confidence = len(arms[0]), settings["confidence"]
    names: tuple[str, ...] = ("rouge1",)
    statistics = [estimates.mean_of(cases["rouge1"].to_numpy()) for cases in arms]
    alike: list[list[Estimate]] = [[] for _ in arms]
    if task in CLOSED_TASKS:
        of_classes = [averages(cases["reference"], cases["parsed"]) for cases in arms]
        names = (*names, *AVERAGES)
        statistics = [estimates.side_by_side(both) for both in zip(statistics, of_classes, strict=True)]
        # A rare class that a resample lacks would drop out of an average to which every class counts alike.
        strata = arms[0]["reference"].to_list()
        alike = estimates.bootstrapped(AVERAGES, of_classes, n, strata=strata, **settings)
    by_size = estimates.bootstrapped(names, statistics, n, **settings)
    for cases, (rouge1, *weighted), macro in zip(arms, by_size, alike, strict=True):
        yield [
            estimates.rate("accuracy", int(cases["exact_match"].sum()), n, confidence),
            estimates.rate("parse_rate", int(cases["parsed"].notna().sum()), n, confidence),
            rouge1,
            *macro[: len(ALIKE)],
            *weighted[len(ALIKE) :],
        ]


def _of_components(task: str, arms: Sequence[pd.DataFrame], **settings: Unpack[Bootstrap]) -> Iterator[list[Estimate]]:
    if task == "icd10":
        means = [
            estimates.side_by_side([estimates.mean_of(cases[name].to_numpy()) for name in _HIERARCHICAL])
            for cases in arms
        ]
        sizes = estimates.bootstrapped(_HIERARCHICAL, means, len(arms[0]), **settings)
    else:
        errors = [cases["eqd2_error_gy"].dropna().to_numpy(np.float64) for cases in arms]
        sizes = [[median(of_arm, settings["confidence"])] if len(of_arm) else [] for of_arm in errors]
    for cases, of_arm in zip(arms, sizes, strict=True):
        judged = {name: cases[name].dropna() for name in RATES[task]}
        if task == "icd10":
            judged |= {f"standing_{standing}": cases["standing"] == standing for standing in STANDINGS}
        rates = [
            estimates.rate(name, int(right.sum()), len(right), settings["confidence"])
            for name, right in judged.items()
            if len(right)
        ]
        yield [*rates, *of_arm]


def median(values: estimates.Floats, confidence: float) -> Estimate:
    """Return the median of at least one value, with its interval from one of the ordered values to another.

    The interval holds for any distribution, ties and all (Conover 1999, Practical Nonparametric Statistics, section
    3.2). Of too few values, at 95 % fewer than six, even all of them together do not: there is none.
    """
    # Its stubs take the pair for one number.
    ends: Any = quantile_test(values, p=0.5).confidence_interval(confidence)
    missing = np.isnan(ends.low) or np.isnan(ends.high)
    return {
        "metric": "eqd2_error_gy",
        "n": len(values),
        "value": float(np.median(values)),
        "low": np.nan if missing else float(ends.low),
        "high": np.nan if missing else float(ends.high),
        "interval": estimates.NO_INTERVAL if missing else "order statistics",
    }


def compare_answer_modes(scores: pd.DataFrame, *, run: str, **settings: Unpack[Bootstrap]) -> pd.DataFrame:
    """Return accuracy and ROUGE-1 of every mode, for the tasks that were answered in several, of the primary run.

    The result has rows of ``ANSWER_MODE_COMPARISONS`` in order of task, model, arm and mode. Raise StudyError when the
    arms that answered a task in some mode did not answer the same cases, each once.
    """
    several = scores.groupby("task")["answer_mode"].transform("nunique") > 1
    found = scores[several & scores["run"].isin([run, NO_RUN])]
    rows: list[dict[str, Any]] = [
        {"task": task, "model": model, "arm": arm, "answer_mode": mode, **estimate}
        for mode, part in found.groupby("answer_mode")
        for (task, model, arm), cases in by_arm(part).items()
        for estimate in accuracy_and_rouge1(cases, **settings)
    ]
    table = pd.DataFrame(rows, columns=list(ANSWER_MODE_COMPARISONS.columns))
    return table.sort_values(["task", "model", "arm", "answer_mode"], kind="stable", ignore_index=True)


def by_run(
    scores: pd.DataFrame,
    n_train: Mapping[tuple[str, str, str], int],
    *,
    answer_modes: Mapping[str, str],
    **settings: Unpack[Bootstrap],
) -> pd.DataFrame:
    """Return accuracy and ROUGE-1 of every training run, in the primary answer mode of each task.

    ``n_train`` maps model, task and run to the number of pairs that the run was trained on; what is not listed was not
    trained (the dummy back end) and is passed over. The result has rows of ``RUNS`` in order of task, model, share (the
    full training set first) and seed. Raise StudyError when a run's name is none, or a run did not answer the cases
    that the base models answered, each once.
    """
    chosen = in_primary_mode(scores, answer_modes)
    rows: list[dict[str, Any]] = [
        {
            "task": task,
            "model": model,
            "run": run,
            **asdict(TrainingRun.named(run)),
            "n_train": n_train[model, task, run],
            **estimate,
        }
        for run in sorted(set(chosen["run"]) - {NO_RUN})
        # With the arms that have no run, which all runs must agree with on the cases.
        for (task, model, arm), cases in by_arm(chosen[chosen["run"].isin([run, NO_RUN])]).items()
        if arm == TUNED and (model, task, run) in n_train
        for estimate in accuracy_and_rouge1(cases, **settings)
    ]
    table = pd.DataFrame(rows, columns=list(RUNS.columns))
    order = ["task", "model", "share", "seed"]
    return table.sort_values(order, ascending=[True, True, False, True], kind="stable", ignore_index=True)


def spread(runs: pd.DataFrame) -> pd.DataFrame:
    """Return how far the ``RUNS`` with the full training set lie apart, where there are two or more.

    The result has rows of ``SPREAD`` in order of task, model and metric; ``sd`` is the sample standard deviation
    (n - 1).
    """
    full = runs[runs["share"] == 1].groupby(["task", "model", "metric"], sort=True)["value"]
    table = full.agg(["size", "mean", "std", "min", "max"]).reset_index()
    table.columns = pd.Index(SPREAD.columns)
    return table[table["n_seeds"] > 1].reset_index(drop=True)
