"""Make the prompt/completion pairs of all tasks, split and checked against leaks.

Writes <results>/pairs/<task>/: train, validation, test (.parquet)
"""

from itertools import product
from typing import Any

from radonc.data.schemas import CASES, PAIRS, SPLITS
from radonc.runtime import logs, tables
from radonc.runtime.settings.pairs import Split
from radonc.runtime.settings.tasks import Tasks
from radonc.study.pairs import make_pairs


def main(job: Any) -> None:
    """Make and split the pairs."""
    log = logs.configure_logging(job.log[0])
    cases = tables.read(job.input.cases, CASES)
    tasks, split_settings = Tasks.model_validate(job.params.tasks), Split.model_validate(job.params.split)
    pairs = {task: make_pairs(cases, task, tasks, job.params.fields, split_settings) for task in tasks.names}
    for (task, split), path in zip(product(pairs, SPLITS), job.output, strict=True):
        part = pairs[task][pairs[task]["split"] == split]
        log.info("%s, %s: %d pairs", task, split, len(part))
        tables.write(part, path, PAIRS, sort_by=["case_id"])


if __name__ == "__main__":
    main(snakemake)
