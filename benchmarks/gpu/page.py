"""The results in Markdown, of whichever stages have been run."""

from __future__ import annotations

from typing import Any

from agreement import CONTINUOUS, READER
from training import OURS, PLAIN

TRAIN_TOKENS_PER_SECOND = 14_000
PREDICT_SECONDS, PREDICT_ANSWERS = 120, 1581 * 9
PREDICT_TIMES_PLAIN = 3
"""Targets."""


def page(record: dict[str, Any]) -> str:
    """Return the results."""
    about = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    found = [*record.get("correct", ()), *record.get("agreement", ())]
    rows = [
        *_training(record.get("train", {}), record.get("ceiling_tflops", 0.0)),
        *_prediction(record.get("predict", [])),
    ]
    text = [
        "# GPU: results", "", "Written by `benchmarks/gpu/run.py`; README.md says what is measured.", "",
        f"{record['device']}; {about}. Shape: {record['shape']}, random weights.",
        *([f"Ceiling, a large matrix product: {record['ceiling_tflops']:.0f} TFLOP/s."] if "train" in record else []),
        "",
        *(f"- {line}" for line in found),
    ]  # fmt: skip
    if rows:
        text += ["", "| measure | radonc-sft | plain | ratio | target |", "|---|---:|---:|---:|---:|", *rows]
    return "\n".join(text) + "\n"


def _training(train: dict[str, Any], ceiling: float) -> list[str]:
    if not train:
        return []
    pair = [train.get(OURS, {}), train.get(PLAIN, {})]
    rates = [way.get("useful_tokens_per_second") for way in pair]
    ratio = f"{rates[0] / rates[1]:.2f}" if all(rates) else ""
    record = [[_cell(way, key, shape, per) for way in pair] for key, shape, per in (
        ("useful_tokens_per_second", "{:,.0f}", 1), ("tflops", "{:.0%}", ceiling), ("peak_memory_mb", "{:.1f}", 1000)
    )]  # fmt: skip
    return [
        f"| training, useful tokens/s | {' | '.join(record[0])} | {ratio} | ≥ {TRAIN_TOKENS_PER_SECOND:,} |",
        f"| training, share of the ceiling | {' | '.join(record[1])} | | |",
        f"| training, peak memory, GB | {' | '.join(record[2])} | | |",
    ]


def _cell(way: dict[str, Any], key: str, shape: str, per: float) -> str:
    if key in way:
        return shape.format(way[key] / per)
    return "did not fit" if "did_not_fit" in way else ""


def _prediction(rows: list[dict[str, Any]]) -> list[str]:
    """Return a row for each way of answering freely, with all labels; and one for free answers alone."""
    rows = [row for row in rows if "seconds" in row]
    asked = {(row["arm"], row["task"]) for row in rows if row["way"] != "plain"}
    plain = {(row["arm"], row["task"]): row["seconds"] / row["n"] for row in rows if row["way"] == "plain"}
    lines, free = [], {}
    for name in (READER, CONTINUOUS):
        taken = [row for row in rows if row["way"] in (name, "labels")]
        # A way that failed, or that a stopped run did not come to, has fewer than the other.
        if not taken or {(row["arm"], row["task"]) for row in taken} != asked or not asked <= set(plain):
            continue
        n, seconds = sum(row["n"] for row in taken), sum(row["seconds"] for row in taken)
        beside = sum(row["n"] * plain[row["arm"], row["task"]] for row in taken)
        free[name] = sum(row["seconds"] for row in taken if row["way"] == name)
        lines.append(
            f"| {n:,} answers, free ones by {name}, s | {seconds:.0f} | {beside:.0f} | {beside / seconds:.2f} "
            f"| ≤ {PREDICT_SECONDS * n / PREDICT_ANSWERS:.0f} s, ≥ {PREDICT_TIMES_PLAIN} × |"
        )
    if len(free) == 2:
        lines.append(
            f"| free answers alone, s: {READER} {free[READER]:.0f}, {CONTINUOUS} {free[CONTINUOUS]:.0f} | | "
            f"| {free[CONTINUOUS] / free[READER]:.2f} | the slower one goes |"
        )
    return lines
