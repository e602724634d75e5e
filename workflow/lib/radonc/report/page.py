"""How pages are made: templates, and values as HTML. Numbers carry all their digits in ``data-value``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from radonc.report import words

FOLDER = Path(__file__).parent


@cache
def template(name: str) -> jinja2.Template:
    """Return a template in which everything is escaped, and what is missing is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=partial(tagged, words.decimal),
        count=partial(tagged, words.integer),
        percent=partial(tagged, words.percent),
        p_value=partial(tagged, words.p_value),
        cell=cell,
        facts=facts,
        decimal=words.decimal,
        listed=words.listed,
        mid_sentence=words.mid_sentence,
        p_phrase=words.p_phrase,
    )
    environment.globals.update(words=words, style=Markup(FOLDER.joinpath("page.css").read_text(encoding="utf-8")))
    return environment.get_template(name)


def tagged(write: Callable[..., str], value: Any, *digits: int) -> Markup:
    """Return a number as ``write`` writes it, with all its digits in ``data-value``."""
    if value is None or pd.isna(value):
        return Markup(words.NONE)
    # numpy's own numbers write their type as well.
    plain = value.item() if hasattr(value, "item") else value
    return Markup('<span data-value="{}">{}</span>').format(repr(plain), write(value, *digits))


def cell(value: Any) -> Markup:
    """Return a number of people, or the mark that stands in its place."""
    return Markup("{}").format(value) if isinstance(value, str) else tagged(words.integer, value)


def facts(value: Any) -> Markup:
    """Return a JSON value: rows that are alike as a table, other mappings as terms, lists in one line.

    A mapping's keys may be tuples, such as model and task.
    """
    if isinstance(value, Mapping):
        rows = list(value.values())
        if rows and all(map(_is_flat, rows)):
            return _table(rows, [Markup('<th scope="row">{}</th>').format(_key(key)) for key in value], "<td></td>")
        terms = _each("<div><dt>{}</dt><dd>{}</dd></div>", ((_key(key), facts(inner)) for key, inner in value.items()))
        return Markup('<dl class="facts">{}</dl>').format(terms)
    if isinstance(value, Sequence) and not isinstance(value, str):
        if value and all(map(_is_flat, value)):
            return _table(value, [Markup("")] * len(value), "")
        return Markup(", ").join(map(facts, value)) or Markup(words.NONE)
    if isinstance(value, bool):
        return Markup("yes" if value else "no")
    if isinstance(value, int):
        # Years and seeds are written without a comma.
        return tagged(str if abs(value) < 10_000 else words.integer, value)
    if isinstance(value, float):
        return tagged(lambda number: f"{number:.4g}".replace("e-0", "e-"), value)
    return Markup("{}").format(words.NONE if value is None or value == "" else value)


def _is_flat(value: Any) -> bool:
    if not isinstance(value, Mapping) or len(value) < 2:
        return False
    return not any(isinstance(inner, Mapping | list | tuple) for inner in value.values())


def _table(rows: Sequence[Mapping[str, Any]], heads: Sequence[Markup], corner: str) -> Markup:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = (_each("<td>{}</td>", ((facts(row.get(column)),) for column in columns)) for row in rows)
    return Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="plain">'
        "<thead><tr>{}{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(
        Markup(corner),
        _each('<th scope="col">{}</th>', ((_key(column),) for column in columns)),
        _each("<tr>{}{}</tr>", zip(heads, cells, strict=True)),
    )


def _each(template: str, values: Iterable[tuple[Any, ...]]) -> Markup:
    """Return an element for each of some values, one after the other."""
    return Markup("").join(Markup(template).format(*parts) for parts in values)


def _key(key: object) -> str:
    if isinstance(key, tuple):
        return ", ".join(map(_key, key))
    return str(key).replace("_", " ") if str(key).isidentifier() else str(key)
