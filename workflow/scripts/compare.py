"""Test the tuned arm against the base arm, per task, model and metric.

Writes <results>/statistics/comparisons.parquet
"""

from typing import Any

import pandas as pd

from radonc.data.schemas import COMPARISONS, SCORES
from radonc.evidence.comparing import compare
from radonc.run import logs, tables


def main(job: Any) -> None:
    """Compare over the same cases; Holm over the whole family."""
    logs.start(job.log[0])
    scores = pd.concat([tables.read(path, SCORES) for path in job.input.scores], ignore_index=True)
    tables.write(compare(scores, **job.params.statistics), job.output.comparisons, COMPARISONS)


if __name__ == "__main__":
    main(snakemake)
