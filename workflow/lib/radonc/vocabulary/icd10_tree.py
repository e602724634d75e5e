"""How ICD-10-CM codes stand to each other. Apart from ``icd10``, so that what only scoring asks reruns no model."""

import re
from functools import cache

from radonc.vocabulary import icd10


def standing(code: str) -> str:
    """Return how far a code in normal form goes: ``billable``, ``subcategory``, ``category`` or ``unknown``.

    A subcategory is a code that ICD-10-CM divides further, as ``C50.9``, which in the WHO's ICD-10 is a full code.
    """
    if not icd10.is_valid(code):
        return "unknown"
    if icd10.is_billable(code):
        return "billable"
    return "category" if code == icd10.category(code) else "subcategory"


@cache
def lineage(code: str) -> frozenset[str]:
    """Return a code and all that it lies below: subcategories, category, block, chapter.

    Two codes' hierarchical precision is the share of the answer's lineage that is in the reference's, recall the
    reverse (Kosmopoulos et al. 2015, doi:10.1007/s10618-014-0382-x). The root, which all codes share, is left out. A
    block of one category has its name, and counts once with it. Of a code that ICD-10-CM does not have, it is the
    code and the lineage of the longest valid code that it begins with, if there is one.

    >>> sorted(lineage("C50.9")), sorted(lineage("C61.7")), sorted(lineage("C99.1"))
    (['2', 'C50', 'C50.9'], ['2', 'C60-C63', 'C61', 'C61.7'], ['C99.1'])
    """
    if icd10.is_valid(code):
        return frozenset((code, *icd10.tabular().get_ancestors(code)))
    shorter = (code[:end].rstrip(".") for end in range(len(code) - 1, 2, -1))
    known = next(filter(icd10.is_valid, shorter), None)
    return frozenset((code,)) | (lineage(known) if known else frozenset())


def differ_in_side(one: str, other: str) -> bool:
    """Return whether two codes say the same but for the side: another one, or one where the other leaves it open.

    Both must be billable: ``C34.1`` is less of an answer than ``C34.11``, not one without a side.

    >>> differ_in_side("C50.411", "C50.412"), differ_in_side("C50.411", "C50.419"), differ_in_side("C50.411", "C50.511")
    (True, True, False)
    """
    if one == other or not (icd10.is_billable(one) and icd10.is_billable(other)):
        return False
    return without_side(one) == without_side(other) and bool(icd10.laterality(one) or icd10.laterality(other))


@cache
def without_side(code: str) -> tuple[str, str]:
    """Return category and title of a valid code without the words for a side: the same for all sides of one organ."""
    singular = re.sub(r"ies\b|s\b", lambda end: "y" if end[0] == "ies" else "", icd10.title(code).lower())  # ovaries
    title = re.sub(r"\b(?:right|left|bilateral|unspecified)\b", "", singular)
    return icd10.category(code), re.sub(r"[\s,]+", " ", title)
