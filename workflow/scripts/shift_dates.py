"""Move all dates, each patient's by one number of days, for those who have an expert's determination.

Writes <results>/private/shifted_dates.parquet, and keeps <results>/private/shift.key over reruns
"""

from typing import Any

from radonc.data.schemas import EXTRACTED
from radonc.deid.crosswalk import load
from radonc.deid.date_shifting import SHIFTED_DATES, load_or_create_secret, shift
from radonc.runtime import logs, private, tables


def main(job: Any) -> None:
    """Move the dates, inside the private area."""
    log = logs.configure_logging(job.log[0], private=True)
    private.make_private(job.output)
    canonical = {name: tables.read(job.input[name], schema) for name, schema in EXTRACTED.items()}
    shifted = shift(
        canonical, load(job.params.crosswalk, canonical), load_or_create_secret(job.params.key), job.params.n_days
    )
    log.info("%d dates; to release them needs an expert's determination, 45 CFR 164.514(b)(1)", len(shifted))
    tables.write(shifted, job.output.dates, SHIFTED_DATES, sort_by=["patient_id", "record_id", "column"])


if __name__ == "__main__":
    main(snakemake)
