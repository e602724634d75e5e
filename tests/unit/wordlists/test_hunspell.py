import random
import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from spylls.hunspell import Dictionary

from radonc.wordlists import hunspell

AFFIXES = """
SET UTF-8
PFX U Y 1
PFX U   0     un         .

PFX N N 1
PFX N   im    ir         im

SFX D Y 4
SFX D   0     d          e
SFX D   y     ied        [^aeiou]y
SFX D   0     ed         [^ey]
SFX D   0     ed         [aeiou]y

SFX V N 1
SFX V   e     ive        e
"""


def forms(*entries):
    return set(hunspell.expand("\n".join([str(len(entries)), *entries]), AFFIXES))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("cat", {"cat"}),
        ("dose/D", {"dose", "dosed"}),
        ("vary/D", {"vary", "varied"}),
        ("play/D", {"play", "played"}),
        ("treat/D", {"treat", "treated"}),
        ("treat/UD", {"treat", "treated", "untreat", "untreated"}),
        ("abuse/UV", {"abuse", "abusive", "unabuse"}),  # V crosses with no prefix
        ("import/ND", {"import", "imported", "irport"}),  # N with no suffix
        ("sit/V", {"sit"}),
    ],
)
def test_a_stem_gives_the_forms_that_its_rules_allow(entry, expected):
    assert forms(entry) == expected


@pytest.mark.parametrize("entry", ["Brown/D", "ECOG", "McCune", "1st/D"])
def test_capitalised_stems_and_numbers_give_nothing(entry):
    assert forms(entry) == set()


def test_the_count_in_the_first_line_is_no_word():
    assert forms("cat", "dog") == {"cat", "dog"}


@pytest.fixture(scope="module")
def english():
    folder = Path(str(distribution("spylls").locate_file("spylls/hunspell/data/en")))
    texts = [(folder / f"en_US.{end}").read_text(encoding="utf-8") for end in ("dic", "aff")]
    return Dictionary.from_files(str(folder / "en_US")), set(hunspell.expand(*texts)), texts


def test_spylls_knows_every_word_that_is_given(english):
    dictionary, words, _ = english
    sample = random.Random(0).sample(sorted(words), 3000)
    assert [word for word in sample if not dictionary.lookup(word)] == []


def test_every_word_that_spylls_knows_is_given(english):
    """Stems with endings and beginnings at random: most are no words, many are."""
    dictionary, words, (stems, affixes) = english
    rng = random.Random(1)
    parts = {kind: re.findall(rf"^{kind} +\S+ +\S+ +(\S+) +\S+$", affixes, re.M) for kind in ("PFX", "SFX")}
    entries = [line.split("/")[0] for line in stems.splitlines()[1:]]
    tried = set()
    for stem in rng.sample([entry for entry in entries if entry.isalpha() and entry.islower()], 10000):
        cut = stem[:-1] if stem[-1] in "ey" and rng.random() < 0.7 else stem
        tried.add((rng.choice(parts["PFX"]) if rng.random() < 0.1 else "") + cut + rng.choice(parts["SFX"]))
    known = {word for word in tried if dictionary.lookup(word)}
    assert 400 < len(known) < 2000
    assert known == tried & words
