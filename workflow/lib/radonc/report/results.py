"""The result tables, laid out for the templates: arms side by side, whichever arms and models there are."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from radonc.data.schemas import NO_MODEL, NO_RUN, TASKS
from radonc.report import figures, small_cells, svg, words
from radonc.runtime.hashing import hash_text

DRAWN_METRICS = ("accuracy", "rouge1")
N_TOP_LABELS = 12
N_EXAMPLES = 2  # right ones, and wrong ones, per task
BLOCKS: dict[str, dict[str, tuple[str, ...]]] = {
    "regimen": {
        "Right, of the cases whose reference states it": (
            "full_match", "site", "site_group", "laterality", "dose", "fractions", "modality", "technique",
        ),
        "How far the dose is off, where both state one": ("eqd2_error_gy",),
        "The answer by itself": ("dose_found", "consistent", "plausible"),
    },
    "icd10": {
        "Right": ("full_code", "category", "site_group"),
        "Nearly right": ("only_side_wrong", "hierarchical_f", "hierarchical_precision", "hierarchical_recall"),
        "The answer by itself": (
            "standing_billable", "standing_subcategory", "standing_category", "standing_unknown",
        ),
    },
}  # fmt: skip
"""Task -> the parts of its table of components, and what stands in them."""

Row = Mapping[Hashable, Any]
"""One row of a table that passes between stages, by column."""
Cells = list[Row | None]
"""A row per column of a table; None where there is none."""


class Arm(NamedTuple):
    """What answered: an arm of a model."""

    model: str
    arm: str

    @property
    def name(self) -> str:
        """The arm's name for readers."""
        return words.arm_name(self.arm)


def by_task(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of each task, in the study's order."""
    return [(task, table[table["task"] == task]) for task in words.ordered(table["task"], TASKS)]


def arms_of(table: pd.DataFrame) -> list[Arm]:
    """Return the arms of a table: first those of no model, then by model; of each in the order of ``words.ARMS``."""
    order = words.ordered(table["arm"], words.ARMS)
    found = set(map(Arm, table["model"], table["arm"]))
    return sorted(found, key=lambda arm: (arm.model != NO_MODEL, arm.model, order.index(arm.arm)))


def rows_by_arm(table: pd.DataFrame, **values: Sequence[str]) -> list[tuple[Arm, Cells]]:
    """Return each arm with a cell per combination of these values of some columns."""
    found = {tuple(row[name] for name in ("model", "arm", *values)): row for row in table.to_dict("records")}
    keys = list(product(*values.values()))
    return [(arm, [found.get((*arm, *key)) for key in keys]) for arm in arms_of(table)]


def rows_across_arms(table: pd.DataFrame, column: str, values: Iterable[str]) -> list[tuple[str, Cells]]:
    """Return each of these values of a column with a cell per arm."""
    found = {(row[column], row["model"], row["arm"]): row for row in table.to_dict("records")}
    arms = arms_of(table)
    return [(value, [found.get((value, *arm)) for arm in arms]) for value in values]


def figures_of(table: pd.DataFrame, task: str, draw: Callable[..., str], prefix: str) -> list[Markup]:
    """Draw the metrics of one task that have a figure, for the page."""
    found = set(table.loc[table["task"] == task, "metric"])
    metrics = [metric for metric in DRAWN_METRICS if metric in found]
    return [svg.inline(draw(table, task, metric), f"{prefix}-{task}-{metric}") for metric in metrics]


def task_table(summary: pd.DataFrame, task: str) -> dict[str, Any]:
    """Lay out one task's rows of the SUMMARY table, but for the components of its answers: a row per metric.

    ``sizes`` are the arms' numbers of cases; ``intervals`` says which metrics' intervals were made by which method.
    """
    table = summary[(summary["task"] == task) & ~summary["metric"].isin(words.COMPONENTS)]
    metrics = words.ordered(table["metric"], words.METRICS)
    n_cases = table.groupby(["model", "arm"])["n"].max()
    sizes = [n_cases[arm] for arm in arms_of(table)]
    methods = {method: set(rows["metric"]) for method, rows in table.groupby("interval", sort=False)}
    return {
        "name": words.task_name(task),
        "n": words.number_range(sizes),
        "arms": arms_of(table),
        "sizes": sizes,
        "rows": [(words.metric_name(metric), cells) for metric, cells in rows_across_arms(table, "metric", metrics)],
        "intervals": [
            (method, [words.metric_name(metric) for metric in metrics if metric in found])
            for method, found in methods.items()
        ],
    }


def class_table(per_class: pd.DataFrame, task: str, smallest: int = small_cells.SMALLEST) -> dict[str, Any]:
    """Lay out one task's rows of the PER_CLASS table, most frequent labels first, without small cells.

    A row has a label, its number of cases, and a cell per arm. ``n_hidden`` labels have too few cases to publish, or so
    few that such a number could be worked out from them.
    """
    table = per_class[per_class["task"] == task]
    support = {str(label): int(n) for label, n in table.groupby("label")["support"].max().items()}
    labels = sorted(support, key=lambda label: (-support[label], label))
    marks = small_cells.suppress([support[label] for label in labels], smallest)
    published = [label for label, mark in zip(labels, marks, strict=True) if mark is None]
    rows = [(label, support[label], cells) for label, cells in rows_across_arms(table, "label", published)]
    return {
        "task": task,
        "name": words.task_name(task),
        "arms": arms_of(table),
        "rows": rows,
        "top": rows[:N_TOP_LABELS],
        "n_hidden": len(labels) - len(rows),
    }


def component_tables(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """Lay out what was right of each task's answers, from the publishable part of SUMMARY.

    ``blocks`` has the table's parts: a title, and rows of a component, its number of cases, and a cell per arm.
    """
    tables = []
    for task, rows in by_task(summary[summary["task"].isin(BLOCKS)]):
        blocks = {
            title: [
                (words.COMPONENTS[metric], _n_cases(cells), cells)
                for metric, cells in rows_across_arms(rows, "metric", metrics)
                if any(cells)
            ]
            for title, metrics in BLOCKS[task].items()
        }
        filled = [(title, cells) for title, cells in blocks.items() if cells]
        if filled:
            tables.append({"task": task, "name": words.task_name(task), "arms": arms_of(rows), "blocks": filled})
    return tables


def _n_cases(cells: Cells) -> str:
    sizes = [cell["n"] for cell in cells if cell]
    return small_cells.SUPPRESSED if small_cells.SUPPRESSED in sizes else words.number_range(sizes)


def coherence_table(summary: pd.DataFrame, coherence: pd.DataFrame, smallest: int) -> dict[str, Any] | None:
    """Lay out how answers of one arm agree: a column per pair of tasks, a row per arm; None where nothing is shown."""
    of_regimens = summary[(summary["task"] == "regimen") & (summary["metric"] == "accuracy")]
    table = small_cells.publishable_coherence(coherence, max(of_regimens["n"], default=0), smallest)
    pairs = words.ordered(table["metric"], words.COHERENCE)
    # As treated first: it is what the arms are measured by.
    rows = sorted(rows_by_arm(table, metric=pairs), key=lambda row: row[0].arm != "treated")
    return {"columns": [words.COHERENCE[pair] for pair in pairs], "rows": rows} if rows else None


def answer_modes_section(
    modes: pd.DataFrame, calibration: pd.DataFrame, bins: pd.DataFrame, *, run: str, smallest: int
) -> dict[str, Any]:
    """Return what the section on answer modes shows of the primary run; nothing where there is one mode.

    The tables are ANSWER_MODE_COMPARISONS, CALIBRATION and RELIABILITY; in those that are returned a row is an arm.
    """
    modes, calibration = small_cells.enough_cases(modes, smallest), small_cells.enough_cases(calibration, smallest)
    calibration = calibration[calibration["run"].isin([run, NO_RUN])]
    bins = bins[bins["run"].isin([run, NO_RUN]) & bins["task"].isin(calibration["task"])]
    return {
        "answer_modes": [_answer_modes(rows, task) for task, rows in by_task(modes)],
        "modes": words.ordered(modes["answer_mode"], words.ANSWER_MODES),
        "calibration": [_calibration(rows, task) for task, rows in by_task(calibration)],
        # Of the task with few labels: among hundreds of codes, bins say little.
        "reliability": _reliability_figures(bins[bins["task"] == "modality"], smallest),
    }


def _answer_modes(table: pd.DataFrame, task: str) -> dict[str, Any]:
    modes = words.ordered(table["answer_mode"], words.ANSWER_MODES)
    rows = rows_by_arm(table, answer_mode=modes, metric=words.ordered(table["metric"], words.METRICS))
    return {"task": task, "name": words.task_name(task), "columns": modes, "rows": rows}


def _calibration(table: pd.DataFrame, task: str) -> dict[str, Any]:
    metrics = words.ordered(table["metric"], words.METRICS)
    columns = [words.metric_name(metric) for metric in metrics]
    return {"name": words.task_name(task), "columns": columns, "rows": rows_by_arm(table, metric=metrics)}


def _reliability_figures(table: pd.DataFrame, smallest: int) -> list[Markup]:
    drawn = []
    for (model, task), rows in table.groupby(["model", "task"], sort=True):
        bins = figures.publishable_bins(rows, smallest)
        if len(bins):
            n_cases = int(rows.groupby("arm")["n"].sum().max())
            name = f"{words.model_name(str(model))}, {words.task_name(str(task))}"
            drawn.append(figures.reliability(bins, name, n_cases))
    return svg.inline_all(drawn, "reliability")


def runs_section(runs: pd.DataFrame, spread: pd.DataFrame) -> dict[str, Any]:
    """Return what the section on seeds and shares of the training set shows, from the tables RUNS and SPREAD.

    ``spread`` has per task the seeds, and per model and metric the value of every seed and their SPREAD row; ``shares``
    the learning curve of each task, as rows of RUNS by metric and as figures. Both are empty where there is one run.
    """
    curve = runs if (runs["share"] < 1).any() else runs.head(0)
    return {
        "spread": [_spread(runs[runs["task"] == task], rows, task) for task, rows in by_task(spread)],
        "shares": [
            (_shares(rows, task), figures_of(rows, task, figures.learning_curve, "learning"))
            for task, rows in by_task(curve)
        ],
    }


def _spread(runs: pd.DataFrame, table: pd.DataFrame, task: str) -> dict[str, Any]:
    full = runs[runs["share"] == 1]
    seeds = sorted(set(full["seed"]))
    values = {(row["model"], row["metric"], row["seed"]): row for row in full.to_dict("records")}
    rows = []
    for row in table.to_dict("records"):
        cells = [values.get((row["model"], row["metric"], seed)) for seed in seeds]
        rows.append((row["model"], words.metric_name(row["metric"]), cells, row))
    return {"name": words.task_name(task), "seeds": seeds, "rows": rows}


def _shares(rows: pd.DataFrame, task: str) -> dict[str, Any]:
    """Lay out one task's rows of RUNS: a row per model and run, the smallest training set first."""
    by_run: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows.sort_values(["model", "n_train", "seed"], kind="stable").to_dict("records"):
        by_run.setdefault((row["model"], row["run"]), {})[row["metric"]] = row
    several = rows["seed"].nunique() > 1
    return {"name": words.task_name(task), "several_seeds": several, "rows": list(by_run.values())}


def examples(scores: pd.DataFrame, pairs: pd.DataFrame, task: str, seed: int) -> list[dict[str, Any]]:
    """Choose the examples of one task: of the cases that the first tuned model answered rightly, and of the others.

    The choice depends on the seed and the cases' ids alone, so that nobody picks the pretty ones. Each has the prompt
    as the models saw it (from the task's PAIRS), the treated answer, and what every arm answered (rows of SCORES).
    """
    rows = scores[scores["task"] == task]
    arms = arms_of(rows)
    if not arms:
        return []
    judged = next((arm for arm in arms if arm.arm == "tuned"), arms[0])
    of_judged = rows[(rows["model"] == judged.model) & (rows["arm"] == judged.arm)]
    prompts = dict(zip(pairs["case_id"], pairs["prompt"], strict=True))
    chosen = []
    for is_right in (True, False):
        cases = of_judged.loc[(of_judged["exact_match"] == 1) == is_right, "case_id"]
        for case_id in sorted(cases, key=lambda case_id: hash_text(f"{seed} {task} {case_id}"))[:N_EXAMPLES]:
            answers = rows[rows["case_id"] == case_id].to_dict("records")
            by_arm = {(row["model"], row["arm"]): row for row in answers}
            chosen.append(
                {
                    "judged": f"{judged.model}, {judged.name}",
                    "is_right": is_right,
                    "prompt": prompts[case_id],
                    "reference": by_arm[judged]["reference"],
                    "answers": [by_arm[arm] for arm in arms if arm in by_arm],
                }
            )
    return chosen
