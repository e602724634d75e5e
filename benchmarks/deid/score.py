"""Score answers to a de-identification corpus: what was exposed, and what was redacted without need.

    python benchmarks/deid/score.py corpus.jsonl answers.jsonl

A corpus record tells every identifier of its text (``spans``) and clinical spans that must survive (``protected``).
An answer has the spans that a tool would redact; their labels are not judged. Only counts are printed; ``--show``
prints the places themselves and is for invented corpora alone.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scipy.stats import binomtest, norm

KNOWN = (
    "name",
    "physician",
    "relative",
    "mrn",
    "birth_date",
    "phone",
    "email",
    "street",
    "city",
    "postal_code",
    "plan_name",
    "machine",
)
"""Classes of identifiers that the record's own fields tell."""

UNKNOWN = ("NAME", "PLACE", "ORG", "PHONE", "EMAIL", "URL", "DATE", "AGE", "ID", "IDBARE", "ZIP")
"""Classes of identifiers that only the text has."""

CONFIDENCE = 0.95
CONTEXT = 25

Record = dict[str, Any]

MONTH = re.compile(r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*", re.IGNORECASE)
# Digits as scanners misread them count as digits where a digit stands beside them.
MISREAD = re.compile(r"(?<=\d)[OolI]|[OolI](?=\d)")
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Rate:
    """A share with its interval: ``count`` of ``n`` spans or characters."""

    count: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself."""
        return self.count / self.n


@dataclass(frozen=True)
class Place:
    """A span that went wrong: missed, damaged, or redacted without need."""

    record: str
    kind: str
    text: str
    context: str


@dataclass
class Tally:
    """Counts over the records of a corpus, added one record at a time."""

    wrong: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    # Closed and all other characters of each record, for an interval that takes records as the units.
    characters: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    places: list[Place] | None = None

    def add(self, record: Record, answer: Record) -> None:
        """Count one record of a corpus and the answer to it.

        Raises
        ------
        ValueError
            When the answer is to another record, or a span of either leads outside the text or is of no known class.
        """
        text = record["text"]
        if record["id"] != answer["id"]:
            raise ValueError(f"record {record['id']} is answered by {answer['id']}: answers keep the corpus's order")
        redacted = mask(record["id"], text, answer["spans"])
        for span in record["spans"]:
            wrong = not all(redacted[place] for place in letters(text, span))
            self._count(record, span, measure(text, span), wrong)
        for span in record["protected"]:
            wrong = any(redacted[place] for place in letters(text, span))
            self._count(record, span, f"protected/{span['kind']}", wrong)
        self._count_characters(record, redacted)

    def _count(self, record: Record, span: Record, kind: str, wrong: bool) -> None:
        names = {kind, kind.partition("/")[0]}
        if kind in ("unknown/PLACE", "unknown/ORG"):
            names.add("unknown/PLACE+ORG")
        for name in names:
            self.total[name] += 1
            self.wrong[name] += wrong
        if wrong and self.places is not None:
            self.places.append(_place(record, kind, span["start"], span["end"]))

    def _count_characters(self, record: Record, redacted: bytearray) -> None:
        text = record["text"]
        other = mask(record["id"], text, record["spans"])
        clinical = mask(record["id"], text, record["protected"])
        kept = {
            "characters": [redacted[i] for i in range(len(text)) if not other[i]],
            "characters/unprotected": [redacted[i] for i in range(len(text)) if not other[i] and not clinical[i]],
        }
        if not record["known"]:
            kept["characters/nothing known"] = kept["characters"]
        for name, flags in kept.items():
            self.characters.setdefault(name, []).append((sum(flags), len(flags)))
        if self.places is not None:
            for word in WORD.finditer(text):
                if any(redacted[i] and not other[i] for i in range(*word.span())):
                    self.places.append(_place(record, "characters", *word.span()))

    def rates(self) -> dict[str, Rate]:
        """Return the share of spans and characters that went wrong, by measure; measures without any are left out.

        Spans have Clopper and Pearson's exact interval (1934). Characters of one record are redacted together: their
        interval is that of a ratio of two sums over records (Cochran, Sampling Techniques, 1977, section 6.4).
        """
        rates = {name: exact(self.wrong[name], n) for name, n in sorted(self.total.items())}
        clustered = {name: ratio(pairs) for name, pairs in sorted(self.characters.items()) if any(n for _, n in pairs)}
        return rates | clustered


def measure(text: str, span: Record) -> str:
    """Return what a gold span counts for: ``known/<class>``, ``edit1/<class>`` or ``unknown/<class>``."""
    kind, is_known, form = span["class"], span["told"], span["form"]
    if is_known and kind in KNOWN and form in ("exact", "format"):
        return f"known/{kind}"
    if is_known and kind in KNOWN and form == "edit1":
        return f"edit1/{kind}"
    if not is_known and kind in UNKNOWN and form == "unknown":
        if kind == "DATE" and not is_full_date(text[span["start"] : span["end"]]):
            return "unknown/DATE, partial"
        return f"unknown/{kind}"
    raise ValueError(f"a span of class {kind}, known {is_known}, form {form}: no such class or form")


def is_full_date(text: str) -> bool:
    """Say whether a date tells day, month and year: three parts, each a number or a month's name, or eight digits."""
    text = MISREAD.sub("0", text)
    numbers = re.findall(r"\d+", text)
    return len(numbers) + len(MONTH.findall(text)) >= 3 or any(len(number) == 8 for number in numbers)


def letters(text: str, span: Record) -> list[int]:
    """Return the places of the letters and digits of a span; of all its characters, when it has neither."""
    places = range(span["start"], span["end"])
    return [place for place in places if text[place].isalnum()] or list(places)


def mask(record_id: str, text: str, spans: Iterable[Record]) -> bytearray:
    """Return one flag per character of the text: 1 where a span lies."""
    flags = bytearray(len(text))
    for span in spans:
        start, end = span["start"], span["end"]
        if not 0 <= start < end <= len(text):
            raise ValueError(f"record {record_id}: a span from {start} to {end} in a text of {len(text)} characters")
        flags[start:end] = b"\1" * (end - start)
    return flags


def exact(count: int, n: int) -> Rate:
    """Return a share of independent spans with its exact interval."""
    interval = binomtest(count, n).proportion_ci(CONFIDENCE, method="exact")
    return Rate(count, n, float(interval.low), float(interval.high))


def ratio(pairs: list[tuple[int, int]]) -> Rate:
    """Return the share of the sums of ``(count, n)`` over records, its interval by the records' differences."""
    count, n = sum(count for count, _ in pairs), sum(n for _, n in pairs)
    value = count / n
    spread = 0.0
    if len(pairs) > 1:
        squares = sum((of_record - value * size) ** 2 for of_record, size in pairs)
        spread = math.sqrt(squares * len(pairs) / (len(pairs) - 1)) / n
    reach = float(norm.ppf((1 + CONFIDENCE) / 2)) * spread
    return Rate(count, n, max(value - reach, 0.0), min(value + reach, 1.0))


def read(path: Path) -> Iterator[Record]:
    """Yield the records of a file of JSON lines."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def score(corpus: Path, answers: Path, *, show: bool = False) -> Tally:
    """Count the answers of one tool to one corpus; both files are in the same order.

    Raises
    ------
    ValueError
        When records and answers do not pair, or a span is impossible (see ``Tally.add``).
    """
    tally = Tally(places=[] if show else None)
    for record, answer in zip(read(corpus), read(answers), strict=True):
        tally.add(record, answer)
    return tally


def _place(record: Record, kind: str, start: int, end: int) -> Place:
    text = record["text"]
    context = f"{text[max(start - CONTEXT, 0) : start]}⟦{text[start:end]}⟧{text[end : end + CONTEXT]}"
    return Place(record["id"], kind, text[start:end], context.replace("\n", "⏎"))


def _print_places(places: list[Place]) -> None:
    for place in sorted(places, key=lambda place: place.kind):
        if place.kind != "characters":
            print(f"{place.kind}\t{place.record}\t{place.context}")
    print("\nwords redacted without need, with how often:")
    words = Counter(place.text for place in places if place.kind == "characters")
    print(", ".join(f"{word} {n}" for word, n in words.most_common(200)))


def main(args_list: list[str] | None = None) -> None:
    """Print the share of each measure that went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--show", action="store_true", help="print the places: for invented corpora only")
    args = parser.parse_args(args_list)
    try:
        tally = score(args.corpus, args.answers, show=args.show)
    except ValueError as error:
        sys.exit(f"cannot score: {error}")
    print(f"{'measure':28} {'wrong':>8} {'of':>9} {'share':>9}   95 % interval")
    for name, rate in tally.rates().items():
        interval = f"{rate.low:.3%} to {rate.high:.3%}"
        print(f"{name:28} {rate.count:8} {rate.n:9} {rate.value:9.3%}   {interval}")
    if tally.places is not None:
        _print_places(tally.places)


if __name__ == "__main__":
    main()
