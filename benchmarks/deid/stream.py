"""Stream records without end through our scrubber, to see whether its memory is flat and its speed lasts.

The records of a corpus come again and again. Each time a record has a new id, a new word in its text, and that word as
a name that it tells: a program that keeps what it has seen grows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

SIZES = (10_000, 100_000, 1_000_000)
RUNNER = Path(__file__).resolve().parent / "measure.py"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def measure(command: list[str], given: Path, environment: dict[str, str]) -> list[dict[str, Any]]:
    """Stream 10,000, 100,000 and 1,000,000 records; return what each stream took.

    Raises
    ------
    RuntimeError
        When the program fails, or answers fewer or more records than it was given.
    """
    with given.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    streams = []
    for n_records in SIZES:
        print(f"a stream of {n_records:,}", file=sys.stderr)
        streams.append(
            {"n_records": n_records, **_stream(command, islice(fresh(records), n_records), n_records, environment)}
        )
    return streams


def fresh(records: list[dict[str, Any]]) -> Iterator[bytes]:
    """Yield records for ever, as lines, no two of them alike."""
    for number, record in enumerate(cycle(records)):
        name = f"Qu{word(number)}"
        known = {**record["known"], "former_name": name}
        text = f"{record['text']} Seen with {name}."
        yield (json.dumps({"id": f"stream-{number}", "text": text, "known": known}) + "\n").encode()


def word(number: int) -> str:
    """Return a number as a word of letters, another one for each number."""
    letters = ""
    while number or len(letters) < 4:
        number, letter = divmod(number, len(LETTERS))
        letters += LETTERS[letter]
    return letters


def _stream(
    command: list[str], lines: Iterator[bytes], n_records: int, environment: dict[str, str]
) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "took.json"
        program = subprocess.Popen(
            [sys.executable, "-S", str(RUNNER), str(report), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        n_answers = _feed(program, lines)
        if program.wait() != 0 or n_answers != n_records:
            raise RuntimeError(f"{n_answers:,} answers to {n_records:,} records, exit status {program.returncode}")
        took = json.loads(report.read_text(encoding="utf-8"))
    return {
        "records_per_second": n_records / took["seconds"],
        "records_per_cpu_second": n_records / took["cpu_seconds"],
        "peak_mb": took["peak_mb"],
    }


def _feed(program: subprocess.Popen[bytes], lines: Iterator[bytes]) -> int:
    """Write the lines to a program while counting the lines that it writes."""
    given, taken = program.stdin, program.stdout
    if given is None or taken is None:
        raise AssertionError("the program's input and output are pipes")

    def write() -> None:
        try:
            given.writelines(lines)
            given.close()
        except BrokenPipeError:
            # The program ended early: its exit status and the count of answers say so.
            return

    writer = threading.Thread(target=write)
    writer.start()
    n_answers = sum(1 for _ in taken)
    writer.join()
    return n_answers
