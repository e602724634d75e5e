"""Continuous batching by transformers' own scheduler: a prompt that is answered makes room for the next one."""

from __future__ import annotations

from copy import deepcopy
from math import isfinite
from typing import Any

from transformers import ContinuousBatchingConfig, GenerationConfig

from radonc.models.answering import Answer, Questions
from radonc.models.tries import read_tokens
from radonc.runtime.logs import Progress


def is_spread(model: Any) -> bool:
    """Tell whether a model's layers are on several devices: the scheduler keeps its cache on one."""
    return len(set(getattr(model, "hf_device_map", {}).values())) > 1


def answer(model: Any, tokenizer: Any, questions: Questions, settings: GenerationConfig) -> list[Answer]:
    """Answer all prompts in the order given.

    Raises
    ------
    RuntimeError
        When the scheduler lost a prompt: it only logs what fails, and hands back the rest.
    FloatingPointError
        When the log-probability of a token is not finite: one logit that is none makes it so.
    """
    config = deepcopy(settings)
    config.max_new_tokens = questions.max_new_tokens
    prompts = [tokenizer(prompt)["input_ids"] for prompt in questions.prompts]
    # PEFT's layers are inside the base model; the wrapper around it has no scheduler.
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    batching = ContinuousBatchingConfig(return_logprobs=True)
    done = base.generate_batch(
        prompts, generation_config=config, continuous_batching_config=batching, progress_bar=False
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
    return [read_tokens(tokenizer, output.generated_tokens) for output in outputs]
