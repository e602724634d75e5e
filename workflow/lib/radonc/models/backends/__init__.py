"""Load the back end that the config names (only that one is imported); and the tokens of answers, for all of them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from radonc.models.predict import Answer, Backend, Questions
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_value
from radonc.study.prompts import CUE, completion

Trie = dict[int, Any]
"""Token -> the trie of what may follow it; the end of sequence leads to an empty one."""
MAX_CODE_TOKENS = 64
"""A limit for decoding under the trie of codes, all of which are shorter."""


def load_backend(
    name: str,
    folder: str | None,
    adapter: Path | None,
    *,
    bf16: bool,
    in_4bit: bool = False,
    n_gpus: int = 0,
    threads: int,
    alias: str,
    known: Mapping[str, Sequence[str]],
) -> Backend:
    """Load a back end (``transformers``, ``vllm`` or ``dummy``) with its model.

    The folders are those of the base model and of the adapter on it. Only ``transformers`` takes four bits, the number
    of GPUs that the model needs, and threads; only ``dummy`` takes the alias and the known answers, and no model.
    """
    if name == "dummy":
        return Dummy(alias, known)
    if folder is None:
        raise ValueError(f"the back end '{name}' needs a model")
    if name == "vllm":
        from radonc.models.backends.vllm import Vllm

        return Vllm(folder, bf16=bf16, adapter=adapter)
    from radonc.models.backends.transformers import Transformers
    from radonc.models.loading import load_model, load_tokenizer, require_gpus, use_threads

    require_gpus(n_gpus, bf16=bf16)
    use_threads(threads)
    return Transformers(load_model(folder, bf16=bf16, in_4bit=in_4bit, adapter=adapter), load_tokenizer(folder))


class Dummy:
    """The back end ``dummy``: the whole workflow runs in seconds, on any machine, without torch and without a model.

    A prompt's digest picks its answer from the known ones (task -> the training split's answers, with repetitions), and
    another alias (the model to stand in for) picks others: the results say nothing about any model.
    """

    libraries: Sequence[str] = ()

    def __init__(self, alias: str, known: Mapping[str, Sequence[str]]) -> None:
        self.alias = alias
        self.known = known

    def answer(self, questions: Questions, batch_size: int) -> list[Answer]:  # noqa: ARG002
        """Draw an answer to every prompt."""
        return [self._answer(questions, prompt) for prompt in questions.prompts]

    def _answer(self, questions: Questions, prompt: str) -> Answer:
        known, codes = self.known[questions.task], questions.codes
        digests = (
            hash_value([self.alias, questions.task, prompt, what]) for what in ("text", "code", *questions.labels)
        )
        # From [0, 1).
        drawn = [int(digest[:8], 16) / 16**8 for digest in digests]
        text = known[int(drawn[0] * len(known))]
        code = codes[int(drawn[1] * len(codes))] if codes else None
        # Above 0, so that the logarithm exists.
        return Answer(text, len(text.split()), True, tuple(math.log(number + 1e-9) for number in drawn[2:]), code)


def completion_tokens(tokenizer: Any, answers: Sequence[str]) -> list[list[int]]:
    """Return the tokens of answers as they follow a prompt in training, each with the end of sequence.

    Raise StudyError when the tokenizer joins the end of the prompt and the beginning of an answer into one token.
    """
    cue = tokenizer(CUE)["input_ids"]
    full = tokenizer([CUE + completion(answer) for answer in answers])["input_ids"] if answers else []
    if any(tokens[: len(cue)] != cue for tokens in full):
        raise StudyError(
            f"the model's tokenizer joins '{CUE}' and the answer after it into one token, so that labels cannot be "
            "scored; take another model"
        )
    return [[*tokens[len(cue) :], tokenizer.eos_token_id] for tokens in full]


def decode_answer(tokenizer: Any, tokens: Sequence[int]) -> Answer:
    """Return the answer in generated tokens, up to the end of sequence."""
    tokens = list(tokens)
    finished = tokenizer.eos_token_id in tokens
    if finished:
        tokens = tokens[: tokens.index(tokenizer.eos_token_id)]
    return Answer(tokenizer.decode(tokens, skip_special_tokens=True).strip(), len(tokens), finished)


def build_trie(sequences: Iterable[Sequence[int]]) -> Trie:
    """Return the trie of token sequences."""
    root: Trie = {}
    for tokens in sequences:
        node = root
        for token in tokens:
            node = node.setdefault(token, {})
    return root
