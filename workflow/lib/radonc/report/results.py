"""The result tables, laid out for reading: arms side by side, whichever arms and models there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from radonc.data.schemas import NO_MODEL, TASKS
from radonc.report import small_cells, words

N_TOP_LABELS = 12

Row = Mapping[str, Any]
"""One row of a table that passes between stages, by column."""


@dataclass(frozen=True)
class Arm:
    """What answered: an arm of a model."""

    model: str
    arm: str

    @property
    def name(self) -> str:
        """The arm's name for readers."""
        return words.name_of(self.arm, words.ARMS)


@dataclass(frozen=True)
class TaskTable:
    """All metrics of one task: a row per metric, a cell per arm (None where the arm has no such metric).

    ``intervals`` says which metrics' intervals were made by which method.
    """

    task: str
    name: str
    arms: tuple[Arm, ...]
    sizes: tuple[int, ...]
    rows: tuple[tuple[str, tuple[Row | None, ...]], ...]
    intervals: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def n(self) -> str:
        """The number of test cases."""
        return words.span(self.sizes)


@dataclass(frozen=True)
class ClassTable:
    """Precision, recall and F1 of one task's labels: a row per published label, a cell per arm.

    ``n_hidden`` labels have too few cases to publish, or so few that such a number could be worked out from them.
    """

    task: str
    name: str
    arms: tuple[Arm, ...]
    rows: tuple[tuple[str, int, tuple[Row | None, ...]], ...]
    n_hidden: int

    @property
    def top(self) -> tuple[tuple[str, int, tuple[Row | None, ...]], ...]:
        """The rows of the most frequent labels."""
        return self.rows[:N_TOP_LABELS]


def tasks_of(*tables: pd.DataFrame) -> list[str]:
    """Return the tasks that stand in these tables, in the study's order."""
    return words.ordered((task for table in tables for task in table["task"]), TASKS)


def task_table(summary: pd.DataFrame, task: str) -> TaskTable:
    """Lay out one task's rows of the SUMMARY table, but for the components of its answers."""
    records = [row for row in rows_of(summary) if row["task"] == task and row["metric"] not in words.COMPONENTS]
    arms = arms_of(records)
    found = {(row["metric"], Arm(row["model"], row["arm"])): row for row in records}
    metrics = words.ordered((row["metric"] for row in records), words.METRICS)
    methods = list(dict.fromkeys(row["interval"] for row in records))
    return TaskTable(
        task=task,
        name=words.name_of(task, words.TASKS),
        arms=tuple(arms),
        sizes=tuple(max(row["n"] for row in records if Arm(row["model"], row["arm"]) == arm) for arm in arms),
        rows=tuple(
            (words.name_of(metric, words.METRICS), tuple(found.get((metric, arm)) for arm in arms))
            for metric in metrics
        ),
        intervals=tuple(
            (method, tuple(words.name_of(m, words.METRICS) for m in metrics if _has(records, m, method)))
            for method in methods
        ),
    )


def class_table(per_class: pd.DataFrame, task: str, smallest: int = small_cells.SMALLEST) -> ClassTable:
    """Lay out one task's rows of the PER_CLASS table, most frequent labels first, without small cells."""
    records = [row for row in rows_of(per_class) if row["task"] == task]
    arms = arms_of(records)
    found = {(row["label"], Arm(row["model"], row["arm"])): row for row in records}
    support: dict[str, int] = {}
    for row in records:
        support[row["label"]] = max(row["support"], support.get(row["label"], 0))
    labels = sorted(support, key=lambda label: (-support[label], label))
    marks = small_cells.suppress([support[label] for label in labels], smallest)
    published = [label for label, mark in zip(labels, marks, strict=True) if mark is None]
    return ClassTable(
        task=task,
        name=words.name_of(task, words.TASKS),
        arms=tuple(arms),
        rows=tuple((label, support[label], tuple(found.get((label, arm)) for arm in arms)) for label in published),
        n_hidden=len(labels) - len(published),
    )


def arms_of(records: Sequence[Row]) -> list[Arm]:
    """Return the arms of some rows: first those of no model, then by model; of each in the order of ``words.ARMS``."""
    found = dict.fromkeys(Arm(row["model"], row["arm"]) for row in records)
    order = words.ordered((arm.arm for arm in found), words.ARMS)
    return sorted(found, key=lambda arm: (arm.model != NO_MODEL, arm.model, order.index(arm.arm)))


def by_model(arms: Sequence[Arm]) -> list[tuple[str, list[Arm]]]:
    """Return the arms of each model, for a table's head."""
    return [(model, list(group)) for model, group in groupby(arms, key=lambda arm: arm.model)]


def _has(records: Sequence[Row], metric: str, method: str) -> bool:
    return any(row["metric"] == metric and row["interval"] == method for row in records)


def rows_of(table: pd.DataFrame) -> list[Row]:
    """Return the rows of a table."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
