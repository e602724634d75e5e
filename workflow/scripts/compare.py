"""Compute the statistics of the study: summaries, tests of tuned against base, and what stands beside them.

Writes <results>/statistics/: every table of radonc.data.outcomes.TABLES (.parquet), summary.csv, comparisons.csv
"""

from typing import Any

import pandas as pd

from radonc.data.outcomes import COMPONENTS, DOUBTS, LABEL_PROBABILITIES, SCORES, TABLES
from radonc.data.schemas import CASES, PAIRS
from radonc.evaluation import study_statistics
from radonc.evaluation.subgroups import similarity_to_training
from radonc.report import small_cells
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Read the scores and what is known of the cases, and write the statistics."""
    logs.configure_logging(job.log[0])
    found = study_statistics.compute(**read_scores(job), **read_cases(job), **job.params.design)
    for (name, schema), path in zip(TABLES.items(), job.output.tables, strict=True):
        tables.write(found[name], path, schema)
    smallest = job.params.smallest
    tables.write_csv(small_cells.publishable_summary(found["summary"], smallest), job.output.summary)
    tables.write_csv(small_cells.enough_cases(found["comparisons"], smallest), job.output.comparisons)


def read_scores(job: Any) -> dict[str, Any]:
    """Return the scores of all answers, and the sizes of the training sets behind them."""
    scores = [tables.read(path, SCORES)[study_statistics.COLUMNS] for path in job.input.scores]
    components = zip(job.params.with_components, job.input.components, strict=True)
    manifests = zip(job.params.adapters, map(tables.read_json, job.input.manifests), strict=True)
    return {
        "scores": pd.concat(scores, ignore_index=True),
        "components": {task: tables.read(path, COMPONENTS[task]) for task, path in components},
        "probabilities": tables.read(job.input.probabilities, LABEL_PROBABILITIES),
        "n_train": {tuple(adapter): manifest["n_train"] for adapter, manifest in manifests},
    }


def read_cases(job: Any) -> dict[str, Any]:
    """Return what is known of the test cases."""
    cases = tables.read(job.input.cases, CASES)
    training, tested = (tables.read(path, PAIRS)["case_id"] for path in (job.input.train, job.input.test))
    similarity = similarity_to_training(cases, training, tested, job.params.fields)
    return {
        "cases": cases,
        "training": training,
        "similarity": similarity,
        "doubts": tables.read(job.input.doubts, DOUBTS),
    }


if __name__ == "__main__":
    main(snakemake)
