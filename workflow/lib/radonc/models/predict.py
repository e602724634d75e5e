"""Answer the test cases: the same path for every arm, whatever back end answers. Nothing here imports torch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, fsum, isfinite, log
from pathlib import Path
from time import monotonic
from typing import Any

import pandas as pd

from radonc.data.schemas import NO_RUN, PREDICTIONS
from radonc.models.answering import Answer, Backend, Questions, blocks
from radonc.runtime import tables
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_text
from radonc.runtime.settings.tasks import Tasks
from radonc.runtime.shards import WHOLE, Shard
from radonc.study import examples, prompts
from radonc.vocabulary import icd10

DIGITS = 4
"""Of a log-probability. What comes behind depends on the order in which a processor adds."""
N_ALONE = 8
"""Prompts per table that are answered a second time, each by itself."""


@dataclass(frozen=True)
class Arm:
    """Who answers which task: the columns that name a table of predictions."""

    task: str
    model: str
    arm: str
    run: str = NO_RUN


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one task is answered.

    Attributes
    ----------
    batch_size
        Prompts at a time.
    max_new_tokens
        The longest answer (tokens).
    tasks
        The settings of the tasks, of this one at least.
    n_examples, key
        Worked examples of the arm ``fewshot``, and the key of their choice (``split.key``).
    """

    batch_size: int
    max_new_tokens: int
    tasks: Tasks
    n_examples: int = 0
    key: str = ""


def predict(
    backend: Backend,
    test: pd.DataFrame,
    training: pd.DataFrame,
    arm: Arm,
    settings: Settings,
    shard: Shard = WHOLE,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Answer the test pairs of one task in one arm.

    Parameters
    ----------
    backend
        What answers.
    test, training
        Pairs (schema ``PAIRS``). The training split gives the worked examples and, for icd10, the label set.
    shard
        Which of the batches to answer. Batches are the same for any number of shards, and so are the answers.

    Returns
    -------
    table
        By the schema ``PREDICTIONS``: every answer verbatim.
    facts
        Counts and seconds for the manifest, all sums, so that shards add up.

    Raises
    ------
    StudyError
        When the numbers behind an answer are not finite: it is no answer, and none that is wrong.
    """
    shown = examples.choose(training, settings.n_examples, settings.key) if arm.arm == "fewshot" else training[:0]
    pairs = part(test, settings.batch_size, shard)
    shared = prompts.worked_examples(shown)
    questions = Questions(
        task=arm.task,
        prompts=[shared + prompt for prompt in pairs["prompt"]],
        shared=shared,
        max_new_tokens=settings.max_new_tokens,
        labels=labels_of(arm.task, settings.tasks, training),
        codes=icd10.codes(settings.tasks.require) if arm.task == "icd10" else (),
        bar=f"predict {arm.model} {arm.task} {arm.arm}" + f" {arm.run}" * (arm.run != NO_RUN),
    )
    started = monotonic()
    answers = _answers(backend, questions, settings.batch_size)
    seconds = monotonic() - started
    table = _table(pairs, questions, answers, arm)
    facts = {
        "n": len(table),
        "n_unfinished": int((~table["finished"]).sum()),
        "n_new_tokens": int(table["n_tokens"].sum()),
        "seconds": round(seconds, 2),
        **_drift(backend, questions, answers, pairs["case_id"].isin(sample_of(test))),
    }
    return table, facts


def part(test: pd.DataFrame, batch_size: int, shard: Shard) -> pd.DataFrame:
    """Return a shard of the test pairs: whole batches of prompts of similar length, the first ones the shortest.

    A batch of similar lengths has little padding. Shards take turns at the batches, so that their work is alike.
    """
    lengths = test["prompt"].str.len()
    by_length = test.assign(length=lengths).sort_values(["length", "case_id"])[list(test.columns)]
    batches = list(blocks(range(len(test)), batch_size))[shard.number - 1 :: shard.count]
    return by_length.iloc[[i for batch in batches for i in batch]].reset_index(drop=True)


def sample_of(test: pd.DataFrame) -> set[str]:
    """Return the cases that are answered a second time: those whose ids have the smallest digests, in any shard."""
    return set(sorted(test["case_id"], key=hash_text)[:N_ALONE])


def labels_of(task: str, tasks: Tasks, training: pd.DataFrame) -> list[str]:
    """Return a task's closed label set: of modality the config's, of icd10 the training split's, else none."""
    if task == "icd10":
        return sorted({prompts.answer_of(text) for text in training["completion"]})
    return list(tasks.labels) if task == "modality" else []


def normalised(log_p: Sequence[float]) -> list[float]:
    """Return log-probabilities that add up to one: each less the logarithm of the sum (softmax).

    The labels' own log-probabilities are sums over tokens, so a longer label is not put on a par with a shorter one:
    that is what the model says, and nothing is divided by lengths. A model that would say something else altogether
    still shares its certainty out among the labels.
    """
    highest = max(log_p)
    total = highest + log(fsum(exp(value - highest) for value in log_p))
    return [round(value - total, DIGITS) for value in log_p]


def require_same_template(manifest: Path) -> None:
    """Raise when an adapter was trained with another prompt template than the present one.

    Raises
    ------
    StudyError
        Naming the adapter's manifest and both digests.
    """
    trained, present = tables.read_json(manifest).get("template"), prompts.template_digest()
    if trained != present:
        raise StudyError(
            f"{manifest}: the adapter was trained with the prompt template {str(trained)[:12]}, the present one is "
            f"{present[:12]} (study/prompts.py); train it again, or go back to the code that it was trained with"
        )


def _answers(backend: Backend, questions: Questions, batch_size: int) -> list[Answer]:
    try:
        answers = backend.answer(questions, batch_size)
        if not all(isfinite(log_p) for answer in answers for log_p in answer.log_p):
            raise FloatingPointError("the log-probabilities of labels are not finite")
    except FloatingPointError as error:
        raise StudyError(
            f"{questions.bar}: {error}, so that there is no answer; take another precision (the recipe's bf16 and "
            "load_in_4bit), train the adapter again at a lower learning_rate, or take another model"
        ) from error
    return answers


def _table(pairs: pd.DataFrame, questions: Questions, answers: Sequence[Answer], arm: Arm) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case_id": pairs["case_id"].to_list(),
            "task": arm.task,
            "model": arm.model,
            "arm": arm.arm,
            "run": arm.run,
            "prompt_digest": [hash_text(prompt) for prompt in questions.prompts],
            "reference": [prompts.answer_of(text) for text in pairs["completion"]],
            "answer": [answer.text for answer in answers],
            "n_tokens": [answer.n_tokens for answer in answers],
            "finished": [answer.finished for answer in answers],
            "label_log_p": [_labelled(questions.labels, answer.log_p) for answer in answers],
            "constrained": [answer.code for answer in answers],
        },
        columns=list(PREDICTIONS.columns),
    )


def _labelled(labels: Sequence[str], log_p: Sequence[float]) -> str | None:
    return json.dumps(dict(zip(labels, normalised(log_p), strict=True))) if log_p else None


def _drift(
    backend: Backend, questions: Questions, answers: Sequence[Answer], sampled: Iterable[bool]
) -> dict[str, int]:
    """Count how many answers of a sample are others when their prompts are answered one by one.

    An answer must not depend on its neighbours in the batch. On a GPU in bfloat16 it can: sums are added in another
    order, and where two tokens are almost equally probable the other one wins.
    """
    places = [i for i, is_in in enumerate(sampled) if is_in]
    sample = replace(
        questions,
        prompts=[questions.prompts[i] for i in places],
        labels=(),
        codes=(),
        bar=f"{questions.bar}, one by one",
    )
    alone = _answers(backend, sample, 1) if places else []
    differ = sum(answers[i].text != answer.text for i, answer in zip(places, alone, strict=True))
    return {"n_alone": len(places), "n_differ_alone": differ}
