"""Read the source tables through the mapping into the canonical tables, and complete the crosswalk.

Writes <results>/private/extract/: patients, diagnoses, plans, annotations, rejected_rows (.parquet)
       <results>/private/pseudonyms.json, and keeps <results>/private/crosswalk.parquet over reruns
"""

from typing import Any

from radonc.data.extract import read_tables, require_complete, tally
from radonc.data.schemas import EXTRACTED
from radonc.deid import crosswalk
from radonc.runtime import hashing, logs, private, tables
from radonc.runtime.settings.mapping import ExtractMapping


def main(job: Any) -> None:
    """Read, check and write all tables; stop where the data are gone."""
    log = logs.configure_logging(job.log[0], private=True)
    private.make_private(job.output)
    mapping = ExtractMapping.model_validate(job.params.tables)
    read = read_tables(job.params.folder, mapping)
    for rows in tally(read, mapping.tables):
        logs.announce(f"extract: {rows}")
        for reason, n in rows.reasons:
            log.info("%s (%d)", reason, n)
    require_complete(read, mapping, job.params.max_rejected)
    for name, frame in read.items():
        tables.write(frame, job.output[name], EXTRACTED[name])
    pseudonyms = crosswalk.load_or_create(job.params.crosswalk, read, job.params.seed).pseudonyms
    counts = {key: len(ids) for key, ids in pseudonyms.items()}
    # The digest lets a changed crosswalk de-identify anew.
    tables.write_json({**counts, "digest": hashing.hash_file(job.params.crosswalk)}, job.output.pseudonyms)


if __name__ == "__main__":
    main(snakemake)
