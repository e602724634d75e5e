"""Draw a training curve.

Writes <results>/adapters/<model>/<task>/curve.svg
"""

from snakemake.script import snakemake as job

from radonc.data.schemas import CURVE
from radonc.pages.figures import training_curve
from radonc.run import logs, tables


def main() -> None:
    """Draw it."""
    logs.start(job.log[0])
    curve = tables.read(job.input.curve, CURVE)
    name = f"{job.wildcards.model}, {job.wildcards.task}"
    tables.write_text(training_curve(curve, name), job.output.picture)


main()
