import pytest

from radonc.runtime.errors import StudyError
from radonc.runtime.settings.recipe import Recipe

GB = 10**9
RECIPE = Recipe(learning_rate=1e-4, max_length=512, per_device_train_batch_size=32, gradient_accumulation_steps=2)


@pytest.fixture(scope="module", autouse=True)
def imports() -> None:
    global callbacks, torch
    import torch

    from radonc.models import callbacks


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
    text = callbacks.memory_advice(RECIPE, fixed=fixed * GB, peak=peak * GB, total=total * GB)
    assert f"per_device_train_batch_size: {batch} and gradient_accumulation_steps: {steps}," in text
    assert batch * steps == 32 * 2
    assert "gradient_checkpointing: true" in text


def test_several_gpus_share_what_it_says() -> None:
    """The batch of a recipe is that of all GPUs: what is said must still go over them."""
    shared = RECIPE.model_copy(update={"n_gpus": 4, "n_nodes": 2})
    text = callbacks.memory_advice(shared, fixed=14 * GB, peak=79 * GB, total=80 * GB)
    assert "4 pairs per step on each of 8 GPUs" in text
    assert "per_device_train_batch_size: 16 and gradient_accumulation_steps: 4," in text
    least = callbacks.memory_advice(shared, fixed=14 * GB, peak=2000 * GB, total=80 * GB)
    assert "per_device_train_batch_size: 8 and gradient_accumulation_steps: 8," in least


def test_of_one_pair_there_is_nothing_to_halve() -> None:
    text = callbacks.memory_advice(
        RECIPE.model_copy(update={"per_device_train_batch_size": 1}), fixed=GB, peak=2 * GB, total=GB
    )
    assert "is too small for 1 pair per step; set gradient_checkpointing: true or load_in_4bit: true or n_gpus" in text
    both = RECIPE.model_copy(
        update={"per_device_train_batch_size": 1, "gradient_checkpointing": True, "load_in_4bit": True}
    )
    alone = callbacks.memory_advice(both, fixed=GB, peak=2 * GB, total=GB)
    # One pair cannot be shared by two.
    assert alone.endswith("set n_gpus: 2 with per_device_train_batch_size: 2 and gradient_accumulation_steps: 1")
    spread = both.model_copy(update={"per_device_train_batch_size": 4, "gradient_accumulation_steps": 1, "n_gpus": 4})
    text = callbacks.memory_advice(spread, fixed=GB, peak=2 * GB, total=GB)
    assert text.endswith("1 pair per step on each of 4 GPUs; set n_gpus: 8 with per_device_train_batch_size: 8")


def test_a_model_that_does_not_fit_itself_is_not_helped_by_a_smaller_batch() -> None:
    text = callbacks.memory_advice(RECIPE, fixed=None, peak=79 * GB, total=80 * GB)
    assert text.endswith("(80 GB) is too small for the model; set load_in_4bit: true or n_gpus: 2")


def test_pytorchs_error_becomes_one_that_helps() -> None:
    advice = callbacks.MemoryAdvice(RECIPE)
    advice.on_train_begin()
    with pytest.raises(StudyError, match="gradient_accumulation_steps"), advice.on_error():
        raise torch.OutOfMemoryError("CUDA out of memory")


def test_it_helps_while_the_model_is_loaded(tmp_path, train, recipe, monkeypatch) -> None:
    from radonc.models import finetune

    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(finetune, "load_model", full)
    with pytest.raises(StudyError, match="is too small for the model; set load_in_4bit: true or n_gpus: 2"):
        finetune.finetune("x", train, train, recipe, seed=1, checkpoints=tmp_path, adapter=tmp_path, label="x")


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ZeroDivisionError), callbacks.MemoryAdvice(RECIPE).on_error():
        raise ZeroDivisionError


def test_the_operations_are_those_that_pytorch_counts(train) -> None:
    """PyTorch's counter sees the very products; ours leaves out what is small, and what the first layers need not."""
    from peft import LoraConfig, get_peft_model
    from torch.utils.flop_counter import FlopCounterMode

    from radonc.models import demo_model

    model = demo_model.initial_model("llama", demo_model.train_tokenizer(train["prompt"].to_list()))
    model = get_peft_model(model, LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM"))
    length = 64
    tokens = torch.zeros(1, length, dtype=torch.long)
    with FlopCounterMode(display=False) as counter:
        loss = model(input_ids=tokens, labels=tokens).loss
        loss.backward()
    counted = counter.get_total_flops() / length
    assert callbacks.flop_per_token(model, length, learnt=1.0) == pytest.approx(counted, rel=0.1)


def test_the_peak_is_the_rate_of_a_real_product() -> None:
    assert 1e9 < callbacks.peak_flops(torch.float32) < 1e13


def test_memory_is_measured_and_energy_only_where_a_device_has_a_counter() -> None:
    assert 50 < callbacks.peak_memory_mb() < 100_000
    if not torch.cuda.is_available():
        assert callbacks.energy() is None
