"""The words that a text may keep, classified by how likely each is to be somebody's name."""

import re
from collections.abc import Iterable
from enum import IntEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_text
from radonc.wordlists import words as vocabulary
from radonc.wordlists.context_words import FUNCTION_WORDS, STAGES, TRUSTED


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


# From these per cent of the census on, of surnames and of given names, a word is a name too: an English word, a word
# of the clinical vocabularies, and any word that stands behind a title, a cue or a word of kinship.
NAME_PERCENT_COMMON = 0.0005, 0.0
NAME_PERCENT_CLINICAL = 0.01, 0.05
NAME_PERCENT_CUED = 0.01, 0.015

# Shorter words make a compound out of any name, save for these.
MIN_COMPOUND_PART_LETTERS = 3
SHORT_COMPOUND_PARTS = frozenset({"rt", "lt", "ap", "pa", "sc", "ax", "of", "in", "to"})


class Lexicon:
    """All words that may be kept, from the vocabularies and a clinic's custom lists. Whoever adds a name exposes it."""

    def __init__(self, custom: Iterable[str] = ()) -> None:
        self._classes = dict(_word_classes())
        self.eponym_contexts = vocabulary.eponyms()
        self.custom = frozenset(word.lower() for line in custom for word in re.findall(r"[^\W\d_]+", line))
        self._classes.update(dict.fromkeys(self.custom, WordClass.ALLOWED))
        self.ambiguous_if_capitalised = _ambiguous_if_capitalised()
        self._is_derived = lru_cache(maxsize=1 << 14)(lambda word: vocabulary.is_derived(word, self._classes.keys()))

    def __len__(self) -> int:
        """Return the number of words that may be kept somewhere."""
        return len(self._classes)

    def classify(self, word: str) -> WordClass:
        """Return the class of a word in lower case; an unlisted one is allowed if built from medical affixes."""
        if (listed := self._classes.get(word)) is not None:
            return listed
        is_allowed = len(word) == 1 or not word.isalpha() or self._is_derived(word)
        return WordClass.ALLOWED if is_allowed else WordClass.UNKNOWN

    def is_frequent_name(self, word: str) -> bool:
        """Tell whether a word is the name of many people: Will, May, Day."""
        return word in _names(NAME_PERCENT_CUED)

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
        digest = hash_text("\n".join(sorted(self.custom)))
        custom = {"name": "custom", "origin": "the clinic", "version": "", "digest": digest}
        return [*vocabulary.provenance(), *([custom | {"n_words": len(self.custom)}] if self.custom else [])]


def read_words(path: str | Path) -> list[str]:
    """Return the lines of a clinic's custom word list: any number of words each; lines with # are comments.

    Raise StudyError when the file is missing or no text in UTF-8.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise StudyError(
            f"{path}: the list of words cannot be read ({type(error).__name__}); write a text file in UTF-8, words in "
            "lines, and name it in deidentify.words"
        ) from error
    return [line for line in lines if not line.startswith("#")]


@cache
def _word_classes() -> dict[str, WordClass]:
    words = {source.name: source.words for source in vocabulary.sources()}
    english = words.pop("english")
    # What ICD-10-CM shares with the dictionary are words of accidents: kettle, river, balcony.
    words["icd10"] -= english
    clinical = frozenset().union(*words.values())
    # Of several classes the last counts.
    return {
        **dict.fromkeys(english, WordClass.COMMON),
        **dict.fromkeys(english & _names(NAME_PERCENT_COMMON), WordClass.AMBIGUOUS),
        **dict.fromkeys(clinical, WordClass.ALLOWED),
        **dict.fromkeys(clinical & _names(NAME_PERCENT_CLINICAL), WordClass.AMBIGUOUS),
        **dict.fromkeys(vocabulary.eponyms().keys() - english, WordClass.EPONYM),
        **dict.fromkeys(FUNCTION_WORDS | TRUSTED | STAGES, WordClass.ALLOWED),
    }


@cache
def _ambiguous_if_capitalised() -> frozenset[str]:
    """Return words that are names where they are written like one: Will, and Ann, which as ANN is an abbreviation."""
    words = {source.name: source.words for source in vocabulary.sources()}
    others = frozenset().union(*(words[name] for name in ("anatomy", "histology", "radiotherapy", "clinical")))
    # Abbreviations are written in capitals or in lower case.
    short = {word for word in words["abbreviations"] - others if len(word) <= 4}
    names = (short & _names(NAME_PERCENT_COMMON)) | (FUNCTION_WORDS & _names(NAME_PERCENT_CUED))
    return frozenset(names - TRUSTED - STAGES)


@cache
def _names(min_percent: tuple[float, float]) -> frozenset[str]:
    min_surname, min_given = min_percent
    surnames = {name for name, share in vocabulary.surnames().items() if share >= min_surname}
    return frozenset(surnames | {name for name, share in vocabulary.given_names().items() if share >= min_given})
