"""Summarise the scores per task, model and arm, the majority class beside them.

Writes <results>/statistics/: summary.parquet, per_class.parquet, summary.csv
"""

from typing import Any

import pandas as pd

from radonc.data.outcomes import PER_CLASS, SCORES, SUMMARY
from radonc.data.schemas import PAIRS
from radonc.evidence.arms import primary
from radonc.evidence.classes import per_class
from radonc.evidence.summary import summarise
from radonc.pages import publishing
from radonc.run import logs, tables
from radonc.study.prompts import answer_of


def main(job: Any) -> None:
    """Summarise; the majority class is the training split's."""
    logs.start(job.log[0])
    scores = pd.concat([tables.read(path, SCORES) for path in job.input.scores], ignore_index=True)
    scores = primary(scores, **job.params.primary)
    training = {task: tables.read(path, PAIRS) for task, path in zip(job.params.tasks, job.input.train, strict=True)}
    majority = {task: answer_of(pairs["completion"].mode()[0]) for task, pairs in training.items()}
    summary = summarise(scores, majority, **job.params.statistics)
    tables.write(summary, job.output.summary, SUMMARY)
    tables.write_csv(publishing.enough(summary, job.params.smallest), job.output.for_people)
    tables.write(per_class(scores), job.output.per_class, PER_CLASS)


if __name__ == "__main__":
    main(snakemake)
