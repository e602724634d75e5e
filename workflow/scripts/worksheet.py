"""Write the worksheet of questions that the rules could not answer and nobody has answered yet.

Writes <results>/annotation/worksheet.csv
"""

from typing import Any

from radonc.data import annotation
from radonc.data.schemas import CANDIDATES, CHOICES, DEIDENTIFIED, WORKSHEET
from radonc.runtime import logs, shards, tables
from radonc.runtime.settings.tasks import Tasks


def main(job: Any) -> None:
    """Write the open questions."""
    log = logs.configure_logging(job.log[0])
    candidates = shards.gather(job.input.candidates, CANDIDATES, ["case_id"])
    choices = shards.gather(job.input.choices, CHOICES, ["case_id", "number"])
    from_extract = tables.read(job.input.annotations, DEIDENTIFIED["annotations"])
    tasks = Tasks.model_validate(job.params.tasks)
    answers = annotation.collect(candidates, choices, from_extract, job.input.sheets, tasks)
    sheet = tables.validate(annotation.worksheet(candidates, choices, tasks, answers), WORKSHEET)
    log.info("%d open questions", len(sheet))
    tables.write_csv(sheet, job.output.worksheet)


if __name__ == "__main__":
    main(snakemake)
