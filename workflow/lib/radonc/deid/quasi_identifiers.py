"""k-anonymity: the sizes of the groups of cases that agree in all quasi-identifiers (equivalence classes).

A quasi-identifier does not identify by itself but may be known to a neighbour or an employer: sex, age, year, disease.
The size of the smallest group is k (Sweeney 2002): whoever knows these details recognises a patient in a group of one.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import pandas as pd

from radonc.vocabulary import icd10

SIZES = {"1": 1, "2–4": 4, "5–10": 10, "11–20": 20, "21–50": 50, "51 and more": math.inf}
"""Class of group sizes -> the largest of it."""
FIELDS: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    **{name: itemgetter(name) for name in ("sex", "age", "diagnosis_year", "icd10", "laterality", "modality")},
    "age_band": lambda cases: (cases["age"].astype("Int64") // 10 * 10).clip(upper=90),
    "icd10_category": lambda cases: cases["icd10"].map(icd10.category, na_action="ignore"),
}
"""The quasi-identifiers that the config may name; ``age_band`` is ten years, 90 and more one band."""
AS_RELEASED = {"age_band": "age", "icd10_category": "icd10"}
"""The finer columns of the row-level tables for the coarser ones."""


def measure(cases: pd.DataFrame, names: Sequence[str]) -> dict[str, Any]:
    """Measure the groups of cases (schema ``CASES``) that agree in all named ``FIELDS``; missing values are equal.

    Return ``patients``; ``steps``: a row for the first quasi-identifier, for the first two and so on, each with
    ``added``, ``groups``, ``k``, and the numbers of patients ``unique`` (alone in their group), ``below_5`` and
    ``below_11``; ``as_released``: such a row for all of them as the row-level tables hold them, age in years and the
    whole code; ``sizes``: for all of them, ``size``, ``groups`` and ``patients`` by class of group size.
    """
    finer = [AS_RELEASED.get(name, name) for name in names]
    keys = pd.DataFrame({name: FIELDS[name](cases).astype("str").fillna("") for name in [*names, *finer]})
    sizes = _group_sizes(keys, names)
    classes = pd.cut(sizes, [0, *SIZES.values()], labels=list(SIZES))
    by_class = sizes.groupby(classes, observed=False).agg(["size", "sum"])
    return {
        "patients": len(cases),
        "steps": [{"added": name, **_row(_group_sizes(keys, names[: i + 1]))} for i, name in enumerate(names)],
        "as_released": {"fields": finer, **_row(_group_sizes(keys, finer))},
        "sizes": [{"size": name, "groups": int(n), "patients": int(total)} for name, n, total in by_class.itertuples()],
    }


def _group_sizes(keys: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    sizes: pd.Series = keys.groupby(list(names), sort=False).size()
    return sizes


def _row(sizes: pd.Series) -> dict[str, Any]:
    return {
        "groups": len(sizes),
        "k": int(sizes.min()) if len(sizes) else None,
        "unique": int((sizes == 1).sum()),
        "below_5": int(sizes[sizes < 5].sum()),
        "below_11": int(sizes[sizes < 11].sum()),
    }
