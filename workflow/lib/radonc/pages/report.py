"""The study's report: one HTML page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from radonc.pages import (
    cohort_figures,
    cohort_table,
    confusion,
    examples,
    figures,
    findings,
    flow,
    markup,
    page,
    publishing,
    results,
    small_cells,
    svg,
    words,
)

MAX_CONFUSED_LABELS = 8
"""A confusion matrix of more labels than this cannot be read."""
DRAWN_METRICS = ("accuracy", "rouge1")


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that the report tells. Tables follow the schemas of ``radonc.data.schemas`` and may have no rows."""

    title: str
    synthetic: bool
    """The records were made by the workflow, not by a clinic."""
    confidence: float
    """The level of all intervals, such as 0.95."""
    seed: int
    """Of the choice of examples."""
    smallest: int
    """The smallest number of people that is published."""
    examples: bool
    """Show some cases verbatim, with what every arm answered."""
    flow: Mapping[str, Any]
    cases: pd.DataFrame
    audit: Mapping[str, Any]
    """What de-identification found and closed, as it reports it."""
    curves: Mapping[tuple[str, str], pd.DataFrame]
    """(model, task) -> CURVE."""
    manifests: Mapping[tuple[str, str], Mapping[str, Any]]
    """(model, task) -> how the adapter was made."""
    lengths: Mapping[tuple[str, str], Mapping[str, Any]]
    """(model, task) -> split -> how many tokens prompts and completions take."""
    scores: pd.DataFrame
    summary: pd.DataFrame
    per_class: pd.DataFrame
    comparisons: pd.DataFrame
    pairs: Mapping[str, pd.DataFrame]
    """Task -> PAIRS; only the examples' prompts are shown."""
    ratings: Mapping[str, Any]
    """As ``radonc.evidence.ratings.summarise_ratings`` gives them."""
    outstanding: Mapping[str, int]
    """Task -> answers that await annotation."""
    provenance: Mapping[str, Any]
    """Versions, digests and seeds."""


def render(inputs: Report) -> str:
    """Render the report.

    Returns
    -------
    str
        An HTML document. The same inputs give the same bytes. Every number of a table stands in a ``data-value`` with
        all its digits.

    Raises
    ------
    StudyError
        When the cohort's flow does not add up.
    """
    environment = page.environment(
        {
            "p_value": markup.p_value,
            "p_phrase": words.p_phrase,
            "mid_sentence": words.mid_sentence,
        },
        {
            "model_name": lambda model: "no model" if model == results.NO_MODEL else model,
            "sentence_case": words.sentence_case,
            "task_name": lambda task: words.name_of(task, words.TASKS),
            "arm_name": lambda arm: words.name_of(arm, words.ARMS),
            "metric_name": lambda metric: words.name_of(metric, words.METRICS),
            "label_name": lambda label, task: words.code_name(label) if task == "icd10" else label,
        },
    )
    return environment.get_template("report.html.j2").render(**_context(inputs))


def _context(inputs: Report) -> dict[str, Any]:
    smallest = inputs.smallest
    summary = publishing.enough(inputs.summary, smallest)
    comparisons = publishing.comparisons(inputs.comparisons, smallest)
    tasks = results.tasks_of(summary)
    cohort = cohort_table.describe(inputs.cases, smallest)
    # By task, so that the models stand side by side.
    order = words.ordered(sorted(task for _, task in inputs.curves), words.TASKS)
    runs = sorted(inputs.curves, key=lambda key: (order.index(key[1]), key[0]))
    return {
        "report": inputs,
        "lengths": _length_rows(inputs.lengths, smallest),
        "manifests": {run: _manifest(manifest, smallest) for run, manifest in inputs.manifests.items()},
        "level": words.decimal(100 * inputs.confidence, 0),
        "headline": findings.headline(comparisons),
        "findings": findings.by_task(comparisons, summary),
        "limits": findings.limits(synthetic=inputs.synthetic, ratings=inputs.ratings),
        "outstanding": findings.outstanding(inputs.outstanding, inputs.ratings, smallest),
        "ratings": [_of_enough(row, row["n_cases"], smallest) for row in inputs.ratings.get("arms", [])],
        "agreement": [_of_enough(row, row["n"], smallest) for row in inputs.ratings.get("agreement", [])],
        "flow": flow.publish(inputs.flow, smallest),
        "flow_figure": _inline(flow.draw_flow(inputs.flow, smallest), "flow"),
        "doubts": _doubts(inputs.flow, smallest),
        "cohort": cohort,
        "cohort_figures": _cohort_figures(inputs.cases, cohort, smallest),
        "small_cells_note": small_cells.note(smallest),
        "runs": [_run(key, inputs.curves[key]) for key in runs],
        "curves": [
            _inline(figures.training_curve(inputs.curves[key], _run_name(key)), f"curve-{number}")
            for number, key in enumerate(runs)
        ],
        "tasks": [(results.task_table(summary, task), _score_figures(summary, task)) for task in tasks],
        "too_few": [words.name_of(task, words.TASKS) for task in results.tasks_of(inputs.summary) if task not in tasks],
        "comparisons": [
            (task, results.rows_of(comparisons[comparisons["task"] == task])) for task in results.tasks_of(comparisons)
        ],
        "classes": [
            (results.class_table(inputs.per_class, task, smallest), _confusion_figures(inputs.scores, task, smallest))
            for task in results.tasks_of(inputs.per_class)
            if task in tasks
        ],
        "examples": [
            (words.name_of(task, words.TASKS), examples.choose(inputs.scores, inputs.pairs[task], task, inputs.seed))
            for task in (results.tasks_of(inputs.scores) if inputs.examples else [])
        ],
    }


def _length_rows(lengths: Mapping[tuple[str, str], Mapping[str, Any]], smallest: int) -> list[dict[str, Any]]:
    """Return one row per model, task and split of enough cases."""
    return [
        {"model": model, "task": words.name_of(task, words.TASKS), "split": split}
        | {f"{part}, {name}": n for part in ("prompt", "completion") for name, n in counts[part].items()}
        for (model, task), splits in lengths.items()
        for split, counts in splits.items()
        if counts["n"] >= smallest
    ]


def _doubts(counted: Mapping[str, Any], smallest: int) -> list[tuple[str, list[cohort_table.Cell]]]:
    """Return the cases by confidence of their primary plan, and those that a check flagged (one case, many flags)."""
    confidence = counted.get("confidence", {})
    flagged = [(flag["label"], flag["cases"]) for flag in counted.get("flags", [])]
    return [
        (
            "Primary plan chosen",
            list(cohort_table.cells([*map(words.sentence_case, confidence)], [*confidence.values()], smallest)),
        ),
        (
            "Flagged by a consistency check",
            [cohort_table.cells([label, "others"], [n, counted["kept"] - n], smallest)[0] for label, n in flagged],
        ),
    ]


def _manifest(manifest: Mapping[str, Any], smallest: int) -> Mapping[str, Any]:
    """Return a manifest, its numbers of cases hidden where one is small: their sum follows from those of the cohort."""
    sizes = {name: n for name, n in manifest.items() if name in ("n_train", "n_validation")}
    marks = small_cells.suppress(list(sizes.values()), smallest)
    return {**manifest, **{name: mark for name, mark in zip(sizes, marks, strict=True) if mark}}


def _of_enough(row: Mapping[str, Any], n: int, smallest: int) -> Mapping[str, Any] | None:
    """Return a row of rates, or None where they are of too few cases."""
    return row if n >= smallest else None


def _cohort_figures(cases: pd.DataFrame, table: cohort_table.CohortTable, smallest: int) -> list[Markup]:
    if table.n < smallest:
        return []
    drawn = (
        cohort_figures.ages_by_sex(cases, table.cells("sex"), smallest),
        cohort_figures.shares(table.cells("icd10"), "Diagnoses, by ICD-10-CM category"),
        cohort_figures.shares(table.cells("modality"), "Modality of the treatment"),
    )
    return [_inline(figure, f"cohort-{number}") for number, figure in enumerate(drawn)]


def _score_figures(summary: pd.DataFrame, task: str) -> list[Markup]:
    found = set(summary.loc[summary["task"] == task, "metric"])
    return [
        _inline(figures.scores(summary, task, metric), f"scores-{task}-{metric}")
        for metric in DRAWN_METRICS
        if metric in found
    ]


def _confusion_figures(scores: pd.DataFrame, task: str, smallest: int) -> list[Markup]:
    rows = scores[scores["task"] == task]
    if rows["reference"].nunique() > MAX_CONFUSED_LABELS:
        return []
    drawn = []
    for arm in results.arms_of(results.rows_of(rows[["model", "arm"]])):
        table = confusion.count(rows[(rows["model"] == arm.model) & (rows["arm"] == arm.arm)], smallest)
        if table is not None:
            drawn.append(confusion.draw(table, f"{arm.model}, {arm.name}"))
    return [_inline(figure, f"confusion-{task}-{number}") for number, figure in enumerate(drawn)]


def _run(key: tuple[str, str], curve: pd.DataFrame) -> dict[str, Any]:
    """Return one row of the table of training runs."""
    loss, validation = curve["loss"].dropna(), curve["validation_loss"].dropna()
    return {
        "model": key[0],
        "task": words.name_of(key[1], words.TASKS),
        "n_steps": figures.n_steps(curve),
        "epochs": curve["epoch"].max(),
        "n_tokens": figures.n_tokens(curve),
        "first_loss": next(iter(loss), None),
        "last_loss": next(iter(loss.iloc[::-1]), None),
        "validation_loss": next(iter(validation.iloc[::-1]), None),
    }


def _run_name(key: tuple[str, str]) -> str:
    return f"{key[0]}, {words.name_of(key[1], words.TASKS)}"


def _inline(figure: str, prefix: str) -> Markup:
    return Markup(svg.inline(figure, prefix))
