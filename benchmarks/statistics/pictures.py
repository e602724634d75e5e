"""The pictures of the simulation: rates against the share of ties, a panel per number of cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

TYPE_ONE = ("type-I error", 0.05, (0.04, 0.06), (0.0, 0.08))
COVERAGE = ("coverage", 0.95, (0.93, 0.97), (0.72, 1.01))
COLOURS = ("#0072b2", "#56b4e9", "#009e73", "#d55e00", "#e69f00", "#cc79a7", "#000000", "#999999")


def draw(rows: list[Any], folder: Path) -> None:
    """Write type_one.png and coverage.png."""
    for name, (about, wanted, band, limits) in (("type_one", TYPE_ONE), ("coverage", COVERAGE)):
        tied = [row for row in rows if row.about == about and row.ties]
        kinds = list(dict.fromkeys(row.scores for row in tied))
        sizes = sorted({row.n for row in tied})
        methods = list(dict.fromkeys(row.method for row in tied))
        figure = Figure(figsize=(10, 6.5), layout="constrained")
        panels = figure.subplots(len(kinds), len(sizes), sharex=True, sharey=True, squeeze=False)
        for line, kind in zip(panels, kinds, strict=True):
            for panel, n in zip(line, sizes, strict=True):
                panel.axhspan(*band, color="#e8e8e8", zorder=0)
                panel.axhline(wanted, color="#888888", linewidth=0.8, zorder=1)
                for number, method in enumerate(methods):
                    points = [row for row in tied if (row.scores, row.n, row.method) == (kind, n, method)]
                    panel.errorbar(
                        [row.ties for row in points],
                        [row.rate for row in points],
                        [2 * row.error for row in points],
                        label=method if points else None,
                        color=COLOURS[number],
                        marker="osD^vPX*"[number],
                        markersize=4,
                        linewidth=1.2,
                        elinewidth=0.8,
                    )
                panel.set_title(f"{kind}, n = {n}", fontsize=9)
                panel.set_ylim(*limits)
                panel.spines[["top", "right"]].set_visible(False)
            line[0].set_ylabel(about)
        for panel in panels[-1]:
            panel.set_xlabel("share of ties")
        handles, labels = panels[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8, frameon=False)
        figure.savefig(folder / f"{name}.png", dpi=120)
