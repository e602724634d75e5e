"""Read the sheets that human readers filled in, and summarise what de-identification missed.

Writes <results>/deid/reading.json
"""

from typing import Any

from radonc.evaluation import privacy_reading
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Read and summarise; without a sheet, say what is outstanding."""
    log = logs.start(job.log[0])
    sheet = tables.read_sheet(job.input.sheet, ["item", "text"])
    read = privacy_reading.read_sheets(job.params.folder, sheet)
    strata = tables.read_json(job.input.strata)
    summary = privacy_reading.summarise(read, sheet, strata, confidence=job.params.confidence)
    log.info("%d of %d texts have been read", summary["read"], summary["items"])
    tables.write_json(summary, job.output.reading)


if __name__ == "__main__":
    main(snakemake)
