"""Write the study's report: one HTML page.

Writes <results>/report/report.html
"""

from typing import Any

import pandas as pd

from radonc.data import outcomes, schemas
from radonc.evaluation.arms import primary
from radonc.report.report import Report, render
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Gather everything that the report tells, and render it."""
    logs.start(job.log[0])
    tasks, adapters, audited = job.params.tasks, job.params.adapters, job.params.audited
    worksheet = pd.read_csv(job.input.worksheet, dtype=str)
    scores = pd.concat([tables.read(path, outcomes.SCORES) for path in job.input.scores], ignore_index=True)
    statistics = zip(outcomes.TABLES.items(), job.input.statistics, strict=True)
    page = Report(
        **job.params.about,
        flow=tables.read_json(job.input.flow),
        cases=tables.read(job.input.cases, schemas.CASES),
        audit=tables.read_json(job.input.audit),
        curves={key: tables.read(path, schemas.CURVE) for key, path in zip(adapters, job.input.curves, strict=True)},
        manifests={key: tables.read_json(path) for key, path in zip(adapters, job.input.manifests, strict=True)},
        lengths={key: tables.read_json(path) for key, path in zip(audited, job.input.lengths, strict=True)},
        **job.params.primary,
        scores=primary(scores, **job.params.primary),
        **{name: tables.read(path, schema) for (name, schema), path in statistics},
        pairs={task: tables.read(path, schemas.PAIRS) for task, path in zip(tasks, job.input.pairs, strict=True)},
        ratings=tables.read_json(job.input.ratings) if job.input.get("ratings") else {},
        outstanding={task: int((worksheet["task"] == task).sum()) for task in tasks},
        provenance=job.params.provenance,
    )
    tables.write_text(render(page), job.output.report)


if __name__ == "__main__":
    main(snakemake)
