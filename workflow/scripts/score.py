"""Score the answers of all models and arms to one task, case by case.

Writes <results>/scores/<task>.parquet
"""

from typing import Any

import pandas as pd

from radonc.data.outcomes import SCORES
from radonc.data.schemas import PREDICTIONS
from radonc.runtime import logs, tables
from radonc.runtime.offline import go_offline


def main(job: Any) -> None:
    """Read every answer, and score it against the reference."""
    logs.start(job.log[0])
    go_offline()
    from radonc.evaluation.scoring import score

    predictions = pd.concat([tables.read(path, PREDICTIONS) for path in job.input.predictions], ignore_index=True)
    scores = score(predictions, job.params.labels)
    tables.write(scores, job.output.scores, SCORES)


if __name__ == "__main__":
    main(snakemake)
