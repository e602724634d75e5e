"""Labels in doubt: those that a consistency check flags, and those that a second answer by people disputes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from radonc.data.checks import CHECKS
from radonc.data.outcomes import DOUBTS, LABEL_NOISE
from radonc.runtime.errors import StudyError
from radonc.statistics.estimates import rate


def doubts(cases: pd.DataFrame, candidates: pd.DataFrame, given: pd.DataFrame, tasks: Sequence[str]) -> pd.DataFrame:
    """Tell which labels are in doubt, and why.

    A label is *flagged* if a check that concerns its task flags the case (``checks.CHECKS``), unless people gave the
    label: they saw the flag. It is *disputed* if the rules settled it, people answered the question nevertheless, and
    their answer is another one, case aside, or ``exclude``. What they imply by the number of a plan is no answer of
    theirs to the other question.

    Parameters
    ----------
    cases, candidates
        By the schemas of these names.
    given
        The answers of people, as ``annotation.collect`` returns them. Two of them never differ: ``collect`` refuses it.
    tasks
        The study's tasks.

    Returns
    -------
    DataFrame
        Rows of ``DOUBTS``, one per case and task.
    """
    unsettled = candidates.set_index("case_id").reindex(cases["case_id"])
    flags = cases["flags"].fillna("").str.split(";").map(set)
    rows = []
    for task in tasks:
        by_rules = unsettled[f"unsettled_{task}"].isna().to_numpy()
        concerned = {check.code for check in CHECKS if task in check.tasks}
        told = given[(given["task"] == task) & ~given["implied"]]
        answers = told.set_index("case_id")["answer"].reindex(cases["case_id"])
        second = answers.notna().to_numpy() & by_rules
        differs = answers.str.casefold().to_numpy() != cases[task].str.casefold().to_numpy()
        flagged = flags.map(lambda found, codes=concerned: bool(found & codes)).to_numpy() & by_rules
        found = {"flagged": flagged, "second": second, "disputed": second & differs}
        rows.append(pd.DataFrame({"case_id": cases["case_id"].to_numpy(), "task": task, **found}))
    return pd.concat(rows, ignore_index=True)[list(DOUBTS.columns)]


def in_doubt(table: pd.DataFrame, task: str, tested: pd.Index) -> pd.Series:
    """Return whether the labels of a task's test cases are in doubt: flagged, or disputed.

    Parameters
    ----------
    table
        Rows of ``DOUBTS``.
    tested
        The test cases, in the order of what is returned.

    Raises
    ------
    StudyError
        When the table lacks one of the cases.
    """
    found = _of(table, task, tested)
    return found["flagged"] | found["disputed"]


def measure(table: pd.DataFrame, tested: pd.Index, *, confidence: float) -> pd.DataFrame:
    """Return the shares of the test labels that are in doubt, with Wilson's intervals.

    Parameters
    ----------
    table
        Rows of ``DOUBTS``.
    tested
        The test cases.

    Returns
    -------
    DataFrame
        Rows of ``LABEL_NOISE`` in order of task: ``flagged``, of all labels; ``disputed``, of those that people
        answered besides (no row where there are none); ``in_doubt``, either of them, of all labels.

    Raises
    ------
    StudyError
        When the table lacks one of the cases.
    """
    rows: list[dict[str, Any]] = []
    for task in sorted(set(table["task"])):
        found = _of(table, task, tested)
        counts = {
            "flagged": (found["flagged"], len(found)),
            "disputed": (found["disputed"], int(found["second"].sum())),
            "in_doubt": (found["flagged"] | found["disputed"], len(found)),
        }
        rows += [{"task": task, **rate(name, int(hit.sum()), n, confidence)} for name, (hit, n) in counts.items() if n]
    return pd.DataFrame(rows, columns=list(LABEL_NOISE.columns))


def _of(table: pd.DataFrame, task: str, cases: pd.Index) -> pd.DataFrame:
    known = table[table["task"] == task].set_index("case_id")
    if n_missing := int((~cases.isin(known.index)).sum()):
        raise StudyError(
            f"table 'doubts': {n_missing} of {len(cases)} test cases of '{task}' are missing; make the pairs again "
            "from the present cases"
        )
    return known.loc[cases]
