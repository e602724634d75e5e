"""Select the patients with a single diagnosis record and a clearly identifiable primary plan.

Writes <results>/cohort/: candidates.parquet, rejected_by_rules.parquet
"""

from typing import Any

from radonc.data import cohort
from radonc.data.schemas import CANDIDATES, DEIDENTIFIED, REJECTS
from radonc.run import logs, tables


def main(job: Any) -> None:
    """Select the candidates; in = kept + rejected."""
    log = logs.start(job.log[0])
    records = {name: tables.read(job.input[name], schema) for name, schema in DEIDENTIFIED.items()}
    candidates, rejects = cohort.select(records, {"tasks": job.params.tasks, "cohort": job.params.cohort})
    log.info("%d candidates, %d rejected", len(candidates), len(rejects))
    tables.write(candidates, job.output.candidates, CANDIDATES, sort_by=["case_id"])
    tables.write(rejects, job.output.rejects, REJECTS, sort_by=["patient_id"])


if __name__ == "__main__":
    main(snakemake)
