"""Words that tell of the words beside them: titles, kinship, the last words of institutions, what follows a person."""

from __future__ import annotations

from pathlib import Path


def _read(name: str) -> frozenset[str]:
    lines = Path(__file__).with_name(f"context.{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


FUNCTION = _read("functions")
"""Words that hold sentences together: written small they are nobody's name."""

TRUSTED = _read("trusted")
"""Clinical words that people bear as well, and that must not be doubted."""

TITLED = _read("titled")
"""Titles behind which a name stands."""

KIN = _read("kin")
"""Words of kinship and closeness."""

CUES = TITLED | KIN | _read("cues")
"""Words behind which a name stands more often than not."""

DEGREES = _read("degrees")
"""Degrees and posts behind a name, as they are written."""

SUFFIXES = _read("suffixes")
"""Stand with a patient's own name and are no part of it."""

TITLES = SUFFIXES | _read("titles")
"""Stand in the fields for physicians and relatives and are no part of their names: titles, degrees, kinship."""

PARTICLES = _read("particles")
"""Small words within names: van Buren, de la Cruz."""

LINKS = frozenset({"of", "the", "for", "at", "and", "in", "on", "s"})
"""Small words within the names of institutions, and the s of a possessive."""

ABBREVIATED = PARTICLES | TITLED | _read("abbreviated")
"""Words behind which a period ends no sentence."""

PLACES = _read("places")
"""The last words of streets, towns and landscapes: whatever stands before one belongs to it (Fall River)."""

HEADS = _read("heads") | PLACES
"""The last words of the names of institutions, streets, towns and landscapes."""

FIRMS = _read("firms")
"""Heads that only the names of firms and buildings end in, whatever their other words mean: Sternum Associates."""

STRONG_HEADS = HEADS - _read("weak")
"""Heads that count even where capitals tell nothing."""

BEGINNINGS = _read("beginnings")
"""The first words of the names of towns and institutions: New Haven, Our Lady."""

NUMBERED = frozenset(
    {"route", "rte", "highway", "hwy", "road", "rd", "box", "interstate", "exit", "lot", "unit", "apt", "suite"}
)
"""Words of addresses behind which a number stands."""

GENERIC = _read("generic")
"""Words that describe an institution and do not name it: University Hospital is none in particular."""

PLACED = _read("placed")
"""Words behind which a place stands, if a word with a capital does."""

PERSONAL = _read("personal")
"""Words that follow a person who begins a sentence: Grace *is* well, but: Brown *sputum*."""

TERMS = _read("terms")
"""Words that make an eponym of the name before them: sign, score, syndrome."""

DOTTED = _read("dotted")
"""Abbreviations with periods that are nobody's initials: M.D., p.o."""

ENDINGS = _read("endings")
"""Words in capitals that end a text and are nobody's initials."""

PAIRS = _read("pairs")
"""Pairs with a slash at the end of a line that are nobody's initials: AP/PA."""

UNITS = _read("units")
"""Names that are units behind a number: 8 Gray."""

STAGES = frozenset(
    [
        stage
        for numeral in ("i", "ii", "iii", "iv")
        for letter in ("", *"abcde")
        for suffix in ("", "e", "s", "x", "ea")
        if (stage := numeral + letter + suffix) not in {"id", "ida", "ides", "ives"}
    ]
    + ["vi", "vii", "viii", "ix", "xi", "xii"]
    + [
        prefix + stage
        for prefix in ("", "c", "p", "u", "yc", "yp", "r", "rp")
        for stage in ("tis", "ta", "tx", "nx", "mx")
    ]
)
"""Numerals of stages, types and nerves, and the stages without a number."""
