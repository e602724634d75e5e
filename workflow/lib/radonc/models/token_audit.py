"""Count the tokens of pairs and prompts: what would be cut is an error, never a silent truncation.

PyTorch is not loaded for it: its import would take three quarters of the time.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from radonc.runtime.errors import StudyError

QUANTILES = {"median": 0.5, "p95": 0.95, "longest": 1.0}


def load_tokenizer_without_torch(folder: str | Path) -> Any:
    """Load a model's tokenizer. If PyTorch is not loaded yet, this process cannot load a model any more."""
    return _transformers().AutoTokenizer.from_pretrained(folder, local_files_only=True)


def n_positions(folder: str | Path) -> int:
    """Return how many tokens a model can read and write, from its config; as ``load_tokenizer_without_torch``."""
    config = _transformers().AutoConfig.from_pretrained(folder, local_files_only=True)
    return int(config.max_position_embeddings)


def _transformers() -> Any:
    # Without PyTorch, transformers offers tokenizers and configs alone; it looks once, when it is imported.
    sys.modules.setdefault("torch", None)  # type: ignore[arg-type]
    import transformers

    return transformers


def audit_lengths(
    pairs: Mapping[str, pd.DataFrame], tokenizer: Any, *, max_length: int, model: str, task: str
) -> dict[str, Any]:
    """Count the tokens of prompts and completions per split (split -> pairs of the schema ``PAIRS``).

    Return per split the number of pairs, and median, 95th percentile and maximum of both lengths (tokens). Raise
    StudyError when a prompt with its completion and the end of sequence is longer than the recipe's limit.
    """
    report: dict[str, Any] = {}
    for split, table in pairs.items():
        prompts, answers = _lengths(table, tokenizer)
        what = f"rule audit_lengths: {{}} of {{}} {split} pairs of {task} would be cut for {model}"
        remedy = "raise it, or show fewer details with prompt.fields"
        _require(prompts + answers, max_length, what, f"models.{model}.recipe: max_length", remedy)
        report[split] = {"n": len(table), "prompt": _summary(prompts), "completion": _summary(answers)}
    return report


def audit_prompts(
    test: pd.DataFrame, examples: str, tokenizer: Any, *, n_positions: int, max_new_tokens: int, model: str, task: str
) -> dict[str, Any]:
    """Count the tokens of the test split's prompts (schema ``PAIRS``) with the worked examples before them (a text).

    Return the number of test pairs, the tokens of the examples, and median, 95th percentile and maximum of the prompts
    with examples and of the correct answers. Raise StudyError when a prompt leaves the model, which reads and writes
    ``n_positions`` tokens, no room for the longest answer, or a correct answer would be cut.
    """
    prompts, answers = _lengths(test.assign(prompt=examples + test["prompt"]), tokenizer)
    what = f"rule audit_prompts: {{}} of {{}} test prompts of {task} leave no room for an answer of {model}"
    remedy = "show fewer examples in predict.n_examples" if examples else "show fewer details with prompt.fields"
    _require(prompts + max_new_tokens, n_positions, what, f"models.{model}: max_position_embeddings", remedy)
    what = f"rule audit_prompts: {{}} of {{}} correct answers to {task} would be cut for {model}"
    _require(answers, max_new_tokens, what, f"predict.max_new_tokens.{task}", "raise it")
    n_examples = len(tokenizer(examples)["input_ids"]) if examples else 0
    return {"n": len(test), "examples": n_examples, "prompt": _summary(prompts), "completion": _summary(answers)}


def _lengths(pairs: pd.DataFrame, tokenizer: Any) -> tuple[np.ndarray, np.ndarray]:
    if pairs.empty:
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int)
    prompts = np.array([len(tokens) for tokens in tokenizer(pairs["prompt"].to_list())["input_ids"]])
    full = tokenizer((pairs["prompt"] + pairs["completion"] + tokenizer.eos_token).to_list())["input_ids"]
    return prompts, np.array([len(tokens) for tokens in full]) - prompts


def _require(lengths: np.ndarray, limit: int, what: str, setting: str, remedy: str) -> None:
    if n_too_long := int((lengths > limit).sum()):
        raise StudyError(
            f"{what.format(n_too_long, len(lengths))}: the longest takes {lengths.max()} tokens, '{setting}' allows "
            f"{limit}; {remedy}"
        )


def _summary(lengths: np.ndarray) -> dict[str, int]:
    return {name: int(np.quantile(lengths, q, method="higher")) if len(lengths) else 0 for name, q in QUANTILES.items()}
