"""The reviewers' ratings: their sheets read back and summarised, and the planned test of the clinical claim.

The claim is that more than so many of the generated regimens are acceptable.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom, norm
from statsmodels.stats.multitest import multipletests

from radonc.evaluation.arms import TUNED
from radonc.evaluation.review import ACCEPTABLE, SCALE
from radonc.runtime import tables
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.statistics import Acceptability
from radonc.statistics.agreement import agreements
from radonc.statistics.proportions import at_least, wilson

LEVEL = 0.05
WANTED_POWER = 0.8


def read_ratings(folder: str | Path, key: pd.DataFrame, reviewers: Sequence[str]) -> pd.DataFrame:
    """Read the filled-in sheets of a folder: ``<reviewer>.csv`` of those who have begun. It may be missing.

    Return ``reviewer``, ``item`` and ``rating`` (whole number): one row per rating given, in that order. Rows without a
    rating, and rows left out, are outstanding. Raise StudyError when a file is nobody's, or a reviewer's but no CSV, or
    a rated row names an item that is not in the key, repeats one, holds another text than the sheet did, or a rating
    that is not on the scale: with file and row, never with what stood there.
    """
    texts = dict(zip(key["item"], key["regimen"], strict=True))
    found: list[tuple[str, str, int]] = []
    for path in sorted(Path(folder).glob("[!.~]*")):
        is_reviewers, is_csv = path.stem in reviewers, path.suffix == ".csv"
        if is_reviewers and is_csv:
            found += [(path.stem, item, rating) for item, rating in _ratings_in(path, texts)]
        elif is_reviewers or is_csv:
            allowed = ", ".join(f"{reviewer}.csv" for reviewer in sorted(reviewers))
            raise StudyError(
                f"{path}: not the name of a filled-in sheet; allowed are {allowed} (review.reviewers in the "
                "configuration): save it as CSV under its reviewer's name, or move it elsewhere"
            )
    table = pd.DataFrame(found, columns=["reviewer", "item", "rating"])
    return table.sort_values(["reviewer", "item"], ignore_index=True)


def summarise_ratings(
    ratings: pd.DataFrame, key: pd.DataFrame, reviewers: Sequence[str], claim: Acceptability, *, confidence: float
) -> dict[str, Any]:
    """Summarise what has been rated so far, and count what has not.

    The unit is the case, not the rating: a second opinion on the same text does not halve the uncertainty about other
    patients.

    Returns
    -------
    dict
        ``items``: items per sheet. ``rated``: ratings given. ``outstanding``: reviewer -> items without a rating.
        ``arms``: for each model and arm that has ratings, ``n_cases`` and ``n_ratings``, ``acceptable`` (the share of
        cases with a rating of 4 or 5; a case that reviewers disagree on counts in part), its Wilson interval ``low``
        to ``high``, and ``mean``, the mean rating (1 to 5). ``agreement``: see ``agreement.agreements``. ``claim``: see
        ``claim_tests``, of the tuned arm of each model that has ratings; ``is_final`` when all ratings are in.
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
        "claim": claim_tests(outcomes, claim, max(1, n_models)) | {"is_final": not any(outstanding.values())},
    }


def by_case(rated: pd.DataFrame) -> NDArray[np.bool_]:
    """Return one outcome per case: acceptable if more than half of its ratings say so, and so not if two disagree."""
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


def claim_tests(outcomes: Mapping[str, NDArray[np.bool_]], claim: Acceptability, n_models: int) -> dict[str, Any]:
    """Test the claim of each model, by the exact one-sided binomial test over cases.

    Parameters
    ----------
    outcomes
        Model -> whether each case's regimen is acceptable; at least one case each.
    n_models
        The number of models that the review is planned for, rated or not: the claim is held of the first by Holm's
        method at ``LEVEL / n_models``, for which power and number of cases are computed.

    Returns
    -------
    dict
        ``above`` and ``expected`` as claimed, ``level``, ``cases_needed`` (for a power of ``WANTED_POWER``), and
        ``tests``, one per model: ``model``, ``n``, ``n_acceptable``, ``at_least`` (the rate that is shown at the level
        by itself: Clopper and Pearson's one-sided lower bound), ``p``, ``p_holm`` (Holm 1979, over the models) and
        ``power`` of so many cases.
    """
    level = LEVEL / n_models
    tests: list[dict[str, Any]] = []
    for model, cases in sorted(outcomes.items()):
        n, count = len(cases), int(cases.sum())
        shown, p = at_least(count, n, 1 - LEVEL), p_above(count, n, claim.null_rate)
        found = {"model": model, "n": n, "n_acceptable": count, "at_least": shown, "p": p}
        tests.append({**found, "power": power(n, claim, level)})
    adjusted = multipletests([found["p"] for found in tests], method="holm")[1] if tests else []
    for found, p_holm in zip(tests, adjusted, strict=True):
        found["p_holm"] = float(p_holm)
    claimed = {"above": claim.null_rate, "expected": claim.expected_rate}
    return {**claimed, "level": LEVEL, "cases_needed": cases_needed(claim, level), "tests": tests}


def p_above(count: int, n: int, rate: float) -> float:
    """Return the one-sided exact binomial p: how likely ``count`` or more of ``n`` are at this rate."""
    return float(binom.sf(count - 1, n, rate))


def power(n: int, claim: Acceptability, level: float = LEVEL) -> float:
    """Return the probability that the exact test of ``n`` cases holds the claim, at this level, if it is as expected.

    It is 0 where not even all cases being acceptable would do.
    """
    return float(_powers(np.array([n]), claim, level)[0])


def cases_needed(claim: Acceptability, level: float = LEVEL) -> int:
    """Return the smallest number of cases from which on the power never falls below ``WANTED_POWER`` again.

    The power of an exact test rises in a saw-tooth: with one case more it may fall. The number is sought up to twice
    that of the normal approximation, and 100 more, beyond which no tooth reaches down that far.
    """
    z_level, z_power = norm.ppf(1 - level), norm.ppf(WANTED_POWER)
    spread = [rate * (1 - rate) for rate in (claim.null_rate, claim.expected_rate)]
    rough = ((z_level * spread[0] ** 0.5 + z_power * spread[1] ** 0.5) / (claim.expected_rate - claim.null_rate)) ** 2
    sizes = np.arange(1, int(2 * rough) + 101)
    too_weak = np.flatnonzero(_powers(sizes, claim, level) < WANTED_POWER)
    return int(sizes[too_weak[-1]] + 1) if len(too_weak) else 1


def _powers(sizes: NDArray[np.int64], claim: Acceptability, level: float) -> NDArray[np.float64]:
    # The test holds the claim at more than so many: P(X > most) <= level < P(X > most - 1).
    most = binom.isf(level, sizes, claim.null_rate)
    return np.asarray(binom.sf(most, sizes, claim.expected_rate), dtype=np.float64)
