"""Write the readers' sheet, measure how alike the cases are and what readers found, and write the privacy page.

Writes <results>/deid/reading/sheet.csv, <results>/deid/privacy.json, <results>/report/privacy.html
"""

from typing import Any

from radonc.data.schemas import CASES, DEIDENTIFIED
from radonc.deid import quasi_identifiers, sampling
from radonc.evaluation import privacy_reading
from radonc.report.privacy import PrivacyPage, render
from radonc.runtime import hashing, logs, tables


def main(job: Any) -> None:
    """Sample, measure and render; the audit's digest ties a signature to this run."""
    log = logs.configure_logging(job.log[0])
    reading = job.params.reading
    released = {name: tables.read(job.input[name], schema) for name, schema in DEIDENTIFIED.items()}
    sheet, strata = sampling.sample(released, n_texts=reading["n_texts"], seed=reading["seed"])
    tables.write_csv(sheet, job.output.sheet)
    read = privacy_reading.read_sheets(reading["folder"], sheet)
    figures = {
        "groups": quasi_identifiers.measure(tables.read(job.input.cases, CASES), job.params.quasi_identifiers),
        "reading": privacy_reading.summarise(read, sheet, strata, confidence=job.params.confidence),
    }
    log.info("%d of %d sampled texts have been read", figures["reading"]["read"], len(sheet))
    tables.write_json(figures, job.output.figures)
    page = PrivacyPage(
        **job.params.about,
        **figures,
        audit=tables.read_json(job.input.audit),
        provenance={**job.params.provenance, "audit_digest": hashing.hash_file(job.input.audit)},
    )
    tables.write_text(render(page), job.output.page)


if __name__ == "__main__":
    main(snakemake)
