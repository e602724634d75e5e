from collections import defaultdict
from pathlib import Path

import pytest

from radonc.regimen import lexicon
from radonc.regimen.lexicon import CLASS, parse_number, split_variant, to_regex

FOLDER = Path(lexicon.__file__).parent
LISTS = ("words", "sites")


def entries():
    for name in LISTS:
        for line in (FOLDER / f"lexicon.{name}.txt").read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("# "):
                head, _, variants = line.partition(": ")
                yield from ((head, variant.strip()) for variant in variants.split(", "))


def test_each_variant_has_one_meaning():
    heads = defaultdict(list)
    for head, variant in entries():
        heads[tuple(split_variant(variant))].append(head)
    assert {variant: meant for variant, meant in heads.items() if len(meant) > 1} == {}


def test_variants_are_in_lower_case_and_classes_known():
    for head, variant in entries():
        assert variant
        assert variant == variant.lower()
        assert head.partition(" ")[0] in CLASS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("60", 60),
        ("50.4", 50.4),
        ("50,4", 50.4),
        ("5,040", 5040),
        ("1,234,567", 1234567),
        ("0,123", 0.123),
        ("45OO", 4500),
        ("l8", 18),
        ("12.01.2019", None),
        ("1,2,3", None),
        ("1" * 13, None),
    ],
)
def test_numbers_are_read_as_people_write_them(text, value):
    assert parse_number(text) == value


def test_a_pattern_is_in_the_classes_characters():
    assert to_regex("number [gray fraction]{0,2}") == f"{CLASS['number']}[{CLASS['gray']}{CLASS['fraction']}]{{0,2}}"
    with pytest.raises(KeyError):
        to_regex("no_such_class")
