"""Words that say something about the words beside them: titles, kinship, last words of institutions, verbs of persons.

The lists stand in ``context_words.toml``, in lower case unless the case matters (degrees, abbreviations).
"""

from __future__ import annotations

import tomllib
from pathlib import Path

_LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _words(*names: str) -> frozenset[str]:
    return frozenset(word for name in names for word in _LISTS[name].split())


FUNCTION_WORDS = _words("function_words", "greetings_and_calendar")
"""Written in lower case they are never part of a name."""

TRUSTED = _words("trusted", "peoples_and_faiths")
"""Clinical words that are surnames as well, and are never taken for one without a title."""

TITLES = _words("titles")
"""Titles before a name."""

KINSHIP = _words("kinship")
"""Words of kinship and closeness."""

NAME_CUES = TITLES | KINSHIP | _words("name_cues")
"""Words behind which a name stands more often than not."""

DEGREES = _words("degrees")
"""Degrees and posts behind a name, as they are written."""

NAME_SUFFIXES = _words("name_suffixes")
"""Stand with a patient's own name and are no part of it: Jr, III, née."""

TITLES_AND_ROLES = NAME_SUFFIXES | _words("titles_in_name_fields", "roles_in_name_fields")
"""Stand in the fields for physicians and relatives and are no part of their names: titles, degrees, kinship."""

NAME_PARTICLES = _words("name_particles")
"""Small words within names: van Buren, de la Cruz."""

LINKING_WORDS = frozenset({"of", "the", "for", "at", "and", "in", "on", "s"})
"""Small words within the names of institutions, and the s of a possessive."""

DOTTED_BEFORE_NAMES = NAME_PARTICLES | TITLES | _words("dotted_before_names")
"""Words behind which a period ends no sentence."""

PLACE_NOUNS = _words("place_nouns")
"""Last words of streets, towns and landscapes: whatever stands before one belongs to the name (Fall River)."""

HEAD_NOUNS = _words("institution_nouns", "department_nouns") | PLACE_NOUNS
"""Last words of the names of institutions, streets, towns and landscapes."""

COMPANY_NOUNS = _words("company_nouns")
"""Last words of company names, whatever the other words mean: Sternum Associates."""

STRONG_HEAD_NOUNS = HEAD_NOUNS - _words("everyday_head_nouns")
"""Head nouns that count even where capitals are uninformative."""

PLACE_BEGINNINGS = _words("place_beginnings")
"""First words of the names of towns and institutions: New Haven, Our Lady."""

NUMBERED_ADDRESS_WORDS = _words("numbered_address_words")
"""Words of addresses behind which a number stands."""

GENERIC_INSTITUTION_WORDS = _words("generic_institution_words")
"""Words that describe an institution and do not identify it: University Hospital could be any."""

LOCATION_CUES = _words("location_cues")
"""Words behind which a capitalised word is a place."""

PERSON_VERBS = _words("person_verbs")
"""Words that follow a person who begins a sentence: Grace *is* well, but: Brown *sputum*."""

EPONYM_TERMS = _words("eponym_terms")
"""Words that make an eponym of the name before them: sign, score, syndrome."""

DOTTED_ABBREVIATIONS = _words("dotted_abbreviations")
"""Abbreviations with periods that are nobody's initials: M.D., p.o."""

FINAL_ABBREVIATIONS = _words("final_abbreviations")
"""Abbreviations in capitals that end a text and are nobody's initials."""

SLASH_PAIRS = _words("slash_pairs")
"""Pairs with a slash at the end of a line that are nobody's initials: AP/PA."""

UNIT_NAMES = _words("unit_names")
"""Surnames that are units behind a number: 8 Gray."""

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
