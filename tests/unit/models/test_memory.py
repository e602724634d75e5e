import pytest
import torch

from radonc.models import memory
from radonc.run.errors import StudyError

GB = 10**9
RECIPE = {
    "per_device_train_batch_size": 32,
    "gradient_accumulation_steps": 2,
    "gradient_checkpointing": False,
    "load_in_4bit": False,
}


@pytest.mark.parametrize(
    ("fixed", "peak", "total", "batch", "steps"),
    [
        (14, 79, 80, 16, 4),  # at least halved
        (14, 178, 80, 8, 8),  # 58 GB of room, 5.1 GB a pair: 11 fit, 8 divide 32
        (14, 2000, 80, 1, 64),
        (75, 79, 80, 1, 64),  # hardly any room: one pair
    ],
)
def test_it_says_which_setting_to_lower_and_by_how_much(fixed, peak, total, batch, steps) -> None:
    text = memory.advice(RECIPE, fixed=fixed * GB, peak=peak * GB, total=total * GB)
    assert f"per_device_train_batch_size: {batch} and gradient_accumulation_steps: {steps}," in text
    assert batch * steps == 32 * 2
    assert "gradient_checkpointing: true" in text


def test_of_one_pair_there_is_nothing_to_halve() -> None:
    text = memory.advice({**RECIPE, "per_device_train_batch_size": 1}, fixed=GB, peak=2 * GB, total=GB)
    assert "set gradient_checkpointing: true or load_in_4bit: true or n_gpus: 2" in text
    both = {**RECIPE, "per_device_train_batch_size": 1, "gradient_checkpointing": True, "load_in_4bit": True}
    assert memory.advice(both, fixed=GB, peak=2 * GB, total=GB).endswith("set n_gpus: 2")


def test_pytorchs_error_becomes_one_that_helps() -> None:
    with pytest.raises(StudyError, match="gradient_accumulation_steps"), memory.advised(RECIPE):
        raise torch.OutOfMemoryError("CUDA out of memory")


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ZeroDivisionError), memory.advised(RECIPE):
        raise ZeroDivisionError
