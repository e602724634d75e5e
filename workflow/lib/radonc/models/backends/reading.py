"""Read a batch of prompts once, and go on from there as often as there are ways to answer."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

from radonc.models.finite import is_finite
from radonc.models.tries import Trie


@dataclass
class Reading:
    """Prompts that a model has read.

    Attributes
    ----------
    model
        The model that read them.
    cache
        Keys and values of all columns. Never changed: who goes on takes a copy.
    mask
        (prompts, columns), false where a column is padding.
    logits
        (prompts, vocabulary), float32: what comes next.
    """

    model: Any
    cache: DynamicCache
    mask: torch.Tensor
    logits: torch.Tensor

    def generate(self, max_new_tokens: int, end: int, allowed: Trie | None = None) -> list[list[int]]:
        """Go on greedily until the end of sequence, row by row; a row that has ended costs nothing any more.

        Parameters
        ----------
        max_new_tokens
            After so many tokens an answer is cut.
        end
            The end of sequence.
        allowed
            The only answers that there are. Their sequences end with ``end``.

        Returns
        -------
        list
            Of each row the new tokens, with ``end`` at the end of those that ended.
        """
        answers: list[list[int]] = [[] for _ in self.logits]
        rows, places = list(range(len(answers))), [allowed] * len(answers)
        cache, mask, logits = deepcopy(self.cache), self.mask, self.logits
        for _ in range(max_new_tokens):
            tokens = _pick(logits, places)
            for row, token in zip(rows, tokens, strict=True):
                answers[row].append(token)
            going = [i for i, token in enumerate(tokens) if token != end]
            if not going or len(answers[rows[going[0]]]) == max_new_tokens:
                break
            if len(going) < len(rows):
                # On the CPU, whence it indexes tensors of every device: a cache's layers may be on several.
                kept = torch.tensor(going)
                cache.batch_select_indices(kept)
                mask = mask[kept]
            rows = [rows[i] for i in going]
            places = [place[tokens[i]] if (place := places[i]) is not None else None for i in going]
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
            next_tokens = torch.tensor([[tokens[i]] for i in going], device=mask.device)
            logits = _forward(self.model, next_tokens, mask, cache)
        return answers


class Reader:
    """Reads prompts; what all of them begin with is read once.

    Parameters
    ----------
    shared
        The text with which every prompt begins; may be empty.
    """

    def __init__(self, model: Any, tokenizer: Any, shared: str) -> None:
        self.model = model
        self.tokenizer = tokenizer
        # The last token of the shared text may be another one where more text follows.
        self.beginning: list[int] = tokenizer(shared)["input_ids"][:-1] if shared else []
        self._cache: DynamicCache | None = None

    def read(self, prompts: Sequence[str]) -> Reading:
        """Read a batch, padded on the left: between what is shared and the rest of a prompt."""
        whole = [self.tokenizer(prompt)["input_ids"] for prompt in prompts]
        n_shared = len(self.beginning)
        if any(tokens[:n_shared] != self.beginning for tokens in whole):
            n_shared = 0
        width = max(len(tokens) for tokens in whole)
        tokens = torch.full((len(whole), width), self.tokenizer.pad_token_id)
        mask = torch.zeros((len(whole), width), dtype=torch.bool)
        for i, row in enumerate(whole):
            tokens[i, width - len(row) + n_shared :] = torch.tensor(row[n_shared:])
            mask[i, width - len(row) + n_shared :] = True
        mask[:, :n_shared] = True
        tokens, mask = tokens.to(self.model.device), mask.to(self.model.device)
        cache = self._of_beginning(len(whole)) if n_shared else DynamicCache()
        logits = _forward(self.model, tokens[:, n_shared:], mask, cache)
        return Reading(self.model, cache, mask, logits)

    def _of_beginning(self, n_rows: int) -> DynamicCache:
        if self._cache is None:
            self._cache = DynamicCache()
            tokens = torch.tensor([self.beginning], device=self.model.device)
            _forward(self.model, tokens, torch.ones_like(tokens, dtype=torch.bool), self._cache)
        cache = deepcopy(self._cache)
        cache.batch_repeat_interleave(n_rows)
        return cache


def _forward(model: Any, tokens: torch.Tensor, mask: torch.Tensor, cache: DynamicCache) -> torch.Tensor:
    """Feed tokens behind what the cache holds, and return the logits behind the last one (rows, vocabulary).

    Raises
    ------
    FloatingPointError
        When a logit is not finite: the most probable token would be any.
    """
    positions = positions_of(mask)[:, -tokens.shape[1] :]
    output = model(
        input_ids=tokens,
        attention_mask=mask,
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    logits: torch.Tensor = output.logits[:, -1].float()
    if not is_finite(logits):
        raise FloatingPointError("the model's logits are not finite")
    return logits


def positions_of(mask: torch.Tensor) -> torch.Tensor:
    """Return the position of every column in its own prompt, padding left out."""
    return (mask.long().cumsum(dim=1) - 1).clamp(min=0)


def _pick(logits: torch.Tensor, places: Sequence[Trie | None]) -> list[int]:
    """Return the most probable token of every row, among those that its place in the trie allows."""
    if all(place is None for place in places):
        # All at once: a GPU is waited for at each number that is fetched.
        most_probable: list[int] = logits.argmax(dim=1).tolist()
        return most_probable
    picked = []
    for row, place in zip(logits.cpu(), places, strict=True):
        following = sorted(place or {})
        picked.append(following[int(row[following].argmax())])
    return picked
