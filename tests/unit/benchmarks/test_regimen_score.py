"""The scorer of the regimen benchmark, by cases that are counted by hand."""

import importlib.util
import sys
from pathlib import Path

import pytest

from radonc.regimen import Phase
from radonc.regimen.parser import Mention, ParsedRegimen

PATH = Path(__file__).parents[3] / "benchmarks" / "regimen" / "score.py"


@pytest.fixture(scope="module")
def score():
    name = "regimen_score"
    spec = importlib.util.spec_from_file_location(name, PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


SENTENCE = {
    "text": "L breast 50 Gy, 25 fx, then 50 Gy",
    "mentions": [
        {"kind": "site", "value": "left breast", "text": "L breast"},
        {"kind": "dose", "value": 50, "text": "50 Gy"},
        {"kind": "dose", "value": 50, "text": "50 Gy", "occurrence": 2},
        {"kind": "fractions", "value": 25, "text": "25 fx"},
    ],
    "phases": [{"site": "left breast", "dose_gy": 50, "n_fractions": 25, "fraction_dose_gy": 2.0}, {"dose_gy": 50}],
}


def test_each_mention_counts_once(score):
    tally = score.Tally()
    mentions = (
        Mention("site", "left breast", 0, 8),
        Mention("dose", 50.0, 9, 14),
        Mention("dose", 50.0, 10, 13),  # overlaps the same annotation, which was found already
        Mention("fractions", 26, 16, 21),
    )
    misses = tally.add(SENTENCE, ParsedRegimen((Phase("left breast", 50.0, 25),), mentions, ()))
    assert tally.rates("site") == pytest.approx((1, 1, 1))
    assert tally.rates("dose") == pytest.approx((0.5, 0.5, 0.5))
    assert tally.rates("fractions") == pytest.approx((0, 0, 0))
    assert misses[:2] == ["- dose 50", "- fractions 25"]
    assert misses[2:4] == ["+ dose 50.0", "+ fractions 26"]
    # laterality follows from the site, which the annotation does not repeat
    assert [line for line in misses if line.startswith("~")] == [
        "~ phase 1: laterality None, read left",
        "~ phase 2: dose_gy 50, read None",
    ]
    assert (tally.phases, tally.counted_right, tally.right["dose_gy"]) == (2, 0, 1)


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("dose", 42.56, 42.5649, True),
        ("dose", 42.56, 42.57, False),
        ("fraction_dose_gy", 2.1212, 2.12, True),
        ("site", "L Breast + RLN", "left breast and regional lymph nodes", True),
        ("site", "left breast", "right breast", False),
        ("frequency", "qod", "every other day", True),
        ("technique", "3DCRT", "3D-CRT", True),
        ("boost", None, None, True),
        ("boost", None, "boost", False),
    ],
)
def test_values_are_compared_in_one_form(score, name, one, other, same):
    assert score.is_same(name, one, other) is same


def test_words_that_do_not_stand_in_the_sentence_are_a_fault(score):
    with pytest.raises(ValueError, match="substring not found"):
        list(score.annotated({"text": "50 Gy", "mentions": [{"kind": "dose", "value": 60, "text": "60 Gy"}]}))
