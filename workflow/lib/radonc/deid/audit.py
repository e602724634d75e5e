"""What de-identification did, in numbers, without values and ids.

The audit says that checks passed. Whether a release is lawful is for people to decide.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from radonc.deid.scrubber.spans import Span
from radonc.vocabulary.tags import Label

VERDICT = "Safe Harbor checks passed"


@dataclass
class TextCounts:
    """Counts of one table's texts, in total and by column.

    Attributes
    ----------
    numbers
        ``texts``, ``texts_with_tags``, ``texts_withheld``, ``tokens`` and ``characters``; ``tokens_redacted`` and
        ``characters_redacted``.
    """

    n_rows: int = 0
    numbers: Counter[str] = field(default_factory=Counter)
    tags: Counter[Label] = field(default_factory=Counter)
    rows_with_tags: set[int] = field(default_factory=set)
    columns: dict[str, TextCounts] = field(default_factory=dict)

    def add(
        self, row: int, text: str, spans: Sequence[Span], *, column: str, n_tokens: int, n_tokens_redacted: int
    ) -> None:
        """Count a scrubbed text.

        Parameters
        ----------
        row, column
            Where the text stands in the table.
        text, spans
            The text before scrubbing, and the spans redacted in it.
        n_tokens, n_tokens_redacted
            The text's tokens as the scrubber cuts them, and how many of them stand in redacted spans.
        """
        for counts in (self, self.columns.setdefault(column, TextCounts())):
            counts.numbers.update(
                texts=1,
                texts_with_tags=bool(spans),
                tokens=n_tokens,
                tokens_redacted=n_tokens_redacted,
                characters=len(text),
                characters_redacted=sum(span.end - span.start for span in spans),
            )
            counts.tags.update(span.label for span in spans)
            if spans:
                counts.rows_with_tags.add(row)


@dataclass
class Counts:
    """Counts of a whole run."""

    tables: dict[str, TextCounts] = field(default_factory=dict)
    n_patients_without_name: int = 0
    n_ages_capped: int = 0
    n_days_capped: int = 0
    n_years_withheld: int = 0


def describe(counts: Counts, vocabulary: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return what was done as a value for JSON.

    Parameters
    ----------
    vocabulary
        The sources of the words that may be kept: ``name``, ``origin``, ``version``, ``digest`` and ``n_words`` each.
    """
    return {
        "rows": {name: table.n_rows for name, table in counts.tables.items()},
        "texts": _texts(list(counts.tables.values())),
        "texts_by_table": {
            name: {
                **_texts([table]),
                "columns": {column: _texts([part]) for column, part in sorted(table.columns.items())},
            }
            for name, table in counts.tables.items()
        },
        "patients_without_name": counts.n_patients_without_name,
        "ages_capped": counts.n_ages_capped,
        "days_capped": counts.n_days_capped,
        "years_withheld": counts.n_years_withheld,
        "vocabulary": [dict(source) for source in vocabulary],
    }


def total(descriptions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the description of all shards together: counts are summed, shares recomputed."""
    whole: dict[str, Any] = _with_shares(reduce(_sum, descriptions))
    return whole


def passed(description: Mapping[str, Any], searched: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Return the audit of tables that passed the gate; those that it stops have no audit.

    Parameters
    ----------
    description
        As of ``describe``.
    searched
        What the gate searched for, class -> number of distinct identifiers. None of them was found.
    """
    # Rows, not keys: to the gate a key "mrn" would be a column of record numbers.
    rows = [{"kind": kind, "number": number} for kind, number in sorted((searched or {}).items())]
    return {"verdict": VERDICT, **description, "residual_checks": {"searched": rows, "found": 0}}


def _texts(tables: Sequence[TextCounts]) -> dict[str, Any]:
    numbers: Counter[str] = sum((table.numbers for table in tables), Counter())
    tags: Counter[Label] = sum((table.tags for table in tables), Counter())
    return {
        **{name: numbers[name] for name in ("texts", "texts_with_tags", "texts_withheld")},
        "rows_with_tags": sum(len(table.rows_with_tags) for table in tables),
        "tags": {label.value: tags[label] for label in Label},
        **_with_share("tokens", numbers),
        **_with_share("characters", numbers),
    }


def _with_share(name: str, numbers: Mapping[str, int]) -> dict[str, float]:
    """Return the number of tokens or characters, of those redacted, and the share of these."""
    n, n_redacted = numbers[name], numbers[f"{name}_redacted"]
    return {
        name: n,
        f"{name}_redacted": n_redacted,
        f"share_of_{name}_redacted": round(n_redacted / n, 6) if n else 0.0,
    }


def _sum(one: Any, other: Any) -> Any:
    """Add the numbers at the same place; what is no number, such as the vocabulary, is the same in both."""
    if isinstance(one, Mapping):
        # A shard may lack a column's texts: then the order is alphabetical, as it is in the whole.
        keys = one if one.keys() == other.keys() else sorted(one.keys() | other.keys())
        return {
            key: _sum(one[key], other[key]) if key in one and key in other else {**one, **other}[key] for key in keys
        }
    return one + other if isinstance(one, int | float) else one


def _with_shares(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    recomputed = [_with_share(name, value) for name in ("tokens", "characters") if name in value]
    return reduce(operator.or_, recomputed, {key: _with_shares(part) for key, part in value.items()})
