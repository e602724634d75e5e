"""The words that a text may keep, classified by how likely each is to be somebody's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_text
from radonc.wordlists import words as vocabulary
from radonc.wordlists.context_words import FUNCTION_WORDS, STAGES, TRUSTED

LETTERS = re.compile(r"[^\W\d_]+")


class WordClass(IntEnum):
    """How likely a word is to be a name, in ascending order."""

    ALLOWED = 0
    """A function word or a clinical word: no name, whatever stands beside it."""
    COMMON = 1
    """An English word that is hardly anyone's name: redacted where it is part of a name (Maple Ridge Hospital)."""
    AMBIGUOUS = 2
    """A word that is a name as well (Brown, Grace, Hill): kept in lower case, else decided by its context."""
    EPONYM = 3
    """The name of a disease, grade or sign: kept beside the words that it goes with."""
    UNKNOWN = 4
    """In no vocabulary: redacted."""


MIN_NAME_PERCENT_COMMON = {"surname": 0.0005, "given": 0.0}
"""From this share of the census on an English word counts as a name too: one in 200,000; of given names, all."""

MIN_NAME_PERCENT_CLINICAL = {"surname": 0.01, "given": 0.05}
"""The same for a word of the clinical vocabularies."""

MIN_NAME_PERCENT_CUED = {"surname": 0.01, "given": 0.015}
"""The same for any word that stands behind a title, a cue or a word of kinship."""

MAX_ABBREVIATION_LETTERS = 4
MAX_CACHED_DERIVED = 1 << 14

MIN_COMPOUND_PART_LETTERS = 3
"""Shorter words make a compound out of any name, save for these."""
SHORT_COMPOUND_PARTS = frozenset({"rt", "lt", "ap", "pa", "sc", "ax", "of", "in", "to"})


class Lexicon:
    """All words that may be kept, from the vocabularies and from a clinic's custom lists.

    Parameters
    ----------
    custom
        Words that the clinic adds: they are kept in any case. Whoever adds a name exposes it.
    """

    def __init__(self, custom: Iterable[str] = ()) -> None:
        self._classes = dict(_word_classes())
        self.eponym_contexts = vocabulary.eponyms()
        self.custom = frozenset(word.lower() for line in custom for word in LETTERS.findall(line))
        self._classes.update(dict.fromkeys(self.custom, WordClass.ALLOWED))
        self.listed_class = self._classes.get
        self.ambiguous_if_capitalised = _ambiguous_if_capitalised()
        self._derived: dict[str, WordClass] = {}

    def __len__(self) -> int:
        """Return the number of words that may be kept somewhere."""
        return len(self._classes)

    def classify(self, word: str) -> WordClass:
        """Return the class of a word in lower case; a single letter is allowed."""
        listed = self.listed_class(word)
        if listed is not None:
            return listed
        return self._classify_unlisted(word) if len(word) > 1 and word.isalpha() else WordClass.ALLOWED

    def _classify_unlisted(self, word: str) -> WordClass:
        """A word that is built from medical affixes is allowed, though no vocabulary lists it."""
        found = self._derived.get(word)
        if found is None:
            if len(self._derived) > MAX_CACHED_DERIVED:
                self._derived.clear()
            is_derived = vocabulary.is_derived(word, self._classes.keys())
            found = self._derived[word] = WordClass.ALLOWED if is_derived else WordClass.UNKNOWN
        return found

    def is_frequent_name(self, word: str) -> bool:
        """Tell whether a word is the name of many people: Will, May, Day."""
        return word in _frequent_names()

    def is_clinical_compound(self, token: str) -> bool:
        """Tell whether a token is a clinical word or several written together, as in ``lefthip``."""
        reached = {0}
        for end in range(1, len(token) + 1):
            if any(self._is_compound_part(token[start:end]) for start in reached):
                reached.add(end)
        return len(token) in reached

    def _is_compound_part(self, part: str) -> bool:
        is_long_enough = len(part) >= MIN_COMPOUND_PART_LETTERS or part in SHORT_COMPOUND_PARTS
        return is_long_enough and self.classify(part) is WordClass.ALLOWED

    def describe(self) -> list[dict[str, Any]]:
        """Return name, origin, version, digest and number of entries of each word list, for manifests."""
        entries = {source.name: len(source.words) for source in vocabulary.sources()}
        entries["eponyms"] = len(vocabulary.eponyms())
        entries["names"] = len(vocabulary.surnames().keys() | vocabulary.given_names().keys())
        described: list[dict[str, Any]] = [
            {"name": name, **source, "n_words": entries[name]}
            for name, source in vocabulary.provenance().items()
            if name in entries
        ]
        described.sort(key=itemgetter("name"))
        if self.custom:
            digest = hash_text("\n".join(sorted(self.custom)))
            described.append(
                {"name": "custom", "origin": "the clinic", "version": "", "digest": digest, "n_words": len(self.custom)}
            )
        return described


def read_words(path: str | Path) -> list[str]:
    """Return the lines of a clinic's custom word list: any number of words each; lines with # are comments.

    Raises
    ------
    StudyError
        When the file is missing or no text in UTF-8.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise StudyError(
            f"{path}: the list of words cannot be read ({type(error).__name__}); write a text file in UTF-8, words in "
            "lines, and name it in deidentify.words"
        ) from error
    return [line for line in lines if not line.startswith("#")]


@lru_cache(maxsize=1)
def _word_classes() -> dict[str, WordClass]:
    words = {source.name: source.words for source in vocabulary.sources()}
    english = words.pop("english")
    # What ICD-10-CM shares with the dictionary are words of accidents: kettle, river, balcony.
    words["icd10"] -= english
    clinical = frozenset().union(*words.values())
    classes = dict.fromkeys(english, WordClass.COMMON)
    classes.update(dict.fromkeys(english & _names(MIN_NAME_PERCENT_COMMON), WordClass.AMBIGUOUS))
    classes.update(dict.fromkeys(clinical, WordClass.ALLOWED))
    classes.update(dict.fromkeys(clinical & _names(MIN_NAME_PERCENT_CLINICAL), WordClass.AMBIGUOUS))
    classes.update(dict.fromkeys(vocabulary.eponyms().keys() - english, WordClass.EPONYM))
    classes.update(dict.fromkeys(FUNCTION_WORDS | TRUSTED | STAGES, WordClass.ALLOWED))
    return classes


@lru_cache(maxsize=1)
def _ambiguous_if_capitalised() -> frozenset[str]:
    """Return words that are names where they are written like one: Will, and Ann, which as ANN is an abbreviation."""
    words = {source.name: source.words for source in vocabulary.sources()}
    others = frozenset().union(*(words[name] for name in ("anatomy", "histology", "radiotherapy", "clinical")))
    # Abbreviations are written in capitals or in lower case.
    short = {word for word in words["abbreviations"] - others if len(word) <= MAX_ABBREVIATION_LETTERS}
    short &= _names(MIN_NAME_PERCENT_COMMON)
    return frozenset((short | (FUNCTION_WORDS & _frequent_names())) - TRUSTED - STAGES)


@lru_cache(maxsize=1)
def _frequent_names() -> set[str]:
    return _names(MIN_NAME_PERCENT_CUED)


def _names(min_percent: dict[str, float]) -> set[str]:
    surnames = {name for name, share in vocabulary.surnames().items() if share >= min_percent["surname"]}
    return surnames | {name for name, share in vocabulary.given_names().items() if share >= min_percent["given"]}
