"""Record numbers among other numbers: where any count is one by chance, a match does not identify.

A number in a text identifies where few of the numbers of its length are record numbers. A column of numbers is a column
of record numbers where more than half of them are, and that cannot be chance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from radonc.deid.gate.people import MIN_NUMBER, People

COLUMNS = ("mrn", "patient_id", "diagnosis_id", "plan_id")

DENSE = 0.05
"""From this chance on that a count of the same length is one of them, a record number identifies nobody."""

CHANCE = 0.001
"""Below this chance a column of numbers is a column of record numbers, and not by accident."""


@dataclass(frozen=True, slots=True)
class _Block:
    """The distribution of the record numbers of one length.

    Counts are spread evenly over the logarithms (Benford's law), so ``span`` is the chance that one of this length lies
    between the lowest and the highest; ``share`` is how many of the numbers between are taken.
    """

    span: float
    share: float

    def chance(self, n_hits: int) -> float:
        """Return the chance that this many counts of one column are all taken."""
        return self.span * self.share**n_hits


class RecordNumbers:
    """The record numbers of an extract that are plain numbers.

    Parameters
    ----------
    people
        The people of the extract.
    present
        The numbers of what is to be searched: only these are kept.
    """

    def __init__(self, people: People, present: set[str]) -> None:
        self._blocks: dict[tuple[str, int], _Block] = {}
        self._known: dict[str, set[str]] = {}
        for column in COLUMNS:
            plain = [value for value in people.values(column) if value.isdecimal() and value.isascii()]
            self._known[column] = set(plain) & present
            for length in {len(value) for value in plain}:
                self._blocks[column, length] = _block([int(value) for value in plain if len(value) == length])

    def is_dense(self, column: str, number: str) -> bool:
        """Tell whether so many numbers of this length are taken that any count may be one."""
        block = self._blocks.get((column, len(number)))
        return block is not None and number.isdecimal() and block.chance(1) > DENSE

    def dense_lengths(self) -> list[str]:
        """Return which numbers are not searched for one by one."""
        return [
            f"{column} of {length} digits"
            for (column, length), block in sorted(self._blocks.items())
            if block.chance(1) > DENSE
        ]

    def kind_of(self, numbers: Iterable[str]) -> str | None:
        """Return which column of record numbers these distinct numbers make, if any."""
        long = {number for number in numbers if len(number) >= MIN_NUMBER}
        for column, known in self._known.items():
            hits = long & known
            if 2 * len(hits) > len(long):
                lengths = {len(number) for number in hits}
                chance = max(self._blocks[column, length].chance(len(hits)) for length in lengths)
                if chance < CHANCE:
                    return column
        return None


def _block(numbers: list[int]) -> _Block:
    low, high = max(min(numbers), 1), max(*numbers, 1)
    return _Block(math.log10((high + 1) / low), len(numbers) / (high - low + 1))
