"""Read the source tables through the config's mapping into the canonical tables.

Writes <results>/private/extract/: patients, diagnoses, plans, annotations, rejected_rows (.parquet).
"""

from typing import Any

from radonc.data.extract import read_tables
from radonc.data.schemas import EXTRACTED
from radonc.runtime import logs, private, tables


def main(job: Any) -> None:
    """Read, check and write all tables."""
    log = logs.start(job.log[0], private=True)
    private.lock(job.output)
    for name, frame in read_tables(job.params.folder, job.params.tables).items():
        log.info("%s: %d rows", name, len(frame))
        tables.write(frame, job.output[name], EXTRACTED[name])


if __name__ == "__main__":
    main(snakemake)
