"""Switch everything that could reach for a network off, before the libraries are imported."""

from __future__ import annotations

import os
from pathlib import Path

CACHE = Path(".cache") / "huggingface"


def go_offline() -> None:
    """Set the environment of the Hugging Face libraries: no hub, no telemetry, caches inside the project."""
    os.environ.update(
        HF_HOME=str(CACHE.resolve()),
        HF_HUB_OFFLINE="1",
        HF_DATASETS_OFFLINE="1",
        HF_EVALUATE_OFFLINE="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        # Their bars do not go with jobs side by side; radonc.run.logs has one that does.
        HF_HUB_DISABLE_PROGRESS_BARS="1",
        HF_DATASETS_DISABLE_PROGRESS_BARS="1",
        TOKENIZERS_PARALLELISM="false",
        TRANSFORMERS_VERBOSITY="error",
    )
