"""Samples in one row see themselves alone: losses and gradients are those of padded batches, whatever stands beside."""

from itertools import pairwise

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from radonc.models import attention, demo
from radonc.models.loading import use_threads

LENGTHS = [7, 1, 30, 12]


@pytest.fixture
def rows():
    use_threads(1)
    torch.manual_seed(0)
    n = sum(LENGTHS)
    query = torch.randn(1, 4, n, 8, dtype=torch.float64, requires_grad=True)
    key, value = (torch.randn(1, 2, n, 8, dtype=torch.float64, requires_grad=True) for _ in range(2))
    borders = torch.tensor([0, *torch.tensor(LENGTHS).cumsum(0)], dtype=torch.int32)
    return query, key, value, borders


def attend(rows, **more):
    query, key, value, borders = rows
    module = torch.nn.Module()
    return attention.separate_samples(
        module, query, key, value, None, scaling=0.3, cu_seq_lens_q=borders, max_length_q=max(LENGTHS), **more
    )[0]


@pytest.mark.parametrize("window", [None, 5, 1000])
def test_each_sample_is_attended_to_as_if_it_were_alone(rows, window) -> None:
    query, key, value, borders = rows
    together = attend(rows, sliding_window=window)
    for start, end in pairwise(borders.tolist()):
        places = torch.arange(end - start)
        seen = places[:, None] >= places
        if window is not None:
            seen &= places[:, None] - places < window
        repeated = [tensor[:, :, start:end].repeat_interleave(2, dim=1) for tensor in (key, value)]
        alone = scaled_dot_product_attention(query[:, :, start:end], *repeated, attn_mask=seen, scale=0.3)
        torch.testing.assert_close(together[0, start:end], alone[0].transpose(0, 1))


def test_no_gradient_reaches_another_sample(rows) -> None:
    query, key, value, borders = rows
    start, end = borders.tolist()[2:4]
    attend(rows)[0, start:end].sum().backward()
    for tensor in (query, key, value):
        inside = torch.zeros(tensor.shape[2], dtype=torch.bool)
        inside[start:end] = True
        assert (tensor.grad[:, :, ~inside] == 0).all()
        assert (tensor.grad[:, :, inside] != 0).any()


def test_without_borders_it_refuses_to_work(rows) -> None:
    query, key, value, _ = rows
    with pytest.raises(ValueError, match="would see each other"):
        attention.separate_samples(torch.nn.Module(), query, key, value, None, scaling=1.0)


def test_dropout_is_refused_and_not_forgotten(rows) -> None:
    with pytest.raises(ValueError, match="attention_dropout"):
        attend(rows, dropout=0.1)


@pytest.mark.parametrize("architecture", ["llama", "mistral"])
def test_a_model_gives_the_logits_of_padded_batches(architecture, train) -> None:
    tokenizer = demo.train_tokenizer(train["prompt"].to_list())
    model = demo.initial_model(architecture, tokenizer).double().eval()
    samples = [tokenizer(text)["input_ids"] for text in train["prompt"][:5]]
    width = max(map(len, samples))
    padded = torch.tensor([sample + [tokenizer.pad_token_id] * (width - len(sample)) for sample in samples])
    mask = torch.tensor([[1] * len(sample) + [0] * (width - len(sample)) for sample in samples])
    with torch.no_grad():
        expected = model(input_ids=padded, attention_mask=mask).logits
        model.set_attn_implementation(attention.NAME)
        borders = torch.tensor([0, *torch.tensor([len(sample) for sample in samples]).cumsum(0)], dtype=torch.int32)
        row = model(
            input_ids=torch.tensor([[token for sample in samples for token in sample]]),
            position_ids=torch.tensor([[place for sample in samples for place in range(len(sample))]]),
            cu_seq_lens_q=borders,
            max_length_q=width,
        ).logits[0]
    for number, (start, end) in enumerate(pairwise(borders.tolist())):
        torch.testing.assert_close(row[start:end], expected[number, : end - start])
