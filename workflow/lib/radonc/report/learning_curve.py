"""The learning curve: how good a tuned model is, by the number of pairs that it was trained on."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from radonc.report import svg, words
from radonc.report.svg import COLOURS

SERIES = ("series-1", "series-2", "series-3", "series-4")
MARKERS = ("o", "D", "s", "^")
_SHIFT = 0.012
"""How far the models' marks stand beside each other, so that intervals do not overlap: a share of the axis."""
_APART = 0.09
"""How far names at the lines' ends stand apart at least, as a share of the axis."""


def draw(runs: pd.DataFrame, task: str, metric: str) -> str:
    """Draw one metric of one task against the number of training pairs, a line per model.

    The line and its intervals are of the seed with the most runs, which saw all shares; other seeds are small marks.

    Parameters
    ----------
    runs
        The RUNS table; the metric's values on a scale of 0 to 1.

    Returns
    -------
    str
        An SVG document.
    """
    found = runs[(runs["task"] == task) & (runs["metric"] == metric)].sort_values(["model", "n_train", "seed"])
    metric_name = words.mid_sentence(words.name_of(metric, words.METRICS))
    title = f"{words.name_of(task, words.TASKS)}: {metric_name} by training pairs"
    seed = found["seed"].mode().iloc[0]
    ends: list[tuple[float, str, str]] = []
    with svg.drawing(230) as figure:
        axes = svg.axes_within(figure, left=42, right=92, top=34, bottom=42)
        axes.set_xlim(0, 1.04 * found["n_train"].max())
        axes.set_ylim(0, 1)
        axes.grid(axis="y")
        for number, (model, rows) in enumerate(found.groupby("model", sort=True)):
            colour, marker = COLOURS[SERIES[number % len(SERIES)]], MARKERS[number % len(MARKERS)]
            first = rows[rows["seed"] == seed]
            others = rows[rows["seed"] != seed]
            shift = number * _SHIFT * found["n_train"].max()
            _line(axes, first, shift, colour, marker)
            axes.plot(others["n_train"] + shift, others["value"], marker, markersize=3, color=colour, alpha=0.6)
            ends.append((float(first["value"].iloc[-1]), str(model), colour))
        _name_ends(axes, ends)
        axes.set_xlabel(f"training pairs (n = {words.span(found['n'])} test cases)")
        axes.set_ylabel(metric_name)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.whole(value)))
        svg.write_title(figure, title)
        return svg.to_svg(figure, title, in_words(found))


def in_words(rows: pd.DataFrame) -> str:
    """Say what a learning curve shows, from its RUNS rows."""
    return "; ".join(
        f"{row['model']}, {words.whole(row['n_train'])} pairs, seed {row['seed']}: "
        f"{words.interval(row['value'], row['low'], row['high'])}"
        for row in rows.to_dict("records")
    )


def _line(axes: Axes, rows: pd.DataFrame, shift: float, colour: str, marker: str) -> None:
    x = rows["n_train"].to_numpy() + shift
    axes.vlines(x, rows["low"].to_numpy(), rows["high"].to_numpy(), color=colour, linewidth=1.2)
    axes.plot(x, rows["value"].to_numpy(), color=colour, linewidth=1.4, marker=marker, markersize=4)


def _name_ends(axes: Axes, ends: list[tuple[float, str, str]]) -> None:
    floor = float("-inf")
    for value, name, colour in sorted(ends):
        floor = max(value, floor + _APART)
        axes.annotate(
            name,
            (1, floor),
            (4, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=svg.FONT_SIZE - 1,
        )
