"""Summarise the scores per task, model and arm.

Writes <results>/statistics/: summary.parquet, per_class.parquet, summary.csv
"""

from typing import Any

import pandas as pd

from radonc.data.outcomes import PER_CLASS, SCORES, SUMMARY
from radonc.evidence.arms import primary
from radonc.evidence.classes import per_class
from radonc.evidence.summary import summarise
from radonc.pages import publishing
from radonc.run import logs, tables


def main(job: Any) -> None:
    """Summarise the primary run, in the primary way."""
    logs.start(job.log[0])
    scores = pd.concat([tables.read(path, SCORES) for path in job.input.scores], ignore_index=True)
    scores = primary(scores, **job.params.primary)
    summary = summarise(scores, **job.params.statistics)
    tables.write(summary, job.output.summary, SUMMARY)
    tables.write_csv(publishing.enough(summary, job.params.smallest), job.output.for_people)
    tables.write(per_class(scores), job.output.per_class, PER_CLASS)


if __name__ == "__main__":
    main(snakemake)
