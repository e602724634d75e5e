"""Generate answers, greedily, for any arm: the same code with an adapter and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch

from radonc.data.schemas import PREDICTIONS
from radonc.run.digests import of_text
from radonc.run.logs import Progress
from radonc.study.prompts import answer_of


@dataclass(frozen=True)
class Answer:
    """A generated answer: its text, its length in tokens, and whether the model ended it by itself."""

    text: str
    n_tokens: int
    finished: bool


def predict(
    model: Any,
    tokenizer: Any,
    pairs: pd.DataFrame,
    *,
    task: str,
    name: str,
    arm: str,
    run: str,
    batch_size: int,
    max_new_tokens: int,
) -> pd.DataFrame:
    """Answer all pairs of a task.

    Parameters
    ----------
    pairs
        The test split (schema ``PAIRS``).
    task, name, arm, run
        What is answered, by which model, in which arm, with the adapter of which run.

    Returns
    -------
    DataFrame
        By the schema ``PREDICTIONS``: every answer verbatim.
    """
    bar = Progress(f"predict {name} {task} {arm}", len(pairs))
    answers = generate(model, tokenizer, pairs["prompt"].to_list(), batch_size, max_new_tokens, bar)
    return pd.DataFrame(
        {
            "case_id": pairs["case_id"].to_list(),
            "task": task,
            "model": name,
            "arm": arm,
            "run": run,
            "prompt_digest": [of_text(prompt) for prompt in pairs["prompt"]],
            "reference": [answer_of(text) for text in pairs["completion"]],
            "answer": [answer.text for answer in answers],
            "n_tokens": [answer.n_tokens for answer in answers],
            "finished": [answer.finished for answer in answers],
            "label_log_p": None,
            "constrained": None,
        },
        columns=list(PREDICTIONS.columns),
    )


def generate(
    model: Any, tokenizer: Any, prompts: Sequence[str], batch_size: int, max_new_tokens: int, bar: Progress
) -> list[Answer]:
    """Generate an answer to each prompt, in the order given.

    Batches hold prompts of similar length: on a CPU that saves half of the padding, and so half of the time.
    """
    tokenizer.padding_side = "left"
    model.eval()
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    answers: dict[int, Answer] = {}
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        for i, answer in zip(
            batch, _generate_batch(model, tokenizer, [prompts[i] for i in batch], max_new_tokens), strict=True
        ):
            answers[i] = answer
        bar.step(len(batch))
    return [answers[i] for i in range(len(prompts))]


def _generate_batch(model: Any, tokenizer: Any, prompts: list[str], max_new_tokens: int) -> list[Answer]:
    inputs = tokenizer(prompts, return_tensors="pt", padding=True).to(model.device)
    with torch.inference_mode():
        tokens = model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            max_new_tokens=max_new_tokens,
            do_sample=False,
            pad_token_id=tokenizer.pad_token_id,
        )
    return [_read(tokenizer, row[inputs["input_ids"].shape[1] :].tolist()) for row in tokens]


def _read(tokenizer: Any, tokens: list[int]) -> Answer:
    finished = tokenizer.eos_token_id in tokens
    if finished:
        tokens = tokens[: tokens.index(tokenizer.eos_token_id)]
    return Answer(tokenizer.decode(tokens, skip_special_tokens=True).strip(), len(tokens), finished)
