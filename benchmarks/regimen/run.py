"""Score the regimen parser on annotated sentences, and measure its speed: ``python benchmarks/regimen/run.py``.

Prints every miss, then the table. Sentences are JSON lines, as the README says.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from score import FIELDS, KINDS, Tally

from radonc.regimen.parser import parse

HERE = Path(__file__).parent
ROUNDS = 20


def main() -> None:
    """Score and time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sentences", type=Path, nargs="?", default=HERE / "sentences" / "blind-2.jsonl")
    parser.add_argument("--quiet", action="store_true", help="print no misses")
    options = parser.parse_args()
    sentences = [json.loads(line) for line in options.sentences.read_text(encoding="utf-8").splitlines()]
    tally = Tally()
    for sentence in sentences:
        misses = tally.add(sentence, parse(sentence["text"]))
        if misses and not options.quiet:
            print(f"{sentence['id']} {sentence['text']}", *misses, sep="\n    ")
    print(table(tally))
    print(speed([sentence["text"] for sentence in sentences]))


def table(tally: Tally) -> str:
    """Return the scores as Markdown."""
    lines = ["| kind | mentions | precision | recall | F1 |", "|---|---|---|---|---|"]
    for kind in KINDS:
        precision, recall, f1 = tally.rates(kind)
        n = tally.hits[kind] + tally.missed[kind]
        lines.append(f"| {kind} | {n} | {precision:.3f} | {recall:.3f} | {f1:.3f} |")
    lines += ["", f"| field of a phase ({tally.phases} phases) | right |", "|---|---|"]
    lines += [f"| {name} | {tally.right[name] / max(tally.phases, 1):.3f} |" for name in FIELDS]
    right = tally.counted_right / max(tally.sentences, 1)
    return "\n".join([*lines, f"| number of phases (of {tally.sentences} sentences) | {right:.3f} |"])


def speed(texts: list[str]) -> str:
    """Return sentences per second on one core: through ``parse``, in the best of some rounds, and by the command."""
    best = min(_seconds(lambda: [parse(text) for text in texts]) for _ in range(ROUNDS))
    lines = "".join(f"{text}\n" for text in texts).encode() * ROUNDS
    command = [sys.executable, "-m", "radonc.regimen"]
    taken = _seconds(lambda: subprocess.run(command, input=lines, stdout=subprocess.DEVNULL, check=True))
    characters = sum(map(len, texts)) / len(texts)
    return (
        f"\n{len(texts) / best:,.0f} sentences/s of {characters:.0f} characters through parse, "
        f"{len(texts) * ROUNDS / taken:,.0f} by the command, its start included"
    )


def _seconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
