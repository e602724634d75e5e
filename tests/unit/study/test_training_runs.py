import pandas as pd
import pytest

from radonc.runtime.errors import StudyError
from radonc.study.training_runs import TrainingRun, planned, take


def test_the_first_seed_on_the_whole_set_is_the_primary_run() -> None:
    assert planned([7, 1], [1.0]) == ["seed7", "seed1"]
    assert planned([7, 1], [0.5, 1.0, 0.125]) == ["seed7", "seed1", "seed7-share12.5", "seed7-share50"]


@pytest.mark.parametrize("run", [TrainingRun(1), TrainingRun(42, 0.25), TrainingRun(0, 0.125)])
def test_a_run_is_known_by_its_name(run: TrainingRun) -> None:
    assert TrainingRun.named(run.name) == run


def test_a_name_holds_seed_and_share() -> None:
    assert TrainingRun.named("seed12-share12.5") == TrainingRun(12, 0.125)


@pytest.mark.parametrize(
    "name", ["", "-", "1", "seed", "seed1-share", "seed1-share25 ", "seed1-share1.", "Seed1", "seed1/x"]
)
def test_no_other_name_is_a_run(name: str) -> None:
    with pytest.raises(StudyError, match="no run has such a name"):
        TrainingRun.named(name)


@pytest.fixture
def train() -> pd.DataFrame:
    return pd.DataFrame({"case_id": [f"C{number:05}" for number in range(2000)], "prompt": "p"})


def test_shares_are_nested_and_hold_about_what_they_say(train: pd.DataFrame) -> None:
    quarter, half = take(train, 0.25), take(train, 0.5)
    assert set(quarter["case_id"]) < set(half["case_id"])
    assert 0.22 < len(quarter) / len(train) < 0.28
    assert take(train, 1.0) is train


def test_a_case_that_leaves_moves_no_other(train: pd.DataFrame) -> None:
    before = set(take(train, 0.25)["case_id"])
    after = set(take(train[1:], 0.25)["case_id"])
    assert before - after <= {"C00000"}


def test_a_share_of_nothing_is_an_error(train: pd.DataFrame) -> None:
    with pytest.raises(StudyError, match=r"train\.train_sizes: 1e-12 of 2000 training pairs are none"):
        take(train, 1e-12)
