"""What de-identification did, in numbers, without values and ids.

The audit says that checks passed. Whether a release is lawful is for people to decide.
"""

import operator
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from radonc.deid.scrubber.tokenizer import Span
from radonc.vocabulary.tags import Label


@dataclass
class Counts:
    """Counts of a whole run."""

    n_rows: dict[str, int] = field(default_factory=dict)
    # By table and column: texts, tokens and characters, those redacted, and tags. Withheld texts have no column ("").
    texts: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    rows_with_tags: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    n_patients_without_name: int = 0
    n_ages_capped: int = 0
    n_days_capped: int = 0
    n_years_withheld: int = 0

    def add(self, table: str, column: str, row: int, text: str, spans: Sequence[Span], tokens: tuple[int, int]) -> None:
        """Count a text as it was before scrubbing, the spans redacted in it, and its tokens and those redacted."""
        counter = self.texts[table, column]
        counter.update(texts=1, texts_with_tags=bool(spans), tokens=tokens[0], tokens_redacted=tokens[1])
        counter.update(characters=len(text), characters_redacted=sum(span.end - span.start for span in spans))
        counter.update(span.label for span in spans)
        if spans:
            self.rows_with_tags[table, column].add(row)


def describe(counts: Counts, vocabulary: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return what was done, and the sources of the words that may be kept, as a value for JSON."""
    by_table = {}
    for table in counts.n_rows:
        places = sorted(place for place in counts.texts if place[0] == table)
        columns = {column: _texts(counts, [(table, column)]) for _, column in places if column}
        by_table[table] = {**_texts(counts, places), "columns": columns}
    return {
        "rows": counts.n_rows,
        "texts": _texts(counts, counts.texts),
        "texts_by_table": by_table,
        "patients_without_name": counts.n_patients_without_name,
        "ages_capped": counts.n_ages_capped,
        "days_capped": counts.n_days_capped,
        "years_withheld": counts.n_years_withheld,
        "vocabulary": [dict(source) for source in vocabulary],
    }


def total(descriptions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the description of all shards together: counts are summed, shares recomputed."""
    return dict(_with_shares(reduce(_sum, descriptions)))


def passed(description: Mapping[str, Any], searched: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Return the audit of tables that passed the gate, with how many identifiers it searched for, by class."""
    # Rows, not keys: to the gate a key "mrn" would be a column of record numbers.
    rows = [{"kind": kind, "number": number} for kind, number in sorted((searched or {}).items())]
    return {"verdict": "Safe Harbor checks passed", **description, "residual_checks": {"searched": rows, "found": 0}}


def _texts(counts: Counts, places: Collection[tuple[str, str]]) -> dict[str, Any]:
    numbers: Counter[str] = sum((counts.texts[place] for place in places), Counter())
    return {
        **{name: numbers[name] for name in ("texts", "texts_with_tags", "texts_withheld")},
        "rows_with_tags": len({(place[0], row) for place in places for row in counts.rows_with_tags[place]}),
        "tags": {label.value: numbers[label] for label in Label},
        **_with_share("tokens", numbers),
        **_with_share("characters", numbers),
    }


def _with_share(name: str, numbers: Mapping[str, int]) -> dict[str, float]:
    """Return the number of tokens or characters, of those redacted, and the share of these."""
    n, n_redacted = numbers[name], numbers[f"{name}_redacted"]
    share = round(n_redacted / n, 6) if n else 0.0
    return {name: n, f"{name}_redacted": n_redacted, f"share_of_{name}_redacted": share}


def _sum(one: Any, other: Any) -> Any:
    """Add the numbers at the same place; what is no number, such as the vocabulary, is the same in both."""
    if isinstance(one, Mapping):
        # A shard may lack a column's texts: then the order is alphabetical, as it is in the whole.
        keys = one if one.keys() == other.keys() else sorted(one.keys() | other.keys())
        either = {**one, **other}
        return {key: _sum(one[key], other[key]) if key in one and key in other else either[key] for key in keys}
    return one + other if isinstance(one, int | float) else one


def _with_shares(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    recomputed = [_with_share(name, value) for name in ("tokens", "characters") if name in value]
    return reduce(operator.or_, recomputed, {key: _with_shares(part) for key, part in value.items()})
