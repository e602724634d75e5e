"""The back end ``dummy``: the whole workflow runs in seconds, on any machine, without torch and without a model.

A prompt's digest picks its answer from those of the training split: the results say nothing about any model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from radonc.models.backend import Answer, Questions
from radonc.runtime.hashing import hash_value


class Dummy:
    """Draws answers.

    Parameters
    ----------
    name
        The model and adapter to stand in for; another name gives other answers.
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
        drawn = [_uniform(self.name, questions.task, prompt, what) for what in ("text", "code", *questions.labels)]
        text = _pick(self.known[questions.task], drawn[0])
        code = _pick(questions.codes, drawn[1]) if questions.codes else None
        # Above 0, so that the logarithm exists.
        return Answer(text, len(text.split()), True, tuple(math.log(number + 1e-9) for number in drawn[2:]), code)


def _pick(answers: Sequence[str], number: float) -> str:
    return answers[int(number * len(answers))]


def _uniform(*key: str) -> float:
    """Return a number from [0, 1) that depends only on the texts."""
    return int(hash_value(list(key))[:8], 16) / 16**8
