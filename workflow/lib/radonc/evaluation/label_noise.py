"""How many of the test labels are in doubt."""

from __future__ import annotations

from typing import Any

import pandas as pd

from radonc.data.outcomes import LABEL_NOISE
from radonc.runtime.errors import StudyError
from radonc.statistics.estimates import rate


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
