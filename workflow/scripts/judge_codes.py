"""Judge how near every answered ICD-10-CM code is: category, site group, the side, and how far down the tree.

Writes <results>/scores/components/icd10.parquet
"""

from typing import Any

from radonc.data.outcomes import CODE_COMPONENTS, SCORES
from radonc.evaluation.code_components import score
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Judge every run and mode."""
    logs.start(job.log[0])
    tables.write(score(tables.read(job.input.scores, SCORES)), job.output.components, CODE_COMPONENTS)


if __name__ == "__main__":
    main(snakemake)
