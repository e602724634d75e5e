"""Compare the methods of generation that are timed with plain transformers, and tell rounding from a wrong answer.

Random weights leave the most probable tokens close together. In bfloat16 two of them often have the same logit (above
4 it goes in steps of 0.03), and another order of the same sums, which another batch brings, picks the other one; behind
it the two answers have nothing in common any more. So of each answer that differs the first other token is looked at: a
prompt that was read wrongly gives one that plain transformers finds much less probable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from radonc.models.backends import completion_tokens, decode_answer
from radonc.models.backends.transformers import PromptReader, Transformers
from radonc.models.predict import Answer, Questions, batched

BATCH = 64
READER, CONTINUOUS = "batched reader", "continuous batching"


def methods() -> dict[str, Callable[[Any, Questions], list[Answer]]]:
    """Return our methods to answer freely; on a GPU it takes continuous batching.

    That lays its cache out over nine tenths of the memory that is free, which on a CPU is the whole machine's: there
    it is left out.
    """
    both = {
        READER: by_reader,
        CONTINUOUS: Transformers.answer_continuously,
    }
    return both if torch.cuda.is_available() else {READER: both[READER]}


class Numbers:
    """A tokenizer that writes answers as the numbers of their tokens: random ones are no text that can be read back."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer, name)

    def __call__(self, *args: Any, **more: Any) -> Any:
        """Return what the tokenizer does."""
        return self._tokenizer(*args, **more)

    def decode(self, tokens: Sequence[int], **_: Any) -> str:
        """Return the numbers."""
        return " ".join(map(str, tokens))


def by_reader(backend: Any, questions: Questions) -> list[Answer]:
    """Answer freely in batches that are read once, which is how the project answers where there is no GPU."""
    reader = PromptReader(backend.model, backend.tokenizer, questions.shared)
    answers: list[Answer] = []
    with torch.inference_mode():
        for prompts in batched(questions.prompts, BATCH):
            tokens = reader.read(prompts).generate(questions.max_new_tokens, backend.tokenizer.eos_token_id)
            answers += [decode_answer(backend.tokenizer, row) for row in tokens]
    return answers


def plainly(backend: Any, prompts: Sequence[str], n_new: int, batch: int = 32) -> list[list[int]]:
    """Return the new tokens of transformers' own ``generate``: padded batches, in the order given."""
    tokenizer, rows = backend.tokenizer, []
    for some in batched(prompts, batch):
        inputs = tokenizer(list(some), return_tensors="pt", padding=True)
        inputs = {name: tensor.to(backend.model.device) for name, tensor in inputs.items() if name != "token_type_ids"}
        with torch.inference_mode():
            tokens = backend.model.generate(
                **inputs, max_new_tokens=n_new, do_sample=False, pad_token_id=tokenizer.pad_token_id
            )
        rows += tokens[:, inputs["input_ids"].shape[1] :].tolist()
    return rows


def of_answers(model: Any, tokenizer: Any, questions: Questions) -> dict[str, dict[str, Any]]:
    """Compare each way's free answers with those of plain ``generate``.

    Returns
    -------
    dict
        Way -> ``n`` answers, ``n_differ``, and ``largest_gap``: by how much (nats) a first other token was less
        probable than plain transformers' own. Of a way that broke down: ``failed``, its error.
    """
    backend = Transformers(model, Numbers(tokenizer))
    expected = [_ended(row, tokenizer) for row in plainly(backend, questions.prompts, questions.max_new_tokens)]
    found: dict[str, dict[str, Any]] = {}
    for name, way in methods().items():
        try:
            answers = way(backend, questions)
        except RuntimeError as error:
            found[name] = {"failed": str(error)}
            continue
        gaps = []
        for prompt, answer, tokens in zip(questions.prompts, answers, expected, strict=True):
            row = [int(number) for number in answer.text.split()] + [tokenizer.eos_token_id] * answer.finished
            if row != tokens:
                gaps.append(_gap(model, tokenizer(prompt)["input_ids"], tokens, row))
        found[name] = {"n": len(expected), "n_differ": len(gaps), "largest_gap": max(gaps, default=0.0)}
    return found


def _ended(row: list[int], tokenizer: Any) -> list[int]:
    end = tokenizer.eos_token_id
    return row[: row.index(end) + 1] if end in row else row


def _gap(model: Any, prompt: list[int], expected: list[int], found: list[int]) -> float:
    """Return how much less probable (nats) the first other token is; infinite where an answer was cut short."""
    for place, (right, other) in enumerate(zip(expected, found, strict=False)):
        if right != other:
            tokens = torch.tensor([[*prompt, *expected[:place]]], device=model.device)
            with torch.inference_mode():
                logits = model(input_ids=tokens, use_cache=False, logits_to_keep=1).logits[0, -1].float()
            return abs(float(logits[right] - logits[other]))
    return float("inf")


def of_labels(model: Any, tokenizer: Any, questions: Questions) -> dict[str, float]:
    """Compare the scores of labels with those of each label as a text of its own.

    Returns
    -------
    dict
        ``n`` prompts, ``n_differ`` of them with another best label, and ``largest_difference`` of a score (nats).
    """
    behind = completion_tokens(tokenizer, questions.labels)
    worst, n_differ = 0.0, 0
    for prompt, answer in zip(questions.prompts, Transformers(model, tokenizer).answer(questions, BATCH), strict=True):
        expected = _one_by_one(model, tokenizer(prompt)["input_ids"], behind, tokenizer.pad_token_id)
        found = torch.tensor(answer.log_p)
        worst = max(worst, float((found - expected).abs().max()))
        n_differ += int(found.argmax() != expected.argmax())
    return {"n": len(questions.prompts), "n_differ": n_differ, "largest_difference": worst}


def _one_by_one(model: Any, prompt: list[int], behind: list[list[int]], pad: int) -> torch.Tensor:
    """Return the log-probability of each label behind a prompt, by one plain pass over whole texts."""
    width = max(map(len, behind))
    rows = [[*prompt, *label, *[pad] * (width - len(label))] for label in behind]
    mask = [[1] * (len(prompt) + len(label)) + [0] * (width - len(label)) for label in behind]
    tokens = torch.tensor(rows, device=model.device)
    with torch.inference_mode():
        output = model(
            input_ids=tokens, attention_mask=torch.tensor(mask, device=model.device), use_cache=False,
            logits_to_keep=width + 1,
        )  # fmt: skip
    log_p = output.logits[:, :-1].float().log_softmax(-1)
    steps = log_p.gather(2, tokens[:, -width:, None])[:, :, 0].cpu()
    return torch.stack([row[: len(label)].sum() for row, label in zip(steps, behind, strict=True)])
