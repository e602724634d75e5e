"""Make the prompt/completion pairs of all tasks, split and checked against leaks.

Writes <results>/pairs/<task>/: train, validation, test (.parquet)
"""

from itertools import product
from typing import Any

from radonc.data.schemas import CASES, PAIRS, SPLITS
from radonc.runtime import logs, tables
from radonc.study.pairs import make_pairs


def main(job: Any) -> None:
    """Make and split the pairs."""
    log = logs.configure_logging(job.log[0])
    cases = tables.read(job.input.cases, CASES)
    pairs = {
        task: make_pairs(cases, task, settings, job.params.fields, job.params.split)
        for task, settings in job.params.tasks.items()
    }
    for (task, split), path in zip(product(pairs, SPLITS), job.output, strict=True):
        part = pairs[task][pairs[task]["split"] == split]
        log.info("%s, %s: %d pairs", task, split, len(part))
        tables.write(part, path, PAIRS, sort_by=["case_id"])


if __name__ == "__main__":
    main(snakemake)
