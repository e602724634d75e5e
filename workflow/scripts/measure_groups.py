"""Measure the groups of cases that agree in all quasi-identifiers.

Writes <results>/deid/groups.json
"""

from typing import Any

from radonc.data.schemas import CASES
from radonc.deid.quasi_identifiers import measure
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Measure them."""
    logs.start(job.log[0])
    cases = tables.read(job.input.cases, CASES)
    tables.write_json(measure(cases, job.params.quasi_identifiers), job.output.groups)


if __name__ == "__main__":
    main(snakemake)
