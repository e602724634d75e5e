"""The study's report: one HTML page that needs nothing but itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from radonc.data.schemas import NO_MODEL
from radonc.report import cohort, figures, findings, flow, page, results, robustness, small_cells, svg, training, words

MAX_CONFUSED_LABELS = 8  # a confusion matrix of more cannot be read


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that the report shows. Tables follow ``radonc.data.schemas`` and ``outcomes`` and may have no rows."""

    title: str
    synthetic: bool  # the records were made by the workflow, not by a clinic
    confidence: float  # the level of all intervals, such as 0.95
    seed: int  # of the choice of examples
    smallest: int  # the smallest number of people that is published
    examples: bool  # show some cases verbatim, with what every arm answered
    flow: Mapping[str, Any]
    cases: pd.DataFrame
    audit: Mapping[str, Any]  # what de-identification found and redacted, as it reports it
    curves: Mapping[training.Adapter, pd.DataFrame]  # (model, task, run) -> CURVE
    manifests: Mapping[training.Adapter, Mapping[str, Any]]  # (model, task, run) -> how the adapter was made
    run: str  # the primary run: the one that the tables and tests are about
    answer_modes: Mapping[str, str]  # task -> its primary answer mode
    lengths: Mapping[tuple[str, str], Mapping[str, Any]]  # (model, task) -> split -> tokens of prompts and completions
    scores: pd.DataFrame  # SCORES of the primary run, in the primary answer mode
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
    near_duplicate: float  # from which similarity on two diagnosis texts are near duplicates
    alpha_beta_gy: float  # α/β (Gy) of the EQD2
    plausibility: str  # the name of the file with the ranges of regimens
    pairs: Mapping[str, pd.DataFrame]  # task -> PAIRS; only the examples' prompts are shown
    ratings: Mapping[str, Any]  # as ``radonc.evaluation.ratings.summarise_ratings`` gives them
    outstanding: Mapping[str, int]  # task -> answers that await annotation
    provenance: Mapping[str, Any]  # versions, digests and seeds


def render(inputs: Report) -> str:
    """Render the report as an HTML document; the same inputs give the same bytes.

    Every number of a table stands in a ``data-value`` with all its digits. Raise StudyError when the cohort's flow does
    not add up.
    """
    return page.template("report.html.j2").render(**_context(inputs))


def _context(inputs: Report) -> dict[str, Any]:
    smallest = inputs.smallest
    summary = small_cells.publishable_summary(inputs.summary, smallest)
    comparisons = small_cells.enough_cases(inputs.comparisons, smallest)
    runs = small_cells.enough_cases(inputs.runs[inputs.runs["n_train"] >= smallest], smallest)
    spread = inputs.spread[inputs.spread["task"].isin(runs["task"])]
    tasks = [task for task, _ in results.by_task(summary)]
    described = cohort.describe(inputs.cases, smallest)
    adapters = training.ordered(inputs.curves)
    curves = (
        training.training_curve(inputs.curves[model, task, run], f"{model}, {words.task_name(task)}")
        for model, task, run in adapters
        if run == inputs.run
    )
    n_test = inputs.summary.groupby("task")["n"].max()
    return {
        "report": inputs,
        "lengths": _length_rows(inputs.lengths, smallest),
        "manifests": {
            key: training.publish(manifest, n_test.get(key[1], 0), smallest)
            for key, manifest in inputs.manifests.items()
        },
        "level": f"{100 * inputs.confidence:g}",
        "headline": findings.headline(comparisons, too_few=len(comparisons) < len(inputs.comparisons)),
        "best_baselines": findings.best_baselines(comparisons),
        "constant_bases": findings.constant_bases(inputs.scores, comparisons["task"].tolist()),
        "findings": findings.by_task(comparisons, summary),
        "seeds": findings.seeds(spread),
        "limits": findings.limits(
            synthetic=inputs.synthetic, ratings=inputs.ratings, n_seeds=max(inputs.spread["n_seeds"], default=1)
        ),
        "outstanding": findings.outstanding(inputs.outstanding, inputs.ratings, smallest),
        # None in the place of rates of too few cases.
        "ratings": [row if row["n_cases"] >= smallest else None for row in inputs.ratings.get("arms", [])],
        "agreement": [row if row["n"] >= smallest else None for row in inputs.ratings.get("agreement", [])],
        "flow": flow.publish(inputs.flow, smallest),
        "flow_figure": svg.inline(flow.draw_flow(inputs.flow, smallest), "flow"),
        "doubts": _doubts(inputs.flow, smallest),
        "cohort": described,
        "cohort_figures": _cohort_figures(inputs.cases, described, smallest),
        "small_cells_note": small_cells.note(smallest),
        "trainings": [training.row(key, inputs.curves[key], inputs.manifests.get(key, {})) for key in adapters],
        "several_runs": len({run for _, _, run in adapters}) > 1,
        "curves": svg.inline_all(curves, "curve"),
        "tasks": [
            (results.task_table(summary, task), results.figures_of(summary, task, figures.scores, "scores"))
            for task in tasks
        ],
        "too_few": [words.task_name(task) for task, _ in results.by_task(inputs.summary) if task not in tasks],
        "comparisons": _by_task(comparisons[comparisons["against"] == "base"]),
        "exploratory_comparisons": [
            (against, _by_task(comparisons[comparisons["against"] == against]))
            for against in words.ordered(comparisons["against"], words.ARMS)
            if against != "base"
        ],
        "model_comparisons": _by_task(small_cells.enough_cases(inputs.model_comparisons, smallest)),
        "claim": _claim(inputs.ratings.get("claim"), smallest),
        "components": results.component_tables(summary),
        "coherence": results.coherence_table(summary, inputs.coherence, smallest),
        **results.answer_modes_section(
            inputs.answer_mode_comparisons, inputs.calibration, inputs.reliability, run=inputs.run, smallest=smallest
        ),
        **results.runs_section(runs, spread),
        **robustness.section(inputs.subgroups, inputs.subsets, inputs.label_noise, inputs.per_class, smallest=smallest),
        "classes": [
            (results.class_table(inputs.per_class, task, smallest), _confusion_figures(inputs.scores, task, smallest))
            for task, _ in results.by_task(inputs.per_class)
            if task in tasks
        ],
        "examples": [
            (words.task_name(task), results.examples(inputs.scores, inputs.pairs[task], task, inputs.seed))
            for task, _ in (results.by_task(inputs.scores) if inputs.examples else [])
        ],
    }


def _length_rows(lengths: Mapping[tuple[str, str], Mapping[str, Any]], smallest: int) -> list[dict[str, Any]]:
    """Return one row per model, task and split of enough cases."""
    return [
        {"model": model, "task": words.task_name(task), "split": split}
        | {f"{part}, {name}": n for part in ("prompt", "completion") for name, n in counts[part].items()}
        for (model, task), splits in lengths.items()
        for split, counts in splits.items()
        if counts["n"] >= smallest
    ]


def _doubts(counted: Mapping[str, Any], smallest: int) -> list[tuple[str, list[cohort.Cell]]]:
    """Return the cases by confidence of their primary plan, and those that a check flagged (one case, many flags)."""
    confidence = counted.get("confidence", {})
    flagged = [(flag["label"], flag["cases"]) for flag in counted.get("flags", [])]
    return [
        (
            "Primary plan chosen",
            cohort.cells(map(words.sentence_case, confidence), list(confidence.values()), smallest),
        ),
        (
            "Flagged by a consistency check",
            [cohort.cells([label, "others"], [n, counted["kept"] - n], smallest)[0] for label, n in flagged],
        ),
    ]


def _claim(claim: Mapping[str, Any] | None, smallest: int) -> Mapping[str, Any] | None:
    """Return the planned test of the clinical claim, of the models with enough rated cases."""
    tests = [row for row in claim["tests"] if row["n"] >= smallest] if claim else []
    return {**claim, "tests": tests} if claim and tests else None


def _cohort_figures(cases: pd.DataFrame, described: Mapping[str, Any], smallest: int) -> list[Markup]:
    if described["n"] < smallest:
        return []
    groups = described["characteristics"]
    drawn = (
        cohort.ages_by_sex(cases, groups["Sex"], smallest),
        cohort.shares(groups["Diagnosis (ICD-10-CM category)"], "Diagnoses, by ICD-10-CM category"),
        cohort.shares(groups["Modality of the treatment"], "Modality of the treatment"),
    )
    return svg.inline_all(drawn, "cohort")


def _confusion_figures(scores: pd.DataFrame, task: str, smallest: int) -> list[Markup]:
    rows = scores[(scores["task"] == task) & (scores["model"] != NO_MODEL)]
    if scores.loc[scores["task"] == task, "reference"].nunique() > MAX_CONFUSED_LABELS:
        return []
    drawn = []
    for arm in results.arms_of(rows):
        counted = figures.count_confusions(rows[(rows["model"] == arm.model) & (rows["arm"] == arm.arm)], smallest)
        if counted is not None:
            drawn.append(figures.confusion_matrix(*counted, f"{arm.model}, {arm.name}"))
    return svg.inline_all(drawn, f"confusion-{task}")


def _by_task(table: pd.DataFrame) -> list[tuple[str, list[results.Row]]]:
    return [(task, [*rows.to_dict("records")]) for task, rows in results.by_task(table)]
