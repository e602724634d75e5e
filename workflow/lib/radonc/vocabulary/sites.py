"""Site groups: the few parts of the body by which radiation oncology counts its patients."""

from __future__ import annotations

import re

# By the blocks of ICD-10-CM's chapter II (malignant neoplasms), but for nose, sinuses and larynx, which are head and
# neck, and the prostate, which stands apart. The first group whose categories match counts.
_CATEGORIES = {
    "head and neck": "C0|C1[0-4]|C3[0-2]",
    "central nervous system": "C7[0-2]",
    "eye": "C69",
    "thorax": "C3[3-9]",
    "breast": "C50",
    "gastrointestinal": "C1[5-9]|C2",
    "gynaecological": "C5[1-8]",
    "prostate": "C61",
    "genitourinary": "C6[0-8]",
    "skin": "C4[34A]",
    "bone and soft tissue": "C4[015-9]",
    "endocrine": "C7[3-5]",
    "lymphoma": "C8[1-8]",
    "myeloma and leukaemia": "C9",
    "metastases": "C7[7-9B]",
}
OTHER = "other"


def groups() -> tuple[str, ...]:
    """Return all groups, ``other`` last."""
    return (*_CATEGORIES, OTHER)


def group_of_code(code: str) -> str:
    """Return the group of an ICD-10-CM code in normal form."""
    return next((group for group, heads in _CATEGORIES.items() if re.match(heads, code)), OTHER)
