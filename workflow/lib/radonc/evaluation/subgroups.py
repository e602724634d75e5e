"""Does fine-tuning help all groups of cases alike? Differences and accuracies by group: values and intervals, no test.

A test for each of some forty groups would find something by chance in a model that helps all alike, and a group in
which it finds nothing may only be small (Assmann et al. 2000, Lancet 355:1064-1069).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import pandas as pd

from radonc.data.outcomes import SUBGROUPS, SUBSETS
from radonc.data.schemas import INTENTS, SEXES
from radonc.evaluation.arms import by_arm
from radonc.runtime.errors import StudyError
from radonc.statistics.estimates import accuracy_and_rouge1
from radonc.statistics.proportions import newcombe
from radonc.vocabulary import sites
from radonc.vocabulary.staging import MAIN_STAGES, main_stage

ALL = "all"
"""The characteristic that all cases share, and its one group."""

Groups = Mapping[str, pd.DataFrame]
"""Task -> a row per case (the index), a column per characteristic, in whose categories the groups have their order."""


def by_group(scores: pd.DataFrame, groups: Groups, *, confidence: float) -> pd.DataFrame:
    """Return how much higher the accuracy of ``tuned`` is than that of ``base``, in each group of cases.

    Parameters
    ----------
    scores
        Rows of ``SCORES``, in any order: the primary run and answer mode (``arms.primary``). Models without base or
        tuned are passed over.
    groups
        The groups that each case belongs to.
    confidence
        The level of each interval by itself; Newcombe's (``proportions.newcombe``).

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


NOT_STATED = "not stated"
OTHER_STAGE = "another word"
NO, YES = "no", "yes"
RARE = 20
"""A code of fewer training cases than this is rare."""
FREQUENCIES = (f"under {RARE} cases", f"{RARE} cases and more")
AGES = {"under 50": 0, "50 to 59": 50, "60 to 69": 60, "70 to 79": 70, "80 and older": 80}
"""Band of age -> its first year. De-identification makes one age of 90 and all above."""
YEARS = 5
"""Years of diagnosis in a band."""


def characteristics(
    cases: pd.DataFrame, training: Collection[str], similarity: pd.Series, near_duplicate: float
) -> pd.DataFrame:
    """Say which groups each test case belongs to.

    Parameters
    ----------
    cases
        By the schema ``CASES``: all of the study.
    training
        The training cases; a code with fewer than ``RARE`` of them is rare.
    similarity
        Test case -> its greatest similarity to a training text, 0 to 1.
    near_duplicate
        From which similarity on a text has a near duplicate in training.

    Returns
    -------
    DataFrame
        A row per test case, in the order of ``similarity``; a column per characteristic, whose categories are its
        groups in the order in which they are shown. What the record does not state is the group ``not stated``; a
        characteristic of which it states nothing at all is left out.

    Raises
    ------
    StudyError
        When a test case is none of the cases.
    """
    known = cases.set_index("case_id")
    if n_missing := int((~similarity.index.isin(known.index)).sum()):
        raise StudyError(
            f"table 'cases': {n_missing} of {len(similarity)} test cases are missing; make the pairs again from the "
            "present cases"
        )
    tested = known.loc[similarity.index]
    frequency = tested["icd10"].map(known.loc[known.index.isin(training), "icd10"].value_counts()).fillna(0)
    columns = {
        "site": _grouped(tested["icd10"].map(sites.group_of_code, na_action="ignore"), sites.groups()),
        "sex": _grouped(tested["sex"], SEXES),
        "age": _grouped(_bands(tested["age"]), AGES),
        "diagnosis_year": _years(tested["diagnosis_year"]),
        "stage_group": _grouped(_main_stages(tested["stage_group"]), [*MAIN_STAGES, OTHER_STAGE]),
        "intent": _grouped(tested["intent"], INTENTS),
        "code": _grouped(_either(frequency < RARE, FREQUENCIES).where(tested["icd10"].notna()), FREQUENCIES),
        "near_duplicate": yes_or_no(similarity >= near_duplicate),
    }
    stated = {name: column for name, column in columns.items() if (column != NOT_STATED).any()}
    return pd.DataFrame(stated, index=similarity.index)


def yes_or_no(values: pd.Series) -> pd.Series:
    """Return the groups of a characteristic that a case has or has not."""
    return _grouped(_either(values, (YES, NO)), (NO, YES))


def _bands(ages: pd.Series) -> pd.Series:
    starts = [*AGES.values(), float("inf")]
    return pd.cut(ages.astype("float64"), starts, right=False, labels=list(AGES)).astype("object")


def _years(years: pd.Series) -> pd.Series:
    first = years.astype("Int64") // YEARS * YEARS
    names = {start: f"{start} to {start + YEARS - 1}" for start in sorted(set(first.dropna()))}
    return _grouped(first.map(names, na_action="ignore").astype("object"), names.values())


def _main_stages(stages: pd.Series) -> pd.Series:
    return stages.map(lambda text: main_stage(text) or OTHER_STAGE, na_action="ignore")


def _either(is_first: pd.Series, names: tuple[str, str]) -> pd.Series:
    return is_first.map({True: names[0], False: names[1]})


def _grouped(values: pd.Series, order: Iterable[str]) -> pd.Series:
    """Return the values as categories in this order, and what is missing as a group of its own, the last."""
    groups = pd.Categorical(values.astype("object").where(values.notna(), NOT_STATED), [*order, NOT_STATED])
    return pd.Series(groups, index=values.index)
