"""Compare answers with those of plain transformers, then time them: 1,581 cases × three tasks × three arms."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from time import perf_counter
from typing import Any

import agreement
import made_up
import torch
from peft import LoraConfig, get_peft_model
from training import release

from radonc.models.backends.transformers import Transformers
from radonc.models.predict import Questions

ARMS = ("base", "fewshot", "tuned")
FREE = "regimen"
"""The task without labels."""
LABELS = {"modality": 4, "icd10": 78}
N_COMPARED, N_SCORED = 64, 4
"""Prompts whose free answers are compared, and whose labels' scores are."""
EXACT = 1e-2
"""What float32 may differ by (nats); the most probable tokens of a wrong prompt are further apart."""


def with_adapters(shape: str, device: str, dtype: torch.dtype) -> Any:
    """Return a model with an adapter for each task.

    The adapters' weights stay in float32, as they are when a study's are loaded, and are random: as they begin, they
    would change no answer, and nobody would notice one that is not worn.
    """
    model = made_up.model(shape, device, dtype, for_training=False)
    lora = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False)
    first, *more = made_up.ANSWERS
    model = get_peft_model(model, lora, adapter_name=first)
    for task in more:
        model.add_adapter(task, lora)
    return model.to(device).eval()


def agree(model: Any, tokenizer: Any) -> dict[str, dict[str, Any]]:
    """Compare the base's answers behind worked examples, an adapter's, and the scores of an adapter's labels.

    Returns
    -------
    dict
        What was compared -> what ``agreement`` says of it.
    """
    found: dict[str, dict[str, Any]] = {}
    for arm in ("fewshot", "tuned"):
        with worn(model, arm, FREE):
            record = agreement.of_answers(model, tokenizer, asked(arm, FREE, N_COMPARED))
        found |= {f"{arm}, {name}": about for name, about in record.items()}
    with worn(model, "tuned", "icd10"):
        found["tuned, scores of labels"] = agreement.of_labels(model, tokenizer, asked("tuned", "icd10", N_SCORED))
    return found


def exact(device: str) -> list[str]:
    """Compare all methods of generation with plain transformers in float32, where rounding excuses nothing.

    Returns
    -------
    list of str
        What was found, a line each.

    Raises
    ------
    AssertionError
        When an answer or a score differs.
    """
    found = agree(with_adapters("tiny", device, torch.float32), made_up.tokenizer())
    for name, about in found.items():
        worst = about.get("largest_gap", about.get("largest_difference"))
        assert worst is not None, f"{name}: {about}"
        assert worst < EXACT, f"{name}: {about}"
    return [f"small model in float32, {line}" for line in lines(found)]


def lines(found: dict[str, dict[str, Any]]) -> list[str]:
    """Say what was compared, and what it gave."""
    said = []
    for name, about in found.items():
        if "failed" in about:
            said.append(f"{name}: failed: {about['failed']}")
            continue
        if "largest_gap" in about:
            how = f"the first other token is less probable by {about['largest_gap']:.1e} nats at most"
        else:
            how = f"scores differ by {about['largest_difference']:.1e} nats at most"
        said.append(f"{name}: {about['n_differ']} of {about['n']} differ from plain transformers; {how}")
    return said


def all_ways(
    options: argparse.Namespace, device: str, dtype: torch.dtype, record: dict[str, Any], keep: Callable[[], None]
) -> None:
    """Compare, then time all arms and tasks."""
    tokenizer = made_up.tokenizer()
    model = with_adapters(options.shape, device, dtype)
    record["agreement"] = lines(agree(model, tokenizer))
    print(*record["agreement"], sep="\n", flush=True)
    record["predict"] = []
    keep()
    backend = Transformers(model, tokenizer)
    for arm in ARMS:
        for task in made_up.ANSWERS:
            with worn(model, arm, task):
                for way, n, work in methods(backend, asked(arm, task, options.cases), options.plain_cases):
                    row = {"arm": arm, "task": task, "way": way, "n": n, **timed(work)}
                    print(row, flush=True)
                    record["predict"].append(row)
                    keep()


def methods(backend: Any, questions: Questions, n_plain: int) -> list[tuple[str, int, Callable[[], Any]]]:
    """Return each way to answer: its name, how many prompts it takes, and the work.

    Free answers are timed with both of our methods, labels in its only one, and the plain way on a sample of free
    answers alone: less than is asked for.
    """
    # Sorted for a study's batches; the plain way takes them as they come.
    ordered = Questions(**{**vars(questions), "prompts": sorted(questions.prompts, key=len)})
    n, sample = len(questions.prompts), questions.prompts[:n_plain]
    if questions.labels:
        own = [("labels", n, lambda: backend.answer(ordered, agreement.BATCH))]
    else:
        own = [(name, n, lambda way=way: way(backend, ordered)) for name, way in agreement.methods().items()]
    return [
        ("plain", len(sample), lambda: agreement.plainly(backend, sample, questions.max_new_tokens)),
        *own,
    ]


def asked(arm: str, task: str, n: int) -> Questions:
    """Return what an arm is asked: what a study asks for."""
    shared = " ".join(made_up.pairs(3, "icd10", seed=9)["prompt"]) + "\n\n" if arm == "fewshot" else ""
    return Questions(
        task=task,
        prompts=[shared + prompt for prompt in made_up.pairs(n, task, seed=2)["prompt"]],
        shared=shared,
        max_new_tokens=made_up.ANSWERS[task],
        labels=sorted(set(made_up.words()))[: LABELS.get(task, 0)],
        bar=task,
    )


def worn(model: Any, arm: str, task: str) -> Any:
    """Return the context in which a model answers with a task's adapter, or without any."""
    if arm != "tuned":
        return model.disable_adapter()
    model.set_adapter(task)
    return nullcontext()


def timed(work: Callable[[], Any]) -> dict[str, Any]:
    """Return the seconds that work takes, or the error that ended it: the others are still to be measured."""
    started = perf_counter()
    try:
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
    except RuntimeError as error:
        message = str(error)
    else:
        return {"seconds": perf_counter() - started}
    release()
    return {"failed": message}
