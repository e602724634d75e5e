"""Make the prompt/completion pairs of one task, split and checked against leaks.

Writes <results>/pairs/<task>/: train, validation, test (.parquet)
"""

from typing import Any

from radonc.data.schemas import CASES, PAIRS, SPLITS
from radonc.run import logs, tables
from radonc.study.pairs import make_pairs


def main(job: Any) -> None:
    """Make and split the pairs."""
    log = logs.start(job.log[0])
    cases = tables.read(job.input.cases, CASES)
    pairs = make_pairs(cases, job.wildcards.task, job.params.settings, job.params.fields, job.params.split)
    for split in SPLITS:
        part = pairs[pairs["split"] == split]
        log.info("%s: %d pairs", split, len(part))
        tables.write(part, job.output[split], PAIRS, sort_by=["case_id"])


if __name__ == "__main__":
    main(snakemake)
