"""Read regimens from the command line: ``python -m radonc.regimen < sentences.txt > readings.jsonl``.

Each line of the input is a sentence in UTF-8; what is no UTF-8 in it is read as U+FFFD. Each line of the output is a
JSON object with ``phases``, ``mentions`` (``kind``, ``value``, ``start``, ``end``) and ``unused`` (``start``, ``end``),
offsets into the line in characters. Each line is answered before the next is read.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from radonc.regimen.course import Phase
from radonc.regimen.reading import Reading, parse

_FIELDS = (
    *("site", "laterality", "dose_gy", "n_fractions", "fraction_dose_gy", "activity_mci"),
    *("modality", "technique", "energy", "boost", "schedule"),
)
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def main(arguments: list[str] | None = None) -> int:
    """Read the lines of standard input, one at a time."""
    argparse.ArgumentParser(
        prog="python -m radonc.regimen",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args(arguments)
    output = sys.stdout.buffer
    for line in sys.stdin.buffer:
        reading = parse(line.rstrip(b"\r\n").decode(errors="replace"))
        output.write(f"{_encode(told(reading))}\n".encode())
        output.flush()
    return 0


def told(reading: Reading) -> dict[str, Any]:
    """Return a reading as plain values."""
    return {
        "phases": [_told_of(phase) for phase in reading.phases],
        "mentions": [mention._asdict() for mention in reading.mentions],
        "unused": [span._asdict() for span in reading.unused],
    }


def _told_of(phase: Phase) -> dict[str, Any]:
    """Return a phase's fields; the dose per fraction to a ten-thousandth of a Gy."""
    values = {field: getattr(phase, field) for field in _FIELDS}
    if phase.fraction_dose_gy is not None:
        values["fraction_dose_gy"] = round(phase.fraction_dose_gy, 4)
    return values


if __name__ == "__main__":
    sys.exit(main())
