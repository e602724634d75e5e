"""What of the statistics may be published: rates of few cases and small numbers of patients stay in the house.

Rates, tests and numbers of answers over enough cases are published, small numbers of answers as well: they say how
models answer, not who is ill.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from radonc.report.small_cells import SMALLEST, WITHHELD

MEDIAN = "eqd2_error_gy"
WITHIN = {
    "full_match": "accuracy",
    "site": "full_match",
    "site_group": "site",
    "laterality": "site",
    **dict.fromkeys(("dose", "fractions", "modality", "technique", MEDIAN), "full_match"),
}
"""Metric of the cases whose reference states something -> that of the cases they are among. The others may be few."""
EVERY_HUNDREDTH = 100
"""From so many cases on, every rate of two decimals is that of some number of them."""


def enough(table: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the rows of SUMMARY or COMPARISONS whose rates are over enough cases."""
    return table[table["n"] >= smallest].reset_index(drop=True)


def summary(table: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the publishable part of SUMMARY; where few cases were not judged, without what shows how many."""
    found = enough(table, smallest)
    sizes = table.groupby(["task", "metric"])["n"].max()
    around = found["metric"].map(WITHIN)
    n_around = []
    while around.notna().any():
        keys = pd.MultiIndex.from_arrays([found["task"], around])
        n_around.append(pd.Series(sizes.reindex(keys).to_numpy(dtype="float64"), index=found.index))
        around = around.map(WITHIN)
    return _blurred(found, n_around, smallest)


def coherence(table: pd.DataFrame, n_cases: int, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the publishable part of COHERENCE, of ``n_cases`` test cases: as ``summary``, of the references' rates."""
    found = enough(table, smallest)
    return _blurred(found, [(found["arm"] == "treated").map({True: float(n_cases)}).astype("float64")], smallest)


def _blurred(found: pd.DataFrame, n_around: Sequence[pd.Series[float]], smallest: int) -> pd.DataFrame:
    """Return rows without what shows how many of the cases around were not judged, where these are few; missing: any.

    There ``n`` is ``withheld``, and a rate has two decimals and no interval, which any number of cases from 100 on
    can give. Of fewer cases it is left out.
    """
    reveals = pd.Series(data=False, index=found.index)
    for n in n_around:
        reveals |= (n - found["n"]).between(1, smallest - 1)
    rates = reveals & (found["metric"] != MEDIAN)
    shown = found.assign(
        n=found["n"].astype("object").where(~reveals, WITHHELD),
        value=found["value"].where(~rates, found["value"].round(2)),
        low=found["low"].where(~rates),
        high=found["high"].where(~rates),
    )
    return shown[~(rates & (found["n"] - smallest < EVERY_HUNDREDTH))].reset_index(drop=True)
