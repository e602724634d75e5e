import pandas as pd
import pytest
from evidence_tables import scores_of, shuffled

from radonc.evidence.arms import by_arm
from radonc.run.errors import StudyError

BASE = scores_of(["photon", None, "proton"], ["photon"] * 3)
TUNED = BASE.assign(arm="tuned")


def test_row_i_is_the_same_case_in_every_arm():
    parts = by_arm(shuffled(pd.concat([TUNED, BASE]), 3))
    assert list(parts) == [("modality", "m", "base"), ("modality", "m", "tuned")]
    for rows in parts.values():
        assert rows["case_id"].tolist() == BASE["case_id"].tolist()


def test_a_missing_case_is_refused_even_where_the_counts_agree():
    other = TUNED.assign(case_id=["c0000", "c0001", "c0009"])
    with pytest.raises(StudyError, match=r"arm 'base': 1 of 4 cases are missing and 0 stand twice"):
        by_arm(pd.concat([BASE, other]))


def test_a_case_twice_is_refused():
    with pytest.raises(StudyError, match=r"arm 'tuned': 0 of 3 cases are missing and 1 stand twice"):
        by_arm(pd.concat([BASE, TUNED, TUNED.tail(1)]))


def test_tasks_may_have_cases_of_their_own():
    assert len(by_arm(pd.concat([BASE, BASE.head(1).assign(task="icd10")]))) == 2
