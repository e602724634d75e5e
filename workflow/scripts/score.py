"""Score the answers of all models and arms to one task, case by case.

Writes <results>/scores/<task>.parquet
"""

import pandas as pd
from snakemake.script import snakemake as job

from radonc.data.schemas import PREDICTIONS, SCORES
from radonc.run import logs, tables
from radonc.run.offline import go_offline


def main() -> None:
    """Read every answer, and score it against the reference."""
    logs.start(job.log[0])
    go_offline()
    from radonc.evidence.scoring import score

    predictions = pd.concat([tables.read(path, PREDICTIONS) for path in job.input.predictions], ignore_index=True)
    scores = score(predictions, job.params.labels)
    tables.write(scores, job.output.scores, SCORES, sort_by=["task", "model", "arm", "case_id"])


main()
