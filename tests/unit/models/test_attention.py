"""Samples in one row see themselves alone: losses and gradients are those of padded batches, whatever stands beside."""

from itertools import pairwise

import pytest

LENGTHS = [7, 1, 30, 12]


@pytest.fixture(scope="module", autouse=True)
def imports() -> None:
    global attention, demo_model, scaled_dot_product_attention, torch, use_threads
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    from radonc.models import attention, demo_model
    from radonc.models.loading import use_threads


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
    with pytest.raises(ValueError, match="would attend to each other"):
        attention.separate_samples(torch.nn.Module(), query, key, value, None, scaling=1.0)


def test_dropout_is_refused_and_not_forgotten(rows) -> None:
    with pytest.raises(ValueError, match="attention_dropout"):
        attend(rows, dropout=0.1)


@pytest.mark.parametrize("architecture", ["llama", "mistral"])
def test_a_model_gives_the_logits_of_padded_batches(architecture, train) -> None:
    tokenizer = demo_model.train_tokenizer(train["prompt"].to_list())
    model = demo_model.initial_model(architecture, tokenizer).double().eval()
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


def of_a_gpu(query, key, value, cu_seq_q, cu_seq_k, max_q, max_k, *, scale, window_size, enable_gqa):
    """Do what PyTorch's kernel does, by its documentation: rows (tokens, heads, size), heads shared only on request."""
    assert max_q == max_k == max(LENGTHS)
    assert cu_seq_q is cu_seq_k
    assert enable_gqa == (query.shape[1] != key.shape[1])
    outputs = []
    for start, end in pairwise(cu_seq_q.tolist()):
        places = torch.arange(end - start)
        behind = places[:, None] - places
        seen = behind >= -window_size[1]
        if window_size[0] >= 0:
            seen &= behind <= window_size[0]
        sample = [tensor[start:end].transpose(0, 1)[None] for tensor in (query, key, value)]
        outputs.append(scaled_dot_product_attention(*sample, attn_mask=seen, scale=scale, enable_gqa=enable_gqa)[0])
    return torch.cat(outputs, dim=1).transpose(0, 1)


@pytest.mark.parametrize("window", [None, 5])
@pytest.mark.parametrize("shared", [True, False])
def test_the_kernel_of_a_gpu_is_asked_for_the_same(rows, monkeypatch, shared, window) -> None:
    monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", of_a_gpu)
    query, key, value, borders = rows
    if not shared:
        key, value = (tensor.detach().repeat_interleave(2, dim=1).requires_grad_() for tensor in (key, value))
    expected = attend((query, key, value, borders), sliding_window=window)
    gradients = torch.autograd.grad(expected.square().sum(), (query, key, value))
    output = attention._on_gpu(query, key, value, 0.3, window, borders, max(LENGTHS))
    torch.testing.assert_close(output, expected)
    for ours, theirs in zip(torch.autograd.grad(output.square().sum(), (query, key, value)), gradients, strict=True):
        torch.testing.assert_close(ours, theirs)
