"""Summarise the scores and the components of the answers per task, model and arm.

Writes <results>/statistics/: summary.parquet, per_class.parquet, summary.csv
"""

from typing import Any

import pandas as pd

from radonc.data.outcomes import COMPONENTS, PER_CLASS, SCORES, SUMMARY
from radonc.evaluation.arms import gather, primary
from radonc.evaluation.classification import per_class
from radonc.evaluation.summary import COLUMNS, summarise, summarise_components
from radonc.report import publishing
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Summarise the primary run, in the primary answer mode."""
    logs.start(job.log[0])
    of_components = summarise_components(_components(job), **job.params.statistics)
    read = (tables.read(path, SCORES) for path in job.input.scores)
    scores = gather(read, COLUMNS, **job.params.primary)
    summary = pd.concat([summarise(scores, **job.params.statistics), of_components], ignore_index=True)
    summary = summary.sort_values(["task", "model", "arm"], kind="stable", ignore_index=True)
    tables.write(summary, job.output.summary, SUMMARY)
    tables.write_csv(publishing.summary(summary, job.params.smallest), job.output.for_people)
    tables.write(per_class(scores), job.output.per_class, PER_CLASS)


def _components(job: Any) -> dict[str, pd.DataFrame]:
    parts = zip(job.params.judged, job.input.components, strict=True)
    return {task: primary(tables.read(path, COMPONENTS[task]), **job.params.primary) for task, path in parts}


if __name__ == "__main__":
    main(snakemake)
