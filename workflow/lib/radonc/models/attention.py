"""Attention over several samples in one row, each of which sees itself alone.

A batch without padding is one row of tokens. Transformers hands the samples' borders to the attention function that the
model was loaded with; this one takes them, and refuses to work without: TRL only warns when the samples of such a row
would see each other.
"""

from __future__ import annotations

from inspect import signature
from itertools import pairwise
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface

NAME = "separate_samples"
"""To be given as ``attn_implementation`` when a model is loaded."""

_HALF = (torch.bfloat16, torch.float16)


def separate_samples(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    _attention_mask: Any = None,
    *,
    scaling: float,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    cu_seq_lens_q: torch.Tensor | None = None,
    max_length_q: int | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attend causally within each sample of a row.

    Parameters
    ----------
    query, key, value
        Shape (1, heads, tokens, head size); keys and values may have fewer heads, which groups of queries share.
    scaling
        What the products are multiplied by.
    sliding_window
        A token sees so many tokens, itself included; None for all before it.
    cu_seq_lens_q
        Where each sample starts, and the end of the last one; shape (samples + 1,), int32.
    max_length_q
        The longest sample (tokens).

    Returns
    -------
    tuple
        The output, of shape (1, tokens, heads, head size), and None for the weights.

    Raises
    ------
    ValueError
        When the borders of the samples are not given, or there is dropout: then samples would see each other, or the
        model would not be the one that was asked for.
    """
    if cu_seq_lens_q is None or max_length_q is None or query.shape[0] != 1:
        raise ValueError("the borders of the samples are missing: without them they would see each other")
    if dropout and module.training:
        raise ValueError("dropout in attention is not supported; set attention_dropout to 0 in the model's config")
    window = sliding_window if sliding_window is not None and sliding_window < max_length_q else None
    if query.is_cuda and query.dtype in _HALF:
        return _on_gpu(query, key, value, scaling, window, cu_seq_lens_q, max_length_q), None
    return _sample_by_sample(query, key, value, scaling, window, cu_seq_lens_q.tolist()), None


def _on_gpu(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    scaling: float,
    window: int | None,
    borders: torch.Tensor,
    longest: int,
) -> torch.Tensor:
    from torch.nn.attention.varlen import varlen_attn

    group = query.shape[1] // key.shape[1]
    shared = {}
    if group > 1 and "enable_gqa" in signature(varlen_attn).parameters:
        shared = {"enable_gqa": True}
    elif group > 1:
        # Before 2.12 PyTorch promises nothing of shared heads: each query gets a copy of its own.
        key, value = (tensor.repeat_interleave(group, dim=1) for tensor in (key, value))
    row = [tensor[0].transpose(0, 1) for tensor in (query, key, value)]
    output = varlen_attn(
        *row,
        borders,
        borders,
        longest,
        longest,
        scale=scaling,
        # Nothing after a token; before it everything, or so many.
        window_size=(-1 if window is None else window - 1, 0),
        **shared,
    )
    return output[None]


def _sample_by_sample(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    scaling: float,
    window: int | None,
    borders: list[int],
) -> torch.Tensor:
    shared = query.shape[1] != key.shape[1]
    outputs = []
    for start, end in pairwise(borders):
        place = slice(start, end)
        mask = None if window is None else _banded(end - start, window, query.device)
        outputs.append(
            scaled_dot_product_attention(
                query[:, :, place],
                key[:, :, place],
                value[:, :, place],
                attn_mask=mask,
                is_causal=mask is None,
                scale=scaling,
                enable_gqa=shared,
            )
        )
    return torch.cat(outputs, dim=2).transpose(1, 2)


def _banded(length: int, window: int, device: torch.device) -> torch.Tensor:
    causal = torch.ones(length, length, dtype=torch.bool, device=device).tril()
    return causal.triu(1 - window)


AttentionInterface.register(NAME, separate_samples)
# The borders say it all: no mask is made.
AttentionMaskInterface.register(NAME, lambda **_: None)
