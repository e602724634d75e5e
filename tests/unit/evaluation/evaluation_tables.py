"""Small tables of scores and predictions for the tests of this room."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

STATISTICS = {"confidence": 0.95, "n_resamples": 400, "seed": 1}


def scores_of(
    parsed: Sequence[str | None],
    reference: Sequence[str],
    *,
    task: str = "modality",
    model: str = "m",
    arm: str = "base",
    run: str | None = None,
    answer_mode: str = "free",
    rouge1: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Return the scores of one arm (tuned: run ``seed1``); for a label, ROUGE-1 is the exact match unless given."""
    right = [float(said == true) for said, true in zip(parsed, reference, strict=True)]
    return pd.DataFrame(
        {
            "case_id": [f"c{number:04d}" for number in range(len(reference))],
            "task": task,
            "model": model,
            "arm": arm,
            "run": run or ("seed1" if arm == "tuned" else "-"),
            "answer_mode": answer_mode,
            "reference": pd.Series(list(reference), dtype="str"),
            "answer": pd.Series([said or "?" for said in parsed], dtype="str"),
            "parsed": pd.Series(list(parsed), dtype="str"),
            "exact_match": right,
            **dict.fromkeys(("rouge1", "rouge1_precision", "rouge1_recall"), right if rouge1 is None else list(rouge1)),
        }
    )


def scores_with(rouge1: Sequence[float], **options: str) -> pd.DataFrame:
    """Return the scores of one arm of the regimen task with the given ROUGE-1."""
    texts = ["a"] * len(rouge1)
    return scores_of(texts, texts, rouge1=rouge1, **{"task": "regimen", **options})


def shuffled(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the rows in another order."""
    return table.iloc[np.random.default_rng(seed).permutation(len(table))]
