"""Compare answer modes, seeds and shares of the training set: values and intervals beside the tables and tests.

Writes <results>/statistics/: answer_modes.parquet, runs.parquet, spread.parquet
"""

from typing import Any

import pandas as pd

from radonc.data.outcomes import ANSWER_MODE_COMPARISONS, RUNS, SCORES, SPREAD
from radonc.evaluation.exploratory import by_run, compare_answer_modes, spread
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Compare, over the same cases."""
    logs.start(job.log[0])
    scores = pd.concat([tables.read(path, SCORES) for path in job.input.scores], ignore_index=True)
    manifests = zip(job.params.adapters, map(tables.read_json, job.input.manifests), strict=True)
    n_train = {tuple(adapter): manifest["n_train"] for adapter, manifest in manifests}
    chosen, statistics = job.params.primary, job.params.statistics
    runs = by_run(scores, n_train, answers=chosen["answers"], **statistics)
    tables.write(
        compare_answer_modes(scores, run=chosen["run"], **statistics), job.output.answer_modes, ANSWER_MODE_COMPARISONS
    )
    tables.write(runs, job.output.runs, RUNS)
    tables.write(spread(runs), job.output.spread, SPREAD)


if __name__ == "__main__":
    main(snakemake)
