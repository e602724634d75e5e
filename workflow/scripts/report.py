"""Write the study's report, one HTML page, its figures in files of their own, and the key figures for programs.

Writes <results>/report/: report.html, flow.svg, curves/<model>-<task>-<run>.svg, summary.json
"""

from typing import Any

import pandas as pd

from radonc.data import outcomes, schemas
from radonc.evaluation.arms import primary
from radonc.evaluation.key_figures import key_figures
from radonc.report.flow import draw_flow
from radonc.report.report import Report, render
from radonc.report.training import training_curve
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Gather everything that the report shows, and render it."""
    logs.configure_logging(job.log[0])
    page = gather(job)
    tables.write_text(render(page), job.output.report)
    tables.write_text(draw_flow(page.flow, page.smallest), job.output.flow)
    for ((model, task, _), curve), path in zip(page.curves.items(), job.output.curves, strict=True):
        tables.write_text(training_curve(curve, f"{model}, {task}"), path)
    study = {"title": page.title, "provenance": page.provenance, "settings": job.params.settings}
    claim = page.ratings["claim"] if page.ratings else None
    figures = key_figures(page.summary, page.comparisons, page.model_comparisons, claim, study)
    tables.write_json(figures, job.output.figures)


def gather(job: Any) -> Report:
    """Return what the report shows."""
    tasks, adapters, trained = job.params.tasks, job.params.adapters, job.params.trained
    worksheet = pd.read_csv(job.input.worksheet, dtype=str)
    scores = pd.concat([tables.read(path, outcomes.SCORES) for path in job.input.scores], ignore_index=True)
    statistics = zip(outcomes.TABLES.items(), job.input.statistics, strict=True)
    return Report(
        **job.params.about,
        flow=tables.read_json(job.input.flow),
        cases=tables.read(job.input.cases, schemas.CASES),
        audit=tables.read_json(job.input.audit),
        curves={key: tables.read(path, schemas.CURVE) for key, path in zip(adapters, job.input.curves, strict=True)},
        manifests={key: tables.read_json(path) for key, path in zip(adapters, job.input.manifests, strict=True)},
        lengths={key: tables.read_json(path) for key, path in zip(trained, job.input.lengths, strict=True)},
        **job.params.primary,
        scores=primary(scores, **job.params.primary),
        **{name: tables.read(path, schema) for (name, schema), path in statistics},
        pairs={task: tables.read(path, schemas.PAIRS) for task, path in zip(tasks, job.input.pairs, strict=True)},
        ratings=tables.read_json(job.input.ratings) if job.input.get("ratings") else {},
        outstanding={task: int((worksheet["task"] == task).sum()) for task in tasks},
        provenance=job.params.provenance,
    )


if __name__ == "__main__":
    main(snakemake)
