"""Small cells: no number of 1 to 10 people is published, nor one from which it could be worked out.

The rule is that of the Centers for Medicare & Medicaid Services (CMS cell size suppression policy: no cell of 1 to 10,
and no percentage or other cell that gives one away).
"""

from __future__ import annotations

from collections.abc import Sequence

SMALLEST = 11
SMALL = f"<{SMALLEST}"
WITHHELD = "withheld"
NOTE = (
    f"Numbers of 1 to {SMALLEST - 1} people are shown as {SMALL}; “{WITHHELD}” is another number "
    "from which such a one could be worked out."
)


def is_small(n: int) -> bool:
    """Tell whether a number of people is too small to publish."""
    return 0 < n < SMALLEST


def suppress(counts: Sequence[int]) -> list[str | None]:
    """Decide which parts of a known total are published.

    Parameters
    ----------
    counts
        The numbers of people in each part. Their sum counts as known to the reader.

    Returns
    -------
    list of str or None
        For each part None (publish it), ``<11`` (a small number) or ``withheld`` (the next smallest numbers, as many
        as it takes until every small number could be at least two). Where that does not help, all parts are
        ``withheld``, empty ones too, so that nobody sees which of them are the small ones.
    """
    marks: list[str | None] = [SMALL if is_small(n) else None for n in counts]
    spare = sorted((i for i, n in enumerate(counts) if n >= SMALLEST), key=lambda i: counts[i], reverse=True)
    while SMALL in marks and not _is_ambiguous(counts, marks):
        if not spare:
            return [WITHHELD] * len(counts)
        marks[spare.pop()] = WITHHELD
    return marks


def _is_ambiguous(counts: Sequence[int], marks: Sequence[str | None]) -> bool:
    """Tell whether each small number could be another one, given the sum of all that is hidden.

    It could unless the sum is the least or the greatest that such numbers can have: each then has its least or
    greatest value. A single hidden number always equals the sum.
    """
    n_small, n_withheld = marks.count(SMALL), marks.count(WITHHELD)
    total = sum(n for n, mark in zip(counts, marks, strict=True) if mark)
    least = n_small + SMALLEST * n_withheld
    greatest = (SMALLEST - 1) * n_small if not n_withheld else float("inf")
    return n_small + n_withheld > 1 and least < total < greatest
