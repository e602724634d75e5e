"""Check by other code than the scrubber's that no identifier is left, and release the tables if so.

Writes <results>/deid/: patients, diagnoses, plans, annotations, rejected_rows (.parquet), audit.json
"""

from typing import Any

from radonc.data.schemas import DEIDENTIFIED, EXTRACTED
from radonc.deid import audit, gate
from radonc.deid.crosswalk import load
from radonc.run import logs, tables


def main(job: Any) -> None:
    """Release everything or nothing."""
    log = logs.start(job.log[0], private=True)
    private_files = zip(EXTRACTED.items(), job.input.canonical, strict=True)
    canonical = {name: tables.read(path, schema) for (name, schema), path in private_files}
    scrubbed = {name: tables.read(job.input[name], schema) for name, schema in DEIDENTIFIED.items()}
    gate.require_clean(scrubbed, canonical, load(job.params.crosswalk))
    log.info("no identifier is left")
    for name, frame in scrubbed.items():
        tables.write(frame, job.output[f"open_{name}"], DEIDENTIFIED[name])
    tables.write_json(audit.passed(tables.read_json(job.input.audit)), job.output.audit)


if __name__ == "__main__":
    main(snakemake)
