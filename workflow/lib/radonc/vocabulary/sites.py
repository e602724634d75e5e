"""Site groups: the few parts of the body by which radiation oncology counts its patients, of codes and of words.

Which code and which word is of which group stands in two tables beside this module, each with its source.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache, reduce
from pathlib import Path
from string import digits

from radonc.vocabulary import icd10

METASTASES, UNSPECIFIED, OTHER = "metastases", "unspecified", "other"
PLACELESS = frozenset({"lymphoma", "myeloma and leukaemia", METASTASES, UNSPECIFIED, OTHER})
"""Groups of diseases that can lie, and be treated, anywhere."""

_HERE = Path(__file__).parent
_FIRST, _LAST = "C00", "D49"


@cache
def groups() -> tuple[str, ...]:
    """Return all groups, in the order of the table of codes, ``other`` last."""
    return (*dict.fromkeys(group for group, _ in _lines("codes")), OTHER)


@cache
def group_of_code(code: str) -> str:
    """Return the group of an ICD-10-CM code in normal form; ``other`` where it is no neoplasm's.

    By the code's head alone: the code need not be valid.

    >>> group_of_code("C50.911"), group_of_code("D05.1"), group_of_code("C75.3"), group_of_code("L91.0")
    ('breast', 'breast', 'central nervous system', 'other')
    """
    if not _FIRST <= icd10.category(code) <= _LAST:
        return OTHER
    heads = (code[:end] for end in range(len(code), 2, -1))
    return next((group for head in heads if (group := _by_head().get(head))), OTHER)


@lru_cache(maxsize=1 << 16)
def groups_of_words(text: str | None) -> frozenset[str]:
    """Return the groups of which the site in a text can be; none where no word says so.

    What all its words have in common, or else all that they name. Metastases that are named as such are metastases,
    wherever they are.

    >>> [sorted(groups_of_words(text)) for text in ("prostate and pelvis", "prostate and rectum", "tumor field")]
    [['prostate'], ['gastrointestinal', 'prostate'], []]
    """
    found = [_by_word(word) for word in _words().findall(" ".join((text or "").lower().split()))]
    if not found:
        return frozenset()
    if frozenset({METASTASES}) in found:
        return frozenset({METASTASES})
    return reduce(frozenset.__and__, found) or frozenset().union(*found)


def agree(code: str, text: str | None) -> bool | None:
    """Return whether a code and a text about the treated site can be of the same place; None where one names no place.

    A metastasis' code agrees with the organ that its title names. A place that is treated for another reason (the
    brain, to prevent metastases; a painful bone of a patient coded as the primary) disagrees: this is a comparison of
    words, not of what is right.

    >>> agree("C61", "prostate and pelvic nodes"), agree("C61", "whole brain"), agree("C79.51", "L-spine")
    (True, False, True)
    >>> agree("C83.30", "neck"), agree("C61", "tumor bed")
    (None, None)
    """
    places, named = _places(code), groups_of_words(text)
    return bool(places & named) if places and named else None


def _places(code: str) -> frozenset[str]:
    """Return the groups as which a code's disease can be treated; none where it can lie anywhere."""
    group = group_of_code(code)
    if group == METASTASES:
        return frozenset({METASTASES}) | (groups_of_words(icd10.title(code)) if icd10.is_valid(code) else frozenset())
    return frozenset({group}) - PLACELESS


@cache
def _by_head() -> dict[str, str]:
    return {head: group for group, heads in _lines("codes") for span in heads.split() for head in _heads(span)}


def _heads(span: str) -> list[str]:
    """Return the heads of codes in a range, such as ``C00-C14`` or ``D14.0-D14.1``: the last number counts up."""
    first, _, last = span.partition("-")
    if not last:
        return [first]
    stem = first.rstrip(digits)
    start = first.removeprefix(stem)
    return [f"{stem}{number:0{len(start)}}" for number in range(int(start), int(last.removeprefix(stem)) + 1)]


@cache
def _entries() -> dict[str, frozenset[str]]:
    """Return the words of the table, a star at their end where more may follow, and their groups."""
    return {
        word.strip(): frozenset(group.strip() for group in named.split(","))
        for named, words in _lines("words")
        for word in words.split(",")
    }


@cache
def _words() -> re.Pattern[str]:
    longest_first = sorted(_entries(), key=lambda word: (-len(word), word))
    words = "|".join(re.escape(word.removesuffix("*")) + r"\w*" * word.endswith("*") for word in longest_first)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")


@lru_cache(maxsize=1 << 16)
def _by_word(word: str) -> frozenset[str]:
    if word in _entries():
        return _entries()[word]
    return next(_entries()[f"{head}*"] for end in range(len(word), 0, -1) if f"{(head := word[:end])}*" in _entries())


def _lines(table: str) -> list[tuple[str, str]]:
    text = (_HERE / f"sites.{table}.txt").read_text(encoding="utf-8")
    lines = (line.partition(":") for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return [(named.strip(), rest.strip()) for named, _, rest in lines]
