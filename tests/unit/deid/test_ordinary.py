import pytest

from radonc.deid import ordinary
from radonc.deid.spans import tokens


@pytest.mark.parametrize(
    "word",
    ["gray", "young", "field", "small", "black", "brown", "rose", "may", "hodgkin", "gleason", "merkel", "mobile"],
)
def test_surnames_and_places_that_are_words_are_common(word):
    assert word in ordinary.COMMON


@pytest.mark.parametrize("name", ["smith", "whitfield", "garcia", "nguyen", "pemberton", "rapids"])
def test_names_that_are_no_words_are_not_common(name):
    assert name not in ordinary.COMMON


def test_lists_hold_words_as_texts_are_folded():
    for word in ordinary.COMMON | ordinary.TITLES:
        assert tokens(word) == [word]
