"""Draw the flow of patients.

Writes <results>/cohort/flow.svg
"""

from typing import Any

from radonc.report.flow import draw_flow
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Draw it."""
    logs.start(job.log[0])
    picture = draw_flow(tables.read_json(job.input.flow), job.params.smallest)
    tables.write_text(picture, job.output.picture)


if __name__ == "__main__":
    main(snakemake)
