"""Measure how often an arm's answers to several questions about one case agree, and how often the references do.

Writes <results>/statistics/coherence.parquet
"""

from typing import Any

import pandas as pd

from radonc.data.outcomes import COHERENCE, SCORES
from radonc.evidence.arms import primary
from radonc.evidence.coherence import COLUMNS, measure
from radonc.run import logs, tables


def main(job: Any) -> None:
    """Measure the primary run, in the primary way; a study of one task has an empty table."""
    logs.start(job.log[0])
    # File by file: the answers of all runs, as they stand, are large.
    scores = [primary(tables.read(path, SCORES), **job.params.primary)[COLUMNS] for path in job.input.scores]
    coherence = measure(pd.concat(scores, ignore_index=True), confidence=job.params.confidence)
    tables.write(coherence, job.output.coherence, COHERENCE)


if __name__ == "__main__":
    main(snakemake)
