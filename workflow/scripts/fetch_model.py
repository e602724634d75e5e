"""Fetch a base model from the hub at a pinned revision, or register a local folder.

Runs where Snakemake runs, with network. A gated model needs the user's token in the environment (HF_TOKEN).
Writes <results>/models/<model>/model.json (the manifest), and for a hub model its files beside it.
"""

from pathlib import Path
from typing import Any

from radonc.runtime import logs, tables
from radonc.runtime.environment import keep_to_project


def main(job: Any) -> None:
    """Fetch or find the model, and register it."""
    logs.configure_logging(job.log[0])
    keep_to_project()
    from radonc.models import fetching
    from radonc.models.model_manifest import manifest

    source = {key: job.params.source[key] for key in ("folder", "hub", "revision") if key in job.params.source}
    folder = Path(source.get("folder", Path(job.output.manifest).parent))
    stated = fetching.fetch(source, folder) if "hub" in source else None
    tables.write_json(manifest(folder, source, stated), job.output.manifest)


if __name__ == "__main__":
    main(snakemake)
