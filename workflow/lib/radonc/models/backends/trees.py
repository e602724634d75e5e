"""Score all labels behind every prompt in one pass: a tree of tokens that see their own ancestors only."""

from __future__ import annotations

from copy import deepcopy

import torch

from radonc.models.backends.reading import Reading, positions_of
from radonc.models.tries import Tree

LOGITS_BYTES = 512 * 2**20
"""The most memory that the logits of one pass may take: they have a number for every token of the vocabulary."""


def log_probabilities(read: Reading, tree: Tree) -> list[tuple[float, ...]]:
    """Return the log-probability of every sequence of the tree behind every prompt.

    The prompt's keys and values are there already, and what labels have in common is fed once: 110 codes behind a
    prompt of 100 tokens cost about 250 tokens instead of 110 x 106.

    Returns
    -------
    list
        Of each prompt one number (nats) per sequence, in the order of ``tree.paths``.
    """
    n_at_once = max(1, LOGITS_BYTES // (4 * (len(tree.tokens) + 1) * read.logits.shape[1]))
    scores: list[tuple[float, ...]] = []
    # Row numbers are on the CPU, whence they index tensors of every device: a cache's layers may be on several.
    for rows in torch.arange(len(read.logits)).split(n_at_once):
        scores += _score(read, rows, tree)
    return scores


def _score(read: Reading, rows: torch.Tensor, tree: Tree) -> list[tuple[float, ...]]:
    mask, logits = read.mask[rows], read.logits[rows, None]
    if tree.tokens:
        cache = deepcopy(read.cache)
        cache.batch_select_indices(rows)
        n_rows, device = len(rows), mask.device
        depths = torch.tensor(tree.depths, device=device)
        prompts = mask[:, None, None, :].expand(-1, 1, len(tree.tokens), -1)
        output = read.model(
            input_ids=torch.tensor([tree.tokens], device=device).expand(n_rows, -1),
            attention_mask=torch.cat([prompts, _ancestors(tree).to(device).expand(n_rows, 1, -1, -1)], dim=3),
            position_ids=positions_of(mask)[:, -1:] + 1 + depths,
            past_key_values=cache,
            use_cache=True,
        )
        logits = torch.cat([logits, output.logits.float()], dim=1)
    places = torch.tensor([place + 1 for place, _ in tree.edges], device=logits.device)
    tokens = torch.tensor([token for _, token in tree.edges], device=logits.device)
    norm = logits.logsumexp(dim=2)
    steps = (logits[:, places, tokens] - norm[:, places]).double().cpu()
    return list(zip(*(steps[:, path].sum(dim=1).tolist() for path in tree.paths), strict=True))


def _ancestors(tree: Tree) -> torch.Tensor:
    """Return (tokens, tokens): true where the second stands on the way to the first, or is it."""
    seen = torch.eye(len(tree.tokens), dtype=torch.bool)
    for place, parent in enumerate(tree.parents):
        if parent >= 0:
            seen[place] |= seen[parent]
    return seen
