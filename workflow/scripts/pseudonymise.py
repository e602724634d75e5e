"""Give every patient, diagnosis and plan a pseudonym; those that have one keep it.

Writes <results>/private/crosswalk.parquet, kept over reruns
       <results>/private/pseudonyms.json
"""

from typing import Any

from radonc.data.schemas import EXTRACTED
from radonc.deid.crosswalk import PREFIXES, load_or_create
from radonc.runtime import digests, logs, private, tables


def main(job: Any) -> None:
    """Complete the crosswalk; its digest lets a changed one scrub anew."""
    log = logs.start(job.log[0], private=True)
    private.lock(job.output)
    keys = {name: [key for key in PREFIXES if key in schema.columns] for name, schema in EXTRACTED.items()}
    frames = {name: tables.read(job.input[name], columns=columns) for name, columns in keys.items()}
    crosswalk = load_or_create(job.params.crosswalk, frames, job.params.seed)
    counts = {key: len(ids) for key, ids in crosswalk.pseudonyms.items()}
    log.info("pseudonyms: %s", counts)
    tables.write_json({**counts, "digest": digests.of_file(job.params.crosswalk)}, job.output.summary)


if __name__ == "__main__":
    main(snakemake)
