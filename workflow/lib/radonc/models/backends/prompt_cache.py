"""Read a batch of prompts once; then generate from its keys and values, and score labels, as often as needed."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

from radonc.models.finite import is_finite
from radonc.models.token_trie import TokenTree, Trie

LOGITS_BYTES = 512 * 2**20
"""The most memory that the logits of one scoring pass may take."""


@dataclass
class PromptCache:
    """A batch of prompts that a model has read.

    Attributes
    ----------
    model
        The model that read them.
    cache
        Keys and values of all columns. Never changed: each continuation takes a copy.
    mask
        Shape (prompts, columns), false where a column is padding.
    logits
        Shape (prompts, vocabulary), float32: those of the next token.
    """

    model: Any
    cache: DynamicCache
    mask: torch.Tensor
    logits: torch.Tensor

    def generate(self, max_new_tokens: int, end: int, allowed: Trie | None = None) -> list[list[int]]:
        """Generate greedily; a row that has reached the end of sequence leaves the batch.

        Parameters
        ----------
        max_new_tokens
            The length at which an answer is cut.
        end
            The end of sequence.
        allowed
            The only possible answers, each with ``end`` at its end; None for no constraint.

        Returns
        -------
        list
            The new tokens of each row, including ``end`` where it was reached.
        """
        answers: list[list[int]] = [[] for _ in self.logits]
        rows, nodes = list(range(len(answers))), [allowed] * len(answers)
        cache, mask, logits = deepcopy(self.cache), self.mask, self.logits
        for _ in range(max_new_tokens):
            tokens = _most_probable(logits, nodes)
            for row, token in zip(rows, tokens, strict=True):
                answers[row].append(token)
            going = [i for i, token in enumerate(tokens) if token != end]
            if not going or len(answers[rows[going[0]]]) == max_new_tokens:
                break
            if len(going) < len(rows):
                # An index on the CPU serves tensors of every device: a cache's layers may be on several.
                kept = torch.tensor(going)
                cache.batch_select_indices(kept)
                mask = mask[kept]
            rows = [rows[i] for i in going]
            nodes = [node[tokens[i]] if (node := nodes[i]) is not None else None for i in going]
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
            next_tokens = torch.tensor([[tokens[i]] for i in going], device=mask.device)
            logits = _forward(self.model, next_tokens, mask, cache)
        return answers

    def score(self, tree: TokenTree) -> list[tuple[float, ...]]:
        """Return per prompt the log-probability (nats) of every sequence, in the order of ``tree.paths``.

        Shared prefixes are fed once, and each token attends to its ancestors alone (tree attention): 110 codes after a
        prompt of 100 tokens cost about 250 tokens instead of 110 x 106.
        """
        n_at_once = max(1, LOGITS_BYTES // (4 * (len(tree.tokens) + 1) * self.logits.shape[1]))
        scores: list[tuple[float, ...]] = []
        # Indices on the CPU, as above.
        for rows in torch.arange(len(self.logits)).split(n_at_once):
            scores += self._score(rows, tree)
        return scores

    def _score(self, rows: torch.Tensor, tree: TokenTree) -> list[tuple[float, ...]]:
        mask, logits = self.mask[rows], self.logits[rows, None]
        if tree.tokens:
            cache = deepcopy(self.cache)
            cache.batch_select_indices(rows)
            n_rows, device = len(rows), mask.device
            ancestors = torch.eye(len(tree.tokens), dtype=torch.bool)
            for node, parent in enumerate(tree.parents):
                if parent >= 0:
                    ancestors[node] |= ancestors[parent]
            prompts = mask[:, None, None, :].expand(-1, 1, len(tree.tokens), -1)
            output = self.model(
                input_ids=torch.tensor([tree.tokens], device=device).expand(n_rows, -1),
                attention_mask=torch.cat([prompts, ancestors.to(device).expand(n_rows, 1, -1, -1)], dim=3),
                position_ids=_positions(mask)[:, -1:] + 1 + torch.tensor(tree.depths, device=device),
                past_key_values=cache,
                use_cache=True,
            )
            logits = torch.cat([logits, output.logits.float()], dim=1)
        nodes = torch.tensor([node + 1 for node, _ in tree.edges], device=logits.device)
        tokens = torch.tensor([token for _, token in tree.edges], device=logits.device)
        norm = logits.logsumexp(dim=2)
        edges = (logits[:, nodes, tokens] - norm[:, nodes]).double().cpu()
        return list(zip(*(edges[:, path].sum(dim=1).tolist() for path in tree.paths), strict=True))


class PromptReader:
    """Reads batches of prompts, and the prefix that all of them share only once.

    Parameters
    ----------
    shared
        The text with which every prompt begins; may be empty.
    """

    def __init__(self, model: Any, tokenizer: Any, shared: str) -> None:
        self.model = model
        self.tokenizer = tokenizer
        # The last token of the shared text may be another one where more text follows.
        self.prefix: list[int] = tokenizer(shared)["input_ids"][:-1] if shared else []
        self._prefix_cache: DynamicCache | None = None

    def read(self, prompts: Sequence[str]) -> PromptCache:
        """Read a batch, padded on the left of each prompt, after the shared prefix."""
        rows = [self.tokenizer(prompt)["input_ids"] for prompt in prompts]
        n_shared = len(self.prefix)
        if any(tokens[:n_shared] != self.prefix for tokens in rows):
            n_shared = 0
        width = max(len(tokens) for tokens in rows)
        tokens = torch.full((len(rows), width), self.tokenizer.pad_token_id)
        mask = torch.zeros((len(rows), width), dtype=torch.bool)
        for i, row in enumerate(rows):
            tokens[i, width - len(row) + n_shared :] = torch.tensor(row[n_shared:])
            mask[i, width - len(row) + n_shared :] = True
        mask[:, :n_shared] = True
        tokens, mask = tokens.to(self.model.device), mask.to(self.model.device)
        cache = self._cache_of_prefix(len(rows)) if n_shared else DynamicCache()
        return PromptCache(self.model, cache, mask, _forward(self.model, tokens[:, n_shared:], mask, cache))

    def _cache_of_prefix(self, n_rows: int) -> DynamicCache:
        if self._prefix_cache is None:
            self._prefix_cache = DynamicCache()
            tokens = torch.tensor([self.prefix], device=self.model.device)
            _forward(self.model, tokens, torch.ones_like(tokens, dtype=torch.bool), self._prefix_cache)
        cache = deepcopy(self._prefix_cache)
        cache.batch_repeat_interleave(n_rows)
        return cache


def _forward(model: Any, tokens: torch.Tensor, mask: torch.Tensor, cache: DynamicCache) -> torch.Tensor:
    """Feed tokens that follow what the cache holds, and return the last one's logits (rows, vocabulary).

    Raises
    ------
    FloatingPointError
        When a logit is not finite: any token could then be the most probable one.
    """
    output = model(
        input_ids=tokens,
        attention_mask=mask,
        position_ids=_positions(mask)[:, -tokens.shape[1] :],
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    logits: torch.Tensor = output.logits[:, -1].float()
    if not is_finite(logits):
        raise FloatingPointError("the model's logits are not finite")
    return logits


def _positions(mask: torch.Tensor) -> torch.Tensor:
    """Return the position of every column in its own prompt, without padding."""
    return (mask.long().cumsum(dim=1) - 1).clamp(min=0)


def _most_probable(logits: torch.Tensor, nodes: Sequence[Trie | None]) -> list[int]:
    """Return the most probable token of every row, among those that its node of the trie allows."""
    if all(node is None for node in nodes):
        # All rows at once: the CPU waits for the GPU at each number that is fetched.
        most_probable: list[int] = logits.argmax(dim=1).tolist()
        return most_probable
    tokens = []
    for row, node in zip(logits.cpu(), nodes, strict=True):
        following = sorted(node or {})
        tokens.append(following[int(row[following].argmax())])
    return tokens
