"""Train by this project; see run.py."""

import json
import sys
from pathlib import Path

import pandas as pd

from radonc.runtime.environment import go_offline

go_offline()

from radonc.models.finetune import finetune  # noqa: E402 - offline first
from radonc.models.loading import use_threads  # noqa: E402
from radonc.runtime.settings.recipe import Recipe  # noqa: E402


def main(job: dict[str, str]) -> None:
    """Train and write the seconds of the training loop."""
    use_threads(1)
    pairs = pd.read_parquet(job["pairs"])
    _, facts = finetune(
        job["model"],
        pairs,
        pairs[:0],
        Recipe.model_validate({"save_steps": 1.0, **json.loads(job["recipe"])}),
        seed=1,
        checkpoints=Path(job["out"]) / "checkpoints",
        adapter=job["out"],
        label="ours",
    )
    Path(job["out"], "seconds.json").write_text(json.dumps(facts["seconds"]), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
