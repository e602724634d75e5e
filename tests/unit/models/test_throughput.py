import pytest
import torch
from peft import LoraConfig, get_peft_model

from radonc.models import demo_model, throughput
from radonc.models.loading import use_threads


@pytest.fixture
def model(train):
    model = demo_model.initial_model("llama", demo_model.train_tokenizer(train["prompt"].to_list()))
    return get_peft_model(model, LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM"))


def test_the_operations_are_those_that_pytorch_counts(model) -> None:
    """PyTorch's counter sees the very products; ours leaves out what is small, and what the first layers need not."""
    from torch.utils.flop_counter import FlopCounterMode

    length = 64
    tokens = torch.zeros(1, length, dtype=torch.long)
    with FlopCounterMode(display=False) as counter:
        loss = model(input_ids=tokens, labels=tokens).loss
        loss.backward()
    counted = counter.get_total_flops() / length
    assert throughput.flop_per_token(model, length, learnt=1.0) == pytest.approx(counted, rel=0.1)


def test_the_peak_is_the_rate_of_a_real_product() -> None:
    use_threads(1)
    assert 1e9 < throughput.peak_flops(torch.float32) < 1e13


def test_memory_is_measured_and_energy_only_where_a_device_has_a_counter() -> None:
    assert 50 < throughput.peak_memory_mb() < 100_000
    if not torch.cuda.is_available():
        assert throughput.energy_counter() is None
