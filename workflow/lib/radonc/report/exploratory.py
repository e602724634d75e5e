"""What stands beside the tables and tests, laid out for reading: answer modes, label probabilities, runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from radonc.data.schemas import NO_RUN
from radonc.report import learning_curve, publishing, reliability, results, svg, words
from radonc.report.results import Arm, Row

DRAWN_METRICS = ("accuracy", "rouge1")


@dataclass(frozen=True)
class Grid:
    """A table of one task: its columns, and per arm or run a name and a cell per column (None: there is none)."""

    task: str
    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Arm, tuple[Row | None, ...]], ...]


@dataclass(frozen=True)
class Spread:
    """The seeds of one task: per model and metric the value of every seed, and their SPREAD row."""

    name: str
    seeds: tuple[int, ...]
    rows: tuple[tuple[str, str, tuple[Row | None, ...], Row], ...]


@dataclass(frozen=True)
class Shares:
    """The learning curve of one task: per run its RUNS rows by metric."""

    name: str
    several_seeds: bool
    rows: tuple[dict[str, Row], ...]


def ways_section(
    modes: pd.DataFrame, calibration: pd.DataFrame, bins: pd.DataFrame, *, run: str, smallest: int
) -> dict[str, Any]:
    """Return what the section on answer modes shows; nothing where there is one mode.

    Parameters
    ----------
    modes, calibration, bins
        The tables ANSWER_MODE_COMPARISONS, CALIBRATION and RELIABILITY.
    run
        The primary run.
    smallest
        The smallest number of cases that is published.
    """
    modes, calibration = publishing.enough(modes, smallest), publishing.enough(calibration, smallest)
    calibration = calibration[calibration["run"].isin([run, NO_RUN])]
    bins = bins[bins["run"].isin([run, NO_RUN]) & bins["task"].isin(calibration["task"])]
    return {
        "answer_modes": [_answer_modes(modes, task) for task in results.tasks_of(modes)],
        "modes_explained": {
            mode: words.ANSWER_MODES_EXPLAINED[mode] for mode in words.ordered(modes["answer_mode"], words.ANSWER_MODES)
        },
        "calibration": [_calibration(calibration, task) for task in results.tasks_of(calibration)],
        # Of the task with few labels: among hundreds of codes, bins say little.
        "reliability": _reliability_figures(bins[bins["task"] == "modality"], smallest),
    }


def runs_section(runs: pd.DataFrame, spread: pd.DataFrame) -> dict[str, Any]:
    """Return what the section on seeds and shares of the training set shows; nothing where there is one run.

    Parameters
    ----------
    runs, spread
        The tables RUNS and SPREAD.
    """
    curve = runs if (runs["share"] < 1).any() else runs.head(0)
    return {
        "spread": [_spread(runs, spread, task) for task in results.tasks_of(spread)],
        "shares": [
            (
                _shares(curve, task),
                [
                    svg.in_page(learning_curve.draw(curve, task, metric), f"learning-{task}-{metric}")
                    for metric in DRAWN_METRICS
                ],
            )
            for task in results.tasks_of(curve)
        ],
    }


def _reliability_figures(table: pd.DataFrame, smallest: int) -> list[Markup]:
    drawn: list[Markup] = []
    for (model, task), rows in table.groupby(["model", "task"], sort=True):
        bins = reliability.publishable(rows, smallest)
        if len(bins):
            n_cases = int(rows.groupby("arm")["n"].sum().max())
            name = f"{words.model_name(str(model))}, {words.name_of(str(task), words.TASKS)}"
            drawn.append(svg.in_page(reliability.draw(bins, name, n_cases), f"reliability-{len(drawn)}"))
    return drawn


def _answer_modes(table: pd.DataFrame, task: str) -> Grid:
    """Lay out one task's rows of ANSWER_MODE_COMPARISONS: a row per arm, a column per mode and metric."""
    records = [row for row in results.rows_of(table) if row["task"] == task]
    found = {(Arm(row["model"], row["arm"]), row["answer_mode"], row["metric"]): row for row in records}
    columns = [
        (mode, metric)
        for mode in words.ordered((row["answer_mode"] for row in records), words.ANSWER_MODES)
        for metric in words.ordered((row["metric"] for row in records), words.METRICS)
    ]
    return Grid(
        task,
        words.name_of(task, words.TASKS),
        tuple(dict.fromkeys(mode for mode, _ in columns)),
        tuple((arm, tuple(found.get((arm, *column)) for column in columns)) for arm in results.arms_of(records)),
    )


def _calibration(table: pd.DataFrame, task: str) -> Grid:
    """Lay out one task's rows of CALIBRATION, of one run: a row per arm, a column per measure."""
    records = [row for row in results.rows_of(table) if row["task"] == task]
    found = {(Arm(row["model"], row["arm"]), row["metric"]): row for row in records}
    metrics = words.ordered((row["metric"] for row in records), words.METRICS)
    return Grid(
        task,
        words.name_of(task, words.TASKS),
        tuple(words.name_of(metric, words.METRICS) for metric in metrics),
        tuple((arm, tuple(found.get((arm, metric)) for metric in metrics)) for arm in results.arms_of(records)),
    )


def _spread(runs: pd.DataFrame, table: pd.DataFrame, task: str) -> Spread:
    """Lay out one task's rows of SPREAD, with the seeds' own values from RUNS."""
    full = runs[(runs["task"] == task) & (runs["share"] == 1)]
    seeds = tuple(sorted(set(full["seed"])))
    values = {(row["model"], row["metric"], row["seed"]): row for row in results.rows_of(full)}
    return Spread(
        words.name_of(task, words.TASKS),
        seeds,
        tuple(
            (
                str(row["model"]),
                words.name_of(row["metric"], words.METRICS),
                tuple(values.get((row["model"], row["metric"], seed)) for seed in seeds),
                row,
            )
            for row in results.rows_of(table[table["task"] == task])
        ),
    )


def _shares(runs: pd.DataFrame, task: str) -> Shares:
    """Lay out one task's rows of RUNS: a row per model and run, the smallest training set first."""
    by_run: dict[tuple[str, str], dict[str, Row]] = {}
    of_task = runs[runs["task"] == task].sort_values(["model", "n_train", "seed"], kind="stable")
    for row in results.rows_of(of_task):
        by_run.setdefault((row["model"], row["run"]), {})[row["metric"]] = row
    return Shares(words.name_of(task, words.TASKS), of_task["seed"].nunique() > 1, tuple(by_run.values()))
