from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from evaluation_tables import STATISTICS, scores_of, shuffled
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from radonc.data.outcomes import CODE_COMPONENTS, COMPONENTS, REGIMEN_COMPONENTS, SUMMARY
from radonc.evaluation import code_components, regimen_components
from radonc.evaluation.summary import RATES, median, summarise_components
from radonc.runtime import tables
from radonc.runtime.errors import StudyError

REGIMEN = "left breast: 40.05 Gy in 15 fractions"
ANSWERS = [REGIMEN, "left breast: 40 Gy in 15 fractions", "right breast: 50 Gy in 25 fractions", None]
CODES = ["C50.911", "C50.912", "C50", None]


def components(arm="base", answers=ANSWERS, codes=CODES):
    regimens = scores_of(answers, [REGIMEN] * len(answers), task="regimen", arm=arm)
    coded = scores_of(codes, ["C50.911"] * len(codes), task="icd10", arm=arm)
    return {
        "regimen": tables.validate(regimen_components.score(regimens, ranges=(), alpha_beta_gy=10), REGIMEN_COMPONENTS),
        "icd10": tables.validate(code_components.score(coded), CODE_COMPONENTS),
    }


def summary_of(parts):
    return tables.validate(summarise_components(parts, **STATISTICS), SUMMARY)


def test_rates_are_over_the_judged_cases():
    summary = summary_of(components()).set_index(["task", "metric"])
    values = summary["value"].to_dict()
    assert values["regimen", "dose"] == values["regimen", "full_match"] == values["regimen", "laterality"] == 0.5
    assert values["regimen", "site"] == values["regimen", "dose_found"] == 0.75
    assert ("regimen", "consistent") not in values
    assert ("regimen", "plausible") not in values
    assert ("regimen", "technique") not in values
    assert summary.loc[("regimen", "eqd2_error_gy"), "n"] == 3
    assert (
        values["icd10", "full_code"]
        == values["icd10", "only_side_wrong"]
        == values["icd10", "standing_category"]
        == 0.25
    )
    assert values["icd10", "category"] == 0.75
    assert values["icd10", "hierarchical_f"] == pytest.approx((1 + 0.8 + 4 / 7 + 0) / 4)
    wilson = summary[summary["interval"] == "wilson"]
    assert (wilson["low"] <= wilson["value"]).all()
    assert (wilson["value"] <= wilson["high"]).all()


def test_every_column_of_right_and_wrong_has_a_rate():
    for task, table in COMPONENTS.items():
        right = [name for name, column in table.columns.items() if str(column.dtype) in ("bool", "boolean")]
        assert list(RATES[task]) == right


def test_order_does_not_matter_and_an_arm_beside_changes_nothing():
    alone, tuned = components(), components("tuned", ANSWERS[::-1], CODES[::-1])
    both = {task: shuffled(pd.concat([alone[task], tuned[task]]), 3) for task in alone}
    found = summary_of(both)
    pd.testing.assert_frame_equal(found[found["arm"] == "base"].reset_index(drop=True), summary_of(alone))


def test_unequal_cases_are_refused_and_nothing_gives_no_rows():
    parts, tuned = components(), components("tuned", ANSWERS[:3], CODES[:3])
    with pytest.raises(StudyError, match="1 of 4 cases are missing"):
        summarise_components({task: pd.concat([parts[task], tuned[task]]) for task in parts}, **STATISTICS)
    assert summary_of({task: part.head(0) for task, part in parts.items()}).empty
    assert summary_of({}).empty


@given(st.lists(st.sampled_from([0.0, 0.5, 2.0, 7.0]), min_size=1, max_size=40))
def test_the_median_lies_in_its_interval(values):
    found = median(np.array(values), 0.95)
    assert found["value"] == np.median(values)
    if len(values) < 6:
        assert (np.isnan(found["low"]), np.isnan(found["high"]), found["interval"]) == (True, True, "none")
    else:
        assert min(values) <= found["low"] <= found["value"] <= found["high"] <= max(values)


@pytest.mark.parametrize("n", [6, 7, 10, 25, 100, 790])
def test_the_medians_interval_is_the_shortest_that_holds_its_level(n):
    # Of 1 to n, the ends are the ranks: the interval misses if fewer than low values lie below the median.
    found = median(np.arange(1, n + 1, dtype=float), 0.95)
    low = found["low"]
    assert low + found["high"] == n + 1
    misses = [2 * binom.cdf(rank - 1, n, 0.5) for rank in (low, low + 1)]
    assert misses[0] <= 0.05 < misses[1]


def test_the_medians_interval_is_the_published_one():
    # n = 10: second to ninth value; n = 25: eighth to eighteenth (Conover, Practical Nonparametric Statistics, A3).
    for n, low in ((10, 2), (25, 8)):
        assert median(np.arange(1, n + 1, dtype=float), 0.95)["low"] == low
    found = [median(np.arange(n, dtype=float) / n, 0.95) for n in (20, 80, 320)]
    widths = [one["high"] - one["low"] for one in found]
    assert all(later < earlier for earlier, later in pairwise(widths))
