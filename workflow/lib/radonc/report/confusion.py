"""What was confused with what: the answers to a closed task by treated label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from radonc.report import small_cells, svg, words
from radonc.report.small_cells import Mask
from radonc.report.svg import COLOURS

UNREAD = "not read"
HIDDEN = "*"
DARKEST = 0.6
"""The most opaque shade, so that the number on it can be read, in a light and in a dark page."""


@dataclass(frozen=True)
class Confusion:
    """Cases by treated label (rows) and answered label (columns), and which of these numbers are hidden."""

    counts: pd.DataFrame
    hidden: Mask


def count(scores: pd.DataFrame, smallest: int = small_cells.SMALLEST) -> Confusion | None:
    """Count cases by treated and by answered label.

    Parameters
    ----------
    scores
        The SCORES rows of one task, model and arm.
    smallest
        The smallest number of cases that is published.

    Returns
    -------
    Confusion or None
        Answers that could not be read have a column of their own. Labels of too few cases have no row, nor have others
        from which their size could be worked out. None where fewer than two labels are left to be confused.

    Notes
    -----
    Sizes of labels, recalls and precisions are published beside it, so that the reader knows all totals and the cases
    answered rightly: what is hidden cannot be worked out from these either.
    """
    answers = scores["parsed"].astype("object").where(scores["parsed"].notna(), UNREAD)
    table = pd.crosstab(scores["reference"], answers)
    labels = sorted({*table.index, *table.columns} - {UNREAD})
    table = table.reindex(columns=[*labels, UNREAD], fill_value=0)
    marks = small_cells.suppress([int(n) for n in table.sum(axis=1)], smallest)
    table = table.loc[[mark is None for mark in marks]]
    if len(table) < 2:
        return None
    known = np.ones((len(table) + 1, table.shape[1] + 1), dtype=np.bool_)
    known[:-1, :-1] = table.index.to_numpy()[:, np.newaxis] == table.columns.to_numpy()
    return Confusion(table, small_cells.suppress_table(table, known, smallest)[:-1, :-1])


def draw(table: Confusion, name: str) -> str:
    """Draw a table of ``count``: shades are shares of a row, numbers are cases; hidden ones have neither.

    Parameters
    ----------
    name
        Whose answers these are, such as ``demo-llama, tuned``.

    Returns
    -------
    str
        An SVG document.
    """
    counts = table.counts.to_numpy()
    n_rows, n_columns = counts.shape
    shares = np.where(table.hidden, 0, counts / counts.sum(axis=1, keepdims=True))
    with svg.drawing(114 + 30 * n_rows) as figure:
        axes = svg.axes_within(figure, left=98, right=26, top=74, bottom=40)
        for y in range(n_rows):
            for x in range(n_columns):
                shade = DARKEST * shares[y, x]
                axes.fill_between(
                    [x - 0.48, x + 0.48], y - 0.46, y + 0.46, color=COLOURS["series-1"], alpha=shade, linewidth=0
                )
                shown = HIDDEN if table.hidden[y, x] else words.whole(counts[y, x])
                axes.text(x, y, shown, ha="center", va="center")
        axes.set_xlim(-0.5, n_columns - 0.5)
        axes.set_ylim(n_rows - 0.5, -0.5)
        axes.set_xticks(range(n_columns), list(table.counts.columns), rotation=30, ha="left")
        axes.set_yticks(range(n_rows), list(table.counts.index))
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        axes.set_xlabel(f"across: answered; down: treated (n = {words.whole(counts.sum())} cases)")
        svg.write_title(figure, name)
        return svg.to_svg(figure, f"Confusion matrix: {name}", in_words(table))


def in_words(table: Confusion) -> str:
    """Say what a table of ``count`` shows."""
    return " ".join(
        f"Of {words.whole(int(row.sum()))} {label}: "
        + ", ".join(
            f"hidden {answer}" if hidden else f"{words.whole(int(n))} {answer}"
            for (answer, n), hidden in zip(row.items(), secret, strict=True)
            if hidden or n
        )
        + "."
        for (label, row), secret in zip(table.counts.iterrows(), table.hidden, strict=True)
    )
