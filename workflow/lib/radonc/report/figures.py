"""The pictures of the results: training curves, and scores with their intervals."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from radonc.data.schemas import NO_MODEL
from radonc.report import svg, words
from radonc.report.svg import COLOURS

ROW_HEIGHT = 19
MARKS = {
    "majority": ("v", COLOURS["series-3"], COLOURS["paper"]),
    "neighbour": ("^", COLOURS["series-3"], COLOURS["paper"]),
    "logistic": ("s", COLOURS["series-3"], COLOURS["series-3"]),
    "base": ("o", COLOURS["muted"], COLOURS["paper"]),
    "fewshot": ("D", COLOURS["series-2"], COLOURS["series-2"]),
    "tuned": ("o", COLOURS["series-1"], COLOURS["series-1"]),
}
OTHER_MARK = ("s", COLOURS["series-4"], COLOURS["paper"])


def training_curve(curve: pd.DataFrame, name: str) -> str:
    """Draw the loss of one training run by step.

    Parameters
    ----------
    curve
        The CURVE table of the run; losses in nats per token.
    name
        What was trained, such as ``demo-llama, Regimen``.

    Returns
    -------
    str
        An SVG document.
    """
    training = curve[["step", "loss"]].dropna()
    validation = curve[["step", "validation_loss"]].dropna()
    with svg.drawing(220) as figure:
        axes = svg.axes_within(figure, left=42, right=72, top=34, bottom=42)
        axes.plot(*training.to_numpy().T, color=COLOURS["series-1"], linewidth=1.6)
        axes.plot(*validation.to_numpy().T, color=COLOURS["series-2"], linewidth=1.2, marker="o", markersize=4)
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        axes.set_xlabel(f"training step (n = {words.whole(n_steps(curve))}; {words.magnitude(n_tokens(curve))} tokens)")
        axes.set_ylabel("loss (nats per token)")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        _label_ends(axes, {"training": training, "validation": validation})
        svg.write_title(figure, name)
        return svg.to_svg(figure, f"Training curve: {name}", curve_in_words(curve))


def curve_in_words(curve: pd.DataFrame) -> str:
    """Say what a training curve shows."""
    parts = []
    for column, label in (("loss", "Training loss"), ("validation_loss", "validation loss")):
        values = curve[column].dropna()
        if len(values):
            parts.append(f"{label} from {words.decimal(values.iloc[0], 2)} to {words.decimal(values.iloc[-1], 2)}")
    return f"{', '.join(parts)}, in {words.whole(n_steps(curve))} steps." if parts else "No loss was logged."


def n_steps(curve: pd.DataFrame) -> int:
    """Return the number of steps of a training run."""
    return int(curve["step"].max()) if len(curve) else 0


def n_tokens(curve: pd.DataFrame) -> int:
    """Return the number of tokens seen in a training run."""
    return int(curve["n_tokens"].max()) if len(curve) else 0


def _label_ends(axes: Axes, lines: dict[str, pd.DataFrame]) -> None:
    """Write each line's name at its end, the names kept apart."""
    ends = [(float(points.to_numpy()[-1, 1]), name) for name, points in lines.items() if len(points)]
    apart = 0.08 * axes.get_ylim()[1]
    floor = float("-inf")
    for value, name in sorted(ends):
        floor = max(value, floor + apart)
        colour = COLOURS["series-1"] if name == "training" else COLOURS["series-2"]
        axes.annotate(
            name,
            (1, floor),
            (6, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            color=colour,
        )


def scores(summary: pd.DataFrame, task: str, metric: str) -> str:
    """Draw one metric of one task: a point and its interval for each model and arm, first those of no model.

    Parameters
    ----------
    summary
        The SUMMARY table; the metric's values on a scale of 0 to 1.

    Returns
    -------
    str
        An SVG document.
    """
    rows = summary[(summary["task"] == task) & (summary["metric"] == metric)]
    models = sorted(set(rows["model"]), key=lambda model: (model != NO_MODEL, model))
    metric_name = words.name_of(metric, words.METRICS)
    title = f"{words.name_of(task, words.TASKS)}: {words.mid_sentence(metric_name)}"
    with svg.drawing(74 + ROW_HEIGHT * (len(rows) + len(models))) as figure:
        axes = svg.axes_within(figure, left=112, right=128, top=34, bottom=40)
        _scale(axes, len(rows) + len(models))
        y = 0
        for model in models:
            _write_left(axes, y, -112, words.model_name(model), weight="bold")
            of_model = rows[rows["model"] == model].set_index("arm")
            for arm in words.ordered(of_model.index, words.ARMS):
                y += 1
                _point(axes, y, arm, of_model.loc[arm])
            y += 1
        axes.set_xlabel(f"{words.mid_sentence(metric_name)} (n = {words.span(rows['n'])} cases)")
        svg.write_title(figure, title)
        return svg.to_svg(figure, title, scores_in_words(rows))


def scores_in_words(rows: pd.DataFrame) -> str:
    """Say what a picture of scores shows, from its SUMMARY rows."""
    return "; ".join(
        f"{words.model_name(row['model'])}, {words.name_of(row['arm'], words.ARMS)}: "
        f"{words.interval(row['value'], row['low'], row['high'])}"
        for row in rows.to_dict("records")
    )


def _scale(axes: Axes, n_lines: int) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(n_lines - 0.4, -0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.2g}"))


def _point(axes: Axes, y: float, arm: str, row: pd.Series) -> None:
    marker, edge, face = MARKS.get(arm, OTHER_MARK)
    if pd.notna(row["low"]):
        axes.plot([row["low"], row["high"]], [y, y], color=edge, linewidth=1.6, clip_on=False)
    axes.plot([row["value"]], [y], marker=marker, markersize=6.5, color=edge, markerfacecolor=face, clip_on=False)
    _write_left(axes, y, -106, words.name_of(arm, words.ARMS))
    axes.annotate(
        words.interval(row["value"], row["low"], row["high"]),
        (1, y),
        (10, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        fontsize=svg.FONT_SIZE - 1,
    )


def _write_left(axes: Axes, y: float, x: float, text: str, weight: str = "normal") -> None:
    axes.annotate(
        text, (0, y), (x, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center", weight=weight
    )
