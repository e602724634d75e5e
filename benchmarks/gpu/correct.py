"""Before anything is timed: is what is timed right? Raises where it is not."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention

from radonc.models import attention

LENGTHS = (199, 1, 330, 64, 17)
HEADS = ((8, 8, None), (8, 2, None), (8, 2, 50))
"""Heads of queries, heads of keys and values, sliding window."""
SIZE = 128
"""Of a head, as in models of 7 billion parameters."""
TOLERANCE = {torch.bfloat16: 2e-2, torch.float32: 1e-4}
"""The largest difference, as a share of the largest number; bfloat16 has three digits."""


def check(device: str, dtype: torch.dtype) -> list[str]:
    """Compare rows without padding with single samples in float32, forward and backward.

    Returns
    -------
    list of str
        What was found, a line each.

    Raises
    ------
    AssertionError
        When outputs or gradients differ, or a sample sees another.
    """
    found = []
    for heads, shared, window in HEADS:
        torch.manual_seed(0)
        total = sum(LENGTHS)
        tensors = [
            torch.randn(1, n, total, SIZE, device=device, dtype=dtype, requires_grad=True)
            for n in (heads, shared, shared)
        ]
        borders = torch.tensor([0, *torch.tensor(LENGTHS).cumsum(0)], dtype=torch.int32, device=device)
        output, _ = attention.separate_samples(
            torch.nn.Module(), *tensors, None, scaling=SIZE**-0.5, sliding_window=window,
            cu_seq_lens_q=borders, max_length_q=max(LENGTHS),
        )  # fmt: skip
        _require_no_leak(output, tensors, *borders.tolist()[2:4])
        forward, backward = _differences(output, tensors, borders.tolist(), window)
        worst = max(forward, backward)
        assert worst < TOLERANCE[dtype], f"rows without padding differ from single samples by {worst:.3g}"
        found.append(
            f"{heads} heads on {shared}, window {window}: outputs differ by {forward:.1e} of the largest, gradients by "
            f"{backward:.1e}, no gradient leaks"
        )
    return found


def _require_no_leak(output: torch.Tensor, tensors: list[torch.Tensor], start: int, end: int) -> None:
    loss = output[0, start:end].float().sum()
    for gradient in torch.autograd.grad(loss, tensors, retain_graph=True):
        outside = torch.cat([gradient[:, :, :start], gradient[:, :, end:]], dim=2)
        assert not outside.any(), "a sample's gradient reached another sample"


def _differences(
    output: torch.Tensor, tensors: list[torch.Tensor], borders: list[int], window: int | None
) -> tuple[float, float]:
    """Return by how much outputs and gradients differ from each sample's alone, as shares of the largest number."""
    # Another weight for each number, so that no two gradients are the same by chance.
    weights = torch.randn_like(output)
    together = [output, *torch.autograd.grad(output, tensors, weights)]
    alone: list[list[torch.Tensor]] = [[], [], [], []]
    for start, end in pairwise(borders):
        sample = [tensor[:, :, start:end].detach().float().requires_grad_() for tensor in tensors]
        expected = _alone(sample, window)
        gradients = torch.autograd.grad(expected, sample, weights[:, start:end].float())
        for parts, part in zip(alone, (expected, *gradients), strict=True):
            parts.append(part)
    # An output has its tokens in front of the heads, a gradient behind them.
    whole = [torch.cat(alone[0], dim=1), *(torch.cat(parts, dim=2) for parts in alone[1:])]
    forward, *backward = (_share(*pair) for pair in zip(together, whole, strict=True))
    return forward, max(backward)


def _share(found: Any, expected: Any) -> float:
    found, expected = found.detach().float(), expected.detach()
    return float((found - expected).abs().max() / expected.abs().max())


def _alone(sample: list[torch.Tensor], window: int | None) -> torch.Tensor:
    query, key, value = sample
    places = torch.arange(query.shape[2], device=query.device)
    seen = places[:, None] >= places
    if window is not None:
        seen &= places[:, None] - places < window
    key, value = (tensor.repeat_interleave(query.shape[1] // tensor.shape[1], dim=1) for tensor in (key, value))
    return scaled_dot_product_attention(query, key, value, attn_mask=seen, scale=SIZE**-0.5).transpose(1, 2)
