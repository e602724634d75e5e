"""Site groups, by which radiation oncology counts its patients: of codes and of words, by tables beside this module."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from string import digits

from radonc.vocabulary import icd10

METASTASES, OTHER = "metastases", "other"
# Groups of diseases that can lie, and be treated, anywhere.
PLACELESS = frozenset({"lymphoma", "myeloma and leukaemia", METASTASES, "unspecified", OTHER})


@cache
def groups() -> tuple[str, ...]:
    """Return all groups, in the order of the table of codes, ``other`` last."""
    return (*dict.fromkeys(group for group, _ in _lines("codes")), OTHER)


@cache
def group_of_code(code: str) -> str:
    """Return the group of an ICD-10-CM code in normal form, valid or not; ``other`` where it is no neoplasm's.

    >>> group_of_code("C50.911"), group_of_code("D05.1"), group_of_code("C75.3"), group_of_code("L91.0")
    ('breast', 'breast', 'central nervous system', 'other')
    """
    if not "C00" <= icd10.category(code) <= "D49":
        return OTHER
    heads = (code[:end] for end in range(len(code), 2, -1))
    return next((_by_head()[head] for head in heads if head in _by_head()), OTHER)


@lru_cache(maxsize=1 << 16)
def groups_of_words(text: str | None) -> frozenset[str]:
    """Return the groups of which the site in a text can be; none where no word says so.

    What all its words have in common, or else all that they name. Named metastases are metastases, wherever they are.

    >>> [sorted(groups_of_words(text)) for text in ("prostate and pelvis", "prostate and rectum", "tumor field")]
    [['prostate'], ['gastrointestinal', 'prostate'], []]
    """
    pattern, named = _words()
    found = [named[(match.lastindex or 1) - 1] for match in pattern.finditer(" ".join((text or "").lower().split()))]
    if frozenset({METASTASES}) in found:
        return frozenset({METASTASES})
    return (frozenset.intersection(*found) or frozenset.union(*found)) if found else frozenset()


def agree(code: str, text: str | None) -> bool | None:
    """Return whether a code and a text about the treated site can be of the same place; None where one names no place.

    A metastasis' code agrees with the organ that its title names. What is treated for another reason (the brain, to
    prevent metastases; a painful bone of a patient coded as the primary) disagrees: this compares words alone.

    >>> agree("C61", "prostate and pelvic nodes"), agree("C61", "whole brain"), agree("C79.51", "L-spine")
    (True, False, True)
    >>> agree("C83.30", "neck"), agree("C61", "tumor bed")
    (None, None)
    """
    places = frozenset({group_of_code(code)})
    if places == {METASTASES}:
        places |= groups_of_words(icd10.title(code)) if icd10.is_valid(code) else frozenset()
    else:
        places -= PLACELESS
    named = groups_of_words(text)
    return bool(places & named) if places and named else None


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
def _words() -> tuple[re.Pattern[str], Sequence[frozenset[str]]]:
    """Return a pattern of the table's words, each a group of its own, the longest first, and the words' site groups."""
    entries = {
        word.strip(): frozenset(map(str.strip, named.split(",")))
        for named, words in _lines("words")
        for word in words.split(",")
    }
    longest_first = sorted(entries, key=lambda word: (-len(word.rstrip("*")), word))
    # An empty group stands at a word's end, so that ``re`` sees how each word begins, and passes most of them over.
    words = "|".join(re.escape(word.rstrip("*")) + r"\w*" * word.endswith("*") + "()" for word in longest_first)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)"), [entries[word] for word in longest_first]


def _lines(table: str) -> list[tuple[str, str]]:
    text = Path(__file__).with_name(f"sites.{table}.txt").read_text(encoding="utf-8")
    lines = (line.partition(":") for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return [(named.strip(), rest.strip()) for named, _, rest in lines]
