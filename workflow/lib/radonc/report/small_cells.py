"""Small cells: no number of 1 to 10 people is published, nor one from which it could be worked out.

The rule is that of the Centers for Medicare & Medicaid Services (CMS cell size suppression policy: no cell of 1 to 10,
and no percentage or other cell that gives one away). A study may set a stricter threshold than its 11. Rates, tests and
numbers of answers over enough cases are published, small numbers of answers as well: they say how models answer, not
who is ill.
"""

import heapq
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SMALLEST = 11
"""The smallest number of people that is published, unless the study asks for more."""
SUPPRESSED = "withheld"
"""What stands in the place of a number from which a small one could be worked out."""
MEDIAN = "eqd2_error_gy"
WITHIN = {
    "full_match": "accuracy",
    "site": "full_match",
    "site_group": "site",
    "laterality": "site",
    **dict.fromkeys(("dose", "fractions", "modality", "technique", MEDIAN), "full_match"),
}
"""Metric of the cases whose reference states something -> that of the cases they are among. The others may be few."""
EVERY_HUNDREDTH = 100
"""From so many cases on, every rate of two decimals is that of some number of them."""

Mask = NDArray[np.bool_]


def note(smallest: int = SMALLEST) -> str:
    """Say what the marks in a table mean."""
    return (
        f"Numbers of 1 to {smallest - 1} people are shown as {mark(smallest)}; “{SUPPRESSED}” is another number "
        "from which such a one could be worked out."
    )


def mark(smallest: int = SMALLEST) -> str:
    """Return what stands in the place of a small number."""
    return f"<{smallest}"


def is_small(n: int, smallest: int = SMALLEST) -> bool:
    """Return whether a number of people is too small to publish."""
    return 0 < n < smallest


def suppress(counts: Sequence[int], smallest: int = SMALLEST) -> list[str | None]:
    """Decide which parts of a total are published, the total being known to the reader.

    Return for each part None (publish it), ``<11`` (primary suppression: a small number) or ``withheld`` (complementary
    suppression: the next smallest numbers, as many as it takes until every small number could be at least two). Where
    that does not help, all parts are ``withheld``, empty ones too, so that nobody sees which of them are small.
    """
    small = mark(smallest)
    marks: list[str | None] = [small if is_small(n, smallest) else None for n in counts]
    spare = sorted((i for i, n in enumerate(counts) if n >= smallest), key=lambda i: counts[i], reverse=True)
    while small in marks and not _is_ambiguous(counts, marks, smallest):
        if not spare:
            return [SUPPRESSED] * len(counts)
        marks[spare.pop()] = SUPPRESSED
    return marks


def _is_ambiguous(counts: Sequence[int], marks: Sequence[str | None], smallest: int) -> bool:
    """Return whether each small number could be another one, given the sum of all that is hidden.

    It could unless the sum is the least or the greatest that such numbers can have: each then has its least or
    greatest value. A single hidden number always equals the sum.
    """
    n_primary, n_complementary = marks.count(mark(smallest)), marks.count(SUPPRESSED)
    total = sum(n for n, hidden in zip(counts, marks, strict=True) if hidden)
    least = n_primary + smallest * n_complementary
    greatest = (smallest - 1) * n_primary if not n_complementary else math.inf
    return n_primary + n_complementary > 1 and least < total < greatest


def suppress_steps(leaving: Sequence[int], smallest: int = SMALLEST) -> tuple[list[str | None], list[bool]]:
    """Decide what is published of a flow in which some leave at each step, its first and last number being known.

    Return the marks of those who leave, as of ``suppress``, and for each step whether the number of those who remain
    after it is published. It is not between two steps that hide how many left.
    """
    marks = suppress(leaving, smallest)
    hidden = [i for i, hidden in enumerate(marks) if hidden]
    first, last = (hidden[0], hidden[-1]) if hidden else (0, 0)
    return marks, [not first <= i < last for i in range(len(leaving))]


def with_totals(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a table with the totals of its rows and columns in a last column and row."""
    return np.block([[counts, counts.sum(axis=1, keepdims=True)], [counts.sum(axis=0, keepdims=True), counts.sum()]])


def suppress_table(counts: Any, known: Any = False, smallest: int = SMALLEST) -> Mask:
    """Decide which cells of a table with totals are published.

    Parameters
    ----------
    counts
        Numbers of people, shape (rows, columns), without totals.
    known
        What the reader knows from elsewhere, shape (rows + 1, columns + 1), totals last; or one value for all cells.
        Such a cell can protect no other one. The grand total counts as known.

    Returns
    -------
    NDArray of bool, shape (rows + 1, columns + 1)
        True where a cell or total is hidden: small ones, and others, as few and as small ones as can be found, until no
        small one follows from all that is shown and known. Where that cannot be reached, everything is hidden.

    Notes
    -----
    A table with totals is a network whose nodes are the rows and the columns, a cell being an edge. A hidden number can
    be another one if and only if a cycle leads through it and other hidden cells along which 1 can be added and taken
    away in turn, with nothing below 0 (Gusfield 1988, SIAM J. Comput. 17:552-571). Where there is none, the cheapest
    cycle through cells that are shown is hidden (Kelly, Golden and Assad 1992, Networks 22:397-417).
    """
    table = with_totals(np.asarray(counts, dtype=np.int64))
    total = np.zeros(table.shape, dtype=np.bool_)
    total[-1], total[:, -1] = True, True
    fixed = np.broadcast_to(known, table.shape).copy()
    fixed[-1, -1] = True
    hidden: Mask = (table > 0) & (table < smallest)
    # A total counts against its cells: it goes down where a cell goes up.
    up, down = ~total | (table > 0), total | (table > 0)
    for cell in zip(*np.nonzero(hidden & ~fixed), strict=True):
        # Rather many small cells than a total.
        price = np.where(hidden, 0.0, table + 1.0 + total * table[-1, -1])
        price[fixed] = math.inf
        row, column = cell[0], len(table) + cell[1]
        ends = [(column, row)] if up[cell] else []
        ends += [(row, column)] if down[cell] else []
        paths = [_cheapest_path(price, up, down, start, end, cell) for start, end in ends]
        length, path = min(paths, default=(math.inf, []))
        if length == math.inf:
            hidden |= ~fixed
            break
        for passed in path:
            hidden[passed] = True
    return hidden


def _cheapest_path(
    price: NDArray[np.float64], up: Mask, down: Mask, start: int, end: int, without: tuple[int, int]
) -> tuple[float, list[tuple[int, int]]]:
    """Return the cheapest path between two nodes (Dijkstra); rows are numbered first, then columns."""
    n_rows, n_columns = price.shape
    waiting: list[tuple[float, int, list[tuple[int, int]]]] = [(0.0, start, [])]
    done: set[int] = set()
    while waiting:
        paid, node, path = heapq.heappop(waiting)
        if node == end:
            return paid, path
        if node in done:
            continue
        done.add(node)
        if node < n_rows:
            steps = [((node, column), n_rows + column) for column in range(n_columns) if up[node, column]]
        else:
            steps = [((row, node - n_rows), row) for row in range(n_rows) if down[row, node - n_rows]]
        for cell, following in steps:
            if cell != without and following not in done and price[cell] < math.inf:
                heapq.heappush(waiting, (paid + float(price[cell]), following, [*path, cell]))
    return math.inf, []


def enough_cases(table: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the rows whose figures are over enough cases (column ``n``)."""
    return table[table["n"] >= smallest].reset_index(drop=True)


def publishable_summary(table: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the publishable part of SUMMARY; where few cases were not judged, without what shows how many."""
    found = enough_cases(table, smallest)
    sizes = table.groupby(["task", "metric"])["n"].max()
    reveals = pd.Series(data=False, index=found.index)
    around = found["metric"].map(WITHIN)
    while around.notna().any():
        n_around = sizes.reindex(pd.MultiIndex.from_arrays([found["task"], around])).to_numpy(dtype="float64")
        reveals |= (n_around - found["n"]).between(1, smallest - 1)
        around = around.map(WITHIN)
    return _suppress_sizes(found, reveals, smallest)


def publishable_coherence(table: pd.DataFrame, n_cases: int, smallest: int = SMALLEST) -> pd.DataFrame:
    """Return the publishable part of COHERENCE over ``n_cases`` test cases; only the references' rates reveal sizes."""
    found = enough_cases(table, smallest)
    reveals = (found["arm"] == "treated") & (n_cases - found["n"]).between(1, smallest - 1)
    return _suppress_sizes(found, reveals, smallest)


def _suppress_sizes(found: pd.DataFrame, reveals: pd.Series, smallest: int) -> pd.DataFrame:
    """Return rows without what shows how many cases were not judged, where these are few.

    There ``n`` is ``withheld``, and a rate has two decimals and no interval, which any number of cases from 100 on
    can give. Of fewer cases it is left out.
    """
    rates = reveals & (found["metric"] != MEDIAN)
    shown = found.assign(
        n=found["n"].astype("object").where(~reveals, SUPPRESSED),
        value=found["value"].where(~rates, found["value"].round(2)),
        low=found["low"].where(~rates),
        high=found["high"].where(~rates),
    )
    return shown[~(rates & (found["n"] - smallest < EVERY_HUNDREDTH))].reset_index(drop=True)
