"""Attention over several samples in one row, each of which attends only to itself.

A batch without padding is one row of tokens. Transformers passes the samples' boundaries to the attention function that
the model was loaded with; this one requires them, while TRL only warns when samples would attend to each other.
"""

from __future__ import annotations

from inspect import signature
from itertools import pairwise
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface

NAME = "separate_samples"
"""The ``attn_implementation`` with which a model is loaded for training."""

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
        The factor on the products of queries and keys.
    sliding_window
        How many tokens each token attends to, including itself; None for all before it.
    cu_seq_lens_q
        The start of each sample and the end of the last one; shape (samples + 1,), int32.
    max_length_q
        The length of the longest sample (tokens).

    Returns
    -------
    tuple
        The output, of shape (1, tokens, heads, head size), and None for the weights.

    Raises
    ------
    ValueError
        When the boundaries of the samples are missing, or the model's config asks for dropout in attention.
    """
    if cu_seq_lens_q is None or max_length_q is None or query.shape[0] != 1:
        raise ValueError("the boundaries of the samples are missing: without them they would attend to each other")
    if dropout and module.training:
        raise ValueError("dropout in attention is not supported; set attention_dropout to 0 in the model's config")
    window = sliding_window if sliding_window is not None and sliding_window < max_length_q else None
    if query.is_cuda and query.dtype in _HALF:
        return _on_gpu(query, key, value, scaling, window, cu_seq_lens_q, max_length_q), None
    outputs = []
    for start, end in pairwise(cu_seq_lens_q.tolist()):
        sample, mask = slice(start, end), None
        if window is not None:
            mask = torch.ones(end - start, end - start, dtype=torch.bool, device=query.device).tril().triu(1 - window)
        outputs.append(
            scaled_dot_product_attention(
                query[:, :, sample],
                key[:, :, sample],
                value[:, :, sample],
                attn_mask=mask,
                is_causal=mask is None,
                scale=scaling,
                enable_gqa=query.shape[1] != key.shape[1],
            )
        )
    return torch.cat(outputs, dim=2).transpose(1, 2), None


def _on_gpu(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    scaling: float,
    window: int | None,
    boundaries: torch.Tensor,
    longest: int,
) -> torch.Tensor:
    from torch.nn.attention.varlen import varlen_attn

    group = query.shape[1] // key.shape[1]
    shared = {}
    if group > 1 and "enable_gqa" in signature(varlen_attn).parameters:
        shared = {"enable_gqa": True}
    elif group > 1:
        # PyTorch before 2.12 does not document shared heads: each query gets its own copy.
        key, value = (tensor.repeat_interleave(group, dim=1) for tensor in (key, value))
    row = [tensor[0].transpose(0, 1) for tensor in (query, key, value)]
    output = varlen_attn(
        *row,
        boundaries,
        boundaries,
        longest,
        longest,
        scale=scaling,
        # (tokens before, tokens after); -1 is all.
        window_size=(-1 if window is None else window - 1, 0),
        **shared,
    )
    return output[None]


AttentionInterface.register(NAME, separate_samples)
# The boundaries suffice: no mask is needed.
AttentionMaskInterface.register(NAME, lambda **_: None)
