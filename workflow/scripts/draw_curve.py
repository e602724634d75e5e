"""Draw a training curve.

Writes <results>/adapters/<model>/<task>/curve.svg
"""

from typing import Any

from radonc.data.schemas import CURVE
from radonc.report.figures import training_curve
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Draw it."""
    logs.start(job.log[0])
    curve = tables.read(job.input.curve, CURVE)
    name = f"{job.wildcards.model}, {job.wildcards.task}"
    tables.write_text(training_curve(curve, name), job.output.picture)


if __name__ == "__main__":
    main(snakemake)
