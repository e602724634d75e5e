"""Read regimens from the command line: ``python -m radonc.regimen < sentences.txt > regimens.jsonl``.

Each line of the input is a sentence in UTF-8; what is not UTF-8 in it is read as U+FFFD. Each line of the output is a
JSON object with ``phases``, ``mentions`` (``kind``, ``value``, ``start``, ``end``) and ``unused`` (``start``, ``end``),
offsets into the line in characters. Each line is answered before the next is read.
"""

import argparse
import json
import sys

from radonc.regimen.parser import parse

_FIELDS = (
    *("site", "laterality", "dose_gy", "n_fractions", "fraction_dose_gy", "activity_mci"),
    *("modality", "technique", "energy", "boost", "schedule"),
)


def main() -> None:
    """Read the lines of standard input, one at a time."""
    formatter = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser("python -m radonc.regimen", description=__doc__, formatter_class=formatter).parse_args()
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    for line in sys.stdin.buffer:
        parsed = parse(line.rstrip(b"\r\n").decode(errors="replace"))
        phases = [{field: getattr(phase, field) for field in _FIELDS} for phase in parsed.phases]
        for phase in phases:
            if phase["fraction_dose_gy"] is not None:
                phase["fraction_dose_gy"] = round(phase["fraction_dose_gy"], 4)
        mentions = [mention._asdict() for mention in parsed.mentions]
        unused = [{"start": start, "end": end} for start, end in parsed.unused]
        sys.stdout.buffer.write(f"{encode({'phases': phases, 'mentions': mentions, 'unused': unused})}\n".encode())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
