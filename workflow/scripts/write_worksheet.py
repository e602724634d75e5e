"""Write the worksheet of questions that the rules could not settle and nobody has answered yet.

Writes <results>/annotation/worksheet.csv
"""

from typing import Any

from radonc.data import annotation
from radonc.data.schemas import CANDIDATES, CHOICES, DEIDENTIFIED, WORKSHEET
from radonc.run import logs, tables


def main(job: Any) -> None:
    """Write the open questions."""
    log = logs.start(job.log[0])
    candidates = tables.read(job.input.candidates, CANDIDATES)
    choices = tables.read(job.input.choices, CHOICES)
    brought = tables.read(job.input.annotations, DEIDENTIFIED["annotations"])
    given = annotation.collect(candidates, choices, brought, job.input.sheets, job.params.tasks)
    sheet = tables.validate(annotation.worksheet(candidates, choices, job.params.tasks, given), WORKSHEET)
    log.info("%d open questions", len(sheet))
    tables.write_csv(sheet, job.output.worksheet)


if __name__ == "__main__":
    main(snakemake)
