"""A sentence in tokens, and its classes as a text; a number in words and a phrase of the lists are one token each."""

from __future__ import annotations

import re
from itertools import accumulate, compress
from operator import itemgetter
from typing import NamedTuple

from radonc.regimen.lexicon import CLASS, Meaning, Phrase, Token, Tokens, classes, to_regex

# A number, whose zeros may be the letter, and whose first one is an l before a unit; with the hyphen to its unit.
_DIGITS = r"\d[\dO]*(?:[.,]\d[\dO]*)*"
_AN_L = r"(?:l(?=\d{1,4}\s?(?:M[Ve]|cG|Gy|f))|(?<=[xX] )l(?=\d))?"
_HYPHEN = r"(?:[-‐‑](?=[^\W\d_]{2}|[^\W\d_]\b))?"
_ORDINAL = r"\d+(?:st|nd|rd|th)\b"
# A word, in which a digit between letters was a letter (fracti0ns, T0tal), unless it may begin a number (RUL1fx).
_WORD = r"(?!c?Gy\d)[^\W\d_]+(?:(?:(?<=[^\W\d_]{2})[01](?=[^\W\d_xXfF])|[01](?=[^\W\d_xXfF]{2}))[^\W\d_]+)*|[^\W\d_]+"
# Then a unit before a times sign without blanks (7Gyx3), a word, or a sign; each with the blanks behind it.
# What no digit follows is a plain word, as most are: tried first, it halves the time.
_TOKEN = re.compile(rf"(?:[^\W\d_]++(?!\d)|{_ORDINAL}|{_AN_L}{_DIGITS}{_HYPHEN}|c?Gy(?=x\d)|{_WORD}|\S)\s*|\s+")
_TENS = "(?: tens (?: dash? ones )? | teens | ones )"
_HUNDREDS = f"(?: {_TENS} (?: hundred (?: and? {_TENS} )? )? )"
_SPELLED = re.compile(
    to_regex(f"{_HUNDREDS} (?: thousand {_HUNDREDS}? )? (?: point ones{{1,4}} | and article? half )?")
)
_NUMERAL = re.compile(to_regex("[ones teens tens]"))
_ADDS_NOTHING = classes("dash and article")
_DASH, _NUMBER, _POINT = CLASS["dash"], CLASS["number"], CLASS["point"]
_HALF, _HUNDRED, _THOUSAND = CLASS["half"], CLASS["hundred"], CLASS["thousand"]
_DASHES = ("-", "–", ".", "‐", "‑", "—")
_tokens = Tokens()
_KIND, _PHRASES = itemgetter(0), itemgetter(5)


class Sentence(NamedTuple):
    """A text in tokens.

    Attributes
    ----------
    text
        As given.
    tokens
        What is known of each.
    starts
        Where each begins, in characters; the text's length comes last.
    classes
        The tokens' classes, a character each.
    """

    text: str
    tokens: list[Token]
    starts: list[int]
    classes: str

    def end(self, place: int) -> int:
        """Return where a token ends, in characters."""
        return self.starts[place] + self.tokens[place].length


def tokenize(text: str) -> Sentence:
    """Cut a text into tokens; they cover it whole."""
    pieces = _TOKEN.findall(text)
    starts = list(accumulate(map(len, pieces), initial=0))
    tokens = list(map(_tokens.__getitem__, pieces))
    _join_phrases(text, tokens, starts)
    kinds = "".join(map(_KIND, tokens))
    if _NUMERAL.search(kinds):
        for found in reversed(list(_SPELLED.finditer(kinds))):
            start, end = found.span()
            words = " ".join(token.word for token in tokens[start:end])
            _merge(tokens, starts, start, end, Meaning(_NUMBER, words, _value(tokens[start:end])), words)
        kinds = "".join(map(_KIND, tokens))
    return Sentence(text, tokens, starts, kinds)


def _merge(tokens: list[Token], starts: list[int], start: int, end: int, meaning: Meaning, words: str) -> None:
    """Make one token of several."""
    length = starts[end - 1] - starts[start] + tokens[end - 1].length
    tokens[start:end] = [Token(*meaning, words, length, {})]
    del starts[start + 1 : end]


def _join_phrases(text: str, tokens: list[Token], starts: list[int]) -> None:
    """Make one token of each phrase, the longest where several begin at one place."""
    removed = taken = 0
    for begin in list(compress(range(len(tokens)), map(_PHRASES, tokens))):
        place = begin - removed
        if begin < taken or place + 1 >= len(tokens):
            continue
        second = tokens[place + 1].word
        if second in _DASHES and place + 2 < len(tokens):
            second = tokens[place + 2].word
        for phrase in tokens[place].phrases.get(second, ()):
            if end := _end_of_phrase(text, tokens, starts, place + 1, phrase):
                words = " ".join((tokens[place].word, *phrase.rest))
                _merge(tokens, starts, place, end, phrase.meaning, words)
                removed, taken = removed + end - place - 1, begin + end - place
                break


def _end_of_phrase(text: str, tokens: list[Token], starts: list[int], place: int, phrase: Phrase) -> int:
    """Return the place behind a phrase's last word, or 0; hyphens and the stops of abbreviations are passed over."""
    last = len(tokens)
    for word in phrase.rest:
        while place < last and (
            tokens[place].kind == _DASH or (tokens[place].word == "." and starts[place + 1] - starts[place] == 1)
        ):
            place += 1
        if place == last or tokens[place].word != word:
            return 0
        # "2D" is a phrase, "2 d" two days.
        if len(word) == 1 and tokens[place - 1].kind == _NUMBER and text[starts[place] - 1].isspace():
            return 0
        place += 1
    return place


def _value(numerals: list[Token]) -> float:
    """Add a number in words up."""
    whole, thousands = 0.0, 0.0
    for place, token in enumerate(numerals):
        if token.kind == _POINT:
            decimals = "".join(f"{digit.amount:.0f}" for digit in numerals[place + 1 :])
            return float(f"{thousands + whole:.0f}.{decimals}")
        if token.kind == _HALF:
            whole += 0.5
        elif token.kind == _HUNDRED:
            whole *= 100
        elif token.kind == _THOUSAND:
            whole, thousands = 0.0, whole * 1000
        elif token.kind not in _ADDS_NOTHING:
            whole += token.amount
    return thousands + whole
