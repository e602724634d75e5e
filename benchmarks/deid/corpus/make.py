"""Write the second de-identification corpus as JSON lines, and check it.

    python benchmarks/deid/corpus/make.py --out corpus.jsonl
    python benchmarks/deid/corpus/make.py --check

``handwritten.jsonl`` holds texts with unknown identifiers, ``phrases/`` the grammar of records with known ones. Every
run checks offsets, overlaps and counts; ``--check`` also fails when the digest is not that of ``corpus.sha256``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grammar
import marks

HERE = Path(__file__).parent
DIGEST = HERE / "corpus.sha256"
MIN_UNKNOWN = {"NAME": 900, "PLACE+ORG": 350, "DATE": 500, "PHONE": 200, "EMAIL": 120, "ID": 250}
MIN_TOLD = 3000
MIN_PROTECTED_BY_HAND = 1500


def handwritten() -> Iterator[dict[str, Any]]:
    """The texts of ``handwritten.jsonl``, a line each with ``id`` and ``marked``, the text with its marks."""
    with (HERE / "handwritten.jsonl").open(encoding="utf-8") as lines:
        for note in map(json.loads, lines):
            record = marks.record(f"handwritten/{note['id']}", marks.parse(note["marked"]), {})
            if not 60 <= len(record["text"]) <= 1200:
                raise ValueError(f"{note['id']} has {len(record['text'])} characters, not 60 to 1,200")
            yield record


def corpus() -> Iterator[dict[str, Any]]:
    """Both parts."""
    yield from handwritten()
    for identifier, segments, known in grammar.records():
        yield marks.record(identifier, segments, known)


def check_offsets(record: dict[str, Any]) -> None:
    """Spans and protected spans lie within the text, hold no white space at their ends and do not overlap."""
    text, last = record["text"], 0
    for span in sorted([*record["spans"], *record["protected"]], key=lambda s: s["start"]):
        piece = text[span["start"] : span["end"]]
        if span["start"] < last or span["end"] > len(text) or not piece or piece != piece.strip():
            raise ValueError(f"{record['id']}: a wrong span at {span['start']}")
        last = span["end"]


def counts(records: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    """Spans by class and form, and protected spans by kind, for each part of the corpus."""
    tables: dict[str, Counter[str]] = {}
    for record in records:
        part = record["id"].split("/")[0]
        spans = tables.setdefault(f"{part} spans", Counter())
        spans.update(f"{span['class']} {span['form']}" for span in record["spans"])
        tables.setdefault(f"{part} protected", Counter()).update(span["kind"] for span in record["protected"])
    return tables


def shortfalls(tables: dict[str, Counter[str]]) -> list[str]:
    """The counts that were promised and not reached."""
    unknown = {key.removesuffix(" unknown"): n for key, n in tables["handwritten spans"].items()}
    unknown["PLACE+ORG"] = unknown["PLACE"] + unknown["ORG"]
    missing = [name for name, least in MIN_UNKNOWN.items() if unknown[name] < least]
    told = tables["phrases spans"]
    missing += [column for column in grammar.TOLD if told[f"{column} exact"] + told[f"{column} format"] < MIN_TOLD]
    if sum(n for key, n in told.items() if key.endswith("edit1")) < MIN_TOLD:
        missing.append("edit1")
    if tables["handwritten protected"].total() < MIN_PROTECTED_BY_HAND:
        missing.append("protected by hand")
    return missing


def main(arguments: list[str] | None = None) -> int:
    """Make and check the corpus; 0 when all is well."""
    parser = argparse.ArgumentParser(description="Make the second de-identification corpus.")
    parser.add_argument("--out", type=Path, help="the JSON lines file to write")
    parser.add_argument("--check", action="store_true", help="fail when the digest is not that of corpus.sha256")
    options = parser.parse_args(arguments)
    records = list(corpus())
    for record in records:
        check_offsets(record)
    tables = counts(records)
    for title, table in tables.items():
        print(f"{title}: {table.total()}")
        for key, n in sorted(table.items()):
            print(f"  {key:24} {n:6}")
    body = "".join(json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n" for record in records).encode()
    digest = hashlib.sha256(body).hexdigest()
    print(f"{len(records)} records, sha256 {digest}")
    if options.out:
        options.out.write_bytes(body)
    problems = [f"too few: {name}" for name in shortfalls(tables)]
    if options.check and digest != DIGEST.read_text(encoding="utf-8").split()[0]:
        problems.append("the digest is not that of corpus.sha256")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
