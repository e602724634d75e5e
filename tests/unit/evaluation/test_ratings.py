import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_tables import REVIEWERS, filled_in, sheets_of
from scipy.stats import binomtest

from radonc.evaluation.ratings import (
    LEVEL,
    WANTED_POWER,
    by_case,
    cases_needed,
    claim_tests,
    p_above,
    power,
    read_ratings,
    summarise_ratings,
)
from radonc.evaluation.review import write_sheet
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.statistics import Acceptability
from radonc.statistics.proportions import wilson

SHEETS, KEY = sheets_of(6)
FIRST = SHEETS["reviewer-1"]
CLAIM = Acceptability(null_rate=0.6, expected_rate=0.7)


def read_back(folder, sheet, name="reviewer-1"):
    write_sheet(sheet, folder / f"{name}.csv")
    return read_ratings(folder, KEY, REVIEWERS)


def summary_of(ratings, key=KEY):
    summary = summarise_ratings(ratings, key, REVIEWERS, CLAIM, confidence=0.95)
    json.dumps(summary, allow_nan=False)
    return summary


def ratings_of(*rows):
    return pd.DataFrame(rows, columns=["reviewer", "item", "rating"])


def test_ratings_come_back_as_they_were_given(tmp_path):
    expected = []
    for seed, (reviewer, sheet) in enumerate(SHEETS.items()):
        done = filled_in(sheet, 7 + seed, seed)
        write_sheet(done, tmp_path / f"{reviewer}.csv")
        rated = done[done["rating"] != ""]
        expected += [(reviewer, item, int(rating)) for item, rating in zip(rated["item"], rated["rating"], strict=True)]
    ratings = read_ratings(tmp_path, KEY, REVIEWERS)
    assert list(ratings.itertuples(index=False, name=None)) == sorted(expected)
    assert summary_of(ratings)["outstanding"] == {"reviewer-1": 30 - 7, "reviewer-2": 30 - 8}


def test_without_ratings_everything_is_outstanding(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        assert summary_of(read_ratings(folder, KEY, REVIEWERS)) == {
            "items": 30,
            "rated": 0,
            "outstanding": {"reviewer-1": 30, "reviewer-2": 30},
            "arms": [],
            "agreement": [],
            "claim": {
                "above": 0.6,
                "expected": 0.7,
                "level": 0.05,
                "cases_needed": 195,
                "tests": [],
                "is_final": False,
            },
        }


def test_an_untouched_sheet_is_no_rating(tmp_path):
    assert read_back(tmp_path, FIRST).empty


@pytest.mark.parametrize("separator", [";", "\t"])
def test_what_spreadsheet_programs_save_is_read(tmp_path, separator):
    done = filled_in(FIRST, 5, 0).assign(rating=lambda sheet: sheet["rating"].map(lambda rating: f" {rating} "))
    path = tmp_path / "reviewer-1.csv"
    done.to_csv(path, sep=separator, index=False, lineterminator="\r\n")
    path.write_bytes(path.read_bytes() + separator.encode() * (len(done.columns) - 1) + b"\r\n\r\n")
    assert len(read_ratings(tmp_path, KEY, REVIEWERS)) == 5


@pytest.mark.parametrize("rating", ["0", "6", "4.5", "-1", "good", "٣", "4 5"])
def test_a_rating_off_the_scale_is_refused(tmp_path, rating):
    sheet = FIRST.assign(rating=["3", rating, *[""] * (len(FIRST) - 2)])
    with pytest.raises(StudyError, match=r"reviewer-1\.csv, row 3: column 'rating' allows 1 to 5") as caught:
        read_back(tmp_path, sheet)
    assert "good" not in str(caught.value)


@pytest.mark.parametrize(
    ("column", "message"),
    [("item", "row 2: column 'item' names none"), ("regimen", "row 2: column 'regimen' is not the")],
)
def test_a_row_that_is_not_the_sheets_is_refused_without_being_quoted(tmp_path, column, message):
    done = filled_in(FIRST, 5, 0)
    done.loc[0, column] = "Smith"
    with pytest.raises(StudyError, match=message) as caught:
        read_back(tmp_path, done)
    assert "Smith" not in str(caught.value)


def test_an_item_rated_twice_is_refused(tmp_path):
    done = filled_in(FIRST, 5, 0)
    with pytest.raises(StudyError, match="row 7: this item is rated twice"):
        read_back(tmp_path, pd.concat([done.head(5), done.head(1)]))


def test_rows_may_be_left_out_and_reordered(tmp_path):
    done = filled_in(FIRST, 5, 0).iloc[[4, 1]].drop(columns=["history", "comment"])
    assert len(read_back(tmp_path, done)) == 2


def test_a_file_of_nobody_is_refused(tmp_path):
    with pytest.raises(
        StudyError, match=r"reviewer-9\.csv.*allowed are reviewer-1\.csv, reviewer-2\.csv \(review\.rev"
    ):
        read_back(tmp_path, FIRST, name="reviewer-9")


@pytest.mark.parametrize("name", ["reviewer-1.xlsx", "reviewer-2.CSV", "reviewer-1 (1).csv"])
def test_a_sheet_under_a_wrong_name_is_not_overlooked(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(StudyError, match="not the name of a filled-in sheet"):
        read_ratings(tmp_path, KEY, REVIEWERS)


def test_what_is_nobodys_sheet_may_lie_beside(tmp_path):
    for name in ("README.md", "~$reviewer-1.csv", ".gitkeep"):
        (tmp_path / name).touch()
    assert read_ratings(tmp_path, KEY, REVIEWERS).empty


def test_blank_rows_are_counted_as_rows(tmp_path):
    item, text = KEY.loc[0, ["item", "regimen"]]
    (tmp_path / "reviewer-1.csv").write_text(f"item,regimen,rating\n\n{item},{text},9\n", encoding="utf-8")
    with pytest.raises(StudyError, match="row 3: column 'rating'"):
        read_ratings(tmp_path, KEY, REVIEWERS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "there is nothing in it"),
        ("item,regimen,rating\nr1,Gro\xdf,3\n".encode("latin-1"), "save it as UTF-8"),
        (b'item,regimen,rating\nr1,"open,3\n', "the quotes around a cell"),
        (b"item,text\nr1,3\n", r"column\(s\) regimen, rating missing"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused(tmp_path, content, message):
    (tmp_path / "reviewer-1.csv").write_bytes(content)
    with pytest.raises(StudyError, match=message) as caught:
        read_ratings(tmp_path, KEY, REVIEWERS)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_shares_and_means_by_hand():
    key = pd.DataFrame(
        [
            ("r1", "8 Gy", "c1", "m", "base"),
            ("r1", "8 Gy", "c1", "m", "tuned"),
            ("r2", "9 Gy", "c2", "m", "base"),
            ("r3", "7 Gy", "c2", "m", "tuned"),
            ("r4", "6 Gy", "c2", "-", "treated"),
        ],
        columns=["item", "regimen", "case_id", "model", "arm"],
    )
    ratings = ratings_of(
        ("reviewer-1", "r1", 4), ("reviewer-2", "r1", 3), ("reviewer-1", "r2", 1), ("reviewer-2", "r3", 5)
    )
    summary = summary_of(ratings, key)
    assert (summary["items"], summary["rated"]) == (4, 4)
    assert summary["outstanding"] == {"reviewer-1": 2, "reviewer-2": 2}
    low, high = wilson(0.5, 2, 0.95)
    base = {"n_cases": 2, "n_ratings": 3, "acceptable": 0.25, "low": low, "high": high, "mean": (3.5 + 1) / 2}
    tuned_low, tuned_high = wilson(1.5, 2, 0.95)
    tuned = {"n_cases": 2, "n_ratings": 3, "acceptable": 0.75, "low": tuned_low, "high": tuned_high, "mean": 4.25}
    assert summary["arms"] == [{"model": "m", "arm": "base", **base}, {"model": "m", "arm": "tuned", **tuned}]
    assert summary["agreement"] == [{"reviewers": REVIEWERS, "n": 1, "raw": 0.0, "kappa": 0.0, "ac1": -1.0}]


def test_a_second_opinion_narrows_no_interval():
    items = KEY.loc[KEY["arm"] == "treated", "item"]
    one = ratings_of(*[("reviewer-1", item, 5) for item in items])
    two = pd.concat([one, one.assign(reviewer="reviewer-2")])
    (alone,), (together,) = (summary_of(ratings)["arms"] for ratings in (one, two))
    assert (alone["low"], alone["high"], alone["acceptable"]) == (together["low"], together["high"], 1.0)
    assert (alone["n_ratings"], together["n_ratings"]) == (6, 12)


def exact_power(n, claim):
    """The probability, at the expected rate, of all counts that the exact claim_tests accepts the claim for."""
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
    found = claim_tests({"m": np.array([True] * 70 + [False] * 30)}, CLAIM, 1)
    (of_m,) = found["tests"]
    assert of_m["p"] == pytest.approx(binomtest(70, 100, 0.6, alternative="greater").pvalue)
    assert of_m["p_holm"] == of_m["p"]
    assert (of_m["at_least"] > 0.6) == (of_m["p"] < LEVEL)
    assert found["cases_needed"] == 157
    json.dumps(found, allow_nan=False)


def test_power_is_that_of_the_first_step_of_holms_method():
    found = claim_tests({"m": np.array([True] * 50)}, CLAIM, 2)
    # By counting at 0.025, as the first of two models is tested.
    assert found["tests"][0]["power"] == pytest.approx(0.2229, abs=5e-5)
    assert (found["cases_needed"], cases_needed(CLAIM)) == (195, 157)


def test_the_models_are_a_family():
    outcomes = {"b": np.array([True] * 72 + [False] * 28), "a": np.array([True] * 80 + [False] * 20)}
    first, second = claim_tests(outcomes, CLAIM, 2)["tests"]
    assert (first["model"], second["model"]) == ("a", "b")
    assert first["p_holm"] == pytest.approx(2 * first["p"])
    assert second["p_holm"] == pytest.approx(max(second["p"], first["p_holm"]))


def test_nothing_rated_tests_nothing():
    assert claim_tests({}, CLAIM, 1)["tests"] == []
    assert p_above(0, 3, 0.6) == 1


def test_a_case_is_acceptable_if_more_than_half_of_its_ratings_say_so():
    rated = pd.DataFrame(
        [("a", True), ("a", False), ("b", True), ("c", True), ("c", True), ("c", False), ("d", False), ("d", False)],
        columns=["case_id", "acceptable"],
    )
    assert by_case(rated).tolist() == [False, True, True, False]
