"""What the reviewers made of the regimens: their sheets read back, and summarised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radonc.evaluation import acceptability
from radonc.evaluation.arms import TUNED
from radonc.evaluation.review import ACCEPTABLE, SCALE
from radonc.runtime import tables
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.statistics import Acceptability
from radonc.statistics.agreement import agreements
from radonc.statistics.proportions import wilson

COLUMNS = ["reviewer", "item", "rating"]


def read_ratings(folder: str | Path, key: pd.DataFrame, reviewers: Sequence[str]) -> pd.DataFrame:
    """Read the filled-in sheets of a folder.

    Parameters
    ----------
    folder
        Holds ``<reviewer>.csv`` for those who have begun. It may be missing.
    key
        The key that was made with the sheets.
    reviewers
        The configured reviewers.

    Returns
    -------
    DataFrame
        ``reviewer``, ``item``, ``rating`` (whole number): one row per rating given, in that order. Rows without a
        rating, and rows left out, are outstanding.

    Raises
    ------
    StudyError
        When a file is nobody's, or a reviewer's but no CSV, or a rated row names an unknown item, repeats one, holds
        another text than the sheet did, or a rating that is not on the scale: with file and row, never with what
        stood there.
    """
    texts = dict(zip(key["item"], key["regimen"], strict=True))
    found: list[tuple[str, str, int]] = []
    for path in sorted(Path(folder).glob("[!.~]*")):
        is_reviewers, is_csv = path.stem in reviewers, path.suffix == ".csv"
        if is_reviewers and is_csv:
            found += [(path.stem, item, rating) for item, rating in _ratings_in(path, texts)]
        elif is_reviewers or is_csv:
            raise StudyError(
                f"{path}: not the name of a filled-in sheet; allowed are {_names(reviewers)} (review.reviewers in the "
                "configuration): save it as CSV under its reviewer's name, or move it elsewhere"
            )
    return pd.DataFrame(found, columns=COLUMNS).sort_values(["reviewer", "item"], ignore_index=True)


def summarise_ratings(
    ratings: pd.DataFrame, key: pd.DataFrame, reviewers: Sequence[str], claim: Acceptability, *, confidence: float
) -> dict[str, Any]:
    """Summarise what has been rated so far, and count what has not.

    Parameters
    ----------
    ratings, key, reviewers
        As of ``read_ratings``.
    claim
        What is claimed of the tuned models' regimens.
    confidence
        The level of the intervals.

    Returns
    -------
    dict
        ``items``: items per sheet. ``rated``: ratings given. ``outstanding``: reviewer -> items without a rating.
        ``arms``: for each model and arm that has ratings, ``n_cases`` and ``n_ratings``, ``acceptable`` (the share of
        cases with a rating of 4 or 5; a case that reviewers disagree on counts in part), its Wilson interval ``low``
        to ``high``, and ``mean``, the mean rating (1 to 5). ``agreement``: see ``agreement.agreements``. ``claim``: see
        ``acceptability.test``, of the tuned arm of each model that has ratings; ``is_final`` when all ratings are in.

    Notes
    -----
    The unit is the case, not the rating: a second opinion on the same text does not halve the uncertainty about
    other patients.
    """
    n_items = int(key["item"].nunique())
    given = ratings["reviewer"].value_counts()
    rated = key.merge(ratings.assign(acceptable=ratings["rating"] >= ACCEPTABLE), on="item")
    outcomes = {str(model): by_case(rows) for model, rows in rated[rated["arm"] == TUNED].groupby("model", sort=True)}
    n_models = int(key.loc[key["arm"] == TUNED, "model"].nunique())
    outstanding = {reviewer: n_items - int(given.get(reviewer, 0)) for reviewer in reviewers}
    return {
        "items": n_items,
        "rated": len(ratings),
        "outstanding": outstanding,
        "arms": [
            {"model": model, "arm": arm, **_summary(rows, confidence)}
            for (model, arm), rows in rated.groupby(["model", "arm"], sort=True)
        ],
        "agreement": agreements(ratings.assign(rating=ratings["rating"] >= ACCEPTABLE)),
        "claim": acceptability.test(outcomes, claim, max(1, n_models)) | {"is_final": not any(outstanding.values())},
    }


def by_case(rated: pd.DataFrame) -> NDArray[np.bool_]:
    """Return one outcome per case: acceptable if more than half of its ratings say so.

    Two reviewers who disagree have not found a regimen acceptable.
    """
    outcomes: NDArray[np.bool_] = (rated.groupby("case_id", sort=True)["acceptable"].mean() > 0.5).to_numpy()
    return outcomes


def _summary(rows: pd.DataFrame, confidence: float) -> dict[str, Any]:
    per_case = rows.sort_values(["case_id", "reviewer"]).groupby("case_id", sort=True)[["acceptable", "rating"]].mean()
    n_cases = len(per_case)
    low, high = wilson(float(per_case["acceptable"].sum()), n_cases, confidence)
    return {
        "n_cases": n_cases,
        "n_ratings": len(rows),
        "acceptable": float(per_case["acceptable"].mean()),
        "low": low,
        "high": high,
        "mean": float(per_case["rating"].mean()),
    }


def _names(reviewers: Sequence[str]) -> str:
    return ", ".join(f"{reviewer}.csv" for reviewer in sorted(reviewers))


def _ratings_in(path: Path, texts: dict[str, str]) -> list[tuple[str, int]]:
    """Return the (item, rating) pairs of a file; rows are counted as a spreadsheet does, the header being row 1."""
    sheet = tables.read_sheet(path, ["item", "regimen", "rating"])
    ratings: dict[str, int] = {}
    for row, item, regimen, rating in sheet.itertuples(name=None):
        if not rating:
            continue
        if item not in texts:
            raise StudyError(
                f"{path}, row {row}: column 'item' names none of the sheet's items; copy it from the sheet"
            )
        if item in ratings:
            raise StudyError(f"{path}, row {row}: this item is rated twice; leave one rating per item")
        if " ".join(regimen.split()) != texts[item]:
            raise StudyError(
                f"{path}, row {row}: column 'regimen' is not the text that the sheet shows for this item; only rating "
                "and comment are to be filled in: copy the row from the present sheet and rate it again"
            )
        if rating not in {str(step) for step in SCALE}:
            raise StudyError(
                f"{path}, row {row}: column 'rating' allows {min(SCALE)} to {max(SCALE)}, whole numbers, or nothing"
            )
        ratings[item] = int(rating)
    return list(ratings.items())
