"""Test the tuned arm against the base arm, the few-shot arm and the baselines; set models side by side.

Writes <results>/statistics/: comparisons.parquet, model_comparisons.parquet, comparisons.csv
"""

from typing import Any

from radonc.data.outcomes import COMPARISONS, MODEL_COMPARISONS, SCORES
from radonc.evaluation.arms import gather
from radonc.evaluation.comparisons import COLUMNS, compare, compare_models
from radonc.report import publishing
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Compare over the same cases; Holm over the declared family."""
    logs.start(job.log[0])
    read = (tables.read(path, SCORES) for path in job.input.scores)
    scores = gather(read, COLUMNS, **job.params.primary)
    comparisons = compare(scores, job.params.metrics, **job.params.statistics)
    models = compare_models(scores, **job.params.statistics)
    tables.write(comparisons, job.output.comparisons, COMPARISONS)
    tables.write(models, job.output.model_comparisons, MODEL_COMPARISONS)
    tables.write_csv(publishing.enough(comparisons, job.params.smallest), job.output.for_people)


if __name__ == "__main__":
    main(snakemake)
