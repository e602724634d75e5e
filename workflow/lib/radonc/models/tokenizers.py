"""Open what comes with a model, but not the model: without PyTorch, whose import takes three quarters of the time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def open_tokenizer(folder: str | Path) -> Any:
    """Open a model's tokenizer. If PyTorch is not loaded yet, this process opens no model any more."""
    return _transformers().AutoTokenizer.from_pretrained(folder, local_files_only=True)


def n_positions(folder: str | Path) -> int:
    """Return how many tokens a model reads and writes at most, by its configuration. As ``open_tokenizer``."""
    config = _transformers().AutoConfig.from_pretrained(folder, local_files_only=True)
    return int(config.max_position_embeddings)


def _transformers() -> Any:
    # Where it finds no PyTorch, it has tokenizers and configurations alone; it looks once, when it is imported.
    sys.modules.setdefault("torch", None)  # type: ignore[arg-type]
    import transformers

    return transformers
