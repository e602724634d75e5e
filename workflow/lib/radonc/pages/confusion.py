"""What was confused with what: the answers to a closed task by treated label."""

from __future__ import annotations

import pandas as pd

from radonc.pages import small_cells, svg, words
from radonc.pages.svg import COLOURS

UNREAD = "not read"
DARKEST = 0.6
"""The most opaque shade, so that the number on it can be read, in a light and in a dark page."""


def count(scores: pd.DataFrame) -> pd.DataFrame:
    """Count cases by treated label (rows) and answered label (columns).

    Parameters
    ----------
    scores
        The SCORES rows of one task, model and arm.

    Returns
    -------
    DataFrame
        Answers that could not be read have a column of their own. Labels of fewer than 11 cases have no row, nor have
        others from which their size could be worked out.
    """
    answers = scores["parsed"].astype("object").where(scores["parsed"].notna(), UNREAD)
    table = pd.crosstab(scores["reference"], answers)
    labels = sorted({*table.index, *table.columns} - {UNREAD})
    table = table.reindex(columns=[*labels, UNREAD], fill_value=0)
    marks = small_cells.suppress([int(n) for n in table.sum(axis=1)])
    return table.loc[[mark is None for mark in marks]]


def draw(table: pd.DataFrame, name: str) -> str:
    """Draw a table of ``count``: shades are shares of a row, numbers are cases.

    Parameters
    ----------
    name
        Whose answers these are, such as ``demo-llama, tuned``.

    Returns
    -------
    str
        An SVG document.
    """
    n_rows, n_columns = table.shape
    counts = table.to_numpy()
    shares = counts / counts.sum(axis=1, keepdims=True)
    with svg.drawing(114 + 30 * n_rows) as figure:
        axes = svg.axes_within(figure, left=98, right=26, top=74, bottom=40)
        for y in range(n_rows):
            for x in range(n_columns):
                shade = DARKEST * shares[y, x]
                axes.fill_between(
                    [x - 0.48, x + 0.48], y - 0.46, y + 0.46, color=COLOURS["series-1"], alpha=shade, linewidth=0
                )
                axes.text(x, y, words.whole(counts[y, x]), ha="center", va="center")
        axes.set_xlim(-0.5, n_columns - 0.5)
        axes.set_ylim(n_rows - 0.5, -0.5)
        axes.set_xticks(range(n_columns), list(table.columns), rotation=30, ha="left")
        axes.set_yticks(range(n_rows), list(table.index))
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        axes.set_xlabel(f"across: answered; down: treated (n = {words.whole(counts.sum())} cases)")
        svg.write_title(figure, name)
        return svg.to_svg(figure, f"Confusion matrix: {name}", in_words(table))


def in_words(table: pd.DataFrame) -> str:
    """Say what a table of ``count`` shows."""
    return " ".join(
        f"Of {words.whole(int(row.sum()))} {label}: "
        + ", ".join(f"{words.whole(int(n))} {answer}" for answer, n in row.items() if n)
        + "."
        for label, row in table.iterrows()
    )
