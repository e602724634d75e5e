"""The words of a regimen: each token's class, by the lists ``lexicon.words.txt`` and ``lexicon.sites.txt``.

A class is one character, so that a sentence becomes a short text over classes, which ``re`` searches in one scan.
Grammars are written in the classes' names and translated by ``pattern``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from collections.abc import Mapping
from typing import NamedTuple

_NAMED = (
    *("word", "number", "ones", "teens", "tens", "hundred", "thousand", "point", "code"),
    *("gray", "rbe", "fraction", "visit", "times", "activity", "length", "mass", "percent", "time", "cycle"),
    *(
        "limit",
        "limited",
        "less",
        "slash",
        "dash",
        "arrow",
        "plus",
        "equals",
        "comma",
        "colon",
        "stop",
        "open",
        "close",
        "low",
    ),
    *("tilde", "per", "article", "of", "in", "at", "with", "to", "and", "or", "from", "then", "total", "dose", "size"),
    *("number_of", "single", "prior", "after", "ptv", "negative", "mv", "mev", "kv", "fff", "isotope", "freq", "week"),
    *("boost", "sib", "modality", "technique", "irradiation", "rt", "disease"),
    *(
        "side",
        "letter",
        "zone",
        "adj",
        "lobar",
        "part",
        "site",
        "loose",
        "imaging",
        "vertebra",
        "volume",
        "beam",
        "iodine",
    ),
)
CLASS = {name: chr(0x100 + place) for place, name in enumerate(_NAMED)}
"""Class → its character; beyond ASCII, so that it cannot be one of the pattern language's own."""

_HERE = Path(__file__)
_LARGEST = 1 << 16  # tokens kept; then the cache starts anew
_LONGEST = 12  # of a number: longer ones are keys of something
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*\Z")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?\Z")
_SPELLED = {
    "ones": "zero one two three four five six seven eight nine",
    "teens": "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "tens": "_ _ twenty thirty forty fifty sixty seventy eighty ninety",
}


class Token(NamedTuple):
    """What is known of a token: its class's character, its value and the phrases that it may begin."""

    kind: str
    value: str | float | None
    word: str
    phrases: Mapping[str, tuple[Phrase, ...]]


class Phrase(NamedTuple):
    """Several words that are one: those after the first, and what they are."""

    rest: tuple[str, ...]
    kind: str
    value: str | float | None


def pattern(grammar: str) -> str:
    """Translate a pattern in the classes' names, blanks apart, to one in their characters."""
    return "".join(re.sub(r"[a-z_]+", lambda name: CLASS[name[0]], grammar).split())


class Tokens(dict[str, Token]):
    """The tokens met so far, by their text with the blanks behind it; others are looked up in the lists when met."""

    def __missing__(self, piece: str) -> Token:
        """Look a token up; whether blanks follow tells ``T8`` from ``T 8``."""
        if len(self) >= _LARGEST:
            self.clear()
        token = self[piece] = _look_up(piece.strip(), glued=not piece[-1:].isspace())
        return token


def _look_up(text: str, *, glued: bool) -> Token:
    words, phrases = _lists()
    word = text.lower()
    if word[:1].isdecimal() or (word[:1] == "l" and word[1:2].isdecimal()):
        value = number(word.rstrip("-‐‑"))
        word = word.rstrip("-‐‑")
        # "3D" and "4-field" begin phrases, as do "2 x daily": digits too.
        return Token(CLASS["code" if value is None else "number"], value, word, phrases.get(word, {}))
    kind, value = words.get(word, ("word", word))
    if glued and word in ("t", "l", "c", "s"):
        kind, value = "vertebra", word.upper()
    elif glued and text in ("V", "D", "v", "d"):
        kind = "volume"
    elif text == "I" and glued:
        kind, value = "iodine", "I"
    elif word in ("e", "ev", "me"):
        kind, value = "beam", "MeV"
    elif kind == "word":
        kind, value = _compound(word, words)
    return Token(CLASS[kind], value, word, phrases.get(word, {}))


def _compound(word: str, words: dict[str, tuple[str, str | float | None]]) -> tuple[str, str | float | None]:
    """Read words written together, such as the ``LtBrst`` of a plan's name."""
    for beginning, side in (
        ("left", "left"),
        ("right", "right"),
        ("lt", "left"),
        ("rt", "right"),
        ("l", "left"),
        ("r", "right"),
    ):
        if word.startswith(beginning):
            kind, value = words.get(word[len(beginning) :], ("word", None))
            if kind == "site" and len(word) > len(beginning) + 2:
                return kind, f"{side} {value}"
    return "word", word


def number(text: str) -> float | None:
    """Return the value of a written number, or None of what has the form of none.

    A comma before three digits parts thousands, any other is a decimal comma.

    >>> number("5,040"), number("50,4"), number("1.8"), number("45OO")
    (5040.0, 50.4, 1.8, 4500.0)
    """
    text = text.translate(_MISREAD)
    if len(text) > _LONGEST:
        return None
    if text.isdecimal():
        return float(text)
    if not _NUMBER.match(text):
        return None
    if _THOUSANDS.match(text):
        return float(text.replace(",", ""))
    text = text.replace(",", ".")
    return float(text) if text.count(".") == 1 else None


_MISREAD = str.maketrans("oOlI", "0011")  # as optical character recognition does


@cache
def _lists() -> tuple[dict[str, tuple[str, str | float | None]], dict[str, dict[str, tuple[Phrase, ...]]]]:
    """Read the lists: single words, and phrases by their first two words, the longest first."""
    words: dict[str, tuple[str, str | float | None]] = {}
    phrases: defaultdict[str, defaultdict[str, list[Phrase]]] = defaultdict(lambda: defaultdict(list))
    for kind, value, variant in [*_spelled(), *_entries("words"), *_entries("sites")]:
        meaning = value if value is not None else variant
        first, *rest = split(variant)
        if rest:
            phrases[first][rest[0]].append(Phrase(tuple(rest), CLASS[kind], meaning))
        else:
            words.setdefault(variant, (kind, meaning))
    longest = {
        first: {second: tuple(sorted(found, key=lambda phrase: -len(phrase.rest))) for second, found in seconds.items()}
        for first, seconds in phrases.items()
    }
    return words, longest


def split(variant: str) -> list[str]:
    """Cut a variant of the lists as a text is cut, without its hyphens."""
    return [part for part in re.findall(r"[^\W\d_]+|\d+|[^\s-]", variant) if part != "-"] or [variant]


def _spelled() -> list[tuple[str, str | float | None, str]]:
    counted = [
        (kind, float(place + (10 if kind == "teens" else 0)) * (10 if kind == "tens" else 1), word)
        for kind, words in _SPELLED.items()
        for place, word in enumerate(words.split())
        if word != "_"
    ]
    larger = [("hundred", 100.0, "hundred"), ("thousand", 1000.0, "thousand"), ("point", None, "point")]
    return [*counted, ("tens", 40.0, "fourty"), *larger]  # type: ignore[list-item]


def _entries(name: str) -> list[tuple[str, str | float | None, str]]:
    found: list[tuple[str, str | float | None, str]] = []
    for line in _HERE.with_name(f"lexicon.{name}.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("# "):
            continue
        head, _, variants = line.partition(": ")
        kind, _, given = head.partition(" ")
        value: str | float | None = given or None
        if kind in ("gray", "activity"):
            value = 0.0 if given == "?" else float(given)
        found += [(kind, value, variant.strip().replace("\\", "") or ",") for variant in variants.split(", ")]
    return found
