"""What texts about a place in the body name: sides and organs."""

from __future__ import annotations

import re
from functools import lru_cache

# L and R of a vertebra or a joint's code ("L-spine") are no sides.
SIDE = re.compile(r"(?<![\w-])(?:left|right|lt|rt|l|r)(?![\w-]| spine)")
FULL = {"l": "left", "r": "right"}

# How texts and the titles of ICD-10-CM name an organ. Words that name several (cervical, oral) are left out.
ORGANS = {
    "anus": re.compile(r"\banus\b|\banal\b"),
    "bladder": re.compile(r"\bbladder\b"),
    "bone": re.compile(r"\bbones?\b|\bspine\b|vertebra"),
    "brain": re.compile(r"\bbrain\b|cerebr|cerebell|mening|nervous system"),
    "breast": re.compile(r"\bbreast|\bmamma"),
    "colon": re.compile(r"\bcolon\b|sigmoid|\bcecum\b"),
    "esophagus": re.compile(r"esophag"),
    "eye": re.compile(r"\beye\b|choroid|uvea|retina"),
    "kidney": re.compile(r"\bkidney|\brenal\b"),
    "larynx": re.compile(r"laryn|glotti"),
    "liver": re.compile(r"\bliver\b|\bhepat"),
    "lung": re.compile(r"\blungs?\b|bronch|pulmon"),
    "ovary": re.compile(r"\bovar"),
    "pancreas": re.compile(r"pancrea"),
    "prostate": re.compile(r"prostat"),
    "rectum": re.compile(r"\brectum\b|\brectal\b|rectosigmoid"),
    "skin": re.compile(r"\bskin\b"),
    "stomach": re.compile(r"\bstomach\b|\bgastric\b|esophagogastric"),
    "testis": re.compile(r"\btest[ie]s\b|testic"),
    "thyroid": re.compile(r"\bthyroid\b"),
    "uterus": re.compile(r"\buter|endometr|\bcervix\b"),
}


def folded(text: str | None) -> str:
    """Return a text without regard to case and blanks."""
    return " ".join((text or "").casefold().split())


def sides_named(text: str | None) -> set[str]:
    """Return the sides that a text names, in full or as RT, LT, R, L.

    >>> sorted(sides_named("RT breast UOQ")), sorted(sides_named("L-spine")), sorted(sides_named("left and right hip"))
    (['right'], [], ['left', 'right'])
    """
    return {FULL[word[0]] for word in SIDE.findall(folded(text))}


def without_side(text: str | None) -> str:
    """Return a text with ``bilateral`` where it names a side.

    >>> without_side("LT breast")
    'bilateral breast'
    """
    return SIDE.sub("bilateral", folded(text))


@lru_cache(maxsize=1 << 16)
def organs_named(text: str | None) -> frozenset[str]:
    """Return the organs that a text names.

    >>> sorted(organs_named("Malignant neoplasm of upper lobe, right bronchus or lung"))
    ['lung']
    """
    return frozenset(name for name, pattern in ORGANS.items() if text and pattern.search(text.casefold()))
