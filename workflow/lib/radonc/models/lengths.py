"""How many tokens the pairs take: what would be cut is an error, never a silent truncation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from radonc.runtime.errors import StudyError

QUANTILES = {"median": 0.5, "p95": 0.95, "longest": 1.0}


RAISE = "raise it, or tell less in prompt.fields"


def audit(
    pairs: Mapping[str, pd.DataFrame], tokenizer: Any, *, max_length: int, model: str, task: str
) -> dict[str, Any]:
    """Count the tokens of prompts and completions per split.

    Parameters
    ----------
    pairs
        Split -> pairs (schema ``PAIRS``).
    max_length
        The recipe's limit for a prompt with its completion and the end of sequence.

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
        where = f"rule audit_lengths: {{}} of {{}} {split} pairs of {task} would be cut for {model}"
        _require(prompts + answers, max_length, where, f"models.{model}.recipe: max_length", RAISE)
        report[split] = {"n": len(table), "prompt": _summary(prompts), "completion": _summary(answers)}
    return report


def audit_prompts(
    test: pd.DataFrame,
    examples: str,
    tokenizer: Any,
    *,
    n_positions: int,
    max_new_tokens: int,
    model: str,
    task: str,
) -> dict[str, Any]:
    """Count the tokens of what a model is asked in prediction, worked examples included.

    Parameters
    ----------
    test
        The test split (schema ``PAIRS``).
    examples
        The text of the worked examples; empty where there is no few-shot arm.
    n_positions
        How many tokens the model can read and write.
    max_new_tokens
        The prediction's limit for an answer and the end of sequence.

    Returns
    -------
    dict
        The number of test pairs; the tokens of the examples; median, 95th percentile and maximum of the prompts with
        examples, and of the right answers.

    Raises
    ------
    StudyError
        When a prompt leaves no room for the longest answer, or a right answer would be cut, naming the setting.
    """
    asked = test.assign(prompt=examples + test["prompt"])
    prompts, answers = _lengths(asked, tokenizer)
    where = f"rule audit_prompts: {{}} of {{}} test prompts of {task} leave no room for an answer of {model}"
    remedy = "show fewer examples in predict.n_examples" if examples else "tell less in prompt.fields"
    _require(prompts + max_new_tokens, n_positions, where, f"models.{model}: max_position_embeddings", remedy)
    where = f"rule audit_prompts: {{}} of {{}} right answers to {task} would be cut for {model}"
    _require(answers, max_new_tokens, where, f"predict.max_new_tokens.{task}", "raise it")
    n_examples = len(tokenizer(examples)["input_ids"]) if examples else 0
    return {"n": len(test), "examples": n_examples, "prompt": _summary(prompts), "completion": _summary(answers)}


def _lengths(pairs: pd.DataFrame, tokenizer: Any) -> tuple[np.ndarray, np.ndarray]:
    if pairs.empty:
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int)
    prompts = np.array([len(tokens) for tokens in tokenizer(pairs["prompt"].to_list())["input_ids"]])
    whole = tokenizer((pairs["prompt"] + pairs["completion"] + tokenizer.eos_token).to_list())["input_ids"]
    return prompts, np.array([len(tokens) for tokens in whole]) - prompts


def _require(lengths: np.ndarray, limit: int, what: str, setting: str, remedy: str) -> None:
    if n_too_long := int((lengths > limit).sum()):
        raise StudyError(
            f"{what.format(n_too_long, len(lengths))}: the longest takes {lengths.max()} tokens, '{setting}' allows "
            f"{limit}; {remedy}"
        )


def _summary(lengths: np.ndarray) -> dict[str, int]:
    return {name: int(np.quantile(lengths, q, method="higher")) if len(lengths) else 0 for name, q in QUANTILES.items()}
