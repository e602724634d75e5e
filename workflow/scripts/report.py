"""Write the study's report: one HTML page.

Writes <results>/report/report.html
"""

from typing import Any

import pandas as pd

from radonc.data import schemas
from radonc.pages.report import Report, render
from radonc.run import logs, tables


def main(job: Any) -> None:
    """Gather everything that the report tells, and render it."""
    logs.start(job.log[0])
    tasks, runs = job.params.tasks, job.params.runs
    worksheet = pd.read_csv(job.input.worksheet, dtype=str)
    scores = [tables.read(path, schemas.SCORES) for path in job.input.scores]
    page = Report(
        **job.params.about,
        flow=tables.read_json(job.input.flow),
        cases=tables.read(job.input.cases, schemas.CASES),
        audit=tables.read_json(job.input.audit),
        curves={run: tables.read(path, schemas.CURVE) for run, path in zip(runs, job.input.curves, strict=True)},
        manifests={run: tables.read_json(path) for run, path in zip(runs, job.input.manifests, strict=True)},
        lengths={run: tables.read_json(path) for run, path in zip(runs, job.input.lengths, strict=True)},
        scores=pd.concat(scores, ignore_index=True),
        summary=tables.read(job.input.summary, schemas.SUMMARY),
        per_class=tables.read(job.input.per_class, schemas.PER_CLASS),
        comparisons=tables.read(job.input.comparisons, schemas.COMPARISONS),
        pairs={task: tables.read(path, schemas.PAIRS) for task, path in zip(tasks, job.input.pairs, strict=True)},
        ratings=tables.read_json(job.input.ratings) if job.input.get("ratings") else {},
        outstanding={task: int((worksheet["task"] == task).sum()) for task in tasks},
        provenance=job.params.provenance,
    )
    tables.write_text(render(page), job.output.report)


if __name__ == "__main__":
    main(snakemake)
