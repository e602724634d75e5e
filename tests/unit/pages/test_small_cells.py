import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from radonc.pages.small_cells import SMALL, WITHHELD, suppress

COUNTS = st.lists(st.one_of(st.integers(0, 15), st.integers(0, 500)), min_size=2, max_size=8)


def possible(mark, count, exhausted):
    """Return the least and greatest number that a reader must think possible."""
    if mark == SMALL:
        return 1, 10
    if mark == WITHHELD:
        return (0 if exhausted else 11), float("inf")
    return count, count


@given(COUNTS)
@example([5, 300])
@example([1, 1, 400])
@example([10, 10, 400])
@example([1, 11])
@example([1, 11, 11])
@example([1] * 11)
@example([0, 3])
def test_no_small_number_can_be_worked_out(counts):
    marks = suppress(counts)
    ranges = [possible(mark, n, SMALL not in marks) for mark, n in zip(marks, counts, strict=True)]
    total = sum(counts)
    for i, n in enumerate(counts):
        if not 0 < n < 11:
            continue
        assert marks[i] is not None
        least = sum(low for j, (low, _) in enumerate(ranges) if j != i)
        greatest = sum(high for j, (_, high) in enumerate(ranges) if j != i)
        low, high = max(ranges[i][0], total - greatest), min(ranges[i][1], total - least)
        assert low < high, (counts, marks)


@given(st.lists(st.one_of(st.just(0), st.integers(11, 900))))
def test_nothing_is_hidden_without_need(counts):
    assert suppress(counts) == [None] * len(counts)


@pytest.mark.parametrize(
    ("counts", "marks"),
    [
        ([5, 300, 40], [SMALL, None, WITHHELD]),
        ([5, 4, 300], [SMALL, SMALL, None]),
        ([1, 1, 300, 40], [SMALL, SMALL, None, WITHHELD]),
        ([1, 11], [WITHHELD, WITHHELD]),
        ([7], [WITHHELD]),
        ([], []),
    ],
)
def test_examples(counts, marks):
    assert suppress(counts) == marks
