"""Words that are no sign of a person by themselves.

Scrubber and gate must mean the same by "a common word", so they share this definition; how they search, they do not.
"""

from __future__ import annotations

from pathlib import Path

import re2


def _read(name: str) -> frozenset[str]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


NOTES = _read("ordinary.notes.txt")
"""Words of sentences and headings: never a part of a name beside it."""

COMMON = NOTES | _read("ordinary.txt")
"""Words that are ordinary or clinical English, surname and place or not; in lower case, without accents."""

SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "nee", "aka", "formerly"})
"""Stand with a patient's own name and are no part of it."""

TITLES = SUFFIXES | _read("ordinary.titles.txt")
"""Stand with or for the names of physicians and relatives and are no part of them: titles, degrees, kinship."""


_MADE_OF_COMMON = re2.compile(f"(?:{'|'.join(sorted(COMMON))})+")


def is_distinct(tokens: list[str]) -> bool:
    """Tell whether the name of a plan or a machine says more than site, side and technique do.

    ``Breast R 2``, ``LeftHip`` and ``HDR`` are clinical language, which a text may hold; ``JS Breast`` is not.
    """
    return any(token.isalpha() and len(token) > 1 and not _MADE_OF_COMMON.fullmatch(token) for token in tokens)
