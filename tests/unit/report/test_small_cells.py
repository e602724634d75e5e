import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.optimize import linprog

from radonc.evaluation.summary import OF_COURSE
from radonc.report import small_cells
from radonc.report.small_cells import SUPPRESSED, mark, suppress, suppress_steps, suppress_table, with_totals

SMALL = mark()
COUNTS = st.lists(st.one_of(st.integers(0, 15), st.integers(0, 500)), min_size=2, max_size=8)


def possible(shown, count, exhausted):
    """Return the least and greatest number that a reader must think possible."""
    if shown == SMALL:
        return 1, 10
    if shown == SUPPRESSED:
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
        ([5, 300, 40], [SMALL, None, SUPPRESSED]),
        ([5, 4, 300], [SMALL, SMALL, None]),
        ([1, 1, 300, 40], [SMALL, SMALL, None, SUPPRESSED]),
        ([1, 11], [SUPPRESSED, SUPPRESSED]),
        ([7], [SUPPRESSED]),
        ([], []),
    ],
)
def test_examples(counts, marks):
    assert suppress(counts) == marks


def test_a_stricter_threshold_hides_more():
    assert suppress([15, 300, 40], 20) == ["<20", None, SUPPRESSED]


# ---- flows


@given(st.lists(st.one_of(st.integers(0, 15), st.integers(0, 500)), min_size=1, max_size=8))
@example([5, 300, 40])
@example([12, 5, 0, 300, 4, 20])
def test_no_step_shows_how_few_left(leaving):
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


# ---- publishing

SIZES = {
    "accuracy": 300,
    "full_match": 300,
    "site": 280,
    "site_group": 275,
    "laterality": 150,
    "dose": 289,
    "technique": 291,
}


def summary(**changed):
    sizes = SIZES | changed
    rows = [("regimen", metric, n, 0.5123, 0.4, 0.6) for metric, n in sizes.items()]
    table = pd.DataFrame(rows, columns=["task", "metric", "n", "value", "low", "high"])
    return table.assign(model="m", arm="tuned")


def withheld(table):
    shown = small_cells.publishable_summary(table)
    return set(shown.loc[shown["n"] == small_cells.SUPPRESSED, "metric"])


def test_rates_of_few_cases_are_left_out():
    assert small_cells.enough_cases(pd.DataFrame({"n": [10, 11, 40]}))["n"].tolist() == [11, 40]
    assert small_cells.enough_cases(pd.DataFrame({"n": [10, 11, 40]}), 20)["n"].tolist() == [40]


def test_every_component_of_a_course_is_among_the_cases_around_it():
    assert set(OF_COURSE) <= set(small_cells.WITHIN)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        # 5 sites have no group, 9 references no technique.
        ({}, {"site_group", "technique"}),
        ({"site_group": 260}, {"technique"}),
        ({"site_group": 269}, {"technique"}),
        # 4 references have no phase; a site is stated in 10 fewer that have one, 14 fewer of all.
        ({"full_match": 296, "site": 286}, {"full_match", "site", "dose", "technique"}),
        ({"accuracy": 311}, {"site_group", "technique"}),
    ],
)
def test_a_size_that_reveals_a_few_people_is_withheld(changed, expected):
    assert withheld(summary(**changed)) == expected


def test_a_rate_of_a_withheld_size_is_rounded_and_of_few_cases_left_out():
    shown = small_cells.publishable_summary(summary()).set_index("metric")
    assert shown.loc["technique", "value"] == 0.51
    assert shown.loc["technique", ["low", "high"]].isna().all()
    assert shown.loc["dose", "value"] == 0.5123
    few = {name: n - 190 for name, n in SIZES.items() if name != "laterality"}
    assert "technique" not in small_cells.publishable_summary(summary(**few, laterality=50)).set_index("metric").index
