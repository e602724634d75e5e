import pytest
import report_inputs

from radonc.report import training
from radonc.report.small_cells import SUPPRESSED

CURVE = report_inputs.curve(1)
KEY = ("demo-llama", "icd10", "seed1")


def loss_at(step):
    return CURVE.set_index("step")["validation_loss"].loc[step]


@pytest.mark.parametrize(("best_step", "step"), [(150, 150), (None, 350), (7, 350)])
def test_the_validation_loss_is_that_of_the_adapter_s_step(best_step, step):
    assert training.row(KEY, CURVE, {"best_step": best_step})["validation_loss"] == loss_at(step)


def test_what_a_manifest_does_not_state_is_missing_or_read_off_the_curve():
    row = training.row(KEY, CURVE, {})
    assert (row["mfu"], row["energy_wh"], row["seconds"], row["device"]) == (None, None, None, None)
    assert (row["n_steps"], row["n_tokens"]) == (395, 395 * 3120)


def test_a_run_without_validation_has_no_validation_loss():
    row = training.row(KEY, CURVE.assign(validation_loss=float("nan")), {"best_step": 150})
    assert row["validation_loss"] is None


def test_adapters_stand_by_task_then_model_then_run_as_given():
    given = [("b", "icd10", "seed10"), ("a", "icd10", "seed10"), ("a", "icd10", "seed2"), ("a", "regimen", "seed2")]
    assert training.ordered(dict.fromkeys(given)) == [given[3], given[1], given[2], given[0]]


def test_sizes_that_reveal_few_test_cases_are_hidden():
    manifest = {"n_train": 85, "n_validation": 11, "n_steps": 9}
    assert training.publish(manifest, 20, 11) == manifest
    assert training.publish(manifest, 4, 11) == {"n_train": 85, "n_validation": SUPPRESSED, "n_steps": 9}
