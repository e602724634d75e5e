"""Write the privacy page.

Writes <results>/report/privacy.html
"""

from typing import Any

from radonc.report.privacy import PrivacyPage, render
from radonc.runtime import digests, logs, tables


def main(job: Any) -> None:
    """Gather the evidence and render it; the audit's digest ties a signature to this run."""
    logs.start(job.log[0])
    page = PrivacyPage(
        **job.params.about,
        audit=tables.read_json(job.input.audit),
        groups=tables.read_json(job.input.groups),
        reading=tables.read_json(job.input.reading),
        provenance={**job.params.provenance, "audit_digest": digests.of_file(job.input.audit)},
    )
    tables.write_text(render(page), job.output.page)


if __name__ == "__main__":
    main(snakemake)
