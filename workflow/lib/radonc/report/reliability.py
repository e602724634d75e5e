"""The reliability diagram: how often a model is right, by how sure it was (DeGroot and Fienberg 1983)."""

from __future__ import annotations

import pandas as pd

from radonc.report import figures, small_cells, svg, words
from radonc.report.svg import COLOURS

# Arms of one bin stand side by side, by this much on the axis of probabilities.
_SHIFT = 0.012


def publishable(table: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Return the bins of one model that may be published: none of a few cases, nor one that would give such away.

    Parameters
    ----------
    table
        The RELIABILITY rows of one task, model and run, of all arms.
    """
    kept = []
    for _, bins in table.groupby("arm", sort=True):
        marks = small_cells.suppress([int(n) for n in bins["n"]], smallest)
        kept.append(bins[[mark is None for mark in marks]])
    return pd.concat(kept) if kept else table


def draw(bins: pd.DataFrame, name: str, n_cases: int) -> str:
    """Draw the bins of ``publishable``, a series per arm.

    Parameters
    ----------
    name
        Whose probabilities these are, such as ``demo-llama, Modality``.
    n_cases
        The number of cases in all bins, published or not.

    Returns
    -------
    str
        An SVG document.
    """
    arms = words.ordered(bins["arm"], words.ARMS)
    with svg.drawing(262) as figure:
        axes = svg.axes_within(figure, left=42, right=132, top=34, bottom=42)
        axes.plot([0, 1], [0, 1], color=COLOURS["muted"], linewidth=1, linestyle=(0, (3, 3)))
        for number, arm in enumerate(arms):
            rows = bins[bins["arm"] == arm].sort_values("above")
            marker, edge, face = figures.MARKS.get(arm, figures.OTHER_MARK)
            x = rows["confidence"].to_numpy() + _SHIFT * (number - (len(arms) - 1) / 2)
            axes.vlines(x, rows["low"].to_numpy(), rows["high"].to_numpy(), color=edge, linewidth=1.2, clip_on=False)
            axes.plot(x, rows["accuracy"].to_numpy(), marker=marker, markersize=5.5, linewidth=0.8, color=edge,
                      markerfacecolor=face, clip_on=False, label=words.name_of(arm, words.ARMS))  # fmt: skip
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.grid(True)
        axes.set_xlabel(f"probability of the likeliest label (n = {words.whole(n_cases)} cases)")
        axes.set_ylabel("share that is right")
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=svg.FONT_SIZE - 1)
        svg.write_title(figure, name)
        return svg.to_svg(figure, f"Reliability diagram: {name}", in_words(bins))


def in_words(bins: pd.DataFrame) -> str:
    """Say what a reliability diagram shows."""
    return "; ".join(
        f"{words.name_of(row['arm'], words.ARMS)}: {words.decimal(row['accuracy'])} right at a mean probability of "
        f"{words.decimal(row['confidence'])}"
        for row in bins.to_dict("records")
    )
