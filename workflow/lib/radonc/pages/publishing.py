"""What of the statistics may be published: rates of few cases and small numbers of them stay in the house.

Rates and tests over enough cases are published. They tell how models answer, not who is ill; who does the sums can work
out from them how many answers were right.
"""

from __future__ import annotations

import pandas as pd

from radonc.pages import small_cells
from radonc.pages.small_cells import SMALLEST, WITHHELD

MEDIAN = "eqd2_error_gy"
JUDGED = ("site", "site_group", "laterality", "dose", "fractions", "modality", "technique", "full_match", MEDIAN)
"""The metrics of cases whose reference tells something: how many do not, may be a small number of people."""
OUTCOMES = ["n_better", "n_worse", "n_tied"]


def enough(table: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the rows of SUMMARY or COMPARISONS whose rates are over enough cases."""
    return table[table["n"] >= smallest].reset_index(drop=True)


def summary(table: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the publishable part of SUMMARY.

    Where the cases that were not judged are so few that their number is small, a rate is left out, since its digits
    tell of how many cases it is; of a median ``n`` alone is ``withheld``.
    """
    found = enough(table, smallest)
    n_cases = found[found["metric"] == "accuracy"].groupby("task")["n"].max()
    tells = found["metric"].isin(JUDGED) & _few(found["task"].map(n_cases).astype("float64") - found["n"], smallest)
    is_median = found["metric"] == MEDIAN
    shown = found.assign(n=found["n"].astype("object").where(~(tells & is_median), WITHHELD))
    return shown[~tells | is_median].reset_index(drop=True)


def coherence(table: pd.DataFrame, n_cases: int, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the publishable part of COHERENCE, of ``n_cases`` test cases: as ``summary``, of the references' rates."""
    found = enough(table, smallest)
    return found[~((found["arm"] == "treated") & _few(n_cases - found["n"], smallest))].reset_index(drop=True)


def _few(counts: pd.Series[float], smallest: int) -> pd.Series[bool]:
    return (counts > 0) & (counts < smallest)


def comparisons(table: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the publishable part of COMPARISONS.

    Small numbers of cases better, worse or tied, and those that would give them away, are texts that say so; the
    signed-rank statistic, from which they follow, is missing there.
    """
    found = enough(table, smallest)
    outcomes = found[OUTCOMES].astype("object")
    marks = [small_cells.suppress([int(n) for n in row], smallest) for row in outcomes.itertuples(index=False)]
    hidden = pd.DataFrame(marks, columns=OUTCOMES, index=found.index, dtype="object")
    return found.assign(
        **outcomes.where(hidden.isna(), hidden), statistic=found["statistic"].where(hidden.isna().all(axis=1))
    )
