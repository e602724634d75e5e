"""Count the tokens of all prompts in prediction; one that a model cannot read or answer in full is an error.

Writes <results>/models/<model>/prompts.json
"""

from pathlib import Path
from typing import Any

from radonc.data.schemas import PAIRS
from radonc.runtime import logs, tables
from radonc.runtime.environment import go_offline


def main(job: Any) -> None:
    """Count, and refuse what is too long."""
    logs.configure_logging(job.log[0])
    go_offline()
    from radonc.models.token_audit import audit_prompts, load_tokenizer_without_torch, n_positions
    from radonc.study import examples
    from radonc.study.prompts import worked_examples

    folder = Path(tables.read_json(job.input.model)["folder"])
    tokenizer, longest = load_tokenizer_without_torch(folder), n_positions(folder)
    report = {}
    for task, train, test in zip(job.params.tasks, job.input.train, job.input.test, strict=True):
        training, asked = tables.read(train, PAIRS), tables.read(test, PAIRS)
        shared = worked_examples(examples.choose(training, job.params.n_examples, job.params.key))
        max_new_tokens = job.params.max_new_tokens[task]
        limits = {"n_positions": longest, "max_new_tokens": max_new_tokens}
        report[task] = audit_prompts(asked, shared, tokenizer, **limits, model=job.wildcards.model, task=task)
    tables.write_json(report, job.output.lengths)


if __name__ == "__main__":
    main(snakemake)
