"""Make a blinded sheet of regimens per reviewer, and the key apart.

Writes <results>/review/<reviewer>.csv, <results>/private/review/key.parquet
"""

from typing import Any

from radonc.data.outcomes import REVIEW_KEY, SCORES
from radonc.data.schemas import CASES
from radonc.evaluation.arms import primary
from radonc.evaluation.review import make_sheets, write_sheet
from radonc.runtime import logs, private, tables


def main(job: Any) -> None:
    """Draw the cases and write the sheets."""
    logs.configure_logging(job.log[0])
    private.make_private([job.output.key])
    scores = primary(tables.read(job.input.scores, SCORES), **job.params.primary)
    cases = tables.read(job.input.cases, CASES)
    reviewers = job.params.review["reviewers"]
    settings = {"n_cases": job.params.review["n_cases"], "seed": job.params.review["seed"]}
    sheets, key = make_sheets(scores, cases, job.params.fields, reviewers, **settings)
    for reviewer, path in zip(reviewers, job.output.sheets, strict=True):
        write_sheet(sheets[reviewer], path)
    tables.write(key, job.output.key, REVIEW_KEY)


if __name__ == "__main__":
    main(snakemake)
