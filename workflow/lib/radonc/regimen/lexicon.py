"""The words of a regimen: each token's class, by the lists ``lexicon.words.txt`` and ``lexicon.sites.txt``.

A class is one character, so that a sentence becomes a short text over classes, which ``re`` searches in one scan.
Patterns are written in the classes' names and translated by ``to_regex``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

_NAMES = """
    word number ones teens tens hundred thousand point code gray rbe fraction visit times activity length mass percent
    time cycle limit effective measured vital limited less slash dash arrow plus equals comma colon stop bar low open
    close tilde per article of in at with to and or versus from then total dose given size number_of single prior after
    ptv some when half negative mv mev kv fff nuclide beam freq boost sib modality source technique irradiation rt
    disease imaging side both letter zone adj lobar part site loose vertebra lumbar volume level roman
"""
CLASS = {name: chr(0x100 + place) for place, name in enumerate(_NAMES.split())}
"""Class → its character; beyond ASCII, so that it cannot be one of the pattern language's own."""

_WITH_AMOUNT = ("gray", "activity", "ones", "teens", "tens")
_MAX_TOKENS = 1 << 16  # kept; then the cache starts anew
_MAX_DIGITS = 12  # longer numbers are keys of something
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_VARIANT = re.compile(rf"{_ORDINAL.pattern}|[^\W\d_]+|\d+|[^\s-]")
_CAPITALS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]")
_HYPHENS = "-‐‑"
# What optical character recognition takes for each other.
_MISREAD_DIGITS = str.maketrans("oOlI", "0011")
_MISREAD_LETTERS = (("l", "i"), ("i", "l"), ("rn", "m"), ("vv", "w"))
_MIN_MISREAD = 4
_SIDES = (("left", "left"), ("right", "right"), ("lt", "left"), ("rt", "right"), ("l", "left"), ("r", "right"))


class Meaning(NamedTuple):
    """What a word means: the character of its class, its normal form, and a number's value or a unit's factor."""

    kind: str
    value: str
    amount: float = 0.0


class Phrase(NamedTuple):
    """Several words that are one: those after the first, and what they mean."""

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


# A letter before a digit or a sign: a vertebra, or the volume of a dose (V20).
_GLUED_LETTERS = {"l": Meaning(CLASS["lumbar"], "left")}
_GLUED_LETTERS |= {letter: Meaning(CLASS["vertebra"], letter.upper()) for letter in "tcs"}
_GLUED_LETTERS |= {letter: Meaning(CLASS["volume"], letter) for letter in "vd"}


def classes(names: str) -> frozenset[str]:
    """Return the characters of classes, from their names with blanks between."""
    return frozenset(CLASS[name] for name in names.split())


def to_regex(pattern: str) -> str:
    """Translate a pattern in the classes' names, blanks apart, to one in their characters."""
    return "".join(re.sub(r"[a-z_]+", lambda name: CLASS[name[0]], pattern).split())


class Tokens(dict[str, Token]):
    """The tokens met so far, by their text with the blanks behind it; others are looked up in the lists when met."""

    def __missing__(self, piece: str) -> Token:
        """Look a token up."""
        if len(self) >= _MAX_TOKENS:
            self.clear()
        token = self[piece] = _look_up(piece)
        return token


def _look_up(piece: str) -> Token:
    """Look a token up in the lists, given with the blanks behind it: they distinguish ``T8`` from ``T 8``."""
    words, phrases = _lists()
    text = piece.strip()
    word = text.lower()
    if _ORDINAL.fullmatch(word):
        return Token(CLASS["zone"], word, 0.0, word, len(word), {})
    if word[:1].isdecimal() or (word[:1] == "l" and word[1:2].isdecimal()):
        word = word.rstrip(_HYPHENS)
        value = parse_number(word)
        kind = CLASS["code" if value is None else "number"]
        return Token(kind, word, value or 0.0, word, len(word), phrases.get(word, {}))
    known = words.get(word)
    if text == "BED":  # in capitals it is no place
        known = Meaning(CLASS["effective"], text)
    elif not piece[-1:].isspace():
        known = _GLUED_LETTERS.get(word, known)
    if not known and word not in phrases:
        word = _correct(word, words)
        known = words.get(word)
    return Token(*(known or _split_compound(text, words)), word, len(text), phrases.get(word, {}))


def _correct(word: str, words: Mapping[str, Meaning]) -> str:
    """Return the word of the lists that optical character recognition made this one of, or the word as it stands.

    Digits between letters are letters; of the letters that look alike one is exchanged, or all.
    """
    if len(word) < _MIN_MISREAD:
        return word
    spelled = word.replace("0", "o")
    candidates = [spelled.replace("1", letter) for letter in ("l", "i")]
    for read, meant in _MISREAD_LETTERS:
        places = [found.start() for found in re.finditer(read, spelled)]
        candidates += [spelled[:at] + meant + spelled[at + len(read) :] for at in places]
        candidates.append(spelled.replace(read, meant))
    return next((candidate for candidate in candidates if candidate in words), word)


def _split_compound(text: str, words: Mapping[str, Meaning]) -> Meaning:
    """Read words written together, such as the ``LtBrst`` and ``LBrstSCV`` of a plan's name."""
    word, pieces, prefix = text.lower(), _CAPITALS.findall(text), ""
    for beginning, side in _SIDES:
        if word.startswith(beginning) and len(word) > len(beginning) + 2:
            if pieces[0].lower() == beginning:
                prefix, pieces = f"{side} ", pieces[1:]
                break
            site = words.get(word[len(beginning) :])
            if site and site.kind == CLASS["site"]:
                return site._replace(value=f"{side} {site.value}")
    sites = [words.get(piece.lower()) for piece in pieces]
    if sites and all(site and site.kind in classes("site lobar") for site in sites):
        return Meaning(CLASS["site"], prefix + " and ".join(site.value for site in sites if site))
    return Meaning(CLASS["word"], word)


def parse_number(text: str) -> float | None:
    """Return the value of a written number, or None of what is none.

    A comma before three digits parts thousands, any other is a decimal comma; letters that look like digits are read as
    digits.

    >>> parse_number("5,040"), parse_number("50,4"), parse_number("45OO"), parse_number("12.01.2019")
    (5040.0, 50.4, 4500.0, None)
    """
    text = text.translate(_MISREAD_DIGITS)
    if len(text) > _MAX_DIGITS:
        return None
    if _THOUSANDS.fullmatch(text):
        return float(text.replace(",", ""))
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def split_variant(variant: str) -> list[str]:
    """Cut a variant of the lists as a text is cut, without its hyphens."""
    return _VARIANT.findall(variant) or [variant]


@cache
def _lists() -> tuple[Mapping[str, Meaning], Mapping[str, Mapping[str, tuple[Phrase, ...]]]]:
    """Read the lists: single words, and phrases by their first two words."""
    words: dict[str, Meaning] = {}
    phrases: defaultdict[str, defaultdict[str, list[Phrase]]] = defaultdict(lambda: defaultdict(list))
    for variant, meaning in _entries():
        first, *rest = split_variant(variant)
        if rest:
            phrases[first][rest[0]].append(Phrase(tuple(rest), meaning))
        else:
            words.setdefault(variant, meaning)
    longest_first = {
        first: {second: tuple(sorted(found, key=lambda phrase: -len(phrase.rest))) for second, found in seconds.items()}
        for first, seconds in phrases.items()
    }
    return words, longest_first


def _entries() -> Iterator[tuple[str, Meaning]]:
    """Yield the variants of the lists with what they mean."""
    for name in ("words", "sites"):
        for line in Path(__file__).with_name(f"lexicon.{name}.txt").read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("# "):
                head, _, variants = line.partition(": ")
                kind, _, value = head.partition(" ")
                amount = float(value) if kind in _WITH_AMOUNT else 0.0
                for variant in map(str.strip, variants.split(", ")):
                    yield variant, Meaning(CLASS[kind], value or variant, amount)
