"""Read the sheets that reviewers filled in, and summarise their ratings.

Writes <results>/review/ratings.json
"""

from typing import Any

from radonc.data.outcomes import REVIEW_KEY
from radonc.evaluation.ratings import read_ratings, summarise_ratings
from radonc.runtime import logs, tables
from radonc.runtime.settings.statistics import Acceptability


def main(job: Any) -> None:
    """Read and summarise; without ratings, say what is outstanding."""
    logs.configure_logging(job.log[0])
    key = tables.read(job.input.key, REVIEW_KEY)
    reviewers = job.params.review["reviewers"]
    ratings = read_ratings(job.params.review["folder"], key, reviewers)
    claim = Acceptability.model_validate(job.params.claim)
    summary = summarise_ratings(ratings, key, reviewers, claim, confidence=job.params.confidence)
    tables.write_json(summary, job.output.ratings)


if __name__ == "__main__":
    main(snakemake)
