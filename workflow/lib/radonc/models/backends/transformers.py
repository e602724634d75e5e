"""The back end ``transformers``: batches of prompts that are read once for all answer modes, or continuous batching."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isfinite
from typing import Any

import torch
from transformers import ContinuousBatchingConfig, DynamicCache, GenerationConfig

from radonc.models.backends import MAX_CODE_TOKENS, Trie, build_trie, completion_tokens, decode_answer
from radonc.models.loading import is_finite
from radonc.models.predict import Answer, Questions, batched
from radonc.runtime.logs import Progress

LOGITS_BYTES = 512 * 2**20
"""The most memory that the logits of one scoring pass may take."""


class Transformers:
    """A model of the library transformers, with or without an adapter.

    On one GPU, free texts (tasks without labels) go through transformers' continuous batching: their lengths differ,
    and a batch would wait for its longest. Labels take few tokens, and a batch reads their prompts once for all modes.
    """

    libraries: Sequence[str] = ("torch", "transformers", "peft", "tokenizers")

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        # The trie of 74,000 codes takes seconds: once per job.
        self._tree = lru_cache(maxsize=4)(lambda labels: TokenTree.of(completion_tokens(tokenizer, labels)))
        self._trie = lru_cache(maxsize=1)(lambda codes: build_trie(completion_tokens(tokenizer, codes)))

    def answer(self, questions: Questions, batch_size: int) -> list[Answer]:
        """Answer all prompts in the given order."""
        is_free = not questions.labels and not questions.codes
        # The scheduler of continuous batching keeps its cache on one device.
        on_one_gpu = torch.cuda.is_available() and len(set(getattr(self.model, "hf_device_map", {}).values())) < 2
        if on_one_gpu and batch_size > 1 and is_free:
            return self.answer_continuously(questions)
        reader = PromptReader(self.model, self.tokenizer, questions.shared)
        labels = self._tree(tuple(questions.labels)) if questions.labels else None
        codes = self._trie(tuple(questions.codes)) if questions.codes else None
        bar = Progress(questions.bar, len(questions.prompts))
        answers: list[Answer] = []
        with torch.inference_mode():
            for prompts in batched(questions.prompts, batch_size):
                read = reader.read(prompts)
                texts = self._generate(read, questions.max_new_tokens)
                log_p = read.score(labels) if labels else [()] * len(texts)
                constrained: list[str | None] = [None] * len(texts)
                if codes:
                    constrained = [answer.text for answer in self._generate(read, MAX_CODE_TOKENS, codes)]
                rows = zip(texts, log_p, constrained, strict=True)
                answers += [replace(answer, log_p=scores, code=code) for answer, scores, code in rows]
                bar.step(len(prompts))
        return answers

    def _generate(self, read: PromptCache, max_new_tokens: int, codes: Trie | None = None) -> list[Answer]:
        generated = read.generate(max_new_tokens, self.tokenizer.eos_token_id, codes)
        return [decode_answer(self.tokenizer, tokens) for tokens in generated]

    def answer_continuously(self, questions: Questions) -> list[Answer]:
        """Answer freely by transformers' own scheduler: a prompt that is answered makes room for the next one.

        Raise RuntimeError when the scheduler lost a prompt: it only logs failures, and returns the rest.
        """
        # Purely greedy: a model's own defaults (a temperature, a repetition penalty) are not used.
        end, pad, limit = self.tokenizer.eos_token_id, self.tokenizer.pad_token_id, questions.max_new_tokens
        settings = GenerationConfig(do_sample=False, max_new_tokens=limit, eos_token_id=end, pad_token_id=pad)
        prompts = [self.tokenizer(prompt)["input_ids"] for prompt in questions.prompts]
        # PEFT's layers are inside the base model; the wrapper around it has no scheduler.
        base = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        options = {"continuous_batching_config": ContinuousBatchingConfig(return_logprobs=True), "progress_bar": False}
        outputs = list(base.generate_batch(prompts, generation_config=settings, **options).values())
        failed = [output.error for output in outputs if output.error]
        if len(outputs) < len(prompts) or failed:
            raise RuntimeError(
                f"continuous batching answered {len(outputs) - len(failed)} of {len(prompts)} prompts: {failed[:1]}"
            )
        # A single logit that is not finite makes the log-probabilities of all tokens so.
        if not all(isfinite(log_p) for output in outputs for log_p in output.logprobs):
            raise FloatingPointError("the model's logits are not finite")
        Progress(questions.bar, len(prompts)).step(len(prompts))
        return [decode_answer(self.tokenizer, output.generated_tokens) for output in outputs]


@dataclass(frozen=True)
class TokenTree:
    """A trie of labels, flattened: what to feed to a model, in one pass, to score all of them."""

    tokens: list[int]  # the inner nodes: each is fed once, whatever the number of sequences that share it
    parents: list[int]  # per node the index of its parent, -1 for the first of a sequence
    depths: list[int]  # per node the number of its ancestors
    # Where a prediction is needed (a node's index, or -1: directly after the prompt), and for which token.
    edges: list[tuple[int, int]]
    paths: list[list[int]]  # per sequence the indices of its edges

    @classmethod
    def of(cls, sequences: Sequence[Sequence[int]]) -> TokenTree:
        """Build the tree of sequences, none of which is a prefix of another: each ends with the end of sequence."""
        tokens: list[int] = []
        parents: list[int] = []
        depths: list[int] = []
        nodes: dict[tuple[int, int], int] = {}
        edges: dict[tuple[int, int], int] = {}
        paths = []
        for sequence in sequences:
            node = -1
            path: list[int] = []
            for depth, token in enumerate(sequence):
                edge = (node, token)
                path.append(edges.setdefault(edge, len(edges)))
                if depth + 1 == len(sequence):
                    break
                if edge not in nodes:
                    nodes[edge] = len(tokens)
                    tokens.append(token)
                    parents.append(node)
                    depths.append(depth)
                node = nodes[edge]
            paths.append(path)
        return cls(tokens, parents, depths, list(edges), paths)


@dataclass
class PromptCache:
    """A batch of prompts that a model has read, to generate from and to score labels after as often as needed."""

    model: Any
    cache: DynamicCache  # keys and values of all columns; never changed: each continuation takes a copy
    mask: torch.Tensor  # shape (prompts, columns), false where a column is padding
    logits: torch.Tensor  # of the next token; shape (prompts, vocabulary), float32

    def generate(self, max_new_tokens: int, end: int, allowed: Trie | None = None) -> list[list[int]]:
        """Generate greedily; a row that has reached the end of sequence (``end``) leaves the batch.

        Return the new tokens of each row, including ``end`` where it was reached. With ``allowed``, the trie of the
        only possible answers, each of which has ``end`` at its end, they are one of those.
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
        # Indices on the CPU, as above.
        parts = torch.arange(len(self.logits)).split(n_at_once)
        return [scores for rows in parts for scores in self._score(rows, tree)]

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
    """Reads batches of prompts, and the text with which all of them begin (it may be empty) only once."""

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
        width = max(map(len, rows))
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

    Raise FloatingPointError when a logit is not finite: any token could then be the most probable one.
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
    allowed = [sorted(node or {}) for node in nodes]
    return [tokens[int(row[tokens].argmax())] for row, tokens in zip(logits.cpu(), allowed, strict=True)]
