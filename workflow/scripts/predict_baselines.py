"""Answer the test pairs of one task in the arms without a language model, fitted to the training pairs.

Writes <results>/predictions/baselines/<task>.parquet, and beside it a manifest (.json)
"""

from typing import Any

import pandas as pd

from radonc.data.schemas import NO_MODEL, PAIRS, PREDICTIONS
from radonc.models.baselines import fit
from radonc.models.predict import Arm, Settings, describe_backend, predict
from radonc.runtime import logs, tables
from radonc.runtime.settings.tasks import Tasks

BATCH_SIZE = 256
"""Test cases whose similarities to all training cases are in memory at a time."""


def main(job: Any) -> None:
    """Fit and answer, arm by arm."""
    logs.configure_logging(job.log[0])
    training, test = tables.read(job.input.train, PAIRS), tables.read(job.input.test, PAIRS)
    tasks = Tasks.model_validate({job.wildcards.task: job.params.task})
    settings = Settings(batch_size=BATCH_SIZE, max_new_tokens=0, tasks=tasks)
    answered, manifest = [], {}
    for arm in job.params.arms:
        baseline = fit(arm, training)
        predictions, facts = predict(baseline, test, training, Arm(job.wildcards.task, NO_MODEL, arm), settings)
        answered.append(predictions)
        manifest[arm] = {**facts, "n_train": len(training), **describe_backend(baseline, "scikit-learn", {})}
    tables.write(pd.concat(answered), job.output.predictions, PREDICTIONS, sort_by=["arm", "case_id"])
    tables.write_json(manifest, job.output.manifest)


if __name__ == "__main__":
    main(snakemake)
