"""The training runs as the report shows them: losses, speed, cost, and the curve of the loss."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.ticker import MaxNLocator

from radonc.report import small_cells, svg, words
from radonc.report.svg import COLOURS

Adapter = tuple[str, str, str]  # model, task, run


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
    validation = curve[curve["validation_loss"].notna()]
    best = validation[validation["step"] == manifest.get("best_step")]
    kept = (best if len(best) else validation)["validation_loss"]
    facts = ("best_step", "seconds", "tokens_per_second", "mfu", "peak_memory_mb", "energy_wh", "device")
    return {
        "model": key[0],
        "task": words.task_name(key[1]),
        "run": key[2],
        "n_steps": manifest.get("n_steps", _largest(curve, "step")),
        "epochs": curve["epoch"].max(),
        "n_tokens": manifest.get("n_tokens", _largest(curve, "n_tokens")),
        "first_loss": next(iter(loss), None),
        "last_loss": next(iter(loss.iloc[::-1]), None),
        "validation_loss": next(iter(kept.iloc[::-1]), None),
        **{name: manifest.get(name) for name in facts},
    }


def publish(manifest: Mapping[str, Any], n_test: int, smallest: int) -> Mapping[str, Any]:
    """Return a manifest, its numbers of cases hidden where one is small: with the test cases they are the cohort."""
    sizes = {name: n for name, n in manifest.items() if name in ("n_train", "n_validation")}
    # A number of test cases that is shown protects no other.
    unknown = [n_test] if small_cells.is_small(n_test, smallest) else []
    marks = small_cells.suppress([*sizes.values(), *unknown], smallest)
    return {**manifest, **{name: mark for name, mark in zip(sizes, marks, strict=False) if mark}}


def training_curve(curve: pd.DataFrame, title: str) -> str:
    """Draw the loss of one training run by step: a CURVE table, losses in nats per token. Return an SVG document."""
    training, validation = (curve[["step", column]].dropna().to_numpy() for column in ("loss", "validation_loss"))
    lines = {"training": (training, COLOURS["series-1"]), "validation": (validation, COLOURS["series-2"])}
    losses = [(name, points[:, 1], colour) for name, (points, colour) in lines.items() if len(points)]
    n_steps, n_tokens = words.integer(_largest(curve, "step")), words.magnitude(_largest(curve, "n_tokens"))
    said = (f"{name} loss from {words.decimal(loss[0], 2)} to {words.decimal(loss[-1], 2)}" for name, loss, _ in losses)
    with svg.drawing(220, left=42, right=72, top=34, bottom=42) as axes:
        axes.plot(*training.T, color=COLOURS["series-1"], linewidth=1.6)
        axes.plot(*validation.T, color=COLOURS["series-2"], linewidth=1.2, marker="o", markersize=4)
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        axes.set_xlabel(f"training step (n = {n_steps}; {n_tokens} tokens)")
        axes.set_ylabel("loss (nats per token)")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        ends = [(float(loss[-1]), name, colour) for name, loss, colour in losses]
        svg.name_ends(axes, ends, 0.08 * axes.get_ylim()[1], 6)
        description = f"{words.sentence_case(', '.join(said))}, in {n_steps} steps."
        return svg.to_svg(axes, title, description if losses else "No loss was logged.", "Training curve")


def _largest(curve: pd.DataFrame, column: str) -> int:
    return int(curve[column].max()) if len(curve) else 0
