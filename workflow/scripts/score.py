"""Score the answers of all arms, case by case.

Writes <results>/scores/<task>.parquet, <results>/scores/components/<task>.parquet,
       <results>/scores/label_probabilities.parquet
"""

from functools import partial
from typing import Any

import pandas as pd

from radonc.data.outcomes import COMPONENTS, LABEL_PROBABILITIES, SCORES
from radonc.data.schemas import PREDICTIONS
from radonc.evaluation import calibration, components
from radonc.runtime import logs, tables
from radonc.runtime.environment import go_offline
from radonc.runtime.settings.files import load
from radonc.runtime.settings.plausibility import Plausibility


def main(job: Any) -> None:
    """Read every answer, and score it against the reference; task by task, since the label probabilities are large."""
    logs.configure_logging(job.log[0])
    go_offline()
    from radonc.evaluation.scoring import score

    ranges = load(job.input.plausibility, Plausibility).ranges
    judges = {
        "regimen": partial(components.score_regimens, ranges=ranges, alpha_beta_gy=job.params.alpha_beta_gy),
        "icd10": components.score_codes,
    }
    judged = dict(zip(job.params.with_components, job.output.components, strict=True))
    probabilities = []
    for task, path in zip(job.params.tasks, job.output.scores, strict=True):
        predictions = pd.concat([tables.read(part, PREDICTIONS) for part in job.input[task]], ignore_index=True)
        scores = score(predictions, job.params.labels)
        tables.write(scores, path, SCORES)
        if task in judged:
            tables.write(judges[task](scores), judged[task], COMPONENTS[task])
        probabilities.append(calibration.per_case(predictions, job.params.labels))
    tables.write(pd.concat(probabilities, ignore_index=True), job.output.probabilities, LABEL_PROBABILITIES)


if __name__ == "__main__":
    main(snakemake)
