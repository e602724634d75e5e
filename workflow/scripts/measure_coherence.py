"""Measure how often an arm's answers to several questions about one case agree, and how often the references do.

Writes <results>/statistics/coherence.parquet
"""

from typing import Any

from radonc.data.outcomes import COHERENCE, SCORES
from radonc.evaluation.arms import gather
from radonc.evaluation.coherence import COLUMNS, measure
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Measure the primary run, in the primary answer mode; a study of one task has an empty table."""
    logs.start(job.log[0])
    read = (tables.read(path, SCORES) for path in job.input.scores)
    coherence = measure(gather(read, COLUMNS, **job.params.primary), confidence=job.params.confidence)
    tables.write(coherence, job.output.coherence, COHERENCE)


if __name__ == "__main__":
    main(snakemake)
