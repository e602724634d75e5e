"""How many tokens the pairs take: what would be cut is an error, never a silent truncation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from radonc.run.errors import StudyError

QUANTILES = {"median": 0.5, "p95": 0.95, "longest": 1.0}


def audit(
    pairs: Mapping[str, pd.DataFrame], tokenizer: Any, *, max_length: int, max_new_tokens: int, model: str, task: str
) -> dict[str, Any]:
    """Count the tokens of prompts and completions per split.

    Parameters
    ----------
    pairs
        Split -> pairs (schema ``PAIRS``).
    max_length
        The recipe's limit for a prompt with its completion and the end of sequence.
    max_new_tokens
        The prediction's limit for an answer and the end of sequence.

    Returns
    -------
    dict
        Split -> number of pairs, and median, 95th percentile and maximum of both lengths.

    Raises
    ------
    StudyError
        When a pair is too long, naming the setting and the value that would do.
    """
    report: dict[str, Any] = {}
    for split, table in pairs.items():
        prompts, answers = _lengths(table, tokenizer)
        _require(prompts + answers, max_length, f"models.{model}.recipe: max_length", model, task, split)
        _require(answers, max_new_tokens, f"predict.max_new_tokens.{task}", model, task, split)
        report[split] = {"n": len(table), "prompt": _summary(prompts), "completion": _summary(answers)}
    return report


def _lengths(pairs: pd.DataFrame, tokenizer: Any) -> tuple[np.ndarray, np.ndarray]:
    if pairs.empty:
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int)
    prompts = np.array([len(tokens) for tokens in tokenizer(pairs["prompt"].to_list())["input_ids"]])
    whole = tokenizer((pairs["prompt"] + pairs["completion"] + tokenizer.eos_token).to_list())["input_ids"]
    return prompts, np.array([len(tokens) for tokens in whole]) - prompts


def _require(lengths: np.ndarray, limit: int, setting: str, model: str, task: str, split: str) -> None:
    too_long = int((lengths > limit).sum())
    if too_long:
        raise StudyError(
            f"rule audit_lengths: {too_long} of {len(lengths)} {split} pairs of {task} would be cut for {model}: the "
            f"longest takes {lengths.max()} tokens, '{setting}' allows {limit}; raise it, or tell less in prompt.fields"
        )


def _summary(lengths: np.ndarray) -> dict[str, int]:
    return {name: int(np.quantile(lengths, q, method="higher")) if len(lengths) else 0 for name, q in QUANTILES.items()}
