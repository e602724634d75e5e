"""The study's report: one HTML page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from radonc.data.schemas import NO_MODEL
from radonc.report import (
    cohort_figures,
    cohort_table,
    components,
    confusion,
    examples,
    exploratory,
    figures,
    findings,
    flow,
    markup,
    page,
    publishing,
    results,
    robustness,
    small_cells,
    svg,
    trainings,
    words,
)

MAX_CONFUSED_LABELS = 8
"""A confusion matrix of more labels than this cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that the report shows. Tables follow ``radonc.data.schemas`` and ``outcomes`` and may have no rows."""

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
    """What de-identification found and redacted, as it reports it."""
    curves: Mapping[trainings.Adapter, pd.DataFrame]
    """(model, task, run) -> CURVE."""
    manifests: Mapping[trainings.Adapter, Mapping[str, Any]]
    """(model, task, run) -> how the adapter was made."""
    run: str
    """The primary run: the one that the tables and tests are about."""
    answer_modes: Mapping[str, str]
    """Task -> its primary answer mode of answering."""
    lengths: Mapping[tuple[str, str], Mapping[str, Any]]
    """(model, task) -> split -> how many tokens prompts and completions take."""
    scores: pd.DataFrame
    """SCORES of the primary run, in the primary answer mode."""
    summary: pd.DataFrame
    per_class: pd.DataFrame
    comparisons: pd.DataFrame
    model_comparisons: pd.DataFrame
    answer_mode_comparisons: pd.DataFrame
    runs: pd.DataFrame
    spread: pd.DataFrame
    calibration: pd.DataFrame
    reliability: pd.DataFrame
    subgroups: pd.DataFrame
    subsets: pd.DataFrame
    label_noise: pd.DataFrame
    coherence: pd.DataFrame
    near_duplicate: float
    """From which similarity on two diagnosis texts are near duplicates."""
    alpha_beta_gy: float
    """α/β (Gy) of the EQD2."""
    plausibility: str
    """The name of the file with the ranges of regimens."""
    pairs: Mapping[str, pd.DataFrame]
    """Task -> PAIRS; only the examples' prompts are shown."""
    ratings: Mapping[str, Any]
    """As ``radonc.evaluation.ratings.summarise_ratings`` gives them."""
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
            "model_name": words.model_name,
            "sentence_case": words.sentence_case,
            "task_name": lambda task: words.name_of(task, words.TASKS),
            "arm_name": lambda arm: words.name_of(arm, words.ARMS),
            "mode_name": lambda mode: words.name_of(mode, words.ANSWER_MODES),
            "metric_name": lambda metric: words.name_of(metric, words.METRICS),
            "label_name": lambda label, task: words.code_name(label) if task == "icd10" else label,
        },
    )
    return environment.get_template("report.html.j2").render(**_context(inputs))


def _context(inputs: Report) -> dict[str, Any]:
    smallest = inputs.smallest
    summary = publishing.summary(inputs.summary, smallest)
    comparisons = publishing.enough(inputs.comparisons, smallest)
    runs = publishing.enough(inputs.runs[inputs.runs["n_train"] >= smallest], smallest)
    spread = inputs.spread[inputs.spread["task"].isin(runs["task"])]
    tasks = results.tasks_of(summary)
    cohort = cohort_table.describe(inputs.cases, smallest)
    adapters = trainings.ordered(inputs.curves)
    n_test = inputs.summary.groupby("task")["n"].max()
    return {
        "report": inputs,
        "lengths": _length_rows(inputs.lengths, smallest),
        "manifests": {
            key: trainings.publish(manifest, n_test.get(key[1], 0), smallest)
            for key, manifest in inputs.manifests.items()
        },
        "level": f"{100 * inputs.confidence:g}",
        "headline": findings.headline(comparisons, too_few=len(comparisons) < len(inputs.comparisons)),
        "cheap_arms": findings.cheap_arms(comparisons),
        "constant_bases": findings.constant_bases(inputs.scores, results.tasks_of(comparisons)),
        "findings": findings.by_task(comparisons, summary),
        "seeds": findings.seeds(spread),
        "limits": findings.limits(
            synthetic=inputs.synthetic, ratings=inputs.ratings, n_seeds=max(inputs.spread["n_seeds"], default=1)
        ),
        "outstanding": findings.outstanding(inputs.outstanding, inputs.ratings, smallest),
        "ratings": [_of_enough(row, row["n_cases"], smallest) for row in inputs.ratings.get("arms", [])],
        "agreement": [_of_enough(row, row["n"], smallest) for row in inputs.ratings.get("agreement", [])],
        "flow": flow.publish(inputs.flow, smallest),
        "flow_figure": svg.in_page(flow.draw_flow(inputs.flow, smallest), "flow"),
        "doubts": _doubts(inputs.flow, smallest),
        "cohort": cohort,
        "cohort_figures": _cohort_figures(inputs.cases, cohort, smallest),
        "small_cells_note": small_cells.note(smallest),
        "trainings": [trainings.row(key, inputs.curves[key], inputs.manifests.get(key, {})) for key in adapters],
        "several_runs": len({run for _, _, run in adapters}) > 1,
        "curves": [
            svg.in_page(figures.training_curve(inputs.curves[key], trainings.name_of(key)), f"curve-{number}")
            for number, key in enumerate(key for key in adapters if key[2] == inputs.run)
        ],
        "tasks": [(results.task_table(summary, task), _score_figures(summary, task)) for task in tasks],
        "too_few": [words.name_of(task, words.TASKS) for task in results.tasks_of(inputs.summary) if task not in tasks],
        "comparisons": _by_task(comparisons[comparisons["against"] == "base"]),
        "exploratory_comparisons": [
            (against, _by_task(comparisons[comparisons["against"] == against]))
            for against in words.ordered(comparisons["against"], words.ARMS)
            if against != "base"
        ],
        "model_comparisons": _by_task(publishing.enough(inputs.model_comparisons, smallest)),
        "claim": _claim(inputs.ratings.get("claim"), smallest),
        **components.section(summary, inputs.coherence, smallest),
        **exploratory.ways_section(
            inputs.answer_mode_comparisons, inputs.calibration, inputs.reliability, run=inputs.run, smallest=smallest
        ),
        **exploratory.runs_section(runs, spread),
        **robustness.section(inputs.subgroups, inputs.subsets, inputs.label_noise, inputs.per_class, smallest=smallest),
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


def _claim(claim: Mapping[str, Any] | None, smallest: int) -> Mapping[str, Any] | None:
    """Return the planned test of the clinical claim, of the models with enough rated cases."""
    if claim is None:
        return None
    tests = [row for row in claim["tests"] if row["n"] >= smallest]
    return {**claim, "tests": tests} if tests else None


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
    return [svg.in_page(figure, f"cohort-{number}") for number, figure in enumerate(drawn)]


def _score_figures(summary: pd.DataFrame, task: str) -> list[Markup]:
    found = set(summary.loc[summary["task"] == task, "metric"])
    return [
        svg.in_page(figures.scores(summary, task, metric), f"scores-{task}-{metric}")
        for metric in exploratory.DRAWN_METRICS
        if metric in found
    ]


def _confusion_figures(scores: pd.DataFrame, task: str, smallest: int) -> list[Markup]:
    rows = scores[scores["task"] == task]
    if rows["reference"].nunique() > MAX_CONFUSED_LABELS:
        return []
    drawn = []
    for arm in results.arms_of(results.rows_of(rows.loc[rows["model"] != NO_MODEL, ["model", "arm"]])):
        table = confusion.count(rows[(rows["model"] == arm.model) & (rows["arm"] == arm.arm)], smallest)
        if table is not None:
            drawn.append(confusion.draw(table, f"{arm.model}, {arm.name}"))
    return [svg.in_page(figure, f"confusion-{task}-{number}") for number, figure in enumerate(drawn)]


def _by_task(comparisons: pd.DataFrame) -> list[tuple[str, list[results.Row]]]:
    tasks = results.tasks_of(comparisons)
    return [(task, results.rows_of(comparisons[comparisons["task"] == task])) for task in tasks]
