"""What a back end is asked and what it answers: the one interface of all of them. Nothing here imports torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Questions:
    """The prompts of one arm and task, and the modes in which they are to be answered.

    Attributes
    ----------
    task
        The task.
    prompts
        The model gets each of them unchanged.
    shared
        The text with which all prompts begin (the worked examples), so that it need be read only once; may be empty.
    max_new_tokens
        The longest answer, including its end of sequence (tokens).
    labels
        The label set, each label to be scored as the answer; empty where the task has none.
    codes
        All texts that the constrained answer may be; empty where none is asked for.
    bar
        The label of the progress bar.
    """

    task: str
    prompts: Sequence[str]
    shared: str = ""
    max_new_tokens: int
    labels: Sequence[str] = ()
    codes: Sequence[str] = ()
    bar: str


@dataclass(frozen=True)
class Answer:
    """One prompt's answers.

    Attributes
    ----------
    text
        The free answer, generated greedily.
    n_tokens
        Its length in tokens, without the end of sequence.
    finished
        Whether the model itself ended it.
    log_p
        One per label: the log-probability (nats) of the label's tokens and the end of sequence after the prompt. Not
        normalised over the labels. Empty where the back end has no probabilities.
    code
        The answer decoded greedily under the constraint of ``Questions.codes``.
    """

    text: str
    n_tokens: int
    finished: bool
    log_p: tuple[float, ...] = ()
    code: str | None = None


class Backend(Protocol):
    """Answers questions. All back ends decode greedily: there is nothing random in an answer."""

    libraries: Sequence[str]
    """The packages whose versions the manifest states."""

    def answer(self, questions: Questions, batch_size: int) -> list[Answer]:
        """Answer all prompts in the given order, in batches of neighbours: sort prompts by length before.

        Raises
        ------
        FloatingPointError
            When the numbers by which a text or a code was chosen are not finite.
        """
        ...


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield the items in slices of a size; the last one may be smaller."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
