"""Agreement of two reviewers on yes-or-no judgements, beyond chance."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Judgements = NDArray[np.bool_]


def agreements(judgements: pd.DataFrame) -> list[dict[str, Any]]:
    """Compare every two reviewers over the items that both judged.

    ``judgements`` has ``reviewer``, ``item`` and ``rating`` (true or false). For every pair with items in common the
    result has ``reviewers``, ``n`` (items), ``raw`` (share of equal judgements), ``kappa`` and ``ac1``.
    """
    by_reviewer = {str(name): rows.set_index("item")["rating"] for name, rows in judgements.groupby("reviewer")}
    found = []
    for pair in combinations(sorted(by_reviewer), 2):
        both = pd.concat([by_reviewer[name] for name in pair], axis=1, join="inner").to_numpy(dtype=np.bool_)
        if len(both):
            first, second = both[:, 0], both[:, 1]
            measures = {"raw": raw(first, second), "kappa": kappa(first, second), "ac1": ac1(first, second)}
            found.append({"reviewers": list(pair), "n": len(both), **measures})
    return found


def raw(first: Judgements, second: Judgements) -> float:
    """Return the share of items that both judge alike."""
    return float((first == second).mean())


def kappa(first: Judgements, second: Judgements) -> float | None:
    """Return Cohen's kappa (Cohen 1960), or None where it is undefined: both say the same of everything."""
    yes, also_yes = float(first.mean()), float(second.mean())
    chance = yes * also_yes + (1 - yes) * (1 - also_yes)
    return (raw(first, second) - chance) / (1 - chance) if chance < 1 else None


def ac1(first: Judgements, second: Judgements) -> float:
    """Return Gwet's AC1 for two raters and two categories (Gwet 2008, Br J Math Stat Psychol 61:29-48).

    Kappa falls towards 0 when nearly all judgements are yes, however well the reviewers agree; AC1 does not.
    """
    yes = float(first.mean() + second.mean()) / 2
    chance = 2 * yes * (1 - yes)
    return (raw(first, second) - chance) / (1 - chance)
