"""ICD-O-3 to ICD-10-CM: what registries code by topography, morphology and behaviour, as the codes it can be.

The two classifications share their places, and part where ICD-10 goes by what a tumour is made of (melanoma, lymphoma,
mesothelioma) or by how it behaves. Both tables, beside this module, name their sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from radonc.vocabulary import icd10, icd10_tree

MALIGNANT = "3"
_COLUMNS = ("3", "2", "1", "0", "6")
"""Behaviours, in the order of the table's columns."""
_BEHAVIOURS = {**{behaviour: (behaviour,) for behaviour in _COLUMNS}, "9": ("3", "6")}
"""Behaviour 9 is malignant, and may be primary or secondary."""

_MORPHOLOGY = re.compile(r"(?:M-?)?([89]\d{3})(?:/?([012369]))?", re.ASCII)
_HERE = Path(__file__).parent

_Row = dict[str, tuple[str, ...]]
"""A line of the table of topographies: behaviour -> codes or heads of codes."""


class _Rule(NamedTuple):
    first: int
    last: int
    behaviour: str
    topographies: tuple[str, ...]
    codes: tuple[str, ...]
    adds: bool


def to_icd10(topography: str, morphology: str | None = None, laterality: str | None = None) -> tuple[str, ...]:
    """Return the billable ICD-10-CM codes that a registry's codes can be, in order.

    ICD-10-CM divides further than ICD-O-3 (side, sex, histology of the skin): the right code is one of those returned.

    Parameters
    ----------
    topography
        Such as ``C50.4``, ``c504`` or ``C50``.
    morphology
        Histology and behaviour, such as ``8500/3``. Without a behaviour a malignant primary is meant, and any histology
        where there is none or it has not this form.
    laterality
        ``left``, ``right`` or ``bilateral``: leaves out what states another side. Anything else leaves all in.

    Returns
    -------
    tuple of str
        Empty where the topography is none of ICD-O-3's.

    >>> to_icd10("C50.4", "8500/3", "left"), to_icd10("C61.9"), to_icd10("C38.4", "9052/3"), to_icd10("C71.1", "9450/1")
    (('C50.412', 'C50.422'), ('C61',), ('C45.0',), ('D43.0',))
    """
    place = icd10.normalise(topography) or ""
    # A category means any of its places.
    places = [place] if "." in place else [f"{place}.{number}" for number in range(10)]
    histology, behaviour = _read(morphology)
    codes = {
        code
        for place in places
        if (row := _row(place))
        for each in _BEHAVIOURS[behaviour]
        for head in _heads(row, place, histology, each)
        for code in _below(_resolve(head, place))
    }
    return _on_side(sorted(codes), laterality)


def _read(morphology: str | None) -> tuple[int, str]:
    """Return histology and behaviour; histology 8000, any neoplasm, where none can be read."""
    found = _MORPHOLOGY.fullmatch("".join((morphology or "").split()).upper())
    return (int(found[1]), found[2] or MALIGNANT) if found else (8000, MALIGNANT)


def _heads(row: _Row, place: str, histology: int, behaviour: str) -> tuple[str, ...]:
    """Return codes or heads of codes, as the tables write them."""
    by_topography = row[behaviour] or (place,)
    for rule in _rules():
        if rule.first <= histology <= rule.last and rule.behaviour == behaviour and place.startswith(rule.topographies):
            return rule.codes + (by_topography if rule.adds else ())
    return by_topography


def _resolve(head: str, place: str) -> str:
    """Put the topography's fourth character in, and go up to the category where ICD-10-CM has no such code."""
    code = head.replace("x", place[4])
    return code if icd10.is_valid(code) else icd10.category(code)


@cache
def _below(head: str) -> tuple[str, ...]:
    """Return the billable codes that are or begin with a head."""
    return tuple(code for code in icd10.codes("billable") if code.startswith(head))


def _on_side(codes: list[str], laterality: str | None) -> tuple[str, ...]:
    """Leave out codes of another side, and those that leave the side open where another code states it."""
    if laterality not in ("left", "right", "bilateral"):
        return tuple(codes)
    # Few organs have a code for both sides: there each side is coded.
    wanted = {laterality} if laterality != "bilateral" else {"left", "right", "bilateral"}
    stated = {icd10_tree.without_side(code) for code in codes if icd10.laterality(code) in wanted}
    return tuple(code for code in codes if icd10.laterality(code) in wanted or _is_sideless(code, stated))


def _is_sideless(code: str, stated: Iterable[tuple[str, str]]) -> bool:
    return icd10.laterality(code) is None and icd10_tree.without_side(code) not in stated


def _row(place: str) -> _Row | None:
    """Return the line of a topography's longest head that has one."""
    return next((row for end in range(len(place), 2, -1) if (row := _rows().get(place[:end]))), None)


@cache
def _rows() -> dict[str, _Row]:
    return {
        topography: {behaviour: tuple(cell.split()) for behaviour, cell in zip(_COLUMNS, cells, strict=True)}
        for topography, *cells in _lines("topography")
    }


@cache
def _rules() -> tuple[_Rule, ...]:
    rules = []
    for histologies, behaviour, topographies, codes in _lines("morphology"):
        first, last = map(int, histologies.split("-"))
        heads = tuple(topographies.replace("*", "C").split())
        rules.append(_Rule(first, last, behaviour, heads, tuple(codes.strip("*").split()), codes.endswith("*")))
    return tuple(rules)


def _lines(table: str) -> list[list[str]]:
    text = (_HERE / f"icdo3.{table}.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return [[cell.strip() for cell in line.split("|")] for line in lines]
