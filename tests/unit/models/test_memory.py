import pytest
import torch

from radonc.models import finetune, memory
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.recipe import Recipe

GB = 10**9
RECIPE = Recipe(learning_rate=1e-4, max_length=512, per_device_train_batch_size=32, gradient_accumulation_steps=2)


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


def test_several_gpus_share_what_it_says() -> None:
    """The batch of a recipe is that of all GPUs: what is said must still go over them."""
    shared = RECIPE.model_copy(update={"n_gpus": 4, "n_nodes": 2})
    text = memory.advice(shared, fixed=14 * GB, peak=79 * GB, total=80 * GB)
    assert "4 pairs per step on each of 8 GPUs" in text
    assert "per_device_train_batch_size: 16 and gradient_accumulation_steps: 4," in text
    least = memory.advice(shared, fixed=14 * GB, peak=2000 * GB, total=80 * GB)
    assert "per_device_train_batch_size: 8 and gradient_accumulation_steps: 8," in least


def test_of_one_pair_there_is_nothing_to_halve() -> None:
    text = memory.advice(RECIPE.model_copy(update={"per_device_train_batch_size": 1}), fixed=GB, peak=2 * GB, total=GB)
    assert "is too small for 1 pair per step; set gradient_checkpointing: true or load_in_4bit: true or n_gpus" in text
    both = RECIPE.model_copy(
        update={"per_device_train_batch_size": 1, "gradient_checkpointing": True, "load_in_4bit": True}
    )
    alone = memory.advice(both, fixed=GB, peak=2 * GB, total=GB)
    # One pair cannot be shared by two.
    assert alone.endswith("set n_gpus: 2 with per_device_train_batch_size: 2 and gradient_accumulation_steps: 1")
    spread = both.model_copy(update={"per_device_train_batch_size": 4, "gradient_accumulation_steps": 1, "n_gpus": 4})
    text = memory.advice(spread, fixed=GB, peak=2 * GB, total=GB)
    assert text.endswith("1 pair per step on each of 4 GPUs; set n_gpus: 8 with per_device_train_batch_size: 8")


def test_a_model_that_does_not_fit_itself_is_not_helped_by_a_smaller_batch() -> None:
    text = memory.advice(RECIPE, fixed=None, peak=79 * GB, total=80 * GB)
    assert text.endswith("(80 GB) is too small for the model; set load_in_4bit: true or n_gpus: 2")


def test_pytorchs_error_becomes_one_that_helps() -> None:
    advice = memory.MemoryAdvice(RECIPE)
    advice.on_train_begin()
    with pytest.raises(StudyError, match="gradient_accumulation_steps"), advice.on_error():
        raise torch.OutOfMemoryError("CUDA out of memory")


def test_it_helps_while_the_model_is_loaded(tmp_path, train, recipe, monkeypatch) -> None:
    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(finetune, "load_model", full)
    with pytest.raises(StudyError, match="is too small for the model; set load_in_4bit: true or n_gpus: 2"):
        finetune.finetune("x", train, train, recipe, seed=1, checkpoints=tmp_path, adapter=tmp_path, label="x")


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ZeroDivisionError), memory.MemoryAdvice(RECIPE).on_error():
        raise ZeroDivisionError
