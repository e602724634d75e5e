"""De-identify texts from the command line: ``python -m radonc.deid [--words FILE ...] < in.jsonl > out.jsonl``.

Each line of the input is a JSON object in UTF-8 with ``id``, ``text`` and, where something is known of the person,
``known``: columns of the canonical tables (``first_name``, ``mrn``, ``birth_date`` as YYYY-MM-DD ...) to a value, a
list of values or null. Each line of the output has ``id``, ``text`` with tags, and ``spans`` (``start``, ``end``,
``label``), offsets into the text of the input, in characters. Each record is answered before the next is read.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from radonc.deid.scrubber.known_identifiers import DATES, Identity
from radonc.deid.scrubber.lexicon import Lexicon, read_words
from radonc.deid.scrubber.scrub import Scrubber
from radonc.runtime.errors import StudyError


def main(arguments: list[str] | None = None) -> int:
    """Scrub the records of standard input, one at a time."""
    parser = argparse.ArgumentParser(
        prog="python -m radonc.deid", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    help_text = "a list of words to keep besides those of the vocabularies"
    parser.add_argument("--words", metavar="FILE", action="append", default=[], help=help_text)
    options = parser.parse_args(arguments)
    try:
        lexicon = Lexicon(word for path in options.words for word in read_words(path))
        for record in records(sys.stdin.buffer):
            answer = json.dumps(scrub(record, lexicon), ensure_ascii=False)
            # Half a surrogate pair has no bytes in UTF-8: JSON's escape stands for it.
            sys.stdout.buffer.write(f"{answer}\n".encode(errors="backslashreplace"))
            sys.stdout.buffer.flush()
    except StudyError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def records(lines: Iterable[str | bytes]) -> Iterator[dict[str, Any]]:
    """Yield the records of JSON lines; the StudyError about a line that is none names its number, not its content."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not (isinstance(record, dict) and isinstance(record.get("text"), str)):
            shape = '{"id": ..., "text": "...", "known": {...}}'
            raise StudyError(f"line {number}: not a record; write {shape} in one line, in UTF-8")
        known = record.get("known") or {}
        if not (isinstance(known, dict) and all(map(_are_values, known.keys(), known.values()))):
            raise StudyError(
                f"line {number}: known must give texts, lists of texts or null by column, and dates as YYYY-MM-DD"
            )
        yield record


def _are_values(column: str, given: object) -> bool:
    """Tell whether a column is given as a text or several, and a date as a date."""
    values = [given] if isinstance(given, str) else given or []
    if not (isinstance(values, list) and all(isinstance(value, str) for value in values)):
        return False
    try:
        return column not in DATES or all(date.fromisoformat(day).isoformat() == day for day in values if day.strip())
    except ValueError:
        return False


def scrub(record: dict[str, Any], lexicon: Lexicon) -> dict[str, Any]:
    """Return a record's id, scrubbed text and spans."""
    identity = Identity.from_columns(record.get("known") or {})
    text, spans = Scrubber(identity, lexicon).scrub(record["text"])
    places = [{"start": span.start, "end": span.end, "label": span.label.value} for span in spans]
    return {"id": record.get("id"), "text": text, "spans": places}


if __name__ == "__main__":
    sys.exit(main())
