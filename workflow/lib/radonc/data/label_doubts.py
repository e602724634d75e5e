"""Labels in doubt: those that a consistency check flags, and those that a second answer by people disputes."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from radonc.data.checks import CHECKS
from radonc.data.outcomes import DOUBTS


def find(cases: pd.DataFrame, candidates: pd.DataFrame, answers: pd.DataFrame, tasks: Iterable[str]) -> pd.DataFrame:
    """Find which labels are in doubt, and why.

    A label is *flagged* if a check that concerns its task flags the case (``checks.CHECKS``), unless people gave the
    label: they saw the flag. It is *disputed* if the rules resolved it, people answered the question nevertheless, and
    their answer is another one, case aside, or ``exclude``. What they imply by the number of a plan is no answer of
    theirs to the other question.

    Parameters
    ----------
    cases, candidates
        By the schemas of these names.
    answers
        The answers of people, as ``annotation.collect`` returns them. Two of them never differ: ``collect`` refuses it.
    tasks
        The study's tasks.

    Returns
    -------
    DataFrame
        Rows of ``DOUBTS``, one per case and task.
    """
    unresolved = candidates.set_index("case_id").reindex(cases["case_id"])
    flags = cases["flags"].fillna("").str.split(";").map(set)
    rows = []
    for task in tasks:
        by_rules = unresolved[f"unresolved_{task}"].isna().to_numpy()
        concerned = {check.code for check in CHECKS if task in check.tasks}
        direct = answers[(answers["task"] == task) & ~answers["implied"]]
        second_answers = direct.set_index("case_id")["answer"].reindex(cases["case_id"])
        second = second_answers.notna().to_numpy() & by_rules
        differs = second_answers.str.casefold().to_numpy() != cases[task].str.casefold().to_numpy()
        flagged = flags.map(lambda found, codes=concerned: bool(found & codes)).to_numpy() & by_rules
        found = {"flagged": flagged, "second": second, "disputed": second & differs}
        rows.append(pd.DataFrame({"case_id": cases["case_id"].to_numpy(), "task": task, **found}))
    return pd.concat(rows, ignore_index=True)[list(DOUBTS.columns)]
