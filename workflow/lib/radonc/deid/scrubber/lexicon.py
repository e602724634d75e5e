"""The words that a text may hold, and how far each is trusted not to be somebody's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from radonc.deid.scrubber.context import FUNCTION, STAGES, TRUSTED
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_text
from radonc.wordlists import words as vocabulary

LETTERS = re.compile(r"[^\W\d_]+")


class Standing(IntEnum):
    """What is thought of a word."""

    FREE = 0
    """A function word or a clinical word: nobody's name, whatever stands beside it."""
    PLAIN = 1
    """An English word that hardly anyone bears: closed where it is part of a name (Maple Ridge Hospital)."""
    DOUBTFUL = 2
    """A word that people bear (Brown, Grace, Hill): open in lower case, else settled by what stands beside it."""
    EPONYM = 3
    """The name of a disease, grade or sign: open beside the words that it goes with."""
    UNKNOWN = 4
    """No vocabulary has it: closed."""


COMMON_PER_CENT = {"surname": 0.0005, "given": 0.0}
"""From this share of the census on an English word counts as a name too: one in 200,000; of given names, all."""

CLINICAL_PER_CENT = {"surname": 0.01, "given": 0.05}
"""The same for a word of the clinical vocabularies."""

BORNE_PER_CENT = {"surname": 0.01, "given": 0.015}
"""The same for any word that stands behind a title, a cue or a word of kinship."""


LONGEST_ABBREVIATION = 4
MOST_DERIVED = 1 << 14

MIN_PIECE = 2
"""Shorter words make a word out of any name."""

SHORT_PIECES = frozenset({"rt", "lt", "ap", "pa", "sc", "ax", "of", "in", "to"})


class Lexicon:
    """All words that may pass, from the vocabularies and from a clinic's own lists.

    Parameters
    ----------
    own
        Words that the clinic adds: they pass in any case. Whoever adds a name opens it.
    """

    def __init__(self, own: Iterable[str] = ()) -> None:
        self._standings = dict(_standings())
        self.beside = vocabulary.eponyms()
        self.own = frozenset(word.lower() for line in own for word in LETTERS.findall(line))
        self._standings.update(dict.fromkeys(self.own, Standing.FREE))
        self.standing_of = self._standings.get
        self.doubtful_with_capital = _doubtful_with_capital()
        self._derived: dict[str, Standing] = {}

    def __len__(self) -> int:
        """Return the number of words that may pass somewhere."""
        return len(self._standings)

    def standing(self, word: str) -> Standing:
        """Return the standing of a word in lower case; a single letter is free."""
        known = self.standing_of(word)
        if known is not None:
            return Standing(known)
        return self.standing_of_unheard(word) if len(word) > 1 and word.isalpha() else Standing.FREE

    def is_borne(self, word: str) -> bool:
        """Tell whether many people bear a word: Will, May, Day."""
        return word in _borne()

    def is_function(self, word: str) -> bool:
        """Tell whether a word is one that holds sentences together."""
        return word in FUNCTION

    def standing_of_unheard(self, word: str) -> Standing:
        """Return the standing of a word that no vocabulary has: free, if medicine builds its words so."""
        found = self._derived.get(word)
        if found is None:
            if len(self._derived) > MOST_DERIVED:
                self._derived.clear()
            is_derived = vocabulary.is_derived(word, self._standings.keys())
            found = self._derived[word] = Standing.FREE if is_derived else Standing.UNKNOWN
        return found

    def is_made_of_words(self, token: str) -> bool:
        """Tell whether a token is a clinical word or several written together, as in ``lefthip``."""
        reached = {0}
        for end in range(1, len(token) + 1):
            if any(self._is_piece(token[start:end]) for start in reached):
                reached.add(end)
        return len(token) in reached

    def _is_piece(self, part: str) -> bool:
        return (len(part) > MIN_PIECE or part in SHORT_PIECES) and self.standing(part) is Standing.FREE

    def describe(self) -> list[dict[str, Any]]:
        """Return name, origin, version, digest and number of entries of all that decides what passes, for manifests."""
        entries = {source.name: len(source.words) for source in vocabulary.sources()}
        entries["eponyms"] = len(vocabulary.eponyms())
        entries["names"] = len(vocabulary.surnames().keys() | vocabulary.given_names().keys())
        listed: list[dict[str, Any]] = [
            {"name": name, **told, "n_words": entries[name]}
            for name, told in vocabulary.provenance().items()
            if name in entries
        ]
        listed.sort(key=itemgetter("name"))
        if self.own:
            digest = hash_text("\n".join(sorted(self.own)))
            listed.append(
                {"name": "own", "origin": "the clinic", "version": "", "digest": digest, "n_words": len(self.own)}
            )
        return listed


def read_words(path: str | Path) -> list[str]:
    """Return the words of a clinic's own list: any number on a line, lines that start with # are remarks.

    Raises
    ------
    StudyError
        When there is no such file, or it is no text.
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
def _standings() -> dict[str, Standing]:
    words = {source.name: source.words for source in vocabulary.sources()}
    english = words.pop("english")
    # What ICD-10-CM shares with the dictionary are words of accidents: kettle, river, balcony.
    words["icd10"] -= english
    clinical = frozenset().union(*words.values())
    standings = dict.fromkeys(english, Standing.PLAIN)
    standings.update(dict.fromkeys(english & _names(COMMON_PER_CENT), Standing.DOUBTFUL))
    standings.update(dict.fromkeys(clinical, Standing.FREE))
    standings.update(dict.fromkeys(clinical & _names(CLINICAL_PER_CENT), Standing.DOUBTFUL))
    standings.update(dict.fromkeys(vocabulary.eponyms().keys() - english, Standing.EPONYM))
    standings.update(dict.fromkeys(FUNCTION | TRUSTED | STAGES, Standing.FREE))
    return standings


@lru_cache(maxsize=1)
def _doubtful_with_capital() -> frozenset[str]:
    words = {source.name: source.words for source in vocabulary.sources()}
    others = frozenset().union(*(words[name] for name in ("anatomy", "histology", "radiotherapy", "clinical")))
    # Abbreviations are written in capitals or small.
    short = {word for word in words["abbreviations"] - others if len(word) <= LONGEST_ABBREVIATION}
    short &= _names(COMMON_PER_CENT)
    return frozenset((short | (FUNCTION & _borne())) - TRUSTED - STAGES)


@lru_cache(maxsize=1)
def _borne() -> set[str]:
    return _names(BORNE_PER_CENT)


def _names(per_cent: dict[str, float]) -> set[str]:
    surnames = {name for name, share in vocabulary.surnames().items() if share >= per_cent["surname"]}
    return surnames | {name for name, share in vocabulary.given_names().items() if share >= per_cent["given"]}
