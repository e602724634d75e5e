"""The words of a regimen: a text in tokens, each with its class by ``lexicon.words.txt`` and ``lexicon.sites.txt``.

A class is one character, so that a sentence becomes a short text over classes, which ``re`` searches in one scan.
Patterns are written in the classes' names and translated by ``to_regex``. A number in words is one token, and so is a
phrase of the lists.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

_NAMES = """
    word number ones teens tens hundred thousand point code gray rbe fraction visit times activity length mass percent
    time cycle limit effective measured vital limited less slash dash arrow plus equals comma colon stop bar low open
    close tilde per article of in at with to and or versus from then total dose given size number_of single prior after
    ptv some when half negative mv mev kv fff nuclide beam freq boost sib modality source technique irradiation rt
    disease imaging side both letter zone adj lobar part site loose vertebra lumbar volume level roman
"""
CLASS = {name: chr(0x100 + place) for place, name in enumerate(_NAMES.split())}
"""Class → its character; beyond ASCII, so that it cannot be one of the pattern language's own."""


class Meaning(NamedTuple):
    """What a word means: the character of its class, its normal form, and a number's value or a unit's factor."""

    kind: str
    value: str
    amount: float = 0.0


Phrases = Mapping[str, Sequence[tuple[tuple[str, ...], Meaning]]]
"""By their second word, the longest first: the words of a phrase after the first, and what it means."""


class Token(NamedTuple):
    """A token: what it means, as in ``Meaning``, and how it is written."""

    kind: str
    value: str
    amount: float
    word: str  # in lower case
    length: int  # in characters, without the blanks behind it
    phrases: Phrases  # that it may begin


class Sentence(NamedTuple):
    """A text in tokens, which cover it whole."""

    tokens: list[Token]
    starts: list[int]  # where each token begins, in characters, and the text's length
    classes: str  # a character for each token

    def end(self, place: int) -> int:
        """Return where a token ends, in characters."""
        return self.starts[place] + self.tokens[place].length


class Form(NamedTuple):
    """A form of a table, as ``quantities.patterns.txt`` explains."""

    kind: str
    roles: str
    regex: re.Pattern[str]


def classes(names: str) -> frozenset[str]:
    """Return the characters of classes, from their names with blanks between."""
    return frozenset(CLASS[name] for name in names.split())


def to_regex(pattern: str) -> str:
    """Translate a pattern in the classes' names, blanks apart, to one in their characters."""
    return "".join(re.sub(r"[a-z_]+", lambda name: CLASS[name[0]], pattern).split())


def read_forms(table: str) -> Iterator[Form]:
    """Yield the forms of a table: ``quantities`` or ``sites``."""
    abbreviations: dict[str, str] = {}
    for line in Path(__file__).with_name(f"{table}.patterns.txt").read_text(encoding="utf-8").splitlines():
        rule = line.partition("#")[0].strip()
        separator = " = " if " = " in rule else ": "
        head, _, pattern = rule.partition(separator)
        pattern = re.sub(r"\b[A-Z][A-Z_]+", lambda found: abbreviations[found[0]], pattern)
        if separator == " = ":
            abbreviations[head] = pattern
        elif rule:
            kind, _, roles = head.partition(" ")
            yield Form(kind, roles, re.compile(to_regex(pattern)))


# ---- one token

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_VARIANT = re.compile(rf"{_ORDINAL.pattern}|[^\W\d_]+|\d+|[^\s-]")
_CAPITALS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]")
_MISREAD_DIGITS = str.maketrans("oOlI", "0011")
_SIDES = (("left", "left"), ("right", "right"), ("lt", "left"), ("rt", "right"), ("l", "left"), ("r", "right"))
# A letter before a digit or a sign: a vertebra, or the volume of a dose (V20).
_GLUED_LETTERS = {"l": Meaning(CLASS["lumbar"], "left")}
_GLUED_LETTERS |= {letter: Meaning(CLASS["vertebra"], letter.upper()) for letter in "tcs"}
_GLUED_LETTERS |= {letter: Meaning(CLASS["volume"], letter) for letter in "vd"}


@cache
def _lists() -> tuple[Mapping[str, Meaning], Mapping[str, Phrases]]:
    """Read the lists: single words, and phrases by their first word."""
    words: dict[str, Meaning] = {}
    phrases: defaultdict[str, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for name in ("words", "sites"):
        for line in Path(__file__).with_name(f"lexicon.{name}.txt").read_text(encoding="utf-8").splitlines():
            if not line.strip() or line.startswith("# "):
                continue
            head, _, variants = line.partition(": ")
            kind, _, value = head.partition(" ")
            amount = float(value) if kind in ("gray", "activity", "ones", "teens", "tens") else 0.0
            for variant in map(str.strip, variants.split(", ")):
                meaning = Meaning(CLASS[kind], value or variant, amount)
                first, *rest = split_variant(variant)
                if rest:
                    phrases[first][rest[0]].append((tuple(rest), meaning))
                else:
                    words.setdefault(variant, meaning)
    for seconds in phrases.values():
        for found in seconds.values():
            found.sort(key=lambda phrase: -len(phrase[0]))
    return words, phrases


def split_variant(variant: str) -> list[str]:
    """Cut a variant of the lists as a text is cut, without its hyphens."""
    return _VARIANT.findall(variant) or [variant]


@lru_cache(maxsize=1 << 16)
def _look_up(piece: str) -> Token:
    """Look a token up in the lists, given with the blanks behind it: they distinguish ``T8`` from ``T 8``."""
    words, phrases = _lists()
    text = piece.strip()
    word = text.lower()
    known = words.get(word)
    if _ORDINAL.fullmatch(word):
        known = Meaning(CLASS["zone"], word)
    elif word[:1].isdecimal() or (word[:1] == "l" and word[1:2].isdecimal()):
        text = word = word.rstrip("-‐‑")
        value = parse_number(word)
        known = Meaning(CLASS["code" if value is None else "number"], word, value or 0.0)
    elif text == "BED":  # in capitals it is no place
        known = Meaning(CLASS["effective"], text)
    elif not piece[-1:].isspace():
        known = _GLUED_LETTERS.get(word, known)
    if not known and word not in phrases:
        word = _correct(word, words)
        known = words.get(word)
    return Token(*(known or _split_compound(text, words)), word, len(text), phrases.get(word, {}))


def parse_number(text: str) -> float | None:
    """Return the value of a written number, or None where a text is none.

    A comma before three digits parts thousands, any other is a decimal comma; letters that look like digits are digits.

    >>> parse_number("5,040"), parse_number("50,4"), parse_number("45OO"), parse_number("12.01.2019")
    (5040.0, 50.4, 4500.0, None)
    """
    text = text.translate(_MISREAD_DIGITS)
    if len(text) > 12:  # a key of something
        return None
    if _THOUSANDS.fullmatch(text):
        return float(text.replace(",", ""))
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _correct(word: str, words: Mapping[str, Meaning]) -> str:
    """Return the word of the lists that optical character recognition made this one of, or the word as it stands."""
    if len(word) < 4:
        return word
    # Digits between letters are letters; of the letters that look alike one is exchanged, or all.
    spelled = word.replace("0", "o")
    candidates = [spelled.replace("1", letter) for letter in "li"]
    for read, meant in (("l", "i"), ("i", "l"), ("rn", "m"), ("vv", "w")):
        candidates += [spelled[: m.start()] + meant + spelled[m.end() :] for m in re.finditer(read, spelled)]
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


# ---- a text

# A number, whose zeros may be the letter, and whose first one is an l before a unit; with the hyphen to its unit.
_DIGITS = r"\d[\dO]*(?:[.,]\d[\dO]*)*"
_AN_L = r"(?:l(?=\d{1,4}\s?(?:M[Ve]|cG|Gy|f))|(?<=[xX] )l(?=\d))?"
_HYPHEN = r"(?:[-‐‑](?=[^\W\d_]{2}|[^\W\d_]\b))?"
# A word, in which a digit between letters was a letter (fracti0ns, T0tal), unless it may begin a number (RUL1fx).
_WORD = r"(?!c?Gy\d)[^\W\d_]+(?:(?:(?<=[^\W\d_]{2})[01](?=[^\W\d_xXfF])|[01](?=[^\W\d_xXfF]{2}))[^\W\d_]+)*|[^\W\d_]+"
# Then a unit before a times sign without blanks (7Gyx3), a word, or a sign; each with the blanks behind it.
# What no digit follows is a plain word, as most are: tried first, it halves the time.
_TOKEN = re.compile(
    rf"(?:[^\W\d_]++(?!\d)|{_ORDINAL.pattern}\b|{_AN_L}{_DIGITS}{_HYPHEN}|c?Gy(?=x\d)|{_WORD}|\S)\s*|\s+"
)
_TENS = "(?: tens (?: dash? ones )? | teens | ones )"
_HUNDREDS = f"(?: {_TENS} (?: hundred (?: and? {_TENS} )? )? )"
_SPELLED = re.compile(
    to_regex(f"{_HUNDREDS} (?: thousand {_HUNDREDS}? )? (?: point ones{{1,4}} | and article? half )?")
)
_NUMERAL = re.compile(to_regex("[ones teens tens]"))
_ADDS_NOTHING = classes("dash and article")
_DASH = CLASS["dash"]


def tokenize(text: str) -> Sentence:
    """Cut a text into tokens."""
    pieces = _TOKEN.findall(text)
    starts = list(accumulate(map(len, pieces), initial=0))
    tokens = list(map(_look_up, pieces))
    _join_phrases(text, tokens, starts)
    kinds = "".join(map(itemgetter(0), tokens))
    if _NUMERAL.search(kinds):
        for found in reversed(list(_SPELLED.finditer(kinds))):
            start, end = found.span()
            words = " ".join(token.word for token in tokens[start:end])
            _merge(tokens, starts, start, end, Meaning(CLASS["number"], words, _value(tokens[start:end])), words)
        kinds = "".join(map(itemgetter(0), tokens))
    return Sentence(tokens, starts, kinds)


def _merge(tokens: list[Token], starts: list[int], start: int, end: int, meaning: Meaning, words: str) -> None:
    length = starts[end - 1] - starts[start] + tokens[end - 1].length
    tokens[start:end] = [Token(*meaning, words, length, {})]
    del starts[start + 1 : end]


def _join_phrases(text: str, tokens: list[Token], starts: list[int]) -> None:
    """Make one token of each phrase, the longest where several begin at one place."""
    for place, token in enumerate(tokens):  # which shortens behind the place where a phrase is joined
        if token.phrases and place + 1 < len(tokens):
            second = tokens[place + 1].word
            if second in ("-", "–", ".", "‐", "‑", "—") and place + 2 < len(tokens):
                second = tokens[place + 2].word
            for rest, meaning in token.phrases.get(second, ()):
                if end := _end_of_phrase(text, tokens, starts, place + 1, rest):
                    _merge(tokens, starts, place, end, meaning, " ".join((token.word, *rest)))
                    break


def _end_of_phrase(text: str, tokens: list[Token], starts: list[int], place: int, rest: Sequence[str]) -> int:
    """Return the place behind a phrase's last word, or 0; hyphens and the stops of abbreviations are passed over."""
    for word in rest:
        while place < len(tokens) and (
            tokens[place].kind == _DASH or (tokens[place].word == "." and starts[place + 1] - starts[place] == 1)
        ):
            place += 1
        # "2D" is a phrase, "2 d" two days.
        apart = len(word) == 1 and tokens[place - 1].kind == CLASS["number"] and text[starts[place] - 1].isspace()
        if apart or place == len(tokens) or tokens[place].word != word:
            return 0
        place += 1
    return place


def _value(numerals: list[Token]) -> float:
    """Add a number in words up."""
    whole = thousands = 0.0
    for place, token in enumerate(numerals):
        if token.kind == CLASS["point"]:
            decimals = "".join(f"{digit.amount:.0f}" for digit in numerals[place + 1 :])
            return float(f"{thousands + whole:.0f}.{decimals}")
        if token.kind == CLASS["half"]:
            whole += 0.5
        elif token.kind == CLASS["hundred"]:
            whole *= 100
        elif token.kind == CLASS["thousand"]:
            whole, thousands = 0.0, whole * 1000
        elif token.kind not in _ADDS_NOTHING:
            whole += token.amount
    return thousands + whole
