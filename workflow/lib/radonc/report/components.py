"""What was right of the answers, laid out for reading: components by arm, and how answers of one arm agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from radonc.report import publishing, results, words
from radonc.report.results import Arm, Row
from radonc.report.small_cells import WITHHELD

BLOCKS: dict[str, dict[str, tuple[str, ...]]] = {
    "regimen": {
        "Right, of the cases whose reference states it": (
            *("full_match", "site", "site_group", "laterality", "dose", "fractions", "modality", "technique"),
        ),
        "How far the dose is off, where both state one": ("eqd2_error_gy",),
        "The answer by itself": ("dose_found", "consistent", "plausible"),
    },
    "icd10": {
        "Right": ("full_code", "category", "site_group"),
        "Nearly right": ("only_side_wrong", "hierarchical_f", "hierarchical_precision", "hierarchical_recall"),
        "The answer by itself": (
            *("standing_billable", "standing_subcategory", "standing_category", "standing_unknown"),
        ),
    },
}
"""Task -> the parts of its table, and what stands in them."""


@dataclass(frozen=True)
class ComponentTable:
    """One task's components: per part its name, and rows of a name, the number of cases, and a cell per arm."""

    task: str
    name: str
    arms: tuple[Arm, ...]
    blocks: tuple[tuple[str, tuple[tuple[str, str, tuple[Row | None, ...]], ...]], ...]


@dataclass(frozen=True)
class Coherence:
    """How answers of one arm agree: the compared pairs' names, and a row per arm with a cell for each."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Arm, tuple[Row | None, ...]], ...]


def section(summary: pd.DataFrame, coherence: pd.DataFrame, smallest: int) -> dict[str, Any]:
    """Return what the section on components shows; nothing where nothing was judged.

    Parameters
    ----------
    summary
        The publishable part of SUMMARY.
    coherence
        The table COHERENCE.
    smallest
        The smallest number of cases that is published.
    """
    of_regimens = summary[(summary["task"] == "regimen") & (summary["metric"] == "accuracy")]
    return {
        "components": [_table(summary, task) for task in results.tasks_of(summary) if task in BLOCKS],
        "coherence": _coherence(publishing.coherence(coherence, max(of_regimens["n"], default=0), smallest)),
    }


def _table(summary: pd.DataFrame, task: str) -> ComponentTable:
    records = [row for row in results.rows_of(summary) if row["task"] == task]
    arms = tuple(results.arms_of(records))
    found = {(row["metric"], Arm(row["model"], row["arm"])): row for row in records}
    blocks = []
    for title, metrics in BLOCKS[task].items():
        rows = [(metric, tuple(found.get((metric, arm)) for arm in arms)) for metric in metrics]
        filled = tuple((words.COMPONENTS[metric], _sizes(cells), cells) for metric, cells in rows if any(cells))
        blocks += [(title, filled)] if filled else []
    return ComponentTable(task, words.name_of(task, words.TASKS), arms, tuple(blocks))


def _sizes(cells: tuple[Row | None, ...]) -> str:
    sizes = [cell["n"] for cell in cells if cell]
    return WITHHELD if WITHHELD in sizes else words.span(sizes)


def _coherence(table: pd.DataFrame) -> Coherence | None:
    records = results.rows_of(table)
    found = {(row["metric"], Arm(row["model"], row["arm"])): row for row in records}
    pairs = words.ordered((row["metric"] for row in records), words.COHERENCE)
    # As treated first: it is the yardstick.
    arms = sorted(results.arms_of(records), key=lambda arm: arm.arm != "treated")
    rows = tuple((arm, tuple(found.get((pair, arm)) for pair in pairs)) for arm in arms)
    return Coherence(tuple(words.COHERENCE[pair] for pair in pairs), rows) if rows else None
