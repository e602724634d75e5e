"""Read the source tables through the config's mapping into the canonical tables.

Writes <results>/private/extract/: patients, diagnoses, plans, annotations, rejected_rows (.parquet).
"""

from typing import Any

from radonc.data import completeness
from radonc.data.extract import read_tables
from radonc.data.schemas import EXTRACTED
from radonc.runtime import logs, private, tables


def main(job: Any) -> None:
    """Read, check and write all tables; stop where the data are gone."""
    log = logs.start(job.log[0], private=True)
    private.lock(job.output)
    read = read_tables(job.params.folder, job.params.tables)
    for rows in completeness.tally(read, job.params.tables):
        logs.tell(f"extract: {rows}")
        for reason, n in rows.reasons:
            log.info("%s (%d)", reason, n)
    completeness.require(read, job.params.tables, job.params.max_rejected)
    for name, frame in read.items():
        tables.write(frame, job.output[name], EXTRACTED[name])


if __name__ == "__main__":
    main(snakemake)
