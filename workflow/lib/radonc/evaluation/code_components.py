"""How near an answered ICD-10-CM code is: category, site group, the side, and how far down the tree it is right."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from radonc.data.outcomes import CODE_COMPONENTS
from radonc.vocabulary import icd10, sites
from radonc.vocabulary.icd10_tree import differ_in_side, lineage, standing

_REMEMBERED = 1 << 18


def score(scores: pd.DataFrame) -> pd.DataFrame:
    """Judge every answered code by its reference.

    Parameters
    ----------
    scores
        Rows of ``SCORES`` of the task ``icd10``.

    Returns
    -------
    DataFrame
        A row of ``CODE_COMPONENTS`` per row of ``scores``, in their order.
    """
    parsed = scores["parsed"].astype("object").where(scores["parsed"].notna(), None)
    rows = list(map(lru_cache(_REMEMBERED)(judge), scores["reference"], parsed))
    names = list(CODE_COMPONENTS.columns)
    n_key = names.index("full_code")
    judged = pd.DataFrame(rows, columns=names[n_key:], index=scores.index).astype({"site_group": "boolean"})
    return pd.concat([scores[names[:n_key]], judged], axis=1)


def judge(reference: str, answer: str | None) -> tuple[bool, bool, bool | None, bool, float, float, float, str | None]:
    """Judge a code by its reference, both in normal form.

    Returns
    -------
    tuple
        Full code, category, site group (None: the reference's is ``other``) right; only the side wrong; hierarchical
        precision, recall and F; standing. The hierarchical measures are of one case (Kosmopoulos et al. 2015,
        doi:10.1007/s10618-014-0382-x), F being 2 · shared / (both lineages). A code that could not be read (None) is
        wrong, shares nothing, and has no standing.

    >>> judge("C50.911", "C50.912")[:4], judge("C50.911", "C50.912")[4]
    ((False, True, True, True), 0.8)
    """
    group = sites.group_of_code(reference)
    is_placed = group != sites.OTHER
    if answer is None:
        return False, False, False if is_placed else None, False, 0.0, 0.0, 0.0, None
    true, said = lineage(reference), lineage(answer)
    shared = len(true & said)
    return (
        answer == reference,
        icd10.category(answer) == icd10.category(reference),
        sites.group_of_code(answer) == group if is_placed else None,
        differ_in_side(reference, answer),
        shared / len(said),
        shared / len(true),
        2 * shared / (len(said) + len(true)),
        standing(answer),
    )
