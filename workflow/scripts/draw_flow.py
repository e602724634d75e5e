"""Draw the flow of patients.

Writes <results>/cohort/flow.svg
"""

from snakemake.script import snakemake as job

from radonc.pages.flow import draw_flow
from radonc.run import logs, tables


def main() -> None:
    """Draw it."""
    logs.start(job.log[0])
    tables.write_text(draw_flow(tables.read_json(job.input.flow)), job.output.picture)


main()
