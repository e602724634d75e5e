"""Release the tables of all shards, which have passed the check.

Writes <results>/deid/: patients, diagnoses, plans, annotations, rejected_rows (.parquet), audit.json
"""

from collections import Counter
from typing import Any

from radonc.data.schemas import DEIDENTIFIED
from radonc.deid import audit
from radonc.runtime import logs, shards, tables


def main(job: Any) -> None:
    """Release everything or nothing: in one order, whatever the number of shards."""
    log = logs.configure_logging(job.log[0], private=True)
    for name, schema in DEIDENTIFIED.items():
        frame = shards.gather(job.input[name], schema, list(schema.columns))
        log.info("%s: %d rows", name, len(frame))
        tables.write(frame, job.output[f"open_{name}"], schema)
    parts = [tables.read_json(path) for path in job.input.counts]
    searched: Counter[str] = sum((Counter(tables.read_json(path)) for path in job.input.searched), Counter())
    tables.write_json(audit.passed(audit.total(parts), searched), job.output.audit)


if __name__ == "__main__":
    main(snakemake)
