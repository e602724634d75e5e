"""Search everything that may be released for the identifiers of the extract, and stop the run at a find.

Writes <results>/deid/certificate.json: verdict, artefacts by kind, what was searched for, digests
"""

from pathlib import Path
from typing import Any

from radonc.deid.gate.folder import certify
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Search the study's folders, but for this job's own files."""
    log = logs.configure_logging(job.log[0], private=True)
    folders = [Path(folder) for folder in job.params.folders if Path(folder).is_dir()]
    # <results>/private/extract/patients.parquet
    private = Path(job.input.canonical[0]).parents[1]
    own = [Path(path) for path in (job.log[0], job.output.record, job.params.benchmark)]
    record = certify(folders, private, leave_out=own)
    log.info(record["verdict"])
    tables.write_json(record, job.output.record)


if __name__ == "__main__":
    main(snakemake)
