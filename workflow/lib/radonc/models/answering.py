"""What a back end is asked and what it answers: the one interface of all of them. Nothing here imports torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Questions:
    """The prompts that one arm puts for one task, and the ways in which they are to be answered.

    Attributes
    ----------
    task
        The task.
    prompts
        Each goes to the model as it stands.
    shared
        The text with which all prompts begin (the worked examples), so that it need be read once only; may be empty.
    max_new_tokens
        The longest answer, its end of sequence included (tokens).
    labels
        The closed label set, each to be scored as the answer; empty where the task has none.
    codes
        All texts that the constrained answer may be; empty where none is asked for.
    bar
        What the progress bar says.
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
        The model ended it by itself.
    log_p
        One per label: the log-probability (nats) of the label's tokens with the end of sequence behind the prompt. Not
        normalised over the labels. Empty where who answers knows no probabilities.
    code
        The answer decoded greedily under the constraint of ``Questions.codes``.
    """

    text: str
    n_tokens: int
    finished: bool
    log_p: tuple[float, ...] = ()
    code: str | None = None


class Backend(Protocol):
    """Answers questions. All back ends are greedy: there is nothing random in an answer."""

    libraries: Sequence[str]
    """The packages whose versions belong into a manifest."""

    def answer(self, questions: Questions, batch_size: int) -> list[Answer]:
        """Answer all prompts, in the order given, so many at a time.

        A batch holds neighbours of the given order: put prompts of similar length beside each other.

        Raises
        ------
        FloatingPointError
            When the numbers by which a text or a code was chosen are not finite.
        """
        ...


def blocks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield the items in blocks of a size; the last one may be smaller."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
