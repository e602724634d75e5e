"""Merge what people annotated into the candidates, and count the cohort's flow.

Writes <results>/cohort/: cases.parquet, rejects.parquet, flow.json
       <results>/annotation/label_doubts.parquet
"""

from typing import Any

import pandas as pd

from radonc.data import annotation, cohort, rules
from radonc.data.outcomes import DOUBTS
from radonc.data.schemas import CANDIDATES, CASES, CHOICES, DEIDENTIFIED, REJECTS
from radonc.runtime import logs, shards, tables
from radonc.runtime.settings.tasks import Tasks


def main(job: Any) -> None:
    """Merge and count; in = cases + rejected. Stop where answers are redacted or cases are too few."""
    logs.configure_logging(job.log[0])
    candidates = shards.gather(job.input.candidates, CANDIDATES, ["case_id"])
    choices = shards.gather(job.input.choices, CHOICES, ["case_id", "number"])
    from_extract = tables.read(job.input.annotations, DEIDENTIFIED["annotations"])
    tasks = Tasks.model_validate(job.params.tasks)
    answers = annotation.collect(candidates, choices, from_extract, job.input.sheets, tasks)
    cases, left_out = annotation.merge(candidates, choices, answers, tasks)
    by_rules = shards.gather(job.input.rejects, REJECTS, ["patient_id"])
    rejects = pd.concat([by_rules, left_out], ignore_index=True)
    n_extracted = len(candidates) + len(by_rules)
    flow = cohort.flow(n_extracted, candidates, cases, rejects, rules.chosen(job.params.rules, job.params.custom_rules))
    flow["redacted"] = annotation.count_redacted(candidates, choices, from_extract, answers, tasks.names)
    logs.announce(f"cohort: {cohort.summary(flow)}")
    annotation.require_few_redacted(flow["redacted"], job.params.max_tagged)
    cohort.require_cases(flow, job.params.min_cases)
    tables.write(cases, job.output.cases, CASES, sort_by=["case_id"])
    tables.write(rejects, job.output.rejects, REJECTS, sort_by=["patient_id"])
    tables.write_json(flow, job.output.flow)
    doubts = annotation.find_doubts(cases, candidates, answers, tasks.names)
    tables.write(doubts, job.output.doubts, DOUBTS, sort_by=["case_id", "task"])


if __name__ == "__main__":
    main(snakemake)
