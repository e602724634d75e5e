"""The back end ``transformers``: batches that read every prompt once and answer it in all ways from there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig

from radonc.models.answering import Answer, Questions, blocks
from radonc.models.backends import continuous
from radonc.models.backends.reading import Reader, Reading
from radonc.models.backends.trees import log_probabilities
from radonc.models.loading import load_model, load_tokenizer
from radonc.models.tries import LONGEST_CODE, Tree, Trie, completion_tokens, read_tokens, trie_of
from radonc.runtime.logs import Progress


def load(folder: str | Path, *, bf16: bool, in_4bit: bool = False, adapter: Path | None) -> Transformers:
    """Load a model with its tokenizer, and an adapter if there is one."""
    return Transformers(load_model(folder, bf16=bf16, in_4bit=in_4bit, adapter=adapter), load_tokenizer(folder))


class Transformers:
    """A model of the library transformers, with an adapter or without.

    On one GPU, free texts (tasks without labels) go through transformers' continuous batching: their lengths differ,
    and a batch would wait for its longest. Labels take a few tokens, and a batch reads their prompts once for all ways.

    Parameters
    ----------
    model, tokenizer
        As ``models.loading`` loads them.
    """

    libraries: Sequence[str] = ("torch", "transformers", "peft", "tokenizers")

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        # Greedy, and nothing but: models bring defaults of their own (a temperature, a penalty of repetitions).
        self.settings = GenerationConfig(
            do_sample=False, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
        )
        # Laying 74,000 codes out takes seconds: once per job.
        self._tree = lru_cache(maxsize=4)(lambda labels: Tree.of(completion_tokens(tokenizer, labels)))
        self._trie = lru_cache(maxsize=1)(lambda codes: trie_of(completion_tokens(tokenizer, codes)))

    def answer(self, questions: Questions, batch_size: int) -> list[Answer]:
        """Answer all prompts, in the order given."""
        free = not questions.labels and not questions.codes
        if torch.cuda.is_available() and batch_size > 1 and free and not continuous.is_spread(self.model):
            return continuous.answer(self.model, self.tokenizer, questions, self.settings)
        reader = Reader(self.model, self.tokenizer, questions.shared)
        labels = self._tree(tuple(questions.labels)) if questions.labels else None
        codes = self._trie(tuple(questions.codes)) if questions.codes else None
        bar = Progress(questions.bar, len(questions.prompts))
        answers: list[Answer] = []
        with torch.inference_mode():
            for prompts in blocks(questions.prompts, batch_size):
                answers += self._answer(reader.read(prompts), questions.max_new_tokens, labels, codes)
                bar.step(len(prompts))
        return answers

    def _answer(self, read: Reading, max_new_tokens: int, labels: Tree | None, codes: Trie | None) -> list[Answer]:
        end = self.tokenizer.eos_token_id
        texts = [read_tokens(self.tokenizer, tokens) for tokens in read.generate(max_new_tokens, end)]
        n_prompts = len(texts)
        log_p = log_probabilities(read, labels) if labels else [()] * n_prompts
        constrained: list[str | None] = [None] * n_prompts
        if codes:
            chosen = read.generate(LONGEST_CODE, end, codes)
            constrained = [read_tokens(self.tokenizer, tokens).text for tokens in chosen]
        return [
            Answer(answer.text, answer.n_tokens, answer.finished, scores, code)
            for answer, scores, code in zip(texts, log_p, constrained, strict=True)
        ]
