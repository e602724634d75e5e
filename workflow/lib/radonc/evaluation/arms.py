"""The arms of a study side by side: every arm of a task answers the same cases, each once."""

from collections.abc import Mapping

import pandas as pd

from radonc.data.schemas import NO_MODEL, NO_RUN
from radonc.evaluation.answers import FREE
from radonc.runtime.errors import StudyError

BASE, FEWSHOT, TUNED = "base", "fewshot", "tuned"
TREATED = "treated"
"""The arm of the references, of no model: the patient as treated and coded."""

Arm = tuple[str, str, str]
"""Task, model, arm."""


def primary(scores: pd.DataFrame, *, run: str, answer_modes: Mapping[str, str]) -> pd.DataFrame:
    """Return the scores on which the tables and tests rest: one run per adapter, one answer mode per task.

    Parameters
    ----------
    run
        The primary run: the first seed with the full training set.
    answer_modes
        Task -> its primary answer mode; a task that is not listed has ``free``, and so have arms of no model.

    Raises
    ------
    StudyError
        When an arm was not answered in the primary answer mode of its task.
    """
    return in_primary_mode(scores[scores["run"].isin([run, NO_RUN])], answer_modes)


def in_primary_mode(scores: pd.DataFrame, answer_modes: Mapping[str, str]) -> pd.DataFrame:
    """Return the scores of one answer mode per task, of all runs. See ``primary``."""
    wanted = scores["task"].map(lambda task: answer_modes.get(task, FREE)).where(scores["model"] != NO_MODEL, FREE)
    chosen = scores[scores["answer_mode"] == wanted]
    names = ["task", "model", "arm", "run"]
    lacking = pd.concat([scores[names].drop_duplicates(), chosen[names].drop_duplicates()]).drop_duplicates(keep=False)
    if len(lacking):
        task, model, arm = lacking.iloc[0][["task", "model", "arm"]]
        of_arm = (scores["task"] == task) & (scores["model"] == model) & (scores["arm"] == arm)
        modes = sorted(set(scores.loc[of_arm, "answer_mode"]))
        raise StudyError(
            f"config: predict.answer_modes.{task}: '{answer_modes.get(task, FREE)}', but model '{model}', arm '{arm}' "
            f"did not answer in this mode; its answers are {', '.join(modes)}: name one of these, or predict again"
        )
    return chosen.reset_index(drop=True)


def by_arm(table: pd.DataFrame) -> dict[Arm, pd.DataFrame]:
    """Divide a table of predictions or scores, of one run and answer mode, by task, model and arm.

    Keys are in order, and every part is in order of ``case_id``: row ``i`` is the same case in all arms of a task,
    whatever the order of the table's rows. Raise StudyError when an arm lacks a case that another arm of its task has,
    or has one twice: no arm may choose its cases.
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
