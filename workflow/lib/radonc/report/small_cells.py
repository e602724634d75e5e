"""Small cells: no number of 1 to 10 people is published, nor one from which it could be worked out.

The rule is that of the Centers for Medicare & Medicaid Services (CMS cell size suppression policy: no cell of 1 to 10,
and no percentage or other cell that gives one away). A study may set a stricter threshold than its 11.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALLEST = 11
"""The smallest number of people that is published, unless the study asks for more."""
SMALL = f"<{SMALLEST}"
WITHHELD = "withheld"

Mask = NDArray[np.bool_]
Cell = tuple[int, int]


def note(smallest: int = SMALLEST) -> str:
    """Say what the marks in a table mean."""
    return (
        f"Numbers of 1 to {smallest - 1} people are shown as {mark(smallest)}; “{WITHHELD}” is another number "
        "from which such a one could be worked out."
    )


def mark(smallest: int = SMALLEST) -> str:
    """Return what stands in the place of a small number."""
    return f"<{smallest}"


def is_small(n: int, smallest: int = SMALLEST) -> bool:
    """Return whether a number of people is too small to publish."""
    return 0 < n < smallest


def suppress(counts: Sequence[int], smallest: int = SMALLEST) -> list[str | None]:
    """Decide which parts of a known total are published.

    Parameters
    ----------
    counts
        The numbers of people in each part. Their sum counts as known to the reader.
    smallest
        The smallest number that is published.

    Returns
    -------
    list of str or None
        For each part None (publish it), ``<11`` (a small number) or ``withheld`` (the next smallest numbers, as many
        as it takes until every small number could be at least two). Where that does not help, all parts are
        ``withheld``, empty ones too, so that nobody sees which of them are the small ones.
    """
    small = mark(smallest)
    marks: list[str | None] = [small if is_small(n, smallest) else None for n in counts]
    spare = sorted((i for i, n in enumerate(counts) if n >= smallest), key=lambda i: counts[i], reverse=True)
    while small in marks and not _is_ambiguous(counts, marks, smallest):
        if not spare:
            return [WITHHELD] * len(counts)
        marks[spare.pop()] = WITHHELD
    return marks


def _is_ambiguous(counts: Sequence[int], marks: Sequence[str | None], smallest: int) -> bool:
    """Return whether each small number could be another one, given the sum of all that is hidden.

    It could unless the sum is the least or the greatest that such numbers can have: each then has its least or
    greatest value. A single hidden number always equals the sum.
    """
    n_small, n_withheld = marks.count(mark(smallest)), marks.count(WITHHELD)
    total = sum(n for n, hidden in zip(counts, marks, strict=True) if hidden)
    least = n_small + smallest * n_withheld
    greatest = (smallest - 1) * n_small if not n_withheld else float("inf")
    return n_small + n_withheld > 1 and least < total < greatest


def suppress_steps(leaving: Sequence[int], smallest: int = SMALLEST) -> tuple[list[str | None], list[bool]]:
    """Decide what is published of a flow in which some leave at each step, its first and last number being known.

    Parameters
    ----------
    leaving
        How many leave at each step.

    Returns
    -------
    leaving
        As of ``suppress``.
    remaining
        For each step whether the number of those who remain after it is published. It is not between two steps of
        which would show how many left.
    """
    marks = suppress(leaving, smallest)
    hidden = [i for i, hidden in enumerate(marks) if hidden]
    first, last = (hidden[0], hidden[-1]) if hidden else (0, 0)
    return marks, [not first <= i < last for i in range(len(leaving))]


# ---- tables with totals ----------------------------------------------------------------------------------------


def suppress_table(counts: Any, known: Any = False, smallest: int = SMALLEST) -> Mask:
    """Decide which cells of a table with totals are published.

    Parameters
    ----------
    counts
        Numbers of people, shape (rows, columns), without totals.
    known
        What the reader knows from elsewhere, shape (rows + 1, columns + 1), totals last; or one value for all cells.
        Such a cell can protect no other one. The grand total counts as known.
    smallest
        The smallest number that is published.

    Returns
    -------
    NDArray of bool, shape (rows + 1, columns + 1)
        True where a cell, or in the last row and column a total, is hidden: small ones, and others, as few and as small
        ones as can be found, until no small one follows from all that is shown and known. Where that cannot be reached,
        everything is.

    Notes
    -----
    A table with totals is a network whose nodes are the rows and the columns, a cell being an edge. A hidden number can
    be another one if and only if a closed way leads through it and other hidden cells along which 1 can be added and
    taken away in turn, with nothing below 0 (Gusfield 1988, SIAM J. Comput. 17:552-571). Where there is no such way,
    the cheapest one through cells that are shown is hidden (Kelly, Golden and Assad 1992, Networks 22:397-417).
    """
    inner = np.asarray(counts, dtype=np.int64)
    table = np.block([[inner, inner.sum(axis=1, keepdims=True)], [inner.sum(axis=0, keepdims=True), inner.sum()]])
    total = np.zeros(table.shape, dtype=np.bool_)
    total[-1], total[:, -1] = True, True
    fixed = np.broadcast_to(known, table.shape).copy()
    fixed[-1, -1] = True
    hidden: Mask = (table > 0) & (table < smallest)
    # A total counts against its cells: it goes down where a cell goes up.
    up, down = ~total | (table > 0), total | (table > 0)
    for cell in zip(*np.nonzero(hidden & ~fixed), strict=True):
        # Rather many small cells than a total.
        price = np.where(hidden, 0.0, table + 1.0 + total * inner.sum())
        ways = _ways(np.where(fixed, math.inf, price), up, down, cell)
        length, way = min(ways, default=(math.inf, []))
        if length == math.inf:
            hidden |= ~fixed
            break
        for passed in way:
            hidden[passed] = True
    return hidden


def _ways(price: NDArray[np.float64], up: Mask, down: Mask, cell: Cell) -> Iterator[tuple[float, list[Cell]]]:
    """Yield the cheapest ways, with their prices, along which a cell can go up, and along which it can go down."""
    row, column = cell[0], price.shape[0] + cell[1]
    if up[cell]:
        yield _cheapest(price, up, down, (column, row), cell)
    if down[cell]:
        yield _cheapest(price, up, down, (row, column), cell)


def _cheapest(
    price: NDArray[np.float64], up: Mask, down: Mask, ends: tuple[int, int], without: Cell
) -> tuple[float, list[Cell]]:
    """Return the cheapest way between two nodes (Dijkstra); rows are numbered first, then columns."""
    n_rows, n_columns = price.shape
    waiting: list[tuple[float, int, list[Cell]]] = [(0.0, ends[0], [])]
    done: set[int] = set()
    while waiting:
        paid, node, way = heapq.heappop(waiting)
        if node == ends[1]:
            return paid, way
        if node in done:
            continue
        done.add(node)
        if node < n_rows:
            steps = [((node, column), n_rows + column) for column in range(n_columns) if up[node, column]]
        else:
            steps = [((row, node - n_rows), row) for row in range(n_rows) if down[row, node - n_rows]]
        for cell, following in steps:
            if cell != without and following not in done and price[cell] < math.inf:
                heapq.heappush(waiting, (paid + float(price[cell]), following, [*way, cell]))
    return math.inf, []
