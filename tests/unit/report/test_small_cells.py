import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.optimize import linprog

from radonc.report.small_cells import SMALL, WITHHELD, suppress, suppress_steps, suppress_table

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


def test_a_stricter_threshold_hides_more():
    assert suppress([15, 300, 40], 20) == ["<20", None, WITHHELD]


# ---- flows


@given(st.lists(st.one_of(st.integers(0, 15), st.integers(0, 500)), min_size=1, max_size=8))
@example([5, 300, 40])
@example([12, 5, 0, 300, 4, 20])
def test_no_step_tells_how_few_left(leaving):
    marks, shown = suppress_steps(leaving)
    visible = [True, *shown]
    assert visible[-1], "how many are kept stands in the whole report"
    for i, n in enumerate(leaving):
        if 0 < n < 11:
            assert marks[i] is not None
            assert len(leaving) == 1 or not (visible[i] and visible[i + 1]), (marks, shown)
    assert any(marks) or all(shown)


def test_a_flow_without_small_numbers_is_shown_whole():
    assert suppress_steps([12, 0, 300]) == ([None] * 3, [True] * 3)


# ---- tables with totals

TABLES = st.tuples(st.integers(2, 4), st.integers(2, 4)).flatmap(
    lambda shape: arrays.arrays(np.int64, shape, elements=st.one_of(st.integers(0, 12), st.integers(0, 60)))
)


def with_totals(counts):
    return np.block([[counts, counts.sum(1, keepdims=True)], [counts.sum(0, keepdims=True), counts.sum()]])


def ranges(table, secret):
    """Return least and greatest of each secret cell given all others and the sums, by linear programming."""
    n_rows, n_columns = table.shape
    sums = []
    for row in range(n_rows):
        sums.append(np.zeros(table.shape))
        sums[-1][row, :-1], sums[-1][row, -1] = 1, -1
    for column in range(n_columns):
        sums.append(np.zeros(table.shape))
        sums[-1][:-1, column], sums[-1][-1, column] = 1, -1
    sums = np.array([one.ravel() for one in sums])
    bounds = [(0, None) if hidden else (n, n) for n, hidden in zip(table.ravel(), secret.ravel(), strict=True)]
    found = {}
    for place in np.flatnonzero(secret):
        goal = np.zeros(table.size)
        goal[place] = 1
        ends = [linprog(sign * goal, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=bounds) for sign in (1, -1)]
        # Status 3: without limit.
        low, high = (np.inf if end.status == 3 else abs(end.fun) for end in ends)
        found[np.unravel_index(place, table.shape)] = low, high
    return found


@settings(max_examples=60)
@given(TABLES)
@example(np.array([[5, 300], [200, 100]]))
@example(np.array([[1, 0], [0, 1]]))
@example(np.array([[3, 0, 0], [40, 50, 60], [20, 30, 40]]))
def test_no_small_cell_or_total_follows_from_what_is_shown(counts):
    table, hidden = with_totals(counts), suppress_table(counts)
    if 0 < counts.sum() < 11:
        return
    small = (table > 0) & (table < 11)
    assert hidden[small].all()
    assert not hidden[-1, -1]
    found = ranges(table, hidden)
    for cell in zip(*np.nonzero(small), strict=True):
        low, high = found[cell]
        assert high - low > 0.99, (table, hidden, cell)


@settings(max_examples=60)
@given(TABLES)
@example(np.diag([40, 50, 60]) + 1)
def test_what_is_known_from_elsewhere_gives_no_small_cell_away(counts):
    known = np.zeros((counts.shape[0] + 1, counts.shape[1] + 1), dtype=bool)
    known[-1], known[:, -1] = True, True
    np.fill_diagonal(known, True)
    table, hidden = with_totals(counts), suppress_table(counts, known)
    small = (table > 0) & (table < 11)
    assert hidden[small].all()
    found = ranges(table, hidden & ~known)
    exposed = [cell for cell in zip(*np.nonzero(small & ~known), strict=True) if found[cell][1] - found[cell][0] < 0.99]
    # Where nothing helps, nothing is shown but what is known.
    assert not exposed or hidden[~known].all()


@given(TABLES)
def test_a_table_without_small_numbers_is_shown_whole(counts):
    assert not suppress_table(np.where(counts < 11, 0, counts)).any()


def test_complements_are_few_and_small():
    hidden = suppress_table([[5, 300, 40], [200, 100, 60], [900, 800, 700]])
    assert hidden.astype(int).tolist() == [[1, 0, 1, 0], [1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_an_empty_cell_can_be_a_complement():
    hidden = suppress_table([[40, 3, 0], [0, 50, 20]])
    assert hidden[0, 1]
    assert hidden.sum() == 4
    assert not hidden[:, -1].any()
