"""Build a small base model from scratch, with its tokenizer, on the training pairs' text.

Writes <results>/models/<model>/: model.safetensors, config.json, tokenizer files, model.json (the manifest)
"""

from pathlib import Path
from typing import Any

from radonc.data.schemas import PAIRS
from radonc.runtime import logs, tables
from radonc.runtime.environment import go_offline, leave_out


def main(job: Any) -> None:
    """Build and register the model."""
    logs.configure_logging(job.log[0])
    go_offline()
    leave_out("bitsandbytes")
    from radonc.models import demo_model
    from radonc.models.loading import use_threads
    from radonc.models.model_manifest import manifest

    use_threads(job.threads)
    folder = Path(job.output.manifest).parent
    pairs = [tables.read(path, PAIRS) for path in job.input.pairs]
    demo_model.build(job.params.architecture, pairs, job.params.n_steps, folder)
    source = {"demo": job.params.architecture, "n_steps": job.params.n_steps}
    tables.write_json(manifest(folder, source), job.output.manifest)


if __name__ == "__main__":
    main(snakemake)
