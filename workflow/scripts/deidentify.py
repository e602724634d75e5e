"""Take the identifiers out of a shard of the canonical tables.

Writes <results>/private/deidentified/<shard>/: patients, diagnoses, plans, annotations, rejected_rows (.parquet),
       counts.json
"""

from typing import Any

from radonc.data.schemas import DEIDENTIFIED, EXTRACTED
from radonc.deid import audit
from radonc.deid.crosswalk import load
from radonc.deid.scrubber.lexicon import Lexicon, read_words
from radonc.deid.structured_fields import deidentify
from radonc.runtime import logs, private, shards, tables


def main(job: Any) -> None:
    """De-identify, sorted by pseudonym: the order of the source may reveal who is who."""
    log = logs.configure_logging(job.log[0], private=True)
    private.make_private(job.output)
    shard = shards.Shard.parse(job.wildcards.scatteritem)
    canonical = {name: shards.read(job.input[name], schema, shard) for name, schema in EXTRACTED.items()}
    lexicon = Lexicon(line for path in job.input.get("words", []) for line in read_words(path))
    log.info("%d patients, %d words that may pass", len(canonical["patients"]), len(lexicon))
    released, counts = deidentify(canonical, load(job.params.crosswalk, canonical), lexicon)
    for name, frame in released.items():
        tables.write(frame, job.output[name], DEIDENTIFIED[name], sort_by=list(DEIDENTIFIED[name].columns))
    tables.write_json(audit.describe(counts, lexicon.describe()), job.output.counts)


if __name__ == "__main__":
    main(snakemake)
