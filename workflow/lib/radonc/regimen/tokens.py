"""A sentence in tokens, and its classes as a text: numbers in words and phrases of the lists are one token each."""

from __future__ import annotations

import re
from itertools import accumulate, compress
from operator import itemgetter
from typing import NamedTuple

from radonc.regimen.lexicon import CLASS, Phrase, Token, Tokens, pattern

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
_SPELLED = re.compile(pattern(f"{_HUNDREDS} (?: thousand {_HUNDREDS}? )? (?: point ones{{1,4}} | and article? half )?"))
_ONES = re.compile(pattern("[ones teens tens]"))
_known = Tokens()
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


def tokenise(text: str) -> Sentence:
    """Cut a text into tokens; they cover it whole."""
    pieces = _TOKEN.findall(text)
    starts = list(accumulate(map(len, pieces), initial=0))
    tokens = list(map(_known.__getitem__, pieces))
    begun = list(compress(range(len(tokens)), map(_PHRASES, tokens)))
    if begun:
        _join_phrases(text, tokens, starts, begun)
    classes = "".join(map(_KIND, tokens))
    if _ONES.search(classes):
        _join_numbers(tokens, starts, classes)
        classes = "".join(map(_KIND, tokens))
    return Sentence(text, tokens, starts, classes)


def _join_phrases(text: str, tokens: list[Token], starts: list[int], begun: list[int]) -> None:
    """Make one token of each phrase that begins at one of some places, the longest where there are several."""
    removed = taken = 0
    for begin in begun:
        place = begin - removed
        if begin < taken or place + 1 >= len(tokens):
            continue
        following = tokens[place + 1]
        if following.word in _PASSED and place + 2 < len(tokens):
            following = tokens[place + 2]
        for phrase in tokens[place].phrases.get(following.word, ()):
            end = _match(text, tokens, starts, place + 1, phrase)
            if end:
                words = " ".join((tokens[place].word, *phrase.rest))
                length = starts[end - 1] - starts[place] + tokens[end - 1].length
                kind, value, amount = phrase.meaning
                tokens[place:end] = [Token(CLASS[kind], value, amount, words, length, {})]
                del starts[place + 1 : end]
                removed, taken = removed + end - place - 1, begin + end - place
                break


_PASSED = ("-", "–", ".", "‐", "‑", "—")


def _match(text: str, tokens: list[Token], starts: list[int], place: int, phrase: Phrase) -> int:
    """Return the place behind a phrase's last word, or 0; hyphens and the stops of abbreviations are passed over."""
    last = len(tokens)
    for word in phrase.rest:
        while place < last and (
            tokens[place].kind == CLASS["dash"]
            or (tokens[place].word == "." and starts[place + 1] - starts[place] == 1)
        ):
            place += 1
        if place == last or tokens[place].word != word:
            return 0
        # "2D" is a phrase, "2 d" two days.
        if len(word) == 1 and tokens[place - 1].kind == CLASS["number"] and text[starts[place] - 1].isspace():
            return 0
        place += 1
    return place


def _join_numbers(tokens: list[Token], starts: list[int], classes: str) -> None:
    for found in reversed(list(_SPELLED.finditer(classes))):
        start, end = found.span()
        value = _value(tokens[start:end])
        words = " ".join(token.word for token in tokens[start:end])
        length = starts[end - 1] - starts[start] + tokens[end - 1].length
        tokens[start:end] = [Token(CLASS["number"], words, value, words, length, {})]
        del starts[start + 1 : end]


def _value(tokens: list[Token]) -> float:
    """Add a number in words up."""
    whole, thousands, decimals = 0.0, 0.0, ""
    for place, token in enumerate(tokens):
        if token.kind == CLASS["point"]:
            decimals = "".join(str(int(digit.amount)) for digit in tokens[place + 1 :])
            break
        if token.kind == CLASS["half"]:
            whole += 0.5
        elif token.kind == CLASS["hundred"]:
            whole *= 100
        elif token.kind == CLASS["thousand"]:
            whole, thousands = 0.0, whole * 1000
        elif token.kind not in (CLASS["dash"], CLASS["and"], CLASS["article"]):
            whole += token.amount
    return thousands + whole if not decimals else float(f"{thousands + whole:.0f}.{decimals}")
