"""The arms of a study side by side: every arm of a task answers the same cases, each once."""

from __future__ import annotations

import pandas as pd

from radonc.run.errors import StudyError

NO_MODEL = "-"
"""Stands in the column ``model`` of what no model answered; no configured model can have this name."""

Arm = tuple[str, str, str]
"""Task, model, arm."""


def by_arm(table: pd.DataFrame) -> dict[Arm, pd.DataFrame]:
    """Divide a table of predictions or scores by task, model and arm.

    Returns
    -------
    dict
        Keys in order; every part in order of ``case_id``. Row ``i`` is the same case in all arms of a task,
        whatever the order of the table's rows.

    Raises
    ------
    StudyError
        When an arm lacks a case that another arm of its task has, or has one twice. No arm may choose its cases.
    """
    parts: dict[Arm, pd.DataFrame] = {}
    cases = {str(task): set(rows["case_id"]) for task, rows in table.groupby("task")}
    for key, rows in table.groupby(["task", "model", "arm"], sort=True):
        task, model, arm = map(str, key)
        n_twice = int(rows["case_id"].duplicated().sum())
        n_missing = len(cases[task] - set(rows["case_id"]))
        if n_twice or n_missing:
            raise StudyError(
                f"task '{task}', model '{model}', arm '{arm}': {n_missing} of {len(cases[task])} cases are missing and "
                f"{n_twice} stand twice; every arm of a task must answer the same cases, each once: make this arm's "
                "predictions again from the present pairs"
            )
        parts[task, model, arm] = rows.sort_values("case_id", ignore_index=True)
    return parts
