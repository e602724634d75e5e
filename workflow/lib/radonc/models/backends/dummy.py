"""Answers without a model: to see the whole graph run in seconds, on any machine, without torch.

A prompt's answer is drawn from the answers of the training split by a digest. It knows nothing, and any figure that
comes of it says nothing about any model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from radonc.models.answering import Answer, Questions
from radonc.runtime.hashing import hash_value


class Dummy:
    """The back end ``dummy``.

    Parameters
    ----------
    name
        Another name (a model's, with its adapter) gives other answers.
    known
        Task -> the answers to draw from, with repetitions: a frequent one is drawn often.
    """

    libraries: Sequence[str] = ()

    def __init__(self, name: str, known: Mapping[str, Sequence[str]]) -> None:
        self.name = name
        self.known = known

    def answer(self, questions: Questions, batch_size: int) -> list[Answer]:  # noqa: ARG002
        """Draw an answer to every prompt."""
        return [self._answer(questions, prompt) for prompt in questions.prompts]

    def _answer(self, questions: Questions, prompt: str) -> Answer:
        drawn = [_share(self.name, questions.task, prompt, what) for what in ("text", "code", *questions.labels)]
        text = _pick(self.known[questions.task], drawn[0])
        code = _pick(questions.codes, drawn[1]) if questions.codes else None
        # Higher than none, so that the logarithm exists.
        return Answer(text, len(text.split()), True, tuple(math.log(share + 1e-9) for share in drawn[2:]), code)


def _pick(answers: Sequence[str], share: float) -> str:
    return answers[int(share * len(answers))]


def _share(*what: str) -> float:
    """Return a number from 0 to just below 1 that depends on the texts alone."""
    return int(hash_value(list(what))[:8], 16) / 16**8
