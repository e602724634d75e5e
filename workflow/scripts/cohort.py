"""Select the patients of a shard with a single diagnosis record and a clearly identifiable primary plan.

Writes <results>/cohort/selected/<shard>/: candidates, choices, rejects (.parquet)
"""

from typing import Any

from radonc.data import cohort, rules
from radonc.data.schemas import CANDIDATES, CHOICES, DEIDENTIFIED, REJECTS
from radonc.runtime import logs, shards, tables
from radonc.runtime.settings.cohort import Cohort
from radonc.runtime.settings.tasks import Tasks


def main(job: Any) -> None:
    """Select the candidates; in = candidates + rejected."""
    log = logs.configure_logging(job.log[0])
    shard = shards.Shard.parse(job.wildcards.scatteritem)
    records = {name: shards.read(job.input[name], schema, shard) for name, schema in DEIDENTIFIED.items()}
    tasks, settings = Tasks.model_validate(job.params.tasks), Cohort.model_validate(job.params.cohort)
    selected = cohort.select(records, tasks, settings, rules.chosen(settings.rules, settings.custom_rules))
    log.info("%d candidates, %d rejected", len(selected.candidates), len(selected.rejects))
    tables.write(selected.candidates, job.output.candidates, CANDIDATES, sort_by=["case_id"])
    tables.write(selected.choices, job.output.choices, CHOICES, sort_by=["case_id", "number"])
    tables.write(selected.rejects, job.output.rejects, REJECTS, sort_by=["patient_id"])


if __name__ == "__main__":
    main(snakemake)
