"""Before anything is timed: is what is timed right? Raises where it is not."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch.nn.functional import scaled_dot_product_attention

from radonc.models import attention

LENGTHS = (199, 1, 330, 64, 17)
TOLERANCE = 2e-2
"""Of bfloat16, which has three digits."""


def check(device: str, dtype: torch.dtype) -> list[str]:
    """Compare rows without padding with single samples, forward and backward, with and without a window.

    Returns
    -------
    list of str
        What was found, a line each.

    Raises
    ------
    AssertionError
        When they differ, or a sample sees another.
    """
    found = []
    for heads, shared, window in ((8, 8, None), (8, 2, None), (8, 2, 50)):
        torch.manual_seed(0)
        total = sum(LENGTHS)
        tensors = [
            torch.randn(1, n, total, 64, device=device, dtype=dtype, requires_grad=True)
            for n in (heads, shared, shared)
        ]
        borders = torch.tensor([0, *torch.tensor(LENGTHS).cumsum(0)], dtype=torch.int32, device=device)
        output, _ = attention.separate_samples(
            torch.nn.Module(), *tensors, None, scaling=0.125, sliding_window=window,
            cu_seq_lens_q=borders, max_length_q=max(LENGTHS),
        )  # fmt: skip
        start, end = borders.tolist()[2:4]
        output[0, start:end].float().sum().backward()
        for tensor in tensors:
            outside = torch.cat([tensor.grad[:, :, :start], tensor.grad[:, :, end:]], dim=2)
            assert not outside.any(), "a sample's gradient reached another sample"
        worst = 0.0
        for first, last in pairwise(borders.tolist()):
            alone = _alone([tensor[:, :, first:last].detach().float() for tensor in tensors], heads // shared, window)
            worst = max(worst, float((output[0, first:last].detach().float() - alone).abs().max()))
        assert worst < TOLERANCE, f"rows without padding differ from single samples by {worst:.3g}"
        found.append(f"{heads} heads on {shared}, window {window}: largest difference {worst:.1e}, no gradient leaks")
    return found


def _alone(sample: list[torch.Tensor], repeats: int, window: int | None) -> torch.Tensor:
    query, key, value = sample
    places = torch.arange(query.shape[2], device=query.device)
    seen = places[:, None] >= places
    if window is not None:
        seen &= places[:, None] - places < window
    key, value = (tensor.repeat_interleave(repeats, dim=1) for tensor in (key, value))
    return scaled_dot_product_attention(query, key, value, attn_mask=seen, scale=0.125)[0].transpose(0, 1)
