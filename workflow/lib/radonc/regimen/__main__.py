"""Read regimens from the command line: ``python -m radonc.regimen < sentences.txt > regimens.jsonl``.

Each line of the input is a sentence in UTF-8; what is not UTF-8 in it is read as U+FFFD. Each line of the output is a
JSON object with ``phases``, ``mentions`` (``kind``, ``value``, ``start``, ``end``) and ``unused`` (``start``, ``end``),
offsets into the line in characters. Each line is answered before the next is read.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from radonc.regimen.parser import ParsedRegimen, parse

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
        parsed = parse(line.rstrip(b"\r\n").decode(errors="replace"))
        output.write(f"{_encode(as_dict(parsed))}\n".encode())
        output.flush()
    return 0


def as_dict(parsed: ParsedRegimen) -> dict[str, Any]:
    """Return a parsed regimen as plain values, the doses per fraction to a ten-thousandth of a Gy."""
    phases = [{field: getattr(phase, field) for field in _FIELDS} for phase in parsed.phases]
    for phase in phases:
        if phase["fraction_dose_gy"] is not None:
            phase["fraction_dose_gy"] = round(phase["fraction_dose_gy"], 4)
    return {
        "phases": phases,
        "mentions": [mention._asdict() for mention in parsed.mentions],
        "unused": [offsets._asdict() for offsets in parsed.unused],
    }


if __name__ == "__main__":
    sys.exit(main())
