"""Whether the answer holds everywhere: subgroups (and their forest plot), near duplicates, labels in doubt."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from radonc.report import results, small_cells, svg, words
from radonc.report.results import Row
from radonc.report.svg import COLOURS
from radonc.vocabulary import sites

CHARACTERISTICS = {
    "site": "Site",
    "sex": "Sex",
    "age": "Age at diagnosis",
    "diagnosis_year": "Year of diagnosis",
    "stage_group": "Stage group",
    "intent": "Intent",
    "code": "Training cases of the code",
    "near_duplicate": "Near duplicate in training",
    "label": "Label in doubt",
}
ROW_HEIGHT = 14.5
_LEFT, _RIGHT, _TOP, _BOTTOM = 160, 96, 46, 40
_INDENT = 10
# The mark of all cases is as large as this; that of a group has its share of the area, and can still be seen.
_LARGEST, _LEAST = 7.0, 2.5
SUBSETS = {
    "near_duplicate": {"no": "Without a near duplicate", "yes": "With a near duplicate"},
    "label": {"no": "Label not in doubt", "yes": "Label in doubt"},
}
DOUBTS = {
    "flagged": "Flagged by a consistency check",
    "disputed": "Disputed by a second answer",
    "in_doubt": "In doubt, by either",
}


@dataclass(frozen=True)
class Group:
    """One group of cases: its SUBGROUPS row, or the mark that stands in the place of its number and all else."""

    name: str
    row: Row | None
    mark: str | None = None


@dataclass(frozen=True)
class Forest:
    """The groups of one model and task, by characteristic in which they differ; ``overall`` is the row of all cases."""

    name: str
    overall: Row
    characteristics: dict[str, list[Group]]


def section(
    subgroups: pd.DataFrame, subsets: pd.DataFrame, label_noise: pd.DataFrame, per_class: pd.DataFrame, *, smallest: int
) -> dict[str, Any]:
    """Return what the section on robustness shows of these tables; nothing where no task has enough cases."""
    laid_out = forests(subgroups, per_class, smallest)
    noise = small_cells.enough_cases(label_noise, smallest)
    enough = set(subsets.loc[(subsets["group"] == "all") & (subsets["n"] >= smallest), "task"])
    parts = [(task, rows) for task, rows in results.by_task(subsets) if task in enough]
    return {
        "forests": laid_out,
        "forest_figures": svg.inline_all(map(forest_plot, laid_out), "forest"),
        "near_duplicates": [_subsets(rows, task, "near_duplicate", smallest) for task, rows in parts],
        "labels_in_doubt": [_subsets(rows, task, "label", smallest) for task, rows in parts],
        "label_noise": [
            (words.task_name(task), _noise(label_noise[label_noise["task"] == task], smallest))
            for task, _ in results.by_task(noise)
        ],
        "any_second": bool((noise["metric"] == "disputed").any()),
    }


def forests(subgroups: pd.DataFrame, per_class: pd.DataFrame, smallest: int) -> list[Forest]:
    """Lay out the groups of every task and model, without small cells; a task of too few test cases is left out.

    What the report shows of single codes, from the table PER_CLASS, decides which sites it can name.
    """
    of_site: Counter[str] = Counter()  # test cases with a code that the report lists with its number of cases
    for code, support, _ in results.class_table(per_class, "icd10", smallest)["rows"]:
        of_site[sites.group_of_code(code)] += support
    laid_out = []
    for task, of_task in results.by_task(subgroups):
        for model, rows in of_task.groupby("model", sort=True):
            overall, *others = rows.to_dict("records")
            if overall["n"] < smallest:
                continue
            characteristics = {}
            for name, part in groupby(others, itemgetter("characteristic")):
                groups = list(part)
                # Codes with enough test cases to be listed are the frequent ones, which come last.
                listed = {"site": of_site, "code": {groups[-1]["group"]: of_site.total()}}.get(name, {})
                if len(groups) > 1:
                    characteristics[CHARACTERISTICS[name]] = _published(groups, listed, smallest)
            laid_out.append(Forest(f"{words.task_name(task)}, {model}", overall, characteristics))
    return laid_out


def _published(rows: Sequence[Row], listed: Mapping[str, int], smallest: int) -> list[Group]:
    """Suppress groups, and those from which a small one would follow.

    A group's number less those of its codes that the report lists is the number of its other cases: that, too, must
    not be small, nor follow from the others.
    """
    marks = small_cells.suppress([row["n"] - listed.get(row["group"], 0) for row in rows], smallest)
    groups = []
    for row, mark in zip(rows, marks, strict=True):
        if mark is not None and not small_cells.is_small(row["n"], smallest):
            mark = small_cells.SUPPRESSED
        groups.append(Group(words.sentence_case(row["group"]), None if mark else row, mark))
    return groups


def forest_plot(forest: Forest) -> str:
    """Draw the difference tuned less base with its interval for all cases and for each published group.

    A forest plot (Lewis and Clarke 2001, BMJ 322:1479-1480) as an SVG document. The area of a mark goes with the number
    of cases; the dashed line is at the difference of all.
    """
    n_lines = 1 + sum(1 + len(groups) for groups in forest.characteristics.values())
    height = _TOP + _BOTTOM + ROW_HEIGHT * n_lines
    with svg.drawing(height, left=_LEFT, right=_RIGHT, top=_TOP, bottom=_BOTTOM) as axes:
        write = partial(svg.write_beside, axes, size=svg.FONT_SIZE - 2, annotation_clip=False)
        _scale(axes, forest, n_lines)
        write(0, -1.1, -6, "n", ha="right", color=COLOURS["muted"])
        write(1, -1.1, _RIGHT - 4, "difference", ha="right", color=COLOURS["muted"])

        def line(y: int, name: str, row: Row, indent: int = 0, **style: Any) -> None:
            colour, size = COLOURS["series-1"], max(_LARGEST * math.sqrt(row["n"] / forest.overall["n"]), _LEAST)
            axes.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=1.4)
            axes.plot([row["difference"]], [y], marker="s", markersize=size, color=colour, markeredgewidth=0)
            write(0, y, 4 - _LEFT + indent, name, **style)
            write(0, y, -6, words.integer(row["n"]), ha="right")
            write(1, y, _RIGHT - 4, _difference(row), ha="right")

        line(0, "All cases", forest.overall, weight="bold")
        y = 1
        for name, groups in forest.characteristics.items():
            write(0, y, 4 - _LEFT, name, weight="bold")
            for group in groups:
                y += 1
                if group.row is None:
                    write(0, y, 4 - _LEFT + _INDENT, group.name)
                    write(0, y, -6, group.mark or "", ha="right", color=COLOURS["muted"])
                else:
                    line(y, group.name, group.row, _INDENT)
            y += 1
        axes.set_xlabel("accuracy, tuned less base")
        return svg.to_svg(axes, forest.name, forest_in_words(forest), "Forest plot")


def forest_in_words(forest: Forest) -> str:
    """Say what a forest plot shows."""
    parts = [f"All cases: {_difference(forest.overall)}"]
    for name, groups in forest.characteristics.items():
        shown = (f"{group.name} {_difference(group.row) if group.row else group.mark}" for group in groups)
        parts.append(f"{name}: {', '.join(shown)}")
    return "; ".join(parts)


def _scale(axes: Axes, forest: Forest, n_lines: int) -> None:
    groups = (group for groups in forest.characteristics.values() for group in groups)
    shown = [forest.overall, *(group.row for group in groups if group.row)]
    low, high = min(0, *(row["low"] for row in shown)), max(0, *(row["high"] for row in shown))
    margin = 0.03 * (high - low)
    axes.set_xlim(low - margin, high + margin)
    svg.rows_as_lines(axes, n_lines)
    axes.xaxis.set_major_formatter(lambda value, _: words.decimal(value, 1))
    axes.axvline(0, color=COLOURS["ink"], linewidth=1)
    axes.axvline(forest.overall["difference"], color=COLOURS["muted"], linewidth=1, linestyle=(0, (3, 3)))


def _difference(row: Row) -> str:
    return words.interval(row["difference"], row["low"], row["high"], 2)


def _subsets(rows: pd.DataFrame, task: str, characteristic: str, smallest: int) -> dict[str, Any]:
    """Lay out all test cases of a task beside the two parts of them.

    ``columns`` has a name and a number or mark per part; a row has accuracy and ROUGE-1 of all cases and of each part,
    None where the part may not be published. ``is_divided`` says whether both parts have cases.
    """
    rows = rows[rows["characteristic"].isin(["all", characteristic])]
    n_cases, names = dict(zip(rows["group"], rows["n"].tolist(), strict=True)), SUBSETS[characteristic]
    numbers = [n_cases.get(group, 0) for group in names]
    marks = small_cells.suppress(numbers, smallest)
    shown = [mark or n for n, mark in zip(numbers, marks, strict=True)]
    hidden = [group for group, mark in zip(names, marks, strict=True) if mark]
    metrics = words.ordered(rows["metric"], words.METRICS)
    return {
        "name": words.task_name(task),
        "columns": [("All", n_cases["all"]), *zip(names.values(), shown, strict=True)],
        "rows": results.rows_by_arm(rows[~rows["group"].isin(hidden)], group=["all", *names], metric=metrics),
        "is_divided": 0 not in shown,
    }


def _noise(rows: pd.DataFrame, smallest: int) -> list[tuple[str, Row, str | None]]:
    """Lay out the doubts about one task's labels: name, row, and the mark in the place of a share that is hidden.

    Flagged labels and disputed ones are shown if none of the numbers that follow from both is small: of those that are
    flagged alone, disputed alone, and both; nor that of the labels on which people agree. Where people answered nothing
    besides, the flagged labels are all that are in doubt.
    """
    records: dict[str, Row] = {row["metric"]: row for row in rows.to_dict("records")}
    counts = {metric: round(row["value"] * row["n"]) for metric, row in records.items()}
    n, doubted = records["in_doubt"]["n"], counts["in_doubt"]
    flagged, disputed = counts["flagged"], counts.get("disputed", 0)
    both = flagged + disputed - doubted
    parts = small_cells.suppress([flagged - both, disputed - both, both, n - doubted], smallest)
    agreed = records["disputed"]["n"] - disputed if "disputed" in records else 0
    hidden = {
        "flagged": any(parts),
        "disputed": any(parts) or small_cells.is_small(agreed, smallest),
        "in_doubt": any(small_cells.suppress([doubted, n - doubted], smallest)),
    }

    def mark(count: int) -> str:
        return small_cells.mark(smallest) if small_cells.is_small(count, smallest) else small_cells.SUPPRESSED

    return [
        (name, records[metric], mark(counts[metric]) if hidden[metric] else None)
        for metric, name in DOUBTS.items()
        if metric in records and records[metric]["n"] >= smallest and (metric == "flagged" or "disputed" in records)
    ]
