"""Values as HTML: numbers that carry all their digits, and JSON values of any shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from radonc.report import words


def number(value: Any, digits: int = 3) -> Markup:
    """Return a real number."""
    return _tagged(value, words.decimal(value, digits))


def count(value: Any) -> Markup:
    """Return a number of things."""
    return _tagged(value, words.whole(value))


def cell(value: Any) -> Markup:
    """Return a number of people, or the mark that stands in its place."""
    return Markup("{}").format(value) if isinstance(value, str) else count(value)


def percent(value: Any, digits: int = 1) -> Markup:
    """Return a share in percent; ``data-value`` holds the share."""
    return _tagged(value, words.percent(value, digits))


def p_value(value: Any) -> Markup:
    """Return a p value."""
    return _tagged(value, words.p_value(value))


def facts(value: Any) -> Markup:
    """Return a JSON value: rows that are alike as a table, other mappings as terms, lists in one line.

    A mapping's keys may be tuples, such as model and task.
    """
    if isinstance(value, Mapping):
        rows = list(value.values())
        if rows and all(_is_flat(row) for row in rows):
            return _table(rows, [_key(key) for key in value])
        term = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
        return Markup('<dl class="facts">{}</dl>').format(
            _joined(term.format(_key(k), facts(v)) for k, v in value.items())
        )
    if isinstance(value, Sequence) and not isinstance(value, str):
        if value and all(_is_flat(row) for row in value):
            return _table(value, None)
        return _joined((facts(item) for item in value), ", ") or Markup(words.NONE)
    return _scalar(value)


def _scalar(value: Any) -> Markup:
    if isinstance(value, bool):
        return Markup("yes" if value else "no")
    if isinstance(value, int):
        # Years and seeds are written without a comma.
        return _tagged(value, f"{value}" if abs(value) < 10_000 else words.whole(value))
    if isinstance(value, float):
        return _tagged(value, f"{value:.4g}".replace("e-0", "e-"))
    return Markup("{}").format(words.NONE if value is None or value == "" else value)


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str] | None) -> Markup:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    corner = Markup("" if names is None else "<td></td>")
    head = _joined(Markup('<th scope="col">{}</th>').format(_key(column)) for column in columns)
    body = []
    for position, row in enumerate(rows):
        name = Markup("") if names is None else Markup('<th scope="row">{}</th>').format(names[position])
        cells = _joined(Markup("<td>{}</td>").format(facts(row.get(column))) for column in columns)
        body.append(Markup("<tr>{}{}</tr>").format(name, cells))
    return Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="plain">'
        "<thead><tr>{}{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(corner, head, _joined(body))


def _tagged(value: Any, text: str) -> Markup:
    if value is None or pd.isna(value):
        return Markup(words.NONE)
    # numpy's own numbers write their type as well.
    plain = value.item() if hasattr(value, "item") else value
    return Markup('<span data-value="{}">{}</span>').format(repr(plain), text)


def _is_flat(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and len(value) > 1
        and not any(isinstance(inner, Mapping | list | tuple) for inner in value.values())
    )


def _key(key: object) -> str:
    if isinstance(key, tuple):
        return ", ".join(_key(part) for part in key)
    text = str(key)
    return text.replace("_", " ") if text.isidentifier() else text


def _joined(parts: Iterable[Markup], separator: str = "") -> Markup:
    return Markup(separator).join(parts)
