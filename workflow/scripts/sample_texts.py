"""Draw released texts at random for a human reader.

Writes <results>/deid/reading/: sheet.csv, strata.json
"""

from typing import Any

from radonc.data.schemas import DEIDENTIFIED
from radonc.deid.sampling import sample
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Draw the texts and write the sheet."""
    log = logs.start(job.log[0])
    released = {name: tables.read(job.input[name], schema) for name, schema in DEIDENTIFIED.items()}
    sheet, strata = sample(released, n_texts=job.params.n_texts, seed=job.params.seed)
    log.info("%d texts from %d strata", len(sheet), len(strata))
    tables.write_csv(sheet, job.output.sheet)
    tables.write_json(strata, job.output.strata)


if __name__ == "__main__":
    main(snakemake)
