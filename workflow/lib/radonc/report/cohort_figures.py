"""The pictures of the cohort: ages by sex, diagnoses and modalities; from the same suppressed counts as Table 1."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from radonc.data.schemas import SEXES
from radonc.report import small_cells, svg, words
from radonc.report.cohort_table import TOP_AGE, Cell
from radonc.report.svg import COLOURS

DECADE = 10
DECADES = [f"{low}–{low + DECADE - 1}" for low in range(0, TOP_AGE, DECADE)] + [f"{TOP_AGE}+"]
NO_AGE = "not stated"
LABEL_LETTERS = 26
LETTER = 6.3
_SIDES = dict(zip(SEXES, (-1, 1), strict=True))
_COLOURS = dict(zip(SEXES, (COLOURS["series-4"], COLOURS["series-3"]), strict=True))


def ages_by_sex(cases: pd.DataFrame, sexes: Sequence[Cell], smallest: int = small_cells.SMALLEST) -> str:
    """Draw the ages at diagnosis of women and men, by decade, back to back.

    Parameters
    ----------
    cases
        The CASES table.
    sexes
        The groups of Table 1 by sex: what it hides has no bars here either.
    smallest
        The smallest number of cases that is published.

    Returns
    -------
    str
        An SVG document. Groups of too few people, and those from which such a number could be worked out, have no bar
        but an asterisk.

    Notes
    -----
    The parts of each sex, those without an age among them, add up to its number in Table 1, and nothing else gives
    ages by group: what is hidden here cannot be worked out from there.
    """
    groups = _age_groups(cases)
    cells = {cell.label.lower(): cell for cell in sexes}
    published = {sex: _published(groups[sex], cells[sex], smallest) for sex in SEXES}
    labels = list(groups.index)
    with svg.drawing(290) as figure:
        axes = svg.axes_within(figure, left=68, right=14, top=56, bottom=42)
        for sex in SEXES:
            shown = published[sex]
            axes.barh(range(len(labels)), [_SIDES[sex] * (n or 0) for n in shown], height=0.82, color=_COLOURS[sex])
            for y in (y for y, n in enumerate(shown) if n is None):
                axes.annotate("*", (0, y), (_SIDES[sex] * 6, -3), textcoords="offset points", ha="center", va="center")
            axes.text(
                0.5 + 0.03 * _SIDES[sex],
                1.03,
                f"{sex} ({cells[sex].mark or f'n = {words.whole(cells[sex].n)}'})",
                transform=axes.transAxes,
                ha={-1: "right", 1: "left"}[_SIDES[sex]],
                color=_COLOURS[sex],
            )
        _mirror(axes)
        axes.set_yticks(range(len(labels)), labels)
        axes.set_ylim(-0.6, len(labels) - 0.4)
        axes.set_xlabel("cases (n)")
        axes.set_ylabel("age at diagnosis (years)")
        title = "Age at diagnosis, women and men"
        svg.write_title(figure, title)
        return svg.to_svg(figure, title, _ages_in_words(labels, published))


def _age_groups(cases: pd.DataFrame) -> pd.DataFrame:
    """Count cases by decade of age (rows, youngest first) and sex; those without an age, if any, in the first row."""
    decade = (cases["age"].astype("float64").clip(upper=TOP_AGE) // DECADE).map(dict(enumerate(DECADES)))
    counts = pd.crosstab(decade.fillna(NO_AGE), cases["sex"]).reindex(columns=list(SEXES), fill_value=0)
    labels = [NO_AGE, *DECADES] if NO_AGE in counts.index else DECADES
    return counts.reindex(index=labels, fill_value=0)


def _published(numbers: pd.Series, whole: Cell, smallest: int) -> list[int | None]:
    """Return a sex's numbers of cases, None where hidden."""
    if whole.mark:
        return [None] * len(numbers)
    marks = small_cells.suppress([int(n) for n in numbers], smallest)
    return [int(n) if mark is None else None for n, mark in zip(numbers, marks, strict=True)]


def _mirror(axes: Axes) -> None:
    """Make the two sides of equal length, with numbers that grow both ways."""
    limit = 1.05 * max(abs(edge) for edge in axes.get_xlim())
    axes.set_xlim(-limit, limit)
    axes.axvline(0, color=COLOURS["muted"], linewidth=0.8)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.xaxis.set_major_formatter(lambda value, _: words.whole(abs(value)))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def _ages_in_words(labels: Sequence[str], published: Mapping[str, Sequence[int | None]]) -> str:
    return " ".join(
        f"{words.sentence_case(sex)}: "
        + ", ".join(
            f"{label}: {'hidden' if n is None else words.whole(n)}" for label, n in zip(labels, shown, strict=True)
        )
        + "."
        for sex, shown in published.items()
    )


def shares(cells: Sequence[Cell], title: str) -> str:
    """Draw the shares of a characteristic's groups as bars, each with its number.

    Parameters
    ----------
    cells
        Groups of Table 1. Hidden ones have no bar; their mark stands in its place.

    Returns
    -------
    str
        An SVG document.
    """
    labels = [textwrap.wrap(cell.label, LABEL_LETTERS) for cell in cells]
    letters = max(len(line) for lines in labels for line in lines)
    n_lines = sum(len(lines) + 0.45 for lines in labels)
    with svg.drawing(78 + 14 * n_lines) as figure:
        axes = svg.axes_within(figure, left=8 + LETTER * letters, right=88, top=30, bottom=42)
        y = 0.0
        centres = []
        for cell, lines in zip(cells, labels, strict=True):
            height = len(lines) + 0.45
            centres.append(y + height / 2)
            axes.barh(centres[-1], 100 * (cell.share or 0), height=0.95, color=COLOURS["series-1"], linewidth=0)
            axes.annotate(
                cell.mark or f"{words.whole(cell.n)} ({words.percent(cell.share, 0)})",
                (100 * (cell.share or 0), centres[-1]),
                (5, 0),
                textcoords="offset points",
                va="center",
                fontsize=svg.FONT_SIZE - 1,
            )
            y += height
        axes.set_ylim(y, 0)
        axes.set_xlim(left=0)
        axes.set_yticks(centres, ["\n".join(lines) for lines in labels])
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        axes.set_xlabel("share of cases (%)")
        svg.write_title(figure, title)
        return svg.to_svg(
            figure, title, "; ".join(f"{cell.label}: {cell.mark or words.whole(cell.n)}" for cell in cells)
        )
