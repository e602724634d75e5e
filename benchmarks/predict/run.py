"""Time the back end transformers against plain batched generate: one load, base, few-shot and three adapters.

    python benchmarks/predict/run.py [--results results] [--model demo-llama] [--run seed1] [--n 192] [--batch-size 32]

Takes a model, its adapters and the pairs of a finished study. Prints cases per second of both, their ratio and how many
answers are equal, first for the free answer, then for labels and codes; writes results.md beside this file.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from time import monotonic, process_time
from typing import Any

import pandas as pd

HERE = Path(__file__).parent
TASKS = ("regimen", "modality", "icd10")
MAX_NEW_TOKENS = {"regimen": 96, "modality": 16, "icd10": 16}
LABELS = ("photon", "proton", "electron", "brachytherapy")
N_EXAMPLES = 3
N_SCORED_NAIVELY = 12
KEY = "radonc-sft"


@dataclass(frozen=True)
class Row:
    """One comparison: cases per second of the plain way and of ours, and how often they said the same."""

    what: str
    n: int
    plain: float
    ours: float
    equal: int
    n_compared: int


@contextmanager
def wearing(model: Any, adapter: str | None) -> Iterator[None]:
    """Answer with an adapter, or without one; the base stays where it is."""
    if adapter is not None:
        model.set_adapter(adapter)
    with nullcontext() if adapter else model.disable_adapter():
        yield


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that work takes, and what it returns: of the processor, or of the clock where a GPU works."""
    import torch

    clock = monotonic if torch.cuda.is_available() else process_time
    started = clock()
    result = work()
    return clock() - started, result


def plainly(backend: Any, prompts: Sequence[str], batch_size: int, longest: int, codes: Any = None) -> list[str]:
    """Generate as one would write it down: in the order of the file, padded, with transformers' own generate."""
    import torch

    from radonc.models.backends import decode_answer

    tokenizer, answers = backend.tokenizer, []
    tokenizer.padding_side = "left"
    for start in range(0, len(prompts), batch_size):
        inputs = tokenizer(prompts[start : start + batch_size], return_tensors="pt", padding=True)
        inputs = inputs.to(backend.model.device)
        width = inputs["input_ids"].shape[1]
        more = {"prefix_allowed_tokens_fn": following(codes, width, tokenizer.eos_token_id)} if codes else {}
        with torch.inference_mode():
            tokens = backend.model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                max_new_tokens=longest,
                do_sample=False,
                pad_token_id=tokenizer.pad_token_id,
                **more,
            )
        answers += [decode_answer(tokenizer, row[width:].tolist()).text for row in tokens]
    return answers


def following(trie: Any, width: int, end: int) -> Callable[[int, Any], list[int]]:
    """Return the function that generate asks which tokens may come next."""

    def allowed(_: int, tokens: Any) -> list[int]:
        place = trie
        for token in tokens[width:].tolist():
            place = place.get(token, {})
        return list(place) or [end]

    return allowed


def score_plainly(backend: Any, prompts: Sequence[str], labels: Sequence[str], batch_size: int) -> list[list[float]]:
    """Score every label as a text of its own, prompt and all."""
    import torch

    from radonc.models.backends import completion_tokens

    tokenizer = backend.tokenizer
    behind = completion_tokens(tokenizer, labels)
    scores = []
    for prompt in prompts:
        start, own = tokenizer(prompt)["input_ids"], []
        for first in range(0, len(behind), batch_size):
            texts = [start + tokens for tokens in behind[first : first + batch_size]]
            width = max(map(len, texts))
            batch = torch.tensor([text + [tokenizer.pad_token_id] * (width - len(text)) for text in texts])
            with torch.inference_mode():
                logits = backend.model(input_ids=batch.to(backend.model.device)).logits.float().log_softmax(-1).cpu()
            for i, tokens in enumerate(behind[first : first + batch_size]):
                places = torch.arange(len(start) - 1, len(start) - 1 + len(tokens))
                own.append(float(logits[i, places, torch.tensor(tokens)].double().sum()))
        scores.append(own)
    return scores


def load(options: argparse.Namespace) -> tuple[Any, float, float]:
    """Return the model with all adapters on one base, and the seconds for the base and for the adapters."""
    from peft import PeftModel

    from radonc.models.backends.transformers import Transformers
    from radonc.models.loading import load_model, load_tokenizer

    folder = options.results / "models" / options.model
    adapters = {task: options.results / "adapters" / options.model / task / options.run for task in TASKS}
    base_s, model = timed(lambda: load_model(folder, bf16=options.bf16))

    def put_on() -> Any:
        worn = PeftModel.from_pretrained(model, str(adapters[TASKS[0]]), adapter_name=TASKS[0])
        for task in TASKS[1:]:
            worn.load_adapter(str(adapters[task]), adapter_name=task)
        return worn.to(model.device)

    adapters_s, worn = timed(put_on)
    return Transformers(worn, load_tokenizer(folder)), base_s, adapters_s


def free_answers(backend: Any, pairs: dict[str, Any], options: argparse.Namespace) -> Iterator[Row]:
    """Compare free answers, arm by arm and task by task."""
    from radonc.models.predict import Questions, take_shard
    from radonc.runtime.shards import WHOLE
    from radonc.study import examples
    from radonc.study.prompts import worked_examples

    for arm in ("base", "fewshot", "tuned"):
        for task in TASKS:
            training, test = pairs[task]
            shown = examples.choose(training, N_EXAMPLES if arm == "fewshot" else 0, KEY)
            shared, longest = worked_examples(shown), MAX_NEW_TOKENS[task]
            in_order = {"plain": test, "ours": take_shard(test, options.batch_size, WHOLE)}
            asked = {name: [shared + prompt for prompt in rows["prompt"]] for name, rows in in_order.items()}
            questions = Questions(task=task, prompts=asked["ours"], shared=shared, max_new_tokens=longest, bar="ours")
            with wearing(backend.model, task if arm == "tuned" else None):
                plain_s, plain = timed(lambda: plainly(backend, asked["plain"], options.batch_size, longest))  # noqa: B023
                ours_s, ours = timed(lambda: backend.answer(questions, options.batch_size))  # noqa: B023
            said = dict(zip(asked["plain"], plain, strict=True))
            equal = sum(said[prompt] == answer.text for prompt, answer in zip(asked["ours"], ours, strict=True))
            yield Row(f"{arm}, {task}", len(test), len(test) / plain_s, len(test) / ours_s, equal, len(test))


def other_ways(backend: Any, pairs: dict[str, Any], options: argparse.Namespace) -> Iterator[Row]:
    """Compare the other answer modes, each by itself and then all at once, with the adapters on."""
    from radonc.models.backends import build_trie, completion_tokens
    from radonc.models.predict import Questions, labels_of, take_shard
    from radonc.runtime.settings.tasks import ModalityTask, Tasks
    from radonc.runtime.shards import WHOLE
    from radonc.vocabulary import icd10

    for task in ("modality", "icd10"):
        training, test = pairs[task]
        prompts = take_shard(test, options.batch_size, WHOLE)["prompt"].to_list()
        labels = labels_of(task, Tasks(modality=ModalityTask(labels=LABELS)), training)
        codes = icd10.codes("billable") if task == "icd10" else ()
        # Of the free answer, which every pass gives too, as little as can be.
        questions = Questions(task=task, prompts=prompts, max_new_tokens=1, bar=f"ours, {task}")
        n_naive, n = min(N_SCORED_NAIVELY, len(prompts)), len(prompts)
        with wearing(backend.model, task):
            few = prompts[:: max(1, n // n_naive)][:n_naive]
            plain_s, plain = timed(lambda: score_plainly(backend, few, labels, options.batch_size))  # noqa: B023
            ours_s, ours = timed(lambda: backend.answer(replace(questions, labels=labels), options.batch_size))  # noqa: B023
            places = [prompts.index(prompt) for prompt in few]
            equal = sum(
                max(abs(a - b) for a, b in zip(plain[i], ours[place].log_p, strict=True))
                < (0.5 if options.bf16 else 1e-3)
                for i, place in enumerate(places)
            )
            yield Row(f"{len(labels)} labels, {task}", n, n_naive / plain_s, n / ours_s, equal, n_naive)
            if not codes:
                continue
            trie = build_trie(completion_tokens(backend.tokenizer, codes))
            laid_s, _ = timed(lambda: backend.answer(replace(questions, prompts=prompts[:1], codes=codes), 1))  # noqa: B023
            print(f"laying {len(codes):,} codes out: {laid_s:.1f} s, once per job", flush=True)
            longest = MAX_NEW_TOKENS[task]
            plain_s, plain = timed(lambda: plainly(backend, prompts, options.batch_size, longest, trie))  # noqa: B023
            ours_s, ours = timed(lambda: backend.answer(replace(questions, codes=codes), options.batch_size))  # noqa: B023
            equal = sum(text == answer.code for text, answer in zip(plain, ours, strict=True))
            yield Row(f"{len(codes):,} codes, {task}", n, n / plain_s, n / ours_s, equal, n)
            whole = replace(questions, labels=labels, codes=codes, max_new_tokens=longest)
            free_s, _ = timed(lambda: backend.answer(replace(whole, labels=(), codes=()), options.batch_size))  # noqa: B023
            all_s, _ = timed(lambda: backend.answer(whole, options.batch_size))  # noqa: B023
            yield Row(f"all three answer modes, {task}, against ours free alone", n, n / free_s, n / all_s, n, n)


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| what | cases | plain: cases/s | ours: cases/s | ratio | equal |"
    yield "|---|---:|---:|---:|---:|---:|"
    for row in rows:
        yield (
            f"| {row.what} | {row.n} | {row.plain:.1f} | {row.ours:.1f} | {row.ours / row.plain:.2f} | "
            f"{row.equal} of {row.n_compared} |"
        )


def main() -> None:
    """Run all comparisons and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--model", default="demo-llama")
    parser.add_argument("--run", default="seed1")
    parser.add_argument("--n", type=int, default=192, help="test cases per task")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--bf16", action="store_true")
    options = parser.parse_args()
    sys.path.insert(0, str(HERE.parents[1] / "workflow" / "lib"))
    # As the workflow sets it: without, glibc hands memory back and asks for it again at every step.
    if os.environ.get("MALLOC_TRIM_THRESHOLD_") is None:
        keep = {"MALLOC_MMAP_THRESHOLD_": str(2**32), "MALLOC_TRIM_THRESHOLD_": str(2**32)}
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **keep})
    from radonc.models.loading import use_threads
    from radonc.runtime.environment import go_offline

    go_offline()
    use_threads(1)
    pairs = {task: tuple(pd.read_parquet(options.results / "pairs" / task / f"{split}.parquet")
                         for split in ("train", "test")) for task in TASKS}  # fmt: skip
    pairs = {task: (training, test[: options.n]) for task, (training, test) in pairs.items()}
    backend, base_s, adapters_s = load(options)
    print(f"loading: base {base_s:.2f} s, three adapters {adapters_s:.2f} s", flush=True)
    # The first passes of a process pay for what later ones find.
    plainly(backend, pairs["icd10"][1]["prompt"].to_list()[:32], 32, 4)
    rows: list[Row] = []
    for row in (*free_answers(backend, pairs, options), *other_ways(backend, pairs, options)):
        rows.append(row)
    n = sum(row.n for row in rows[:9])
    plain_s, ours_s = (sum(row.n / getattr(row, way) for row in rows[:9]) for way in ("plain", "ours"))
    rows.insert(9, Row("free answers together", n, n / plain_s, n / ours_s, sum(row.equal for row in rows[:9]), n))
    text = [*lines(rows), "", f"Loading: base {base_s:.2f} s, three adapters {adapters_s:.2f} s."]
    about = f"{options.model}, {backend.model.device}, batches of {options.batch_size}, torch {version('torch')}, "
    about += f"transformers {version('transformers')}; seconds are the processor's on a CPU, the clock's on a GPU."
    print("\n".join(text))
    (HERE / "results.md").write_text("\n".join(["# Prediction", "", about, "", *text, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
