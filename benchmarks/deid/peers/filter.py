"""What every peer shares: the benchmark's protocol. Needs the standard library alone.

In, by lines of JSON: ``{"id", "text", "known": {column: value or list of values}}``. Out, in the same order:
``{"id", "text", "spans": [{"start", "end", "label"}]}``, offsets into the text that came in, and that text.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable

Known = dict[str, list[str]]
Span = tuple[int, int, str]
"""Start, end (exclusive) and label."""

NAME_COLUMNS = ("first_name", "middle_name", "last_name", "former_name", "relative_name", "physician")


def listed(known: dict[str, str | list[str] | None]) -> Known:
    """Return the known values of a record as lists, without missing ones."""
    lists = {column: value if isinstance(value, list) else [value] for column, value in known.items()}
    return {column: [value for value in values if value] for column, values in lists.items()}


def words(known: Known) -> set[str]:
    """Return the words of three letters or more of the known names of a record."""
    names = (value for column in NAME_COLUMNS for value in known.get(column, ()))
    return {word for name in names for word in name.split() if len(word) >= 3}


def main(find: Callable[[str, Known], Iterable[Span]]) -> None:
    """Answer the records of standard input; report the seconds per record, start-up not counted, on standard error."""
    started, n = time.perf_counter(), 0
    for line in sys.stdin:
        record = json.loads(line)
        spans = [
            {"start": start, "end": end, "label": label}
            for start, end, label in sorted(find(record["text"], listed(record["known"])))
        ]
        sys.stdout.write(json.dumps({"id": record["id"], "text": record["text"], "spans": spans}) + "\n")
        n += 1
    seconds = (time.perf_counter() - started) / max(n, 1)
    print(json.dumps({"n_records": n, "seconds_per_record": seconds}), file=sys.stderr)
