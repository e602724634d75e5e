"""Find for each test case how like its diagnosis text is to the training text that is most like it.

Writes <results>/pairs/nearest.parquet
"""

from typing import Any

import pandas as pd

from radonc.data.outcomes import NEAREST
from radonc.data.schemas import CASES, PAIRS
from radonc.evaluation.near_duplicates import nearest
from radonc.runtime import logs, tables
from radonc.study.prompts import details


def main(job: Any) -> None:
    """Compare every test text with every training text."""
    logs.start(job.log[0])
    cases = tables.read(job.input.cases, CASES)
    texts = {case["case_id"]: details(case, job.params.fields) for case in cases.to_dict("records")}
    training, tested = (tables.read(path, PAIRS)["case_id"] for path in (job.input.train, job.input.test))
    similarity = nearest([texts[case] for case in training], [texts[case] for case in tested])
    found = pd.DataFrame({"case_id": tested, "similarity": similarity})
    tables.write(found, job.output.nearest, NEAREST, sort_by=["case_id"])


if __name__ == "__main__":
    main(snakemake)
