"""The figures of the results: scores, learning curves, reliability diagrams and confusion matrices."""

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from radonc.data.schemas import NO_MODEL
from radonc.report import small_cells, svg, words
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
MODEL_MARKS = (("series-1", "o"), ("series-2", "D"), ("series-3", "s"), ("series-4", "^"))
UNREAD = "not read"
HIDDEN = "*"
# Marks of several series stand beside each other, so that intervals do not overlap: by this share of the axis.
_SHIFT = 0.012
# The most opaque shade, so that the number on it can be read, in a light and in a dark page.
_DARKEST = 0.6


def scores(summary: pd.DataFrame, task: str, metric: str) -> str:
    """Draw one metric of one task: a point and its interval for each model and arm, first those of no model.

    ``summary`` is the SUMMARY table, the metric's values on a scale of 0 to 1. Returns an SVG document.
    """
    rows = summary[(summary["task"] == task) & (summary["metric"] == metric)]
    models = sorted(set(rows["model"]), key=lambda model: (model != NO_MODEL, model))
    metric_name = words.mid_sentence(words.metric_name(metric))
    n_lines = len(rows) + len(models)
    y = 0
    with svg.drawing(74 + ROW_HEIGHT * n_lines, left=112, right=128, top=34, bottom=40) as axes:
        axes.set_xlim(0, 1)
        svg.rows_as_lines(axes, n_lines)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.2g}"))
        for model in models:
            svg.write_beside(axes, 0, y, -112, words.model_name(model), weight="bold")
            of_model = rows[rows["model"] == model].set_index("arm")
            for arm in words.ordered(of_model.index, words.ARMS):
                y += 1
                value, low, high = of_model.loc[arm, ["value", "low", "high"]]
                marker, edge, face = MARKS.get(arm, OTHER_MARK)
                if pd.notna(low):
                    axes.plot([low, high], [y, y], color=edge, linewidth=1.6, clip_on=False)
                axes.plot([value], [y], marker=marker, markersize=6.5, color=edge, markerfacecolor=face, clip_on=False)
                svg.write_beside(axes, 0, y, -106, words.arm_name(arm))
                svg.write_beside(axes, 1, y, 10, words.interval(value, low, high), fontsize=svg.FONT_SIZE - 1)
            y += 1
        axes.set_xlabel(f"{metric_name} (n = {words.number_range(rows['n'])} cases)")
        description = "; ".join(
            f"{words.model_name(row['model'])}, {words.arm_name(row['arm'])}: "
            f"{words.interval(row['value'], row['low'], row['high'])}"
            for row in rows.to_dict("records")
        )
        return svg.to_svg(axes, f"{words.task_name(task)}: {metric_name}", description)


def learning_curve(runs: pd.DataFrame, task: str, metric: str) -> str:
    """Draw one metric of one task against the number of training pairs, a line per model.

    The line and its intervals are of the seed with the most runs, which saw all shares; other seeds are small marks.
    ``runs`` is the RUNS table, the metric's values on a scale of 0 to 1. Returns an SVG document.
    """
    found = runs[(runs["task"] == task) & (runs["metric"] == metric)].sort_values(["model", "n_train", "seed"])
    metric_name = words.mid_sentence(words.metric_name(metric))
    seed, largest = found["seed"].mode().iloc[0], found["n_train"].max()
    ends = []
    with svg.drawing(230, left=42, right=92, top=34, bottom=42) as axes:
        axes.set_xlim(0, 1.04 * largest)
        axes.set_ylim(0, 1)
        axes.grid(axis="y")
        for number, (model, rows) in enumerate(found.groupby("model", sort=True)):
            series, marker = MODEL_MARKS[number % len(MODEL_MARKS)]
            colour = COLOURS[series]
            first, others = rows[rows["seed"] == seed], rows[rows["seed"] != seed]
            shift = number * _SHIFT * largest
            x = first["n_train"] + shift
            axes.vlines(x, first["low"], first["high"], color=colour, linewidth=1.2)
            axes.plot(x, first["value"], color=colour, linewidth=1.4, marker=marker, markersize=4)
            axes.plot(others["n_train"] + shift, others["value"], marker, markersize=3, color=colour, alpha=0.6)
            ends.append((float(first["value"].iloc[-1]), str(model), colour))
        svg.name_ends(axes, ends, 0.09, 4, fontsize=svg.FONT_SIZE - 1)
        axes.set_xlabel(f"training pairs (n = {words.number_range(found['n'])} test cases)")
        axes.set_ylabel(metric_name)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.integer(value)))
        description = "; ".join(
            f"{row['model']}, {words.integer(row['n_train'])} pairs, seed {row['seed']}: "
            f"{words.interval(row['value'], row['low'], row['high'])}"
            for row in found.to_dict("records")
        )
        return svg.to_svg(axes, f"{words.task_name(task)}: {metric_name} by training pairs", description)


def publishable_bins(table: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Return the RELIABILITY rows of one task, model and run that may be published.

    None is of a few cases, nor would one give such a bin away.
    """
    kept = [
        bins[[mark is None for mark in small_cells.suppress(bins["n"].tolist(), smallest)]]
        for _, bins in table.groupby("arm", sort=True)
    ]
    return pd.concat(kept) if kept else table


def reliability(bins: pd.DataFrame, name: str, n_cases: int) -> str:
    """Draw how often a model is right, by how sure it was: a series per arm (DeGroot and Fienberg 1983).

    ``bins`` are those of ``publishable_bins``, ``n_cases`` is the number of cases in all bins, published or not.
    Returns an SVG document.
    """
    arms = words.ordered(bins["arm"], words.ARMS)
    with svg.drawing(262, left=42, right=132, top=34, bottom=42) as axes:
        axes.plot([0, 1], [0, 1], color=COLOURS["muted"], linewidth=1, linestyle=(0, (3, 3)))
        for number, arm in enumerate(arms):
            rows = bins[bins["arm"] == arm].sort_values("above")
            marker, edge, face = MARKS.get(arm, OTHER_MARK)
            x = rows["confidence"] + _SHIFT * (number - (len(arms) - 1) / 2)
            axes.vlines(x, rows["low"], rows["high"], color=edge, linewidth=1.2, clip_on=False)
            axes.plot(x, rows["accuracy"], marker=marker, markersize=5.5, linewidth=0.8, color=edge,
                      markerfacecolor=face, clip_on=False, label=words.arm_name(arm))  # fmt: skip
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.grid(True)
        axes.set_xlabel(f"probability of the likeliest label (n = {words.integer(n_cases)} cases)")
        axes.set_ylabel("share that is right")
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=svg.FONT_SIZE - 1)
        description = "; ".join(
            f"{words.arm_name(row['arm'])}: {words.decimal(row['accuracy'])} right at a mean probability of "
            f"{words.decimal(row['confidence'])}"
            for row in bins.to_dict("records")
        )
        return svg.to_svg(axes, name, description, "Reliability diagram")


def count_confusions(
    scores: pd.DataFrame, smallest: int = small_cells.SMALLEST
) -> tuple[pd.DataFrame, small_cells.Mask] | None:
    """Count cases by treated label (rows) and answered label (columns), and decide which of these numbers are hidden.

    ``scores`` are the SCORES rows of one task, model and arm. Answers that could not be read have a column of their
    own. Labels of too few cases have no row, nor have others from which their size could be worked out. None where
    fewer than two labels are left to be confused.

    Sizes of labels, recalls and precisions are published beside it, so that the reader knows all totals and the cases
    answered rightly: what is hidden cannot be worked out from these either.
    """
    table = pd.crosstab(scores["reference"], scores["parsed"].astype("object").fillna(UNREAD))
    labels = sorted({*table.index, *table.columns} - {UNREAD})
    table = table.reindex(columns=[*labels, UNREAD], fill_value=0)
    table = table.loc[[mark is None for mark in small_cells.suppress(table.sum(axis=1).tolist(), smallest)]]
    if len(table) < 2:
        return None
    known = np.ones((len(table) + 1, table.shape[1] + 1), dtype=np.bool_)
    known[:-1, :-1] = table.index.to_numpy()[:, np.newaxis] == table.columns.to_numpy()
    return table, small_cells.suppress_table(table, known, smallest)[:-1, :-1]


def confusion_matrix(table: pd.DataFrame, hidden: small_cells.Mask, name: str) -> str:
    """Draw what ``count_confusions`` gives: shades are shares of a row, numbers are cases; hidden ones have neither.

    ``name`` says whose answers these are, such as ``demo-llama, tuned``. Returns an SVG document.
    """
    counts = table.to_numpy()
    n_rows, n_columns = counts.shape
    shares = np.where(hidden, 0, counts / counts.sum(axis=1, keepdims=True))
    with svg.drawing(114 + 30 * n_rows, left=98, right=26, top=74, bottom=40) as axes:
        for (y, x), n in np.ndenumerate(counts):
            axes.fill_between(
                [x - 0.48, x + 0.48], y - 0.46, y + 0.46,
                color=COLOURS["series-1"], alpha=_DARKEST * shares[y, x], linewidth=0,
            )  # fmt: skip
            axes.text(x, y, HIDDEN if hidden[y, x] else words.integer(n), ha="center", va="center")
        axes.set_xlim(-0.5, n_columns - 0.5)
        axes.set_ylim(n_rows - 0.5, -0.5)
        axes.set_xticks(range(n_columns), list(table.columns), rotation=30, ha="left")
        axes.set_yticks(range(n_rows), list(table.index))
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_xlabel(f"across: answered; down: treated (n = {words.integer(counts.sum())} cases)")
        return svg.to_svg(axes, name, confusion_in_words(table, hidden), "Confusion matrix")


def confusion_in_words(table: pd.DataFrame, hidden: small_cells.Mask) -> str:
    """Say what the table of ``count_confusions`` shows."""
    said = []
    for label, numbers, secret in zip(table.index, table.to_numpy(), hidden, strict=True):
        cells = zip(table.columns, numbers, secret, strict=True)
        parts = (f"{'hidden' if mask else words.integer(n)} {answer}" for answer, n, mask in cells if mask or n)
        said.append(f"Of {words.integer(numbers.sum())} {label}: {', '.join(parts)}.")
    return " ".join(said)
