"""The back end ``transformers``: batches of prompts that are read once for all answer modes, or continuous batching."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any

import torch
from transformers import ContinuousBatchingConfig, GenerationConfig

from radonc.models.backend import Answer, Questions, batched
from radonc.models.backends.prompt_cache import PromptCache, PromptReader
from radonc.models.loading import load_model, load_tokenizer
from radonc.models.token_trie import MAX_CODE_TOKENS, TokenTree, Trie, build_trie, completion_tokens, decode_answer
from radonc.runtime.logs import Progress


def load(folder: str | Path, *, bf16: bool, in_4bit: bool = False, adapter: Path | None) -> Transformers:
    """Load a model with its tokenizer, and an adapter if there is one."""
    return Transformers(load_model(folder, bf16=bf16, in_4bit=in_4bit, adapter=adapter), load_tokenizer(folder))


class Transformers:
    """A model of the library transformers, with or without an adapter.

    On one GPU, free texts (tasks without labels) go through transformers' continuous batching: their lengths differ,
    and a batch would wait for its longest. Labels take few tokens, and a batch reads their prompts once for all modes.

    Parameters
    ----------
    model, tokenizer
        As ``models.loading`` loads them.
    """

    libraries: Sequence[str] = ("torch", "transformers", "peft", "tokenizers")

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        # Purely greedy: a model's own defaults (a temperature, a repetition penalty) are not used.
        self.settings = GenerationConfig(
            do_sample=False, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
        )
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
                answers += self._answer(reader.read(prompts), questions.max_new_tokens, labels, codes)
                bar.step(len(prompts))
        return answers

    def _answer(
        self, prompts: PromptCache, max_new_tokens: int, labels: TokenTree | None, codes: Trie | None
    ) -> list[Answer]:
        end = self.tokenizer.eos_token_id
        texts = [decode_answer(self.tokenizer, tokens) for tokens in prompts.generate(max_new_tokens, end)]
        log_p = prompts.score(labels) if labels else [()] * len(texts)
        constrained: list[str | None] = [None] * len(texts)
        if codes:
            generated = prompts.generate(MAX_CODE_TOKENS, end, codes)
            constrained = [decode_answer(self.tokenizer, tokens).text for tokens in generated]
        return [
            Answer(answer.text, answer.n_tokens, answer.finished, scores, code)
            for answer, scores, code in zip(texts, log_p, constrained, strict=True)
        ]

    def answer_continuously(self, questions: Questions) -> list[Answer]:
        """Answer freely by transformers' own scheduler: a prompt that is answered makes room for the next one.

        Raises
        ------
        RuntimeError
            When the scheduler lost a prompt: it only logs failures, and returns the rest.
        FloatingPointError
            When the log-probability of a token is not finite: a single non-finite logit makes it so.
        """
        settings = deepcopy(self.settings)
        settings.max_new_tokens = questions.max_new_tokens
        prompts = [self.tokenizer(prompt)["input_ids"] for prompt in questions.prompts]
        # PEFT's layers are inside the base model; the wrapper around it has no scheduler.
        base = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        batching = ContinuousBatchingConfig(return_logprobs=True)
        done = base.generate_batch(
            prompts, generation_config=settings, continuous_batching_config=batching, progress_bar=False
        )
        outputs = list(done.values())
        failed = [output.error for output in outputs if output.error]
        if len(outputs) < len(prompts) or failed:
            raise RuntimeError(
                f"continuous batching answered {len(outputs) - len(failed)} of {len(prompts)} prompts: {failed[:1]}"
            )
        if not all(isfinite(log_p) for output in outputs for log_p in output.logprobs):
            raise FloatingPointError("the model's logits are not finite")
        Progress(questions.bar, len(prompts)).step(len(prompts))
        return [decode_answer(self.tokenizer, output.generated_tokens) for output in outputs]
