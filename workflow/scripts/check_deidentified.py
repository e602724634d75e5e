"""Check by other code than the scrubber's that no identifier is left in a shard.

Writes <results>/private/deidentified/<shard>/searched.json
"""

from typing import Any

from radonc.data.schemas import DEIDENTIFIED, EXTRACTED
from radonc.deid import gate
from radonc.deid.crosswalk import load
from radonc.runtime import logs, private, shards, tables


def main(job: Any) -> None:
    """Pass the shard or stop the run. Names of patients of other shards are searched for by certify."""
    log = logs.configure_logging(job.log[0], private=True)
    private.make_private(job.output)
    shard = shards.Shard.parse(job.wildcards.scatteritem)
    canonical = {name: shards.read(job.input[name], schema, shard) for name, schema in EXTRACTED.items()}
    scrubbed = {
        name: tables.read(path, schema)
        for (name, schema), path in zip(DEIDENTIFIED.items(), job.input.shard, strict=True)
    }
    searched = gate.require_clean(scrubbed, canonical, load(job.params.crosswalk, canonical))
    log.info("no identifier is left")
    tables.write_json(searched, job.output.searched)


if __name__ == "__main__":
    main(snakemake)
