"""Words that say something about the words beside them: which are names, institutions, places or eponyms.

``context_words.toml`` says what each list is for. Words are in lower case unless the case matters (degrees,
abbreviations).
"""

import tomllib
from itertools import product
from pathlib import Path

_LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _words(*names: str) -> frozenset[str]:
    return frozenset(word for name in names for word in _LISTS[name].split())


FUNCTION_WORDS = _words("function_words", "greetings_and_calendar")
TRUSTED = _words("trusted", "peoples_and_faiths")
TITLES = _words("titles")
AMBIGUOUS_TITLES = _words("ambiguous_titles")
UNAMBIGUOUS_TITLES = _words("unambiguous_titles")
KINSHIP = _words("kinship")
NAME_CUES = TITLES | KINSHIP | _words("name_cues")
"""Words behind which a name stands more often than not."""

DEGREES = _words("degrees")
NAME_SUFFIXES = _words("name_suffixes")
TITLES_AND_ROLES = NAME_SUFFIXES | _words("titles_in_name_fields", "roles_in_name_fields")
"""Stand in the fields for physicians and relatives and are no part of their names: titles, degrees, kinship."""

NAME_PARTICLES = _words("name_particles")
LINKING_WORDS = _words("linking_words")
DOTTED_BEFORE_NAMES = NAME_PARTICLES | TITLES | _words("dotted_before_names")
"""Words behind which a period ends no sentence."""

PLACE_NOUNS = _words("place_nouns")
HEAD_NOUNS = _words("institution_nouns", "department_nouns") | PLACE_NOUNS
"""Last words of the names of institutions, streets, towns and landscapes."""

COMPANY_NOUNS = _words("company_nouns")
STRONG_HEAD_NOUNS = HEAD_NOUNS - _words("everyday_head_nouns")
"""Head nouns that count even where capitals are uninformative."""

PLACE_BEGINNINGS = _words("place_beginnings")
NUMBERED_ADDRESS_WORDS = _words("numbered_address_words")
GENERIC_INSTITUTION_WORDS = _words("generic_institution_words")
LOCATION_CUES = _words("location_cues")
PERSON_VERBS = _words("person_verbs")
INFINITIVES = _words("infinitives")
DONE_TO_THINGS = _words("done_to_things")
EPONYM_TERMS = _words("eponym_terms")
DOTTED_ABBREVIATIONS = _words("dotted_abbreviations")
FINAL_ABBREVIATIONS = _words("final_abbreviations")
SLASH_PAIRS = _words("slash_pairs")
UNIT_NAMES = _words("unit_names")

_NUMERALS = set(map("".join, product(("i", "ii", "iii", "iv"), ("", *"abcde"), ("", "e", "s", "x", "ea"))))
_PREFIXES, _WITHOUT_NUMBER = ("", "c", "p", "u", "yc", "yp", "r", "rp"), ("tis", "ta", "tx", "nx", "mx")
STAGES = frozenset(_NUMERALS - {"id", "ives"} | {"vi", "vii", "viii", "ix", "xi", "xii"}).union(
    map("".join, product(_PREFIXES, _WITHOUT_NUMBER))
)
"""Numerals of stages, types and nerves, and the stages without a number."""
