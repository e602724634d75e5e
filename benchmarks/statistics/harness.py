"""Put the same answers through lm-evaluation-harness, and compare its accuracy with ours.

    benchmarks/statistics/setup.sh                                     # once
    benchmarks/statistics/.envs/harness/bin/python benchmarks/statistics/harness.py results

Replays the answers of a study's score tables (free way, all runs) as if a model gave them, through the tasks in
harness/, and writes harness.md: accuracy of the harness and ours per task, model, arm and run, and in how many cases
the two judge differently.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# Before the harness is imported: nothing is fetched, and nothing left outside.
os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_HOME=str(HERE / ".made"), TQDM_DISABLE="1")

import pandas as pd  # noqa: E402 - offline first
from lm_eval import simple_evaluate  # noqa: E402
from lm_eval.api.model import LM  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402

TASKS = ("regimen", "modality", "icd10")


class Replay(LM):
    """A model that gives prepared answers, by case."""

    def __init__(self, answers: dict[str, str]) -> None:
        super().__init__()
        self.answers = answers

    def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:  # noqa: ARG002
        """Return the answer to each request's case."""
        return [self.answers[request.doc["case_id"]] for request in requests]

    def loglikelihood(self, requests: list[Any]) -> list[Any]:
        """Refuse: there is only text."""
        raise NotImplementedError

    def loglikelihood_rolling(self, requests: list[Any]) -> list[Any]:
        """Refuse: there is only text."""
        raise NotImplementedError


def judged(task: str, answers: dict[str, str], manager: TaskManager) -> dict[str, float]:
    """Return what the harness finds of each case, 1 or 0."""
    found = simple_evaluate(
        model=Replay(answers),
        tasks=[f"radonc_{task}"],
        task_manager=manager,
        bootstrap_iters=0,
        log_samples=True,
        verbosity=None,
    )
    samples = found["samples"][f"radonc_{task}"]
    return {sample["doc"]["case_id"]: float(sample["exact_match"]) for sample in samples}


def compared(results: Path) -> Iterator[tuple[Any, ...]]:
    """Yield a row per task, model, arm and run: cases, both accuracies, and how many cases are judged differently."""
    manager = TaskManager(include_path=str(HERE / "harness"), include_defaults=False)
    for task in TASKS:
        scores = pd.read_parquet(results / "scores" / f"{task}.parquet")
        for key, rows in scores[scores["answer_mode"] == "free"].groupby(["model", "arm", "run"], sort=True):
            ours = rows.set_index("case_id")["exact_match"]
            theirs = pd.Series(judged(task, dict(zip(rows["case_id"], rows["answer"], strict=True)), manager))
            different = int((theirs.reindex(ours.index) != ours).sum())
            yield (task, *key, len(ours), ours.mean(), theirs.mean(), different)


def main(results: Path) -> None:
    """Compare, and write the table."""
    logging.disable(logging.WARNING)
    # The tasks name the pairs by their place in a study's results.
    os.chdir(results)
    rows = list(compared(Path()))
    lines = [
        "| task | model | arm | run | cases | ours | harness | judged differently |",
        "|---|---|---|---|---|---|---|---|",
        *(f"| {' | '.join(f'{cell:.6f}' if isinstance(cell, float) else str(cell) for cell in row)} |" for row in rows),
    ]
    (HERE / "harness.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
