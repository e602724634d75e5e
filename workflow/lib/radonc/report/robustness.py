"""Whether the answer holds everywhere: subgroups, near duplicates, labels in doubt, laid out for reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from radonc.report import forest, results, small_cells, svg, words
from radonc.report.results import Arm, Row
from radonc.report.subgroups import forests

SUBSETS = {
    "near_duplicate": {"no": "Without a near duplicate", "yes": "With a near duplicate"},
    "label": {"no": "Label not in doubt", "yes": "Label in doubt"},
}
DOUBTS = {
    "flagged": "Flagged by a consistency check",
    "disputed": "Disputed by a second answer",
    "in_doubt": "In doubt, by either",
}


@dataclass(frozen=True)
class Subsets:
    """All test cases of a task beside the two parts of them: a number or mark per part, and a row per arm.

    A row has accuracy and ROUGE-1 of all cases and of each part, None where the part may not be published.
    """

    name: str
    columns: tuple[tuple[str, int | str], ...]
    rows: tuple[tuple[Arm, tuple[Row | None, ...]], ...]

    @property
    def is_divided(self) -> bool:
        """Whether both parts have cases."""
        return all(n != 0 for _, n in self.columns)


def section(
    subgroups: pd.DataFrame,
    subsets: pd.DataFrame,
    label_noise: pd.DataFrame,
    per_class: pd.DataFrame,
    *,
    smallest: int,
) -> dict[str, Any]:
    """Return what the section on robustness shows; nothing where no task has enough cases.

    Parameters
    ----------
    subgroups, subsets, label_noise, per_class
        The tables of these names.
    smallest
        The smallest number of cases that is published.
    """
    laid_out = forests(subgroups, per_class, smallest)
    tasks = results.tasks_of(subsets)
    return {
        "forests": laid_out,
        "forest_figures": [
            svg.in_page(forest.draw(found), f"forest-{number}") for number, found in enumerate(laid_out)
        ],
        "near_duplicates": _of_tasks(subsets, tasks, "near_duplicate", smallest),
        "labels_in_doubt": _of_tasks(subsets, tasks, "label", smallest),
        "label_noise": [
            (words.name_of(task, words.TASKS), _noise(label_noise[label_noise["task"] == task], smallest))
            for task in results.tasks_of(label_noise[label_noise["n"] >= smallest])
        ],
        "any_second": bool((label_noise["n"] >= smallest)[label_noise["metric"] == "disputed"].any()),
    }


def _of_tasks(table: pd.DataFrame, tasks: list[str], characteristic: str, smallest: int) -> list[Subsets]:
    laid_out = [_subsets(table[table["task"] == task], task, characteristic, smallest) for task in tasks]
    return [found for found in laid_out if found is not None]


def _subsets(rows: pd.DataFrame, task: str, characteristic: str, smallest: int) -> Subsets | None:
    records = results.rows_of(rows[rows["characteristic"].isin(["all", characteristic])])
    n_cases = {row["group"]: int(row["n"]) for row in records}
    if n_cases["all"] < smallest:
        return None
    names = SUBSETS[characteristic]
    numbers = [n_cases.get(group, 0) for group in names]
    marks = dict(zip(names, small_cells.suppress(numbers, smallest), strict=True))
    columns = (
        ("All", n_cases["all"]),
        *((names[group], marks[group] or n) for group, n in zip(names, numbers, strict=True)),
    )
    found = {(Arm(row["model"], row["arm"]), row["group"], row["metric"]): row for row in records}
    cells = [
        (group, metric)
        for group in ("all", *names)
        for metric in words.ordered((row["metric"] for row in records), words.METRICS)
    ]
    return Subsets(
        words.name_of(task, words.TASKS),
        columns,
        tuple(
            (arm, tuple(None if marks.get(group) else found.get((arm, group, metric)) for group, metric in cells))
            for arm in results.arms_of(records)
        ),
    )


def _noise(rows: pd.DataFrame, smallest: int) -> list[tuple[str, Row, str | None]]:
    """Lay out the doubts about one task's labels: name, row, and the mark in the place of a share that stays here.

    Flagged labels and disputed ones are shown if none of the numbers that follow from both is small: of those that are
    flagged alone, disputed alone, and both; nor that of the labels on which people agree. Where people answered nothing
    besides, the flagged labels are all that are in doubt.
    """
    records = {row["metric"]: row for row in results.rows_of(rows)}
    counts = {metric: round(row["value"] * row["n"]) for metric, row in records.items()}
    n, doubted = records["in_doubt"]["n"], counts["in_doubt"]
    flagged, disputed = counts["flagged"], counts.get("disputed", 0)
    both = flagged + disputed - doubted
    parts = small_cells.suppress([flagged - both, disputed - both, both, n - doubted], smallest)
    agreed = records["disputed"]["n"] - disputed if "disputed" in records else 0
    hidden = {
        "flagged": any(parts),
        "disputed": any(parts) or small_cells.is_small(agreed, smallest),
        "in_doubt": any(small_cells.suppress([doubted, n - doubted], smallest)),
    }
    return [
        (name, records[metric], _mark(counts[metric], smallest) if hidden[metric] else None)
        for metric, name in DOUBTS.items()
        if metric in records and records[metric]["n"] >= smallest and (metric == "flagged" or "disputed" in records)
    ]


def _mark(n: int, smallest: int) -> str:
    return small_cells.mark(smallest) if small_cells.is_small(n, smallest) else small_cells.WITHHELD
