"""De-identify texts from the command line: ``python -m radonc.deid [--words FILE ...] < in.jsonl > out.jsonl``.

Each line of the input is a JSON object with ``id``, ``text`` and, where something is known of the person,
``known``: columns of the canonical tables (``first_name``, ``mrn``, ``birth_date`` in ISO form ...) to a value or a
list of values. Each line of the output has ``id``, ``text`` with tags put in, and ``spans`` (``start``, ``end``,
``label``), offsets into the text of the input, in characters.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from radonc.deid.identity import Identity
from radonc.deid.known import own
from radonc.deid.lexicon import Lexicon, read_words
from radonc.deid.scrub import Scrubber
from radonc.run.errors import StudyError


def main(arguments: list[str] | None = None) -> int:
    """Scrub the records of standard input, one at a time."""
    parser = argparse.ArgumentParser(
        prog="python -m radonc.deid", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--words",
        metavar="FILE",
        action="append",
        default=[],
        help="a list of words that may pass besides the vocabularies'",
    )
    options = parser.parse_args(arguments)
    try:
        lexicon = Lexicon(word for path in options.words for word in read_words(path))
        for record in records(sys.stdin):
            json.dump(scrub(record, lexicon), sys.stdout, ensure_ascii=False)
            sys.stdout.write("\n")
    except StudyError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def records(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the records of JSON lines.

    Raises
    ------
    StudyError
        Naming the line that is no such record; its content stays unsaid.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not (
            isinstance(record, dict)
            and isinstance(record.get("text"), str)
            and isinstance(record.get("known", {}), dict)
        ):
            raise StudyError(
                f'line {number}: this is no record; write {{"id": ..., "text": "...", "known": {{...}}}} in one line'
            )
        yield record


def scrub(record: dict[str, Any], lexicon: Lexicon) -> dict[str, Any]:
    """Return a record's id, scrubbed text and spans."""
    identity = Identity.told(record.get("known", {}))
    text, spans = Scrubber(own(identity, lexicon), lexicon).scrub(record["text"])
    places = [{"start": span.start, "end": span.end, "label": span.label.value} for span in spans]
    return {"id": record.get("id"), "text": text, "spans": places}


if __name__ == "__main__":
    sys.exit(main())
