"""Compare groups of test cases: by site, sex, age and more, with and without near duplicates or labels in doubt.

Writes <results>/statistics/: subgroups.parquet, subsets.parquet, label_noise.parquet
       <results>/annotation/doubts.parquet
"""

from typing import Any

import pandas as pd

from radonc.data import annotation
from radonc.data.outcomes import DOUBTS, LABEL_NOISE, NEAREST, SCORES, SUBGROUPS, SUBSETS
from radonc.data.schemas import CANDIDATES, CASES, CHOICES, DEIDENTIFIED, PAIRS
from radonc.evaluation import label_noise, subgroups
from radonc.evaluation.arms import primary
from radonc.runtime import logs, shards, tables


def main(job: Any) -> None:
    """Divide the test cases into groups, and compare tuned with base within them."""
    logs.start(job.log[0])
    scores = pd.concat([tables.read(path, SCORES) for path in job.input.scores], ignore_index=True)
    scores = primary(scores, **job.params.primary)
    doubts = read_doubts(job)
    tables.write(doubts, job.output.doubts, DOUBTS, sort_by=["case_id", "task"])
    similarity = tables.read(job.input.nearest, NEAREST).set_index("case_id")["similarity"]
    training = tables.read(job.input.train, PAIRS)["case_id"]
    described = subgroups.characteristics(
        tables.read(job.input.cases, CASES), training, similarity, job.params.near_duplicate
    )
    in_doubt = {task: label_noise.in_doubt(doubts, task, described.index) for task in job.params.tasks}
    groups = {task: described.assign(label=subgroups.yes_or_no(doubt)) for task, doubt in in_doubt.items()}
    statistics = job.params.statistics
    by_group = subgroups.by_group(scores, groups, confidence=statistics["confidence"])
    tables.write(by_group, job.output.subgroups, SUBGROUPS)
    without = {task: table[["near_duplicate", "label"]] for task, table in groups.items()}
    tables.write(subgroups.by_subset(scores, without, **statistics), job.output.subsets, SUBSETS)
    noise = label_noise.measure(doubts, described.index, confidence=statistics["confidence"])
    tables.write(noise, job.output.label_noise, LABEL_NOISE)


def read_doubts(job: Any) -> pd.DataFrame:
    """Return which labels of the cohort are in doubt."""
    candidates = shards.gather(job.input.candidates, CANDIDATES, ["case_id"])
    choices = shards.gather(job.input.choices, CHOICES, ["case_id", "number"])
    brought = tables.read(job.input.annotations, DEIDENTIFIED["annotations"])
    given = annotation.collect(candidates, choices, brought, job.input.sheets, job.params.tasks)
    return label_noise.doubts(tables.read(job.input.cases, CASES), candidates, given, job.params.tasks)


if __name__ == "__main__":
    main(snakemake)
