"""What all pages share: how templates are filled in, how numbers are written, and the style sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from radonc.report import markup, results, words

FOLDER = Path(__file__).parent


def environment(filters: dict[str, Any], names: dict[str, Any]) -> jinja2.Environment:
    """Return the templates' environment: everything is escaped, and what is missing is an error.

    Parameters
    ----------
    filters, names
        What a page's own template uses besides; ``style`` is the style sheet.
    """
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=markup.number,
        count=markup.count,
        cell=markup.cell,
        percent=markup.percent,
        facts=markup.facts,
        listed=words.listed,
        decimal=words.decimal,
        by_model=results.by_model,
        **filters,
    )
    made.globals.update(style=Markup(FOLDER.joinpath("page.css").read_text(encoding="utf-8")), **names)
    return made
