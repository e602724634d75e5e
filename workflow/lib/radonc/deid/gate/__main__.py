"""Search a folder for the identifiers of an extract, before the folder leaves the house.

    python -m radonc.deid.gate FOLDER --private results/private

Prints the verdict, the findings (file, column, kind and count, never a value), and what was not searched. Ends with 0
if there are no findings, and no folder of another study, else with 1.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from radonc.deid.gate.folder import OTHERS, examine
from radonc.runtime.errors import StudyError
from radonc.runtime.tables import write_json


def main(arguments: Sequence[str] | None = None) -> int:
    """Search the folder, and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m radonc.deid.gate", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="what is to leave")
    parser.add_argument("--private", type=Path, required=True, help="the private area of the study, results/private")
    parser.add_argument("--record", type=Path, help="a file (JSON) for what was searched, with digests")
    args = parser.parse_args(arguments)
    for path in (args.folder, args.private):
        if not path.is_dir():
            parser.error(f"{path} is no folder")
    try:
        findings, record = examine([args.folder], args.private)
    except StudyError as error:
        print(error, file=sys.stderr)
        return 1
    if args.record:
        write_json(record, args.record)
    print(record["verdict"], *findings, sep="\n")
    for reason, names in record["not_searched"].items():
        for name in names:
            print(f"'{name}' was not searched: it {reason}")
    if OTHERS in record["not_searched"]:
        print("a folder of another study must not leave before it was searched by itself, with its own private area")
    return int(bool(findings) or OTHERS in record["not_searched"])


if __name__ == "__main__":
    sys.exit(main())
