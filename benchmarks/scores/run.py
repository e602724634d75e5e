"""What scoring, judging and comparing take: made-up answers of many arms, one core.

    PYTHONPATH=workflow/lib OMP_NUM_THREADS=1 .venv/bin/python benchmarks/scores/run.py --cases 790 --arms 12

Each step is a process of its own, as its rule is. Prints seconds and peak memory (MB) per step.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from radonc.data.outcomes import COMPONENTS, SCORES
from radonc.data.schemas import PREDICTIONS
from radonc.regimen import Phase, render
from radonc.runtime import tables
from radonc.runtime.settings.files import load
from radonc.runtime.settings.plausibility import Plausibility
from radonc.vocabulary import icd10

ROOT = Path(__file__).parents[2]
LABELS = ("photon", "proton", "electron", "brachytherapy")
PRIMARY = {"run": "seed1", "answer_modes": {}}
STATISTICS = {"confidence": 0.95, "n_resamples": 2000, "seed": 1}
TASKS = ("regimen", "modality", "icd10")
SITES = ("left breast", "right breast", "prostate", "left lung", "whole brain", "pelvis and nodes", "larynx", "rectum")
RIGHT = 0.6


def main() -> None:
    """Make the answers, then time each step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=790)
    parser.add_argument("--arms", type=int, default=12)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HF_HOME"] = folder
        _made(Path(folder), options.cases, options.arms)
        total = 0.0
        for step, tasks in (
            (score, TASKS),
            (judge, tuple(COMPONENTS)),
            (cohere, ("",)),
            (summarise, ("",)),
            (compare, ("",)),
        ):
            for task in tasks:
                seconds, memory = _timed(step, Path(folder), task)
                total += seconds
                print(f"{step.__name__:10} {task:9} {seconds:7.1f} s {memory:7.0f} MB", flush=True)
        print(f"{options.arms} arms × {options.cases} cases, all: {total:.1f} s")


def score(folder: Path, task: str) -> None:
    """Score the answers to one task."""
    from radonc.evaluation.scoring import score as scored

    tables.write(scored(tables.read(folder / f"{task}.parquet", PREDICTIONS), LABELS), _scores(folder, task), SCORES)


def judge(folder: Path, task: str) -> None:
    """Judge the components of the answers to one task."""
    from radonc.evaluation.components import score_codes, score_regimens

    scores = tables.read(_scores(folder, task), SCORES)
    ranges = load(ROOT / "config" / "plausibility.example.yaml", Plausibility).ranges
    judged = score_codes(scores) if task == "icd10" else score_regimens(scores, ranges=ranges, alpha_beta_gy=10)
    tables.write(judged, folder / f"components-{task}.parquet", COMPONENTS[task])


def cohere(folder: Path, _: str) -> None:
    """Compare the answers to several tasks."""
    from radonc.evaluation.coherence import measure

    measure(_all(folder), confidence=0.95)


def summarise(folder: Path, _: str) -> None:
    """Summarise scores and components."""
    from radonc.evaluation import summary
    from radonc.evaluation.arms import primary

    components = {
        task: primary(tables.read(folder / f"components-{task}.parquet", COMPONENTS[task]), **PRIMARY)
        for task in COMPONENTS
    }
    summary.summarise_components(components, **STATISTICS)
    del components
    summary.summarise(_all(folder), **STATISTICS)


def compare(folder: Path, _: str) -> None:
    """Test the tuned arms."""
    from radonc.evaluation import comparisons

    scores = _all(folder)
    comparisons.compare(scores, dict.fromkeys(TASKS, "accuracy"), **STATISTICS)
    comparisons.compare_models(scores, **STATISTICS)


def _timed(step: Callable[[Path, str], None], folder: Path, task: str) -> tuple[float, float]:
    """Return the seconds and the peak memory (MB) of a step in a new process."""
    context = get_context("spawn")
    results = context.Queue()
    process = context.Process(target=_measured, args=(step, folder, task, results))
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(f"{step.__name__} {task} ended with {process.exitcode}")
    found: tuple[float, float] = results.get()
    return found


def _measured(step, folder, task, results) -> None:  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    step(folder, task)
    seconds = time.perf_counter() - start
    # Not getrusage: its peak is that of the parent as well.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    results.put((seconds, int(status["VmHWM"].split()[0]) / 1024))


def _scores(folder: Path, task: str) -> Path:
    return folder / f"scores-{task}.parquet"


def _all(folder: Path) -> pd.DataFrame:
    from radonc.evaluation.arms import primary
    from radonc.evaluation.study_statistics import COLUMNS

    parts = (tables.read(_scores(folder, task), SCORES)[COLUMNS] for task in TASKS)
    return pd.concat([primary(part, **PRIMARY) for part in parts], ignore_index=True)


def _made(folder: Path, n_cases: int, n_arms: int) -> None:
    """Write made-up predictions: models with base, fewshot and tuned; wrong answers are those of other cases."""
    rng = np.random.default_rng(1)
    codes = rng.choice([code for code in icd10.codes("billable") if code.startswith(("C", "D0"))], 80)
    courses = [_regimen(rng) for _ in range(min(n_cases, 20_000))]
    references = {
        "regimen": rng.choice(courses, n_cases),
        "modality": rng.choice(LABELS, n_cases),
        "icd10": rng.choice(codes, n_cases),
    }
    for task, reference in references.items():
        parts = []
        for number in range(n_arms):
            arm = ("base", "fewshot", "tuned")[number % 3]
            answer = np.where(rng.random(n_cases) < RIGHT, reference, rng.permutation(reference))
            key = {"task": task, "model": f"m{number // 3}", "arm": arm, "run": "seed1" if arm == "tuned" else "-"}
            case_id = [f"c{case:06d}" for case in range(n_cases)]
            said = {"prompt_digest": "0", "reference": reference, "answer": answer, "n_tokens": 1, "finished": True}
            parts.append(pd.DataFrame({"case_id": case_id, **key, **said, "label_log_p": None, "constrained": None}))
        tables.write(pd.concat(parts, ignore_index=True), folder / f"{task}.parquet", PREDICTIONS)


def _regimen(rng: np.random.Generator) -> str:
    n = int(rng.integers(5, 40))
    first = Phase(str(rng.choice(SITES)), round(n * float(rng.uniform(1.5, 4)), 2), n, None, "photon", "VMAT", "6 MV")
    boost = Phase("tumor bed", 10, int(rng.integers(4, 6)), boost="sequential")
    return render([first, boost] if rng.random() < 0.2 else [first])


if __name__ == "__main__":
    main()
