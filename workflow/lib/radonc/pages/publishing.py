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
EVERY_HUNDREDTH = 100
"""From so many cases on, every rate of two decimals is that of some number of them."""
OUTCOMES = ["n_better", "n_worse", "n_tied"]
TELLING = ["statistic", "rank_biserial", "p_pratt", "p_mcnemar", "p_mcnemar_two_sided", "p_mcnemar_mid"]
"""What these numbers follow from, together with the difference."""


def enough(table: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the rows of SUMMARY or COMPARISONS whose rates are over enough cases."""
    return table[table["n"] >= smallest].reset_index(drop=True)


def summary(table: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the publishable part of SUMMARY; where few cases were not judged, without what tells how many."""
    found = enough(table, smallest)
    n_cases = found[found["metric"] == "accuracy"].groupby("task")["n"].max()
    judged = found["metric"].isin(JUDGED)
    return _blurred(found, found["task"].map(n_cases).where(judged).astype("float64"), smallest)


def coherence(table: pd.DataFrame, n_cases: int, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the publishable part of COHERENCE, of ``n_cases`` test cases: as ``summary``, of the references' rates."""
    found = enough(table, smallest)
    return _blurred(found, (found["arm"] == "treated").map({True: float(n_cases)}).astype("float64"), smallest)


def _blurred(found: pd.DataFrame, n_cases: pd.Series[float], smallest: int) -> pd.DataFrame:
    """Return rows without what tells how many of ``n_cases`` were not judged, where these are few; missing: any.

    There ``n`` is ``withheld``, and a rate has two decimals and no interval, which any number of cases from 100 on
    can give. Of fewer cases it is left out.
    """
    rest = n_cases - found["n"]
    tells = (rest > 0) & (rest < smallest)
    rates = tells & (found["metric"] != MEDIAN)
    shown = found.assign(
        n=found["n"].astype("object").where(~tells, WITHHELD),
        value=found["value"].where(~rates, found["value"].round(2)),
        low=found["low"].where(~rates),
        high=found["high"].where(~rates),
    )
    return shown[~(rates & (n_cases - smallest < EVERY_HUNDREDTH))].reset_index(drop=True)


def comparisons(table: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the publishable part of COMPARISONS or MODEL_COMPARISONS.

    Small numbers of cases better, worse or tied, and those that would give them away, are texts that say so; what they
    follow from is missing there.
    """
    found = enough(table, smallest)
    outcomes = found[OUTCOMES].astype("object")
    marks = [small_cells.suppress([int(n) for n in row], smallest) for row in outcomes.itertuples(index=False)]
    hidden = pd.DataFrame(marks, columns=OUTCOMES, index=found.index, dtype="object")
    shown = hidden.isna().all(axis=1)
    telling = {name: found[name].where(shown) for name in TELLING if name in found}
    return found.assign(**outcomes.where(hidden.isna(), hidden), **telling)
