import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from radonc.evaluation.acceptability import LEVEL, WANTED_POWER, cases_needed, p_above, power, test
from radonc.evaluation.ratings import by_case
from radonc.runtime.settings.statistics import Acceptability

test.__test__ = False
CLAIM = Acceptability(null_rate=0.6, expected_rate=0.7)


def exact_power(n, claim):
    """The probability, at the expected rate, of all counts that the exact test accepts the claim for."""
    accepted = [k for k in range(n + 1) if binomtest(k, n, claim.null_rate, alternative="greater").pvalue <= LEVEL]
    return sum(pmf(k, n, claim) for k in accepted)


def pmf(k, n, claim):
    upto = binomtest(k, n, claim.expected_rate, alternative="less").pvalue
    return upto - (binomtest(k - 1, n, claim.expected_rate, alternative="less").pvalue if k else 0)


@pytest.mark.parametrize("n", [1, 5, 6, 30, 50, 157])
def test_power_by_counting(n):
    assert power(n, CLAIM) == pytest.approx(exact_power(n, CLAIM), abs=1e-9)


@given(st.floats(0.05, 0.9), st.floats(0.05, 0.09))
@settings(max_examples=20)
def test_from_the_number_of_cases_needed_on_the_power_suffices(above, more):
    claim = Acceptability(null_rate=above, expected_rate=above + more)
    needed = cases_needed(claim)
    assert needed == 1 or power(needed - 1, claim) < WANTED_POWER
    # Far beyond what was looked through as well.
    assert all(power(n, claim) >= WANTED_POWER for n in range(needed, 4 * needed + 200, 7))


def test_the_claim_of_the_paper():
    found = test({"m": np.array([True] * 70 + [False] * 30)}, CLAIM, 1)
    (of_m,) = found["tests"]
    assert of_m["p"] == pytest.approx(binomtest(70, 100, 0.6, alternative="greater").pvalue)
    assert of_m["p_holm"] == of_m["p"]
    assert (of_m["at_least"] > 0.6) == (of_m["p"] < LEVEL)
    assert found["cases_needed"] == 157
    json.dumps(found, allow_nan=False)


def test_power_is_that_of_the_first_step_of_holms_method():
    found = test({"m": np.array([True] * 50)}, CLAIM, 2)
    # By counting at 0.025, as the first of two models is tested.
    assert found["tests"][0]["power"] == pytest.approx(0.2229, abs=5e-5)
    assert (found["cases_needed"], cases_needed(CLAIM)) == (195, 157)


def test_the_models_are_a_family():
    outcomes = {"b": np.array([True] * 72 + [False] * 28), "a": np.array([True] * 80 + [False] * 20)}
    first, second = test(outcomes, CLAIM, 2)["tests"]
    assert (first["model"], second["model"]) == ("a", "b")
    assert first["p_holm"] == pytest.approx(2 * first["p"])
    assert second["p_holm"] == pytest.approx(max(second["p"], first["p_holm"]))


def test_nothing_rated_tests_nothing():
    assert test({}, CLAIM, 1)["tests"] == []
    assert p_above(0, 3, 0.6) == 1


def test_a_case_is_acceptable_if_more_than_half_of_its_ratings_say_so():
    rated = pd.DataFrame(
        [("a", True), ("a", False), ("b", True), ("c", True), ("c", True), ("c", False), ("d", False), ("d", False)],
        columns=["case_id", "acceptable"],
    )
    assert by_case(rated).tolist() == [False, True, True, False]
