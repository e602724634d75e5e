"""The training runs as the report shows them: losses, speed, cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from radonc.report import figures, small_cells, words

Adapter = tuple[str, str, str]
"""Model, task, run."""


def ordered(adapters: Mapping[Adapter, Any]) -> list[Adapter]:
    """Return the adapters by task, so that the models stand side by side; the runs in the order given."""
    tasks = words.ordered(sorted(task for _, task, _ in adapters), words.TASKS)
    runs = list(dict.fromkeys(run for _, _, run in adapters))
    return sorted(adapters, key=lambda key: (tasks.index(key[1]), key[0], runs.index(key[2])))


def row(key: Adapter, curve: pd.DataFrame, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return one run for the tables of training runs; what its manifest does not state is None.

    ``validation_loss`` is that of the step whose weights the adapter has: the best one, or the last.
    """
    loss = curve["loss"].dropna()
    validation = curve.loc[curve["validation_loss"].notna(), ["step", "validation_loss"]]
    best = validation[validation["step"] == manifest.get("best_step")]
    kept = (best if len(best) else validation)["validation_loss"]
    facts = ("best_step", "seconds", "tokens_per_second", "mfu", "peak_memory_mb", "energy_wh", "device")
    return {
        "model": key[0],
        "task": words.name_of(key[1], words.TASKS),
        "run": key[2],
        "n_steps": manifest.get("n_steps", figures.n_steps(curve)),
        "epochs": curve["epoch"].max(),
        "n_tokens": manifest.get("n_tokens", figures.n_tokens(curve)),
        "first_loss": next(iter(loss), None),
        "last_loss": next(iter(loss.iloc[::-1]), None),
        "validation_loss": next(iter(kept.iloc[::-1]), None),
        **{name: manifest.get(name) for name in facts},
    }


def name_of(key: Adapter) -> str:
    """Return a run's name for a figure's title."""
    return f"{key[0]}, {words.name_of(key[1], words.TASKS)}"


def publish(manifest: Mapping[str, Any], n_test: int, smallest: int) -> Mapping[str, Any]:
    """Return a manifest, its numbers of cases hidden where one is small: with the test cases they are the cohort."""
    sizes = {name: n for name, n in manifest.items() if name in ("n_train", "n_validation")}
    # A number of test cases that is shown protects no other.
    unknown = [n_test] if small_cells.is_small(n_test, smallest) else []
    marks = small_cells.suppress([*sizes.values(), *unknown], smallest)
    return {**manifest, **{name: mark for name, mark in zip(sizes, marks, strict=False) if mark}}
