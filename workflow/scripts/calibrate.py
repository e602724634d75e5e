"""Measure the label probabilities of every arm and run: Brier score, calibration error, truth among the likeliest.

Writes <results>/statistics/: calibration.parquet, reliability.parquet
"""

from typing import Any

import pandas as pd

from radonc.data.outcomes import CALIBRATION, RELIABILITY
from radonc.data.schemas import PREDICTIONS
from radonc.evaluation.calibration import measure, per_case, reliability
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Measure; a study without a closed task, or without label probabilities, has empty tables."""
    logs.start(job.log[0])
    nothing = pd.DataFrame(columns=list(PREDICTIONS.columns))
    # File by file: the probabilities of all codes of all cases are large.
    read = [per_case(tables.read(path, PREDICTIONS), job.params.labels) for path in job.input.predictions]
    cases = pd.concat(read or [per_case(nothing)], ignore_index=True)
    statistics = job.params.statistics
    tables.write(measure(cases, **statistics), job.output.calibration, CALIBRATION)
    tables.write(reliability(cases, confidence=statistics["confidence"]), job.output.reliability, RELIABILITY)


if __name__ == "__main__":
    main(snakemake)
