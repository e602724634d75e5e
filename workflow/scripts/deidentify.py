"""Take the identifiers out of the canonical tables.

Writes <results>/private/deidentified/: patients, diagnoses, plans, annotations, rejected_rows (.parquet), audit.json
       <results>/private/crosswalk.parquet, kept over reruns
"""

from typing import Any

from radonc.data.schemas import DEIDENTIFIED, EXTRACTED
from radonc.deid import audit
from radonc.deid.crosswalk import load_or_create
from radonc.deid.structured import deidentify
from radonc.run import logs, private, tables


def main(job: Any) -> None:
    """De-identify, sorted by pseudonym: the order of the source may tell who is who."""
    logs.start(job.log[0], private=True)
    private.lock(job.output)
    canonical = {name: tables.read(job.input[name], schema) for name, schema in EXTRACTED.items()}
    crosswalk = load_or_create(job.params.crosswalk, canonical, job.params.seed)
    released, counts = deidentify(canonical, crosswalk)
    for name, frame in released.items():
        tables.write(frame, job.output[name], DEIDENTIFIED[name], sort_by=list(DEIDENTIFIED[name].columns))
    tables.write_json(audit.describe(counts), job.output.audit)


if __name__ == "__main__":
    main(snakemake)
