"""Ask a back end for answers to the test cases, by the same path for every arm. Nothing here imports torch."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from math import exp, fsum, isfinite, log
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import pandas as pd

from radonc.data.schemas import NO_RUN, PREDICTIONS
from radonc.runtime import tables
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_text
from radonc.runtime.settings.tasks import Tasks
from radonc.runtime.shards import WHOLE, Shard
from radonc.study import examples, prompts
from radonc.vocabulary import icd10

DIGITS = 4
"""Decimals of a log-probability. Further ones depend on the order in which a processor adds."""
N_ALONE = 8
"""Prompts per table that are answered a second time, one by one."""
SUMS = ("n", "n_unfinished", "n_new_tokens", "seconds", "n_alone", "n_differ_alone")
"""The keys of a manifest that add up over shards; all others are the same in all shards."""


@dataclass(frozen=True, kw_only=True)
class Questions:
    """The prompts of one arm and task, and the modes in which they are to be answered."""

    task: str
    prompts: Sequence[str]
    shared: str = ""  # with which all prompts begin (the worked examples), so that it need be read only once
    max_new_tokens: int  # of an answer, including its end of sequence
    labels: Sequence[str] = ()  # each to be scored as the answer; empty where the task has none
    codes: Sequence[str] = ()  # all texts that the constrained answer may be; empty where none is asked for
    bar: str  # the label of the progress bar


@dataclass(frozen=True)
class Answer:
    """One prompt's answers."""

    text: str  # the free answer, generated greedily
    n_tokens: int  # its length, without the end of sequence
    finished: bool  # whether the model itself ended it
    # One per label: the log-probability (nats) of the label's tokens and the end of sequence after the prompt, not
    # normalised over the labels. Empty where the back end has no probabilities.
    log_p: tuple[float, ...] = ()
    code: str | None = None  # the answer decoded greedily under the constraint of the questions' codes


class Backend(Protocol):
    """Answers questions. All back ends decode greedily: there is nothing random in an answer."""

    libraries: Sequence[str]  # whose versions the manifest states

    def answer(self, questions: Questions, batch_size: int) -> list[Answer]:
        """Answer all prompts in the given order, in batches of neighbours: sort prompts by length before.

        Raise FloatingPointError when the numbers by which a text or a code was chosen are not finite.
        """
        ...


def batched(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Yield the items in slices of a size; the last one may be smaller."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


@dataclass(frozen=True)
class Arm:
    """What answers which task: the columns that identify a table of predictions."""

    task: str
    model: str
    arm: str
    run: str = NO_RUN


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one task is answered."""

    batch_size: int
    max_new_tokens: int
    tasks: Tasks  # the settings of this task at least
    n_examples: int = 0  # worked examples in the arm fewshot
    key: str = ""  # chooses them (split.key)


def predict(
    backend: Backend, test: pd.DataFrame, training: pd.DataFrame, arm: Arm, settings: Settings, shard: Shard = WHOLE
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Answer the test pairs of one task in one arm.

    The training split gives the worked examples and, for icd10, the label set (both are pairs of the schema ``PAIRS``).
    A shard is some of the batches: these are the same for any number of shards, and so are the answers.

    Return a table (schema ``PREDICTIONS``) of every answer verbatim, and counts and seconds for the manifest (the keys
    ``SUMS``). Raise StudyError when the numbers behind an answer are not finite: it must not count as wrong.
    """
    shown = examples.choose(training, settings.n_examples, settings.key) if arm.arm == "fewshot" else training[:0]
    pairs = take_shard(test, settings.batch_size, shard)
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
    answers = _answer(backend, questions, settings.batch_size)
    seconds = monotonic() - started
    table = _table(pairs, questions, answers, arm)
    return table, {
        "n": len(table),
        "n_unfinished": int((~table["finished"]).sum()),
        "n_new_tokens": int(table["n_tokens"].sum()),
        "seconds": round(seconds, 2),
        **_compare_one_by_one(backend, questions, answers, pairs["case_id"].isin(sample_cases(test))),
    }


def describe_backend(backend: Backend, name: str, model: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest's description of what answered: back end, the model's digest, prompt template, versions."""
    return {
        "backend": name,
        "model": model.get("digest"),
        "template": prompts.template_digest(),
        "versions": {library: version(library) for library in backend.libraries},
    }


def sum_manifests(manifests: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return one manifest for several shards of a table of predictions."""
    return {**manifests[0], **{key: round(sum(manifest[key] for manifest in manifests), 2) for key in SUMS}}


def take_shard(test: pd.DataFrame, batch_size: int, shard: Shard) -> pd.DataFrame:
    """Return a shard of the test pairs: complete batches of prompts of similar length, in ascending order of length.

    Batches of similar lengths have little padding. Shards take turns at batches, so that their work is similar.
    """
    lengths = test["prompt"].str.len()
    by_length = test.assign(length=lengths).sort_values(["length", "case_id"])[list(test.columns)]
    batches = list(batched(range(len(test)), batch_size))[shard.number - 1 :: shard.count]
    return by_length.iloc[[i for batch in batches for i in batch]].reset_index(drop=True)


def sample_cases(test: pd.DataFrame) -> set[str]:
    """Return the cases to answer a second time: those whose ids have the smallest digests, for any shards."""
    return set(sorted(test["case_id"], key=hash_text)[:N_ALONE])


def labels_of(task: str, tasks: Tasks, training: pd.DataFrame) -> list[str]:
    """Return a task's label set: the training split's for icd10, the config's for modality, else an empty one."""
    if task == "icd10":
        return sorted({prompts.answer_of(text) for text in training["completion"]})
    return list(tasks.labels) if task == "modality" else []


def normalised(log_p: Sequence[float]) -> list[float]:
    """Return log-probabilities normalised over the labels (log-softmax), rounded to ``DIGITS``.

    A label's log-probability is the sum over its tokens, not divided by their number: these are the probabilities that
    the model gives. One that would answer with another text still gets probabilities that add up to 1 over the labels.
    """
    highest = max(log_p)
    total = highest + log(fsum(exp(value - highest) for value in log_p))
    return [round(value - total, DIGITS) for value in log_p]


def require_same_template(manifest: Path) -> None:
    """Raise StudyError unless an adapter, by its manifest, was trained with the present prompt template."""
    trained, present = tables.read_json(manifest).get("template"), prompts.template_digest()
    if trained != present:
        raise StudyError(
            f"{manifest}: the adapter was trained with the prompt template {str(trained)[:12]}, the present one is "
            f"{present[:12]} (study/prompts.py); train it again, or go back to the code that it was trained with"
        )


def _answer(backend: Backend, questions: Questions, batch_size: int) -> list[Answer]:
    try:
        answers = backend.answer(questions, batch_size)
        if not all(isfinite(log_p) for answer in answers for log_p in answer.log_p):
            raise FloatingPointError("the log-probabilities of labels are not finite")
    except FloatingPointError as error:
        raise StudyError(
            f"{questions.bar}: {error}, so that there is no answer; use another precision (the recipe's bf16 and "
            "load_in_4bit), train the adapter again at a lower learning_rate, or use another model"
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
            "label_log_p": [
                json.dumps(dict(zip(questions.labels, normalised(answer.log_p), strict=True))) if answer.log_p else None
                for answer in answers
            ],
            "constrained": [answer.code for answer in answers],
        },
        columns=list(PREDICTIONS.columns),
    )


def _compare_one_by_one(
    backend: Backend, questions: Questions, answers: Sequence[Answer], sampled: Iterable[bool]
) -> dict[str, int]:
    """Count how many answers of a sample differ when their prompts are answered one by one.

    An answer must not depend on its neighbours in the batch. On a GPU in bfloat16 it can: the order of additions
    differs, and where two tokens are almost equally probable the other one wins.
    """
    rows = [i for i, is_sampled in enumerate(sampled) if is_sampled]
    bar = f"{questions.bar}, one by one"
    sample = replace(questions, prompts=[questions.prompts[i] for i in rows], labels=(), codes=(), bar=bar)
    alone = _answer(backend, sample, 1) if rows else []
    differ = sum(answers[i].text != answer.text for i, answer in zip(rows, alone, strict=True))
    return {"n_alone": len(rows), "n_differ_alone": differ}
