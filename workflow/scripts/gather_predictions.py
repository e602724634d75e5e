"""Gather the shards of a table of predictions: the same bytes as from one job.

Writes <results>/predictions/<model>/<arm>/<name>.parquet and its manifest (.json)
"""

from typing import Any

from radonc.data.schemas import PREDICTIONS
from radonc.models.predict import sum_manifests
from radonc.runtime import logs, shards, tables


def main(job: Any) -> None:
    """Gather answers, and add up the manifests."""
    logs.configure_logging(job.log[0])
    predictions = shards.gather(job.input.predictions, PREDICTIONS, sort_by=["case_id"])
    tables.write(predictions, job.output.predictions, PREDICTIONS)
    tables.write_json(sum_manifests([tables.read_json(path) for path in job.input.manifests]), job.output.manifest)


if __name__ == "__main__":
    main(snakemake)
