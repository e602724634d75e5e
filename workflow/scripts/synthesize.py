"""Make the synthetic extract: source tables as an oncology information system exports them, and the truth about them.

Writes <results>/private/source/: Patient, Diagnosis, Plan, Annotation (.csv)
       <results>/private/truth/: fates, identifiers (.parquet)
"""

from pathlib import Path
from typing import Any

from radonc.runtime import logs, private
from radonc.synthetic import write_extract


def main(job: Any) -> None:
    """Make the extract."""
    logs.configure_logging(job.log[0], private=True)
    private.make_private(job.output)
    write_extract(Path(job.output[0]).parent, Path(job.output.fates).parent, **job.params.study)


if __name__ == "__main__":
    main(snakemake)
