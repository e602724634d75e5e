"""Count the tokens of a task's pairs for one model; a pair that would be cut is an error.

Writes <results>/pairs/<task>/lengths-<model>.json
"""

from typing import Any

from radonc.data.schemas import PAIRS, SPLITS
from radonc.runtime import logs, tables
from radonc.runtime.environment import go_offline


def main(job: Any) -> None:
    """Count, and refuse what is too long."""
    logs.configure_logging(job.log[0])
    go_offline()
    from radonc.models.token_audit import audit_lengths, load_tokenizer_without_torch

    tokenizer = load_tokenizer_without_torch(tables.read_json(job.input.model)["folder"])
    pairs = {split: tables.read(job.input[split], PAIRS) for split in SPLITS}
    report = audit_lengths(
        pairs, tokenizer, max_length=job.params.max_length, model=job.wildcards.model, task=job.wildcards.task
    )
    tables.write_json(report, job.output.lengths)


if __name__ == "__main__":
    main(snakemake)
