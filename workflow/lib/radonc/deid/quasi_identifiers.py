"""k-anonymity: the sizes of the groups of cases that agree in all quasi-identifiers (equivalence classes).

A quasi-identifier does not identify by itself but may be known to a neighbour or an employer: sex, age, year, disease.
The size of the smallest group is k (Sweeney 2002): whoever knows these details recognises a patient in a group of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from radonc.vocabulary import icd10

TOP_AGE = 90
SMALL, TINY = 11, 5
SIZES = {"1": 1, "2–4": 4, "5–10": 10, "11–20": 20, "21–50": 50, "51 and more": None}
"""Class of group sizes -> the largest of it."""


def _age_band(cases: pd.DataFrame) -> pd.Series:
    decade = cases["age"].astype("Int64") // 10 * 10
    return decade.clip(upper=TOP_AGE)


def _category(cases: pd.DataFrame) -> pd.Series:
    return cases["icd10"].map(icd10.category, na_action="ignore")


FIELDS: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "sex": lambda cases: cases["sex"],
    "age_band": _age_band,
    "age": lambda cases: cases["age"],
    "diagnosis_year": lambda cases: cases["diagnosis_year"],
    "icd10_category": _category,
    "icd10": lambda cases: cases["icd10"],
    "laterality": lambda cases: cases["laterality"],
    "modality": lambda cases: cases["modality"],
}
"""The quasi-identifiers that the config may name; ``age_band`` is ten years, 90 and more one band."""
AS_RELEASED = {"age_band": "age", "icd10_category": "icd10"}
"""The finer columns of the row-level tables for the coarser ones."""


def measure(cases: pd.DataFrame, names: Sequence[str]) -> dict[str, Any]:
    """Measure the groups of cases that agree in all quasi-identifiers.

    Parameters
    ----------
    cases
        As of the schema ``CASES``. Missing values count as equal.
    names
        Keys of ``FIELDS``.

    Returns
    -------
    dict
        ``patients``; ``steps``: a row for the first quasi-identifier, for the first two and so on, each with
        ``added``, ``groups``, ``k``, and the numbers of patients ``unique`` (alone in their group), ``below_5`` and
        ``below_11``; ``as_released``: such a row for all of them as the row-level tables hold them, age in years and
        the whole code; ``sizes``: for all of them, ``size``, ``groups`` and ``patients`` by class of group size.
    """
    keys = pd.DataFrame({name: FIELDS[name](cases).astype("str").fillna("") for name in [*names, *map(_finer, names)]})
    sizes = _group_sizes(keys, names)
    return {
        "patients": len(cases),
        "steps": [{"added": name, **_row(keys, names[: i + 1])} for i, name in enumerate(names)],
        "as_released": {"fields": [_finer(name) for name in names], **_row(keys, [_finer(name) for name in names])},
        "sizes": _by_class(sizes),
    }


def _finer(name: str) -> str:
    return AS_RELEASED.get(name, name)


def _group_sizes(keys: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """Return the size of each group."""
    sizes: pd.Series = keys.groupby(list(names), sort=False).size()
    return sizes


def _row(keys: pd.DataFrame, names: Sequence[str]) -> dict[str, Any]:
    sizes = _group_sizes(keys, names)
    return {
        "groups": len(sizes),
        "k": int(sizes.min()) if len(sizes) else None,
        "unique": int((sizes == 1).sum()),
        "below_5": int(sizes[sizes < TINY].sum()),
        "below_11": int(sizes[sizes < SMALL].sum()),
    }


def _by_class(sizes: pd.Series) -> list[dict[str, Any]]:
    rows, least = [], 1
    for name, greatest in SIZES.items():
        within = sizes[(sizes >= least) & ((sizes <= greatest) if greatest else True)]
        rows.append({"size": name, "groups": len(within), "patients": int(within.sum())})
        least = (greatest or 0) + 1
    return rows
