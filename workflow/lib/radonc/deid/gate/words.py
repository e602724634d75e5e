"""Words that identify nobody by themselves, and words that stand with names."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from radonc.wordlists import words

SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "nee", "aka", "formerly"})
"""Stand with a patient's own name and are no part of it."""

FORMS_OF_ADDRESS = ("dr", "mr", "mrs", "ms", "miss", "doctor")
"""Behind one of them even an ordinary word is a name."""

_ABBREVIATIONS = {
    "street": "st", "avenue": "ave", "road": "rd", "drive": "dr", "lane": "ln", "court": "ct", "boulevard": "blvd",
    "place": "pl", "highway": "hwy", "terrace": "ter", "circle": "cir", "parkway": "pkwy", "square": "sq", "way": "wy",
}  # fmt: skip
STREET_SUFFIXES = _ABBREVIATIONS | {short: long for long, short in _ABBREVIATIONS.items()}
"""Words for ways, each with its other form."""

_SHORTEST_PART = 3
_PART = re.compile(r"[A-Z]?[a-z]+|[^\W\d_]+?(?=[A-Z][a-z]|[\W\d_]|$)")
"""The parts of a name written without blanks: ``Left`` and ``Hip`` of ``LeftHip``."""


_LISTS = {
    name: frozenset(words.split())
    for name, words in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items()
}

TITLES = SUFFIXES | _LISTS["titles"]
"""Stand with or for the names of physicians and relatives and are no part of them: titles, degrees, kinship."""


@cache
def ordinary() -> frozenset[str]:
    """Return the words that are ordinary or clinical English, whether surname and place or not."""
    known = (source.words for source in words.sources())
    return frozenset().union(*known, words.eponyms(), *_LISTS.values(), SUFFIXES)


@cache
def clinical() -> frozenset[str]:
    """Return the words that names of plans are made of."""
    wanted = ("abbreviations", "anatomy", "radiotherapy")
    return frozenset().union(*(source.words for source in words.sources() if source.name in wanted))


def is_distinct(name: str) -> bool:
    """Tell whether the name of a plan or a machine says more than site, side and technique do.

    ``Breast R 2``, ``LeftHip`` and ``HDR`` are clinical language, which a text may hold; ``JS Breast`` is not.
    """
    return any(len(part) > 1 and not _is_made_of_words(part.lower()) for part in _PART.findall(name))


def _is_made_of_words(part: str) -> bool:
    """Tell whether a part is an ordinary word, or clinical ones of three letters or more without a blank."""
    return part in ordinary() or any(
        part[:end] in clinical() and (part[end:] in clinical() or _is_made_of_words(part[end:]))
        for end in range(_SHORTEST_PART, len(part) - _SHORTEST_PART + 1)
    )
