"""What de-identification did, in numbers: no value, no id.

The audit says that checks passed. Whether a release is lawful is for people to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from radonc.deid.spans import Label, Span


@dataclass
class TextCounts:
    """Counts of one table's texts: cells, characters and tags."""

    n_rows: int = 0
    n_texts: int = 0
    n_texts_with_tags: int = 0
    n_texts_withheld: int = 0
    n_characters: int = 0
    n_characters_closed: int = 0
    tags: Counter[Label] = field(default_factory=Counter)
    rows_with_tags: set[int] = field(default_factory=set)

    def add(self, row: int, text: str, spans: Sequence[Span]) -> None:
        """Count a scrubbed text."""
        self.n_texts += 1
        self.n_characters += len(text)
        self.n_characters_closed += sum(span.end - span.start for span in spans)
        self.tags.update(span.label for span in spans)
        if spans:
            self.n_texts_with_tags += 1
            self.rows_with_tags.add(row)


@dataclass
class Counts:
    """Counts of a whole run."""

    tables: dict[str, TextCounts] = field(default_factory=dict)
    n_patients_without_name: int = 0
    n_ages_capped: int = 0
    n_days_capped: int = 0
    n_years_withheld: int = 0


def describe(counts: Counts) -> dict[str, Any]:
    """Return what was done as a value for JSON."""
    return {
        "rows": {name: table.n_rows for name, table in counts.tables.items()},
        "texts": _texts(list(counts.tables.values())),
        "texts_by_table": {name: _texts([table]) for name, table in counts.tables.items()},
        "patients_without_name": counts.n_patients_without_name,
        "ages_capped": counts.n_ages_capped,
        "days_capped": counts.n_days_capped,
        "years_withheld": counts.n_years_withheld,
    }


def passed(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return the audit of tables that the gate let through; those that it stops leave no audit."""
    return {"verdict": "Safe Harbor checks passed", **description}


def _texts(tables: Sequence[TextCounts]) -> Mapping[str, Any]:
    n_characters = sum(table.n_characters for table in tables)
    tags: Counter[Label] = sum((table.tags for table in tables), Counter())
    return {
        "texts": sum(table.n_texts for table in tables),
        "texts_with_tags": sum(table.n_texts_with_tags for table in tables),
        "texts_withheld": sum(table.n_texts_withheld for table in tables),
        "rows_with_tags": sum(len(table.rows_with_tags) for table in tables),
        "tags": {label.value: tags[label] for label in Label},
        "share_of_characters_closed": (
            round(sum(table.n_characters_closed for table in tables) / n_characters, 6) if n_characters else 0.0
        ),
    }
