"""Attention over several samples in one row, each of which attends only to itself.

A batch without padding is one row of tokens, and transformers passes the samples' boundaries to the attention function.
This one requires them, while TRL only warns when samples would attend to each other.
"""

from itertools import pairwise
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface

NAME = "separate_samples"
"""The ``attn_implementation`` with which a model is loaded for training."""


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
    """Attend causally within each sample of a row; transformers gives the signature.

    Queries, keys and values have the shape (1, heads, tokens, head size); groups of queries may share keys and values,
    which then have fewer heads. ``cu_seq_lens_q`` has the start of each sample and the end of the last one. With a
    sliding window each token attends to so many tokens, including itself. The output has the shape (1, tokens, heads,
    head size); there are no weights to return.
    """
    if cu_seq_lens_q is None or max_length_q is None or query.shape[0] != 1:
        raise ValueError("the boundaries of the samples are missing: without them they would attend to each other")
    if dropout and module.training:
        raise ValueError("dropout in attention is not supported; set attention_dropout to 0 in the model's config")
    window = sliding_window if sliding_window is not None and sliding_window < max_length_q else None
    if query.is_cuda and query.dtype in (torch.bfloat16, torch.float16):
        return _on_gpu(query, key, value, scaling, window, cu_seq_lens_q, max_length_q), None
    options = {"scale": scaling, "enable_gqa": query.shape[1] != key.shape[1]}
    outputs = []
    for start, end in pairwise(cu_seq_lens_q.tolist()):
        q, k, v = (tensor[:, :, start:end] for tensor in (query, key, value))
        mask = None
        if window is not None:
            mask = torch.ones(end - start, end - start, dtype=torch.bool, device=query.device).tril().triu(1 - window)
        outputs.append(scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None, **options))
    return torch.cat(outputs, dim=2).transpose(1, 2), None


def _on_gpu(
    query: Any, key: Any, value: Any, scaling: float, window: int | None, boundaries: Any, longest: int
) -> torch.Tensor:
    from torch.nn.attention.varlen import varlen_attn

    row = [tensor[0].transpose(0, 1) for tensor in (query, key, value)]
    # (tokens before, tokens after); -1 is all.
    window_size = (-1 if window is None else window - 1, 0)
    grouped = query.shape[1] != key.shape[1]
    limits = (boundaries, boundaries, longest, longest)
    return varlen_attn(*row, *limits, scale=scaling, window_size=window_size, enable_gqa=grouped)[None]


AttentionInterface.register(NAME, separate_samples)
# The boundaries suffice: no mask is needed.
AttentionMaskInterface.register(NAME, lambda **_: None)
