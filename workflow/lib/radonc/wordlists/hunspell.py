"""Hunspell dictionaries written out: each lower-case stem with all the forms that its affix rules allow.

What is read of the format (hunspell(5)): stems with one-letter flags, ``PFX`` and ``SFX`` rules with their cross
products. Compound rules make ordinals of digits in English, no words, and are left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple


class Affix(NamedTuple):
    """One line of a rule: cut ``strip`` letters off a stem whose edge matches, and put ``add`` there."""

    strip: int
    add: str
    edge: re.Pattern[str]
    crosses: bool


def expand(dictionary: str, affixes: str) -> Iterator[str]:
    """Yield the words of a dictionary (the texts of its ``.dic`` and ``.aff`` file), some of them twice.

    Capitalised stems are proper names and give none.
    """
    prefixes, suffixes = _rules(affixes, "PFX"), _rules(affixes, "SFX")

    @cache  # The rules look at the last letters alone, and many stems end alike.
    def endings(flags: str, tail: str) -> list[Affix]:
        return [affix for flag in flags for affix in suffixes[flag] if affix.edge.search(tail)]

    for line in dictionary.splitlines()[1:]:
        stem, _, flags = line.partition("/")
        if not stem.islower() or not stem[0].isalpha():
            continue
        found = endings(flags, stem[-4:])
        yield stem
        yield from (stem[: len(stem) - suffix.strip] + suffix.add for suffix in found)
        for prefix in (affix for flag in flags for affix in prefixes[flag] if affix.edge.search(stem)):
            start = prefix.add + stem[prefix.strip :]
            yield start
            if prefix.crosses:
                yield from (start[: len(start) - suffix.strip] + suffix.add for suffix in found if suffix.crosses)


def _rules(affixes: str, kind: str) -> defaultdict[str, list[Affix]]:
    """Read the rules of one kind, ``PFX`` or ``SFX``, by their flags."""
    rules: defaultdict[str, list[Affix]] = defaultdict(list)
    crosses: dict[str, bool] = {}
    for fields in (line.split() for line in affixes.splitlines() if line.startswith(kind)):
        flag = fields[1]
        if flag not in crosses:  # the rule's head: flag, cross product, number of lines
            crosses[flag] = fields[2] == "Y"
            continue
        strip, add, condition = ("" if field == "0" else field for field in fields[2:5])
        edge = re.compile(f"^(?:{condition})" if kind == "PFX" else f"(?:{condition})$")
        rules[flag].append(Affix(len(strip), add, edge, crosses[flag]))
    return rules
