"""The words of a regimen: each token's class, by the lists ``lexicon.words.txt`` and ``lexicon.sites.txt``.

A class is one character, so that a sentence becomes a short text over classes, which ``re`` searches in one scan.
Grammars are written in the classes' names and translated by ``pattern``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

_NAMED = (
    *("word", "number", "ones", "teens", "tens", "hundred", "thousand", "point", "code"),
    *("gray", "rbe", "fraction", "visit", "times", "activity", "length", "mass", "percent"),
    *("time", "cycle", "limit", "effective", "measured", "vital", "limited", "less", "slash"),
    *("dash", "arrow", "plus", "equals", "comma", "colon", "stop", "bar", "low", "open"),
    *("close", "tilde", "per", "article", "of", "in", "at", "with", "to", "and", "or"),
    *("versus", "from", "then", "total", "dose", "given", "size", "number_of", "single"),
    *("prior", "after", "ptv", "some", "when", "half", "negative", "mv", "mev", "kv", "fff"),
    *("nuclide", "beam", "freq", "boost", "sib", "modality", "source", "technique"),
    *("irradiation", "rt", "disease", "imaging", "side", "both", "letter", "zone", "adj"),
    *("lobar", "part", "site", "loose", "vertebra", "lumbar", "volume", "level", "roman"),
)
CLASS = {name: chr(0x100 + place) for place, name in enumerate(_NAMED)}
"""Class → its character; beyond ASCII, so that it cannot be one of the pattern language's own."""

_HERE = Path(__file__)
_LARGEST = 1 << 16  # tokens kept; then the cache starts anew
_LONGEST = 12  # of a number: longer ones are keys of something
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_MISREAD = str.maketrans("oOlI", "0011")  # as optical character recognition does
_HYPHENS = "-‐‑"
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_SHORTEST_MISREAD = 4
_ALIKE = (("l", "i"), ("i", "l"), ("rn", "m"), ("vv", "w"))  # misread, and meant
_CAPITALS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]")
_FACTORS = ("gray", "activity")
_SIDES = (("left", "left"), ("right", "right"), ("lt", "left"), ("rt", "right"), ("l", "left"), ("r", "right"))
_SPELLED = {
    "ones": "zero one two three four five six seven eight nine",
    "teens": "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "tens": "twenty thirty forty fifty sixty seventy eighty ninety",
}


class Meaning(NamedTuple):
    """What a word of the lists is: its class, its normal form, and a unit's factor or a spelled number."""

    kind: str
    value: str
    amount: float


class Phrase(NamedTuple):
    """Several words that are one: those after the first, and what they are."""

    rest: tuple[str, ...]
    meaning: Meaning


class Token(NamedTuple):
    """What is known of a token.

    Attributes
    ----------
    kind
        The character of its class.
    value
        Its normal form.
    amount
        A number's value, a unit's factor to Gy or mCi; else 0.
    word
        As written, in lower case.
    length
        Of what is written, in characters, without the blanks behind it.
    phrases
        The phrases that it may begin, by their second word, the longest first.
    """

    kind: str
    value: str
    amount: float
    word: str
    length: int
    phrases: Mapping[str, tuple[Phrase, ...]]


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
    if _ORDINAL.fullmatch(word):
        return Token(CLASS["zone"], word, 0.0, word, len(word), {})
    if word[:1].isdecimal() or (word[:1] == "l" and word[1:2].isdecimal()):
        word = word.rstrip(_HYPHENS)
        value = number(word)
        kind = "code" if value is None else "number"
        return Token(CLASS[kind], word, value or 0.0, word, len(word), phrases.get(word, {}))
    known = _glued(text, words.get(word)) if glued else words.get(word)
    if text == "BED":  # a bed is a place
        known = Meaning("effective", text, 0.0)
    if not known and word not in phrases:
        word = _misread(word, words)
        known = words.get(word)
    meaning = known or _compound(text, words)
    return Token(CLASS[meaning.kind], meaning.value, meaning.amount, word, len(text), phrases.get(word, {}))


def _glued(text: str, known: Meaning | None) -> Meaning | None:
    """Read a letter before a digit or a sign: a vertebra, a volume of a dose (V20)."""
    if text in ("L", "l"):
        return Meaning("lumbar", "left", 0.0)
    if len(text) == 1 and text in "TCStcs":
        return Meaning("vertebra", text.upper(), 0.0)
    if len(text) == 1 and text in "VDvd":
        return Meaning("volume", text, 0.0)
    return known


def _misread(word: str, words: Mapping[str, Meaning]) -> str:
    """Return the word of the lists that optical character recognition made this one of, or the word as it stands.

    Digits between letters are letters; of the letters that look alike one is exchanged, or all.
    """
    if len(word) < _SHORTEST_MISREAD:
        return word
    spelled = word.replace("0", "o")
    for digit in ("l", "i"):
        if (read := spelled.replace("1", digit)) in words:
            return read
    for one, other in _ALIKE:
        places = [found.start() for found in re.finditer(one, spelled)]
        tried = [spelled[:at] + other + spelled[at + len(one) :] for at in places]
        for read in (*tried, spelled.replace(one, other)):
            if read in words:
                return read
    return word


def _compound(text: str, words: Mapping[str, Meaning]) -> Meaning:
    """Read words written together, such as the ``LtBrst`` and ``LBrstSCV`` of a plan's name."""
    word = text.lower()
    pieces = _CAPITALS.findall(text)
    side, places = "", []
    for beginning, meant in _SIDES:
        if word.startswith(beginning) and len(word) > len(beginning) + 2:
            if pieces[0].lower() == beginning:
                side, pieces = f"{meant} ", pieces[1:]
                break
            meaning = words.get(word[len(beginning) :])
            if meaning and meaning.kind == "site":
                return Meaning("site", f"{meant} {meaning.value}", 0.0)
    places = [words.get(piece.lower()) for piece in pieces]
    if places and all(place and place.kind in ("site", "lobar") for place in places):
        return Meaning("site", side + " and ".join(place.value for place in places if place), 0.0)
    return Meaning("word", word, 0.0)


def number(text: str) -> float | None:
    """Return the value of a written number, or None of what has the form of none.

    A comma before three digits parts thousands, any other is a decimal comma; letters that look like digits are read as
    digits.

    >>> number("5,040"), number("50,4"), number("1.8"), number("45OO"), number("12.01.2019")
    (5040.0, 50.4, 1.8, 4500.0, None)
    """
    text = text.translate(_MISREAD)
    if len(text) > _LONGEST:
        return None
    if _THOUSANDS.fullmatch(text):
        return float(text.replace(",", ""))
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


@cache
def _lists() -> tuple[Mapping[str, Meaning], Mapping[str, Mapping[str, tuple[Phrase, ...]]]]:
    """Read the lists: single words, and phrases by their first two words."""
    words: dict[str, Meaning] = {}
    phrases: defaultdict[str, defaultdict[str, list[Phrase]]] = defaultdict(lambda: defaultdict(list))
    for variant, meaning in (*_spelled(), *_entries("words"), *_entries("sites")):
        first, *rest = split(variant)
        if rest:
            phrases[first][rest[0]].append(Phrase(tuple(rest), meaning))
        else:
            words.setdefault(variant, meaning)
    longest = {
        first: {second: tuple(sorted(found, key=lambda phrase: -len(phrase.rest))) for second, found in seconds.items()}
        for first, seconds in phrases.items()
    }
    return words, longest


def split(variant: str) -> list[str]:
    """Cut a variant of the lists as a text is cut, without its hyphens."""
    return [part for part in re.findall(r"\d+(?:st|nd|rd|th)|[^\W\d_]+|\d+|[^\s-]", variant) if part != "-"] or [
        variant
    ]


def _spelled() -> Iterator[tuple[str, Meaning]]:
    for kind, words in _SPELLED.items():
        for place, word in enumerate(words.split()):
            amount = {"ones": place, "teens": place + 10, "tens": place * 10 + 20}[kind]
            yield word, Meaning(kind, word, float(amount))
    yield from ((word, Meaning(word, word, 0.0)) for word in ("hundred", "thousand", "point"))


def _entries(name: str) -> Iterator[tuple[str, Meaning]]:
    """Yield the variants of a list with what they mean."""
    for line in _HERE.with_name(f"lexicon.{name}.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("# "):
            continue
        head, _, variants = line.partition(": ")
        kind, _, value = head.partition(" ")
        amount = float(value) if kind in _FACTORS else 0.0
        for variant in variants.split(", "):
            yield variant.strip(), Meaning(kind, value or variant.strip(), amount)
