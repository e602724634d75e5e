"""Test the tuned arm against the base arm, the few-shot arm and the baselines, per task, model and metric.

Writes <results>/statistics/comparisons.parquet, comparisons.csv
"""

from typing import Any

import pandas as pd

from radonc.data.outcomes import COMPARISONS, SCORES
from radonc.evidence.arms import primary
from radonc.evidence.comparing import compare
from radonc.pages import publishing
from radonc.run import logs, tables


def main(job: Any) -> None:
    """Compare over the same cases; Holm over the declared family."""
    logs.start(job.log[0])
    scores = pd.concat([tables.read(path, SCORES) for path in job.input.scores], ignore_index=True)
    comparisons = compare(primary(scores, **job.params.primary), **job.params.statistics)
    tables.write(comparisons, job.output.comparisons, COMPARISONS)
    tables.write_csv(publishing.comparisons(comparisons, job.params.smallest), job.output.for_people)


if __name__ == "__main__":
    main(snakemake)
