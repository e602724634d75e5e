import tomllib
from collections import Counter
from pathlib import Path

import pytest

from radonc.wordlists import context_words

LISTS = tomllib.loads(Path(context_words.__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_names_each_word_once(name):
    words = Counter(LISTS[name].split())
    assert words
    assert [word for word, n in words.items() if n > 1] == []


def test_every_list_is_used():
    source = Path(context_words.__file__).read_text(encoding="utf-8")
    assert [name for name in LISTS if f'"{name}"' not in source] == []


@pytest.mark.parametrize(
    ("words", "some"),
    [
        ("TITLES", {"dr", "mrs", "nurse"}),
        ("NAME_CUES", {"dr", "wife", "attending"}),
        ("DEGREES", {"MD", "PharmD", "rn"}),
        ("HEAD_NOUNS", {"hospital", "ent", "avenue"}),
        ("TITLES_AND_ROLES", {"jr", "frcr", "husband"}),
        ("NUMBERED_ADDRESS_WORDS", {"route", "apt"}),
    ],
)
def test_the_sets_hold_the_words_of_their_lists(words, some):
    assert some <= getattr(context_words, words)


def test_everyday_head_nouns_are_no_strong_ones():
    assert "hill" in context_words.HEAD_NOUNS - context_words.STRONG_HEAD_NOUNS
    assert "hospital" in context_words.STRONG_HEAD_NOUNS
