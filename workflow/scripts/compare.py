"""Test the tuned arm against the base arm, per task, model and metric.

Writes <results>/statistics/comparisons.parquet
"""

import pandas as pd
from snakemake.script import snakemake as job

from radonc.data.schemas import COMPARISONS, SCORES
from radonc.evidence.comparing import compare
from radonc.run import logs, tables


def main() -> None:
    """Compare over the same cases; Holm over the whole family."""
    logs.start(job.log[0])
    scores = pd.concat([tables.read(path, SCORES) for path in job.input.scores], ignore_index=True)
    tables.write(compare(scores, **job.params.statistics), job.output.comparisons, COMPARISONS)


main()
