"""Our figures against R's: ``oracle.json`` is what ``benchmarks/statistics/oracle.R`` wrote, numbers in and out."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from radonc.evaluation.ratings import p_above, power
from radonc.runtime.settings.statistics import Acceptability
from radonc.statistics import paired_tests
from radonc.statistics.agreement import ac1, kappa
from radonc.statistics.paired_differences import (
    Correction,
    corrected_levels,
    correction,
    hodges_lehmann,
    paired,
    unique_counts,
)
from radonc.statistics.paired_tests import mcnemar, rank_biserial, signed_rank
from radonc.statistics.proportions import at_least, exact, wilson

ORACLE = json.loads(Path(__file__).with_name("oracle.json").read_text(encoding="utf-8"))
TOLERANCE = 1e-9


def same(value):
    return pytest.approx(value, rel=TOLERANCE, abs=TOLERANCE)


def sample_of(case):
    x = np.array(case["x"])
    return paired(x, np.zeros(len(x)))


SAMPLES = [pytest.param(case, id=f"{number}-n{len(case['x'])}") for number, case in enumerate(ORACLE["differences"])]


def test_the_table_is_as_large_as_it_was_made():
    names = ("differences", "bootstraps", "discordant", "rates", "powers")
    assert [len(ORACLE[name]) for name in names] == [44, 5, 11, 11, 6]
    kinds = [set(np.abs(case["x"])) for case in ORACLE["differences"]]
    assert sum(len(sizes) < len(case["x"]) for sizes, case in zip(kinds, ORACLE["differences"], strict=True)) > 20


@pytest.mark.parametrize("case", SAMPLES)
def test_the_exact_signed_rank_test_is_that_of_r(case):
    theirs, x = case["signed_rank"], sample_of(case)
    ours = signed_rank(x)
    assert ours.method == "exact"
    assert ours.statistic == same(theirs["statistic"])
    assert ours.p_greater == same(theirs["exact_greater"])
    assert ours.p_two_sided == same(theirs["exact_two_sided"])
    assert ours.p_greater == same(theirs.get("r_exact_greater", theirs["exact_greater"]))
    assert signed_rank(x, "pratt").p_greater == same(theirs["pratt_exact_greater"])
    assert rank_biserial(x) == same(theirs["rank_biserial"])


@pytest.mark.parametrize("case", SAMPLES)
def test_the_normal_approximation_is_that_of_r(case, monkeypatch):
    theirs, x = case["signed_rank"], sample_of(case)
    # As if there were too many differences to go through all signs; those of one size never are.
    monkeypatch.setattr(paired_tests, "LONGEST_EXACT", 0)
    ours, pratt = signed_rank(x), signed_rank(x, "pratt")
    if len(set(np.abs(x)) - {0}) == 1:
        assert {ours.method, pratt.method} == {"exact"}
        return
    assert {ours.method, pratt.method} == {"normal"}
    assert ours.p_greater == same(theirs["normal_greater"])
    assert ours.p_two_sided == same(theirs["normal_two_sided"])
    assert pratt.p_greater == same(theirs["pratt_normal_greater"])


@pytest.mark.parametrize("case", SAMPLES)
def test_the_hodges_lehmann_estimate_and_interval_are_those_of_r(case):
    differences = unique_counts(sample_of(case))
    for name, confidence in (("p95", 0.95), ("p90", 0.9)):
        assert hodges_lehmann(differences, confidence) == same(tuple(case["hodges_lehmann"][name]))
    if "wilcox_interval" in case:
        assert hodges_lehmann(differences, 0.95) == same(tuple(case["wilcox_interval"]))


@pytest.mark.parametrize("case", ORACLE["bootstraps"])
def test_bca_corrects_rs_resamples_as_r_does(case):
    differences, means = unique_counts(np.array(case["x"])), np.array(case["means"])
    found = correction(differences, means)
    assert found == same((case["bias"], case["acceleration"]))
    # R interpolates between resamples on another scale than we do: with its scale, our levels give its ends.
    ends = [between_resamples(np.sort(means), level) for level in corrected_levels(found, case["confidence"])]
    assert ends == same(case["ends"])
    influence = np.array(case["jackknife"])
    assert found.acceleration == same((influence**3).sum() / (6 * (influence**2).sum() ** 1.5))


def between_resamples(ordered, level):
    """Davison and Hinkley (1997), Bootstrap Methods and their Application, formula 5.8."""
    n = len(ordered)
    k = int((n + 1) * level)
    z, below, above = norm.ppf([level, k / (n + 1), (k + 1) / (n + 1)])
    return ordered[k - 1] + (z - below) / (above - below) * (ordered[k] - ordered[k - 1])


@pytest.mark.parametrize("case", ORACLE["discordant"])
def test_mcnemar_is_the_binomial_test(case):
    ours = mcnemar(case["better"], case["worse"])
    assert ours.p_greater == same(case["greater"])
    assert ours.p_two_sided == same(case["two_sided"])
    assert ours.mid_p_greater == same(case["mid_greater"])


@pytest.mark.parametrize("case", ORACLE["rates"])
def test_rates_and_their_intervals(case):
    count, n = case["count"], case["n"]
    assert wilson(count, n, 0.95) == same(tuple(case["wilson95"]))
    assert wilson(count, n, 0.99) == same(tuple(case["wilson99"]))
    assert exact(count, n, 0.95) == same(tuple(case["clopper_pearson95"]))
    assert at_least(count, n, 0.95) == same(case["at_least95"])
    assert p_above(count, n, 0.6) == same(case["above60"])


@pytest.mark.parametrize("case", ORACLE["powers"])
def test_the_power_of_the_exact_test(case):
    assert power(case["n"], Acceptability(null_rate=case["above"], expected_rate=case["expected"])) == same(
        case["power"]
    )


@pytest.mark.parametrize("case", ORACLE["families"])
def test_holm(case):
    assert multipletests(case["p"], method="holm")[1].tolist() == same(case["holm"])


@pytest.mark.parametrize("case", ORACLE["raters"])
def test_agreement(case):
    first, second = np.array(case["first"], dtype=bool), np.array(case["second"], dtype=bool)
    assert kappa(first, second) == same(case["kappa"])
    assert ac1(first, second) == same(case["ac1"])


def test_the_levels_of_bca_rise_with_the_confidence():
    corrected = Correction(0.1, 0.05)
    ends = [corrected_levels(corrected, confidence) for confidence in (0.8, 0.9, 0.95, 0.99)]
    assert all(low > lower and high < higher for (low, high), (lower, higher) in pairwise(ends))
    assert corrected_levels(Correction(0.0, 0.0), 0.9) == same((0.05, 0.95))
    assert corrected_levels(Correction(0.2, 0.0), 0.9)[0] == same(norm.cdf(0.4 - norm.ppf(0.95)))
