"""The study's report: one HTML page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
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
    folder = Path(__file__).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=markup.number,
        count=markup.count,
        percent=markup.percent,
        p_value=markup.p_value,
        facts=markup.facts,
        p_phrase=words.p_phrase,
        listed=words.listed,
        mid_sentence=words.mid_sentence,
        by_model=results.by_model,
        decimal=words.decimal,
    )
    environment.globals.update(
        model_name=lambda model: "no model" if model == results.NO_MODEL else model,
        sentence_case=words.sentence_case,
        task_name=lambda task: words.name_of(task, words.TASKS),
        arm_name=lambda arm: words.name_of(arm, words.ARMS),
        metric_name=lambda metric: words.name_of(metric, words.METRICS),
        label_name=lambda label, task: words.code_name(label) if task == "icd10" else label,
    )
    return environment.get_template("report.html.j2").render(
        **_context(inputs),
        style=Markup((folder / "report.css").read_text(encoding="utf-8")),
    )


def _context(inputs: Report) -> dict[str, Any]:
    tasks = results.tasks_of(inputs.summary)
    cohort = cohort_table.describe(inputs.cases)
    # By task, so that the models stand side by side.
    order = words.ordered(sorted(task for _, task in inputs.curves), words.TASKS)
    runs = sorted(inputs.curves, key=lambda key: (order.index(key[1]), key[0]))
    return {
        "report": inputs,
        "lengths": _length_rows(inputs.lengths),
        "tags": _tag_rows(inputs.audit),
        "audit": {name: value for name, value in inputs.audit.items() if name not in ("texts", "texts_by_table")},
        "level": words.decimal(100 * inputs.confidence, 0),
        "headline": findings.headline(inputs.comparisons),
        "findings": findings.by_task(inputs.comparisons, inputs.summary),
        "limits": findings.limits(synthetic=inputs.synthetic, ratings=inputs.ratings),
        "outstanding": findings.outstanding(inputs.outstanding, inputs.ratings),
        "flow_figure": _inline(flow.draw_flow(inputs.flow), "flow"),
        "cohort": cohort,
        "cohort_figures": _cohort_figures(inputs.cases, cohort),
        "small_cells_note": small_cells.NOTE,
        "runs": [_run(key, inputs.curves[key]) for key in runs],
        "curves": [
            _inline(figures.training_curve(inputs.curves[key], _run_name(key)), f"curve-{number}")
            for number, key in enumerate(runs)
        ],
        "tasks": [(results.task_table(inputs.summary, task), _score_figures(inputs.summary, task)) for task in tasks],
        "comparisons": [
            (task, results.rows_of(inputs.comparisons[inputs.comparisons["task"] == task]))
            for task in results.tasks_of(inputs.comparisons)
        ],
        "classes": [
            (results.class_table(inputs.per_class, task), _confusion_figures(inputs.scores, task))
            for task in results.tasks_of(inputs.per_class)
        ],
        "examples": [
            (words.name_of(task, words.TASKS), examples.choose(inputs.scores, inputs.pairs[task], task, inputs.seed))
            for task in results.tasks_of(inputs.scores)
        ],
    }


def _length_rows(lengths: Mapping[tuple[str, str], Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per model, task and split."""
    return [
        {"model": model, "task": words.name_of(task, words.TASKS), "split": split, "n": counts["n"]}
        | {f"{part}, {name}": n for part in ("prompt", "completion") for name, n in counts[part].items()}
        for (model, task), splits in lengths.items()
        for split, counts in splits.items()
    ]


def _tag_rows(audit: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row per table whose texts were scrubbed: how many texts, and what was closed in them."""
    return [
        {"table": table, **{name: n for name, n in counts.items() if name != "tags"}, **counts["tags"]}
        for table, counts in audit.get("texts_by_table", {}).items()
        if counts["texts"]
    ]


def _cohort_figures(cases: pd.DataFrame, table: cohort_table.CohortTable) -> list[Markup]:
    if not table.n:
        return []
    drawn = (
        cohort_figures.ages_by_sex(cases, table.cells("sex")),
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


def _confusion_figures(scores: pd.DataFrame, task: str) -> list[Markup]:
    rows = scores[scores["task"] == task]
    if rows["reference"].nunique() > MAX_CONFUSED_LABELS:
        return []
    drawn = []
    for arm in results.arms_of(results.rows_of(rows[["model", "arm"]])):
        table = confusion.count(rows[(rows["model"] == arm.model) & (rows["arm"] == arm.arm)])
        if len(table):
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
