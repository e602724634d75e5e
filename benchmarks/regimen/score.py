"""Compare what was read of sentences with what people say is in them.

A mention is found where one of the same kind and value overlaps it; each counts once. Values are compared in one normal
form: numbers to 0.005 (Gy), words through the parser's own lists, case aside: ``L breast`` and ``left breast`` are one
site, ``QOD`` and ``every other day`` one frequency.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from radonc.regimen.lexicon import tokenize
from radonc.regimen.parser import Mention, ParsedRegimen
from radonc.regimen.sites import site_name

KINDS = ("dose", "fraction_dose", "fractions", "site", "modality", "technique", "energy", "boost", "frequency")
FIELDS = (
    *("site", "laterality", "dose_gy", "n_fractions", "fraction_dose_gy"),
    *("modality", "technique", "energy", "boost", "schedule"),
)
CLOSE = {"fraction_dose_gy": 0.02}
"""How far numbers may lie apart: doses per fraction are quotients, which people round."""

NEAR = 0.005


@dataclass
class Tally:
    """What was found (``hits``), made up (``false``) and missed, by kind; which fields of phases were right."""

    hits: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    phases: int = 0
    sentences: int = 0
    counted_right: int = 0

    def rates(self, kind: str) -> tuple[float, float, float]:
        """Return precision, recall and F1 of a kind; 0 where nothing was there to find."""
        hits = self.hits[kind]
        precision = hits / max(hits + self.false[kind], 1)
        recall = hits / max(hits + self.missed[kind], 1)
        return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)

    def add(self, sentence: Mapping[str, Any], parsed: ParsedRegimen) -> list[str]:
        """Count a sentence in, and return what was missed (-), made up (+) or wrong in a phase (~), in words."""
        self.sentences += 1
        return [*self._mentions(sentence, parsed), *self._phases(sentence["phases"], parsed)]

    def _mentions(self, sentence: Mapping[str, Any], parsed: ParsedRegimen) -> Iterator[str]:
        left = list(parsed.mentions)
        for wanted in annotated(sentence):
            found = next((one for one in left if _is_found(one, wanted)), None)
            if found:
                self.hits[wanted.kind] += 1
                left.remove(found)
            else:
                self.missed[wanted.kind] += 1
                yield f"- {wanted.kind} {wanted.value}"
        for one in left:
            self.false[one.kind] += 1
            yield f"+ {one.kind} {one.value}"

    def _phases(self, wanted: Sequence[Mapping[str, Any]], parsed: ParsedRegimen) -> Iterator[str]:
        """Compare phases in order; what has no counterpart counts as one without fields."""
        self.counted_right += len(wanted) == len(parsed.phases)
        for place, phase in enumerate(wanted):
            self.phases += 1
            read = parsed.phases[place] if place < len(parsed.phases) else None
            for name in FIELDS:
                value = getattr(read, name, None)
                if is_same(name, value, phase.get(name)):
                    self.right[name] += 1
                else:
                    yield f"~ phase {place + 1}: {name} {phase.get(name)}, read {value}"


def annotated(sentence: Mapping[str, Any]) -> Iterator[Mention]:
    """Yield a sentence's annotated mentions with their places.

    Raises
    ------
    ValueError
        Where a mention's words do not stand in the sentence.
    """
    for mention in sentence["mentions"]:
        start = -1
        for _ in range(mention.get("occurrence", 1)):
            start = sentence["text"].index(mention["text"], start + 1)
        yield Mention(mention["kind"], mention["value"], start, start + len(mention["text"]))


def is_same(name: str, one: Any, other: Any) -> bool:
    """Return whether two values of a kind or field are one."""
    if one is None or other is None:
        return one is other
    if isinstance(one, str) or isinstance(other, str):
        return normal(name, str(one)) == normal(name, str(other))
    return bool(abs(one - other) <= CLOSE.get(name, NEAR))


def normal(name: str, value: str) -> str:
    """Return a word in the lists' form."""
    sentence = tokenize(value)
    if name == "site":
        return site_name(sentence, 0, len(sentence.tokens)).casefold()
    if len(sentence.tokens) == 1:
        return sentence.tokens[0].value.casefold()
    return value.casefold().replace("-", " ")


def _is_found(read: Mention, wanted: Mention) -> bool:
    overlaps = read.start < wanted.end and wanted.start < read.end
    return overlaps and read.kind == wanted.kind and is_same(wanted.kind, read.value, wanted.value)
