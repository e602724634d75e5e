"""A small study to review, for the tests of sheets and ratings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from radonc.evaluation.review import make_sheets

FIELDS = ["age", "site", "history"]
REVIEWERS = ["reviewer-1", "reviewer-2"]
ARMS = [
    ("secretive-llama", "base"),
    ("secretive-llama", "tuned"),
    ("quiet-mistral", "base"),
    ("quiet-mistral", "tuned"),
]


def study_of(n_cases: int, answer=lambda case, model, arm: f"{case}: {len(model)} Gy, plan {arm[::-1]}"):
    """Return predictions and cases; without an answer function all texts of a case differ."""
    ids = [f"case{number:03d}" for number in range(n_cases)]
    cases = pd.DataFrame(
        {
            "case_id": ids,
            "age": pd.array([60 + number if number % 3 else None for number in range(n_cases)], dtype="Int64"),
            "site": "breast",
            "history": [f'Said "no", pain; case {number}\nsecond line' for number in range(n_cases)],
            "regimen": [f"{case}: 50 Gy in 25 fractions" for case in ids],
        }
    )
    predictions = pd.DataFrame(
        [(case, "regimen", model, arm, answer(case, model, arm)) for case in ids for model, arm in ARMS],
        columns=["case_id", "task", "model", "arm", "answer"],
    )
    return predictions, cases


def sheets_of(n_cases: int = 6, seed: int = 1, n_reviewed: int = 100, **options):
    """Return the sheets and the key of such a study."""
    predictions, cases = study_of(n_cases, **options)
    return make_sheets(predictions, cases, FIELDS, REVIEWERS, n_cases=n_reviewed, seed=seed)


def filled_in(sheet: pd.DataFrame, n_rated: int, seed: int) -> pd.DataFrame:
    """Return a sheet whose first rows have ratings."""
    ratings = np.random.default_rng(seed).integers(1, 6, len(sheet)).astype(str)
    return sheet.assign(rating=np.where(np.arange(len(sheet)) < n_rated, ratings, ""))
