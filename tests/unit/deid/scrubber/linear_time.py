"""How the time that a search takes grows with its text."""

from collections.abc import Callable
from time import process_time


def growth(search: Callable[[str], object], text_of: Callable[[int], str], n: int) -> float:
    """Return how many times as long a text of 4n characters takes as one of n.

    Linear rules take four times as long, quadratic ones sixteen times. Texts differ in length, so that none is cached.
    """

    def seconds(length: int) -> float:
        text = text_of(length)
        started = process_time()
        search(text)
        return process_time() - started

    small = min(seconds(n + turn) for turn in range(3))
    large = min(seconds(4 * n + turn) for turn in range(2))
    return large / max(small, 0.005)
