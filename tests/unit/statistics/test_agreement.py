import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from radonc.statistics.agreement import ac1, agreements, kappa, raw


def judgements_of(both_yes, first_only, second_only, both_no):
    pairs = [(True, True)] * both_yes + [(True, False)] * first_only + [(False, True)] * second_only
    return tuple(np.array(side) for side in zip(*pairs, *[(False, False)] * both_no, strict=True))


def test_the_paradox_of_kappa():
    # Gwet's example: two raters agree on 118 of 125 subjects; kappa -0.023, AC1 0.941.
    first, second = judgements_of(118, 5, 2, 0)
    assert raw(first, second) == pytest.approx(0.944)
    assert kappa(first, second) == pytest.approx(-0.0234, abs=5e-5)
    assert ac1(first, second) == pytest.approx(0.9408, abs=5e-5)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=30))
def test_kappa_is_scikit_learns(pairs):
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    found = kappa(first, second)
    if len({*first, *second}) == 1:
        assert found is None
    else:
        assert found == pytest.approx(cohen_kappa_score(first, second))
    assert -1 <= ac1(first, second) <= 1


@pytest.mark.parametrize("counts", [(9, 0, 0, 0), (0, 0, 0, 9), (4, 0, 0, 5)])
def test_full_agreement_is_one(counts):
    first, second = judgements_of(*counts)
    assert (raw(first, second), ac1(first, second)) == (1, 1)


def test_pairs_are_compared_over_the_items_that_both_judged():
    judged = {"b": {"x": True, "y": False}, "a": {"y": False, "x": False, "z": True}, "c": {"w": True}}
    table = pd.DataFrame(
        [(name, item, rating) for name, items in judged.items() for item, rating in items.items()],
        columns=["reviewer", "item", "rating"],
    )
    (only,) = agreements(table)
    assert only["reviewers"] == ["a", "b"]
    assert (only["n"], only["raw"]) == (2, 0.5)


def test_nobody_agrees_with_nobody():
    assert agreements(pd.DataFrame(columns=["reviewer", "item", "rating"])) == []
