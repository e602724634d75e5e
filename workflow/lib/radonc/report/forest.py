"""The forest plot: how much fine-tuning gains in each group of cases (Lewis and Clarke 2001, BMJ 322:1479-1480)."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from radonc.report import svg, words
from radonc.report.results import Row
from radonc.report.subgroups import Forest
from radonc.report.svg import COLOURS

ROW_HEIGHT = 14.5
_LEFT, _RIGHT, _TOP, _BOTTOM = 160, 96, 46, 40
_INDENT = 10
_SIZE = svg.FONT_SIZE - 2
# The mark of all cases is as large as this; that of a group has its share of the area, and can still be seen.
_LARGEST, _LEAST = 7.0, 2.5


def draw(forest: Forest) -> str:
    """Draw the difference tuned less base with its interval for all cases and for each published group.

    Returns
    -------
    str
        An SVG document. The area of a mark goes with the number of cases; the dashed line is at the difference of all.
    """
    lines = 1 + sum(1 + len(groups) for _, groups in forest.characteristics)
    with svg.drawing(_TOP + _BOTTOM + ROW_HEIGHT * lines) as figure:
        axes = svg.axes_within(figure, left=_LEFT, right=_RIGHT, top=_TOP, bottom=_BOTTOM)
        _scale(axes, forest, lines)
        _head(axes)
        _line(axes, 0, "All cases", forest.whole, forest.whole["n"], weight="bold")
        y = 1
        for name, groups in forest.characteristics:
            _write(axes, 0, y, 4 - _LEFT, name, weight="bold")
            for group in groups:
                y += 1
                if group.row is None:
                    _write(axes, 0, y, 4 - _LEFT + _INDENT, group.name)
                    _write(axes, 0, y, -6, group.mark or "", align="right", colour=COLOURS["muted"])
                else:
                    _line(axes, y, group.name, group.row, forest.whole["n"], indent=_INDENT)
            y += 1
        axes.set_xlabel("accuracy, tuned less base")
        svg.write_title(figure, forest.name)
        return svg.to_svg(figure, f"Forest plot: {forest.name}", in_words(forest))


def in_words(forest: Forest) -> str:
    """Say what a forest plot shows."""
    parts = [f"All cases: {_difference(forest.whole)}"]
    for name, groups in forest.characteristics:
        shown = (
            f"{group.name} {_difference(group.row)}" if group.row else f"{group.name} {group.mark}" for group in groups
        )
        parts.append(f"{name}: {', '.join(shown)}")
    return "; ".join(parts)


def _scale(axes: Axes, forest: Forest, lines: int) -> None:
    shown = [forest.whole, *(group.row for _, groups in forest.characteristics for group in groups if group.row)]
    low, high = min(0, *(row["low"] for row in shown)), max(0, *(row["high"] for row in shown))
    margin = 0.03 * (high - low)
    axes.set_xlim(low - margin, high + margin)
    axes.set_ylim(lines - 0.4, -0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(lambda value, _: words.decimal(value, 1))
    axes.axvline(0, color=COLOURS["ink"], linewidth=1)
    axes.axvline(forest.whole["difference"], color=COLOURS["muted"], linewidth=1, linestyle=(0, (3, 3)))


def _head(axes: Axes) -> None:
    _write(axes, 0, -1.1, -6, "n", align="right", colour=COLOURS["muted"])
    _write(axes, 1, -1.1, _RIGHT - 4, "difference", align="right", colour=COLOURS["muted"])


def _line(axes: Axes, y: float, name: str, row: Row, n_all: int, *, indent: float = 0, weight: str = "normal") -> None:
    colour = COLOURS["series-1"]
    axes.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=1.4)
    size = max(_LARGEST * math.sqrt(row["n"] / n_all), _LEAST)
    axes.plot([row["difference"]], [y], marker="s", markersize=size, color=colour, markeredgewidth=0)
    _write(axes, 0, y, 4 - _LEFT + indent, name, weight=weight)
    _write(axes, 0, y, -6, words.whole(row["n"]), align="right")
    _write(axes, 1, y, _RIGHT - 4, _difference(row), align="right")


def _difference(row: Row) -> str:
    return f"{words.decimal(row['difference'], 2)} [{words.decimal(row['low'], 2)}, {words.decimal(row['high'], 2)}]"


def _write(
    axes: Axes,
    side: int,
    y: float,
    x: float,
    text: str,
    *,
    align: str = "left",
    weight: str = "normal",
    colour: str = COLOURS["ink"],
) -> None:
    """Write a text ``x`` units beside the axes' left (``side`` 0) or right end."""
    axes.annotate(
        text,
        (side, y),
        (x, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha=align,
        va="center",
        size=_SIZE,
        weight=weight,
        color=colour,
        annotation_clip=False,
    )
