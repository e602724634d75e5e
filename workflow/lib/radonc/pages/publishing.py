"""What of the statistics may be published: rates of few cases and small numbers of them stay in the house.

Rates and tests over enough cases are published. They tell how models answer, not who is ill; who does the sums can work
out from them how many answers were right.
"""

from __future__ import annotations

import pandas as pd

from radonc.pages import small_cells
from radonc.pages.small_cells import SMALLEST

OUTCOMES = ["n_better", "n_worse", "n_tied"]
TELLING = ["statistic", "rank_biserial", "p_pratt", "p_mcnemar", "p_mcnemar_two_sided", "p_mcnemar_mid"]
"""What these numbers follow from, together with the difference."""


def enough(table: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the rows of SUMMARY or COMPARISONS whose rates are over enough cases."""
    return table[table["n"] >= smallest].reset_index(drop=True)


def comparisons(table: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the publishable part of COMPARISONS.

    Small numbers of cases better, worse or tied, and those that would give them away, are texts that say so; what they
    follow from is missing there.
    """
    found = enough(table, smallest)
    outcomes = found[OUTCOMES].astype("object")
    marks = [small_cells.suppress([int(n) for n in row], smallest) for row in outcomes.itertuples(index=False)]
    hidden = pd.DataFrame(marks, columns=OUTCOMES, index=found.index, dtype="object")
    shown = hidden.isna().all(axis=1)
    return found.assign(**outcomes.where(hidden.isna(), hidden), **{name: found[name].where(shown) for name in TELLING})
