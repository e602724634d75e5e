from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.study.pairs import normalise, split_of

TEXTS = [f"Site: breast\nAge: {number}" for number in range(5000)]


def sides(texts, key="k", validation=0.1, test=0.1):
    return {text: split_of(text, key, validation, test) for text in texts}


@given(st.text(max_size=30), st.text(min_size=1, max_size=5))
def test_texts_that_differ_in_case_and_blanks_share_a_side(text, key):
    spaced = "  ".join(text.split()) + "\n"
    assert split_of(text, key, 0.3, 0.3) == split_of(spaced, key, 0.3, 0.3)
    assert split_of(text.casefold(), key, 0.3, 0.3) == split_of(text, key, 0.3, 0.3)


def test_nobody_moves_when_others_come_or_go():
    everyone = sides(TEXTS)
    some = sides(TEXTS[::3])
    assert some.items() <= everyone.items()


def test_the_places_are_pinned():
    # Another hash would move the cases of every study that exists.
    places = list(sides(TEXTS[:40], key="radonc-sft").values())
    assert [number for number, place in enumerate(places) if place == "test"] == [0, 3, 10, 23, 30]
    assert [number for number, place in enumerate(places) if place == "validation"] == [15, 31]


@pytest.mark.parametrize(("validation", "test"), [(0.1, 0.1), (0.0, 0.2), (0.3, 0.3), (0.05, 0.5)])
def test_the_shares_hold_on_average(validation, test):
    counts = Counter(sides(TEXTS, validation=validation, test=test).values())
    n = len(TEXTS)
    for name, share in {"validation": validation, "test": test, "train": 1 - validation - test}.items():
        # Four standard deviations of a binomial share.
        assert abs(counts[name] / n - share) <= 4 * (share * (1 - share) / n) ** 0.5, name


def test_a_larger_share_of_validation_takes_from_training_alone():
    small, large = sides(TEXTS, validation=0.1), sides(TEXTS, validation=0.3)
    moved = {(small[text], large[text]) for text in TEXTS if small[text] != large[text]}
    assert moved == {("train", "validation")}


def test_another_key_is_another_split():
    one, other = sides(TEXTS, key="a"), sides(TEXTS, key="b")
    agree = sum(one[text] == other[text] for text in TEXTS) / len(TEXTS)
    assert 0.6 < agree < 0.72  # independent: 0.8² + 2 × 0.1² = 0.66


def test_normalising_is_idempotent_and_keeps_words():
    assert normalise("  Site:\tLEFT \n Breast ") == "site: left breast"
    assert normalise(normalise("Straße  X")) == normalise("STRASSE x")
