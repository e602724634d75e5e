"""Table 1 and the figures of the cohort: who the cases are, with small cells suppressed."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.ticker import MaxNLocator

from radonc.data.schemas import INTENTS, SEXES
from radonc.report import small_cells, svg, words
from radonc.report.svg import COLOURS
from radonc.vocabulary import icd10, staging

N_CATEGORIES = 10
NOT_STATED = "Not stated"
OTHER = "Other categories"
OTHER_STAGE = "Another word"
DETAILS = (
    "site", "laterality", "histology", "grade", "t_stage", "n_stage", "m_stage", "biomarkers", "performance_status",
    "history",
)  # fmt: skip
DECADE = 10
TOP_AGE = 90
DECADES = [f"{low}–{low + DECADE - 1}" for low in range(0, TOP_AGE, DECADE)] + [f"{TOP_AGE}+"]
NO_AGE = "not stated"
LABEL_LETTERS = 26
LETTER = 6.3


@dataclass(frozen=True)
class Cell:
    """One group's number of cases: published (``n``), or hidden (``mark`` says how)."""

    label: str
    n: int | None
    share: float | None
    mark: str | None = None


def describe(cases: pd.DataFrame, smallest: int = small_cells.SMALLEST) -> dict[str, Any]:
    """Return what Table 1 shows of the CASES table, without small cells.

    These are ``n`` cases; ``age_quartiles`` (years: lower, median, upper; None where too few cases have an age);
    ``characteristics``, by name, each with its groups; and ``missing``, a group per detail.
    """
    ages = cases["age"].dropna().astype(float)

    def capitalised(column: str) -> pd.Series:
        return cases[column].map(words.sentence_case, na_action="ignore")

    categories = cases["icd10"].map(icd10.category, na_action="ignore").map(words.code_name, na_action="ignore")
    groups: dict[str, tuple[pd.Series, Iterable[str]]] = {
        "Sex": (capitalised("sex"), map(words.sentence_case, SEXES)),
        "Diagnosis (ICD-10-CM category)": (_most_frequent(categories), ()),
        "Stage group": (cases["stage_group"].map(main_stage, na_action="ignore"), staging.MAIN_STAGES),
        "Intent": (capitalised("intent"), map(words.sentence_case, INTENTS)),
        "Modality of the treatment": (capitalised("modality"), ()),
        "Answers determined by": (capitalised("resolved_by"), ()),
    }
    return {
        "n": len(cases),
        "age_quartiles": tuple(ages.quantile([0.25, 0.5, 0.75])) if len(ages) >= smallest else None,
        "characteristics": {name: _groups(values, list(order), smallest) for name, (values, order) in groups.items()},
        "missing": [_missing(cases[name], words.sentence_case(name.replace("_", " ")), smallest) for name in DETAILS],
    }


def main_stage(stage_group: str) -> str:
    """Return the main stage of a stage group; all other words, free text, are one group."""
    return staging.main_stage(stage_group) or OTHER_STAGE


def cells(labels: Iterable[str], numbers: Sequence[int], smallest: int = small_cells.SMALLEST) -> list[Cell]:
    """Return groups with their numbers and shares, small numbers suppressed."""
    total = sum(numbers)
    return [
        Cell(label, n, n / total if total else None) if mark is None else Cell(label, None, None, mark)
        for label, n, mark in zip(labels, numbers, small_cells.suppress(numbers, smallest), strict=True)
    ]


def _groups(values: pd.Series, order: Sequence[str], smallest: int) -> list[Cell]:
    """Count the groups of a column: those of ``order`` first, also when empty; then others by size; missing last."""
    counts = values.value_counts()
    by_size = sorted(counts.index, key=lambda label: (label == OTHER, -counts[label], label))
    numbers = {label: int(counts.get(label, 0)) for label in words.ordered([*order, *by_size], order)}
    n_missing = int(values.isna().sum())
    if n_missing:
        numbers[NOT_STATED] = n_missing
    return cells(numbers, list(numbers.values()), smallest)


def _most_frequent(labels: pd.Series) -> pd.Series:
    """Return the labels with all but the most frequent ones pooled; equal numbers in alphabetical order."""
    counts = labels.value_counts()
    kept = sorted(counts.index, key=lambda label: (-counts[label], label))[:N_CATEGORIES]
    return labels.where(labels.isin(kept) | labels.isna(), OTHER)


def _missing(values: pd.Series, name: str, smallest: int = small_cells.SMALLEST) -> Cell:
    """Count the cases without a detail; hidden as well where those with it are few."""
    n = int(values.isna().sum())
    return cells([name, "stated"], [n, len(values) - n], smallest)[0]


def ages_by_sex(cases: pd.DataFrame, sexes: Sequence[Cell], smallest: int = small_cells.SMALLEST) -> str:
    """Draw the ages at diagnosis of women and men, by decade, back to back, as an SVG document.

    Groups of too few people, and those from which such a number could be worked out, have no bar but an asterisk; a sex
    that Table 1 hides (its groups by ``sexes``) has no bars either. The parts of each sex, those without an age among
    them, add up to its number in Table 1, and nothing else gives ages by group: what is hidden here cannot be worked
    out from there.
    """
    groups = _age_groups(cases)
    said = []
    with svg.drawing(290, left=68, right=14, top=56, bottom=42) as axes:
        for sex, side, colour in zip(SEXES, (-1, 1), (COLOURS["series-4"], COLOURS["series-3"]), strict=True):
            whole = next(cell for cell in sexes if cell.label.lower() == sex)
            numbers = groups[sex].tolist()
            marks = [whole.mark] * len(numbers) if whole.mark else small_cells.suppress(numbers, smallest)
            lengths = [0 if mark else side * n for n, mark in zip(numbers, marks, strict=True)]
            axes.barh(range(len(groups)), lengths, height=0.82, color=colour)
            for y in (y for y, mark in enumerate(marks) if mark):
                axes.annotate("*", (0, y), (side * 6, -3), textcoords="offset points", ha="center", va="center")
            label, align = f"{sex} ({whole.mark or f'n = {words.integer(whole.n)}'})", "right" if side < 0 else "left"
            axes.text(0.5 + 0.03 * side, 1.03, label, transform=axes.transAxes, ha=align, color=colour)
            shown = zip(groups.index, numbers, marks, strict=True)
            parts = (f"{label}: {'hidden' if mark else words.integer(n)}" for label, n, mark in shown)
            said.append(f"{words.sentence_case(sex)}: {', '.join(parts)}.")
        limit = 1.05 * max(abs(edge) for edge in axes.get_xlim())
        axes.set_xlim(-limit, limit)
        axes.axvline(0, color=COLOURS["muted"], linewidth=0.8)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        axes.xaxis.set_major_formatter(lambda value, _: words.integer(abs(value)))
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set_yticks(range(len(groups)), list(groups.index))
        axes.set_ylim(-0.6, len(groups) - 0.4)
        axes.set_xlabel("cases (n)")
        axes.set_ylabel("age at diagnosis (years)")
        return svg.to_svg(axes, "Age at diagnosis, women and men", " ".join(said))


def _age_groups(cases: pd.DataFrame) -> pd.DataFrame:
    """Count cases by decade of age (rows, youngest first) and sex; those without an age, if any, in the first row."""
    decade = (cases["age"].astype("float64").clip(upper=TOP_AGE) // DECADE).map(dict(enumerate(DECADES)))
    counts = pd.crosstab(decade.fillna(NO_AGE), cases["sex"]).reindex(columns=list(SEXES), fill_value=0)
    labels = [NO_AGE, *DECADES] if NO_AGE in counts.index else DECADES
    return counts.reindex(index=labels, fill_value=0)


def shares(groups: Sequence[Cell], title: str) -> str:
    """Draw the shares of groups as bars, each with its number; a hidden one has its mark instead. Return an SVG."""
    labels = [textwrap.wrap(cell.label, LABEL_LETTERS) for cell in groups]
    letters = max(len(line) for lines in labels for line in lines)
    heights = [len(lines) + 0.45 for lines in labels]
    centres = []
    with svg.drawing(78 + 14 * sum(heights), left=8 + LETTER * letters, right=88, top=30, bottom=42) as axes:
        y = 0.0
        for cell, height in zip(groups, heights, strict=True):
            length, centre = 100 * (cell.share or 0), y + height / 2
            axes.barh(centre, length, height=0.95, color=COLOURS["series-1"], linewidth=0)
            axes.annotate(
                cell.mark or f"{words.integer(cell.n)} ({words.percent(cell.share, 0)})",
                (length, centre), (5, 0), textcoords="offset points", va="center", fontsize=svg.FONT_SIZE - 1,
            )  # fmt: skip
            centres.append(centre)
            y += height
        axes.set_ylim(y, 0)
        axes.set_xlim(left=0)
        axes.set_yticks(centres, ["\n".join(lines) for lines in labels])
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        axes.set_xlabel("share of cases (%)")
        description = "; ".join(f"{cell.label}: {cell.mark or words.integer(cell.n)}" for cell in groups)
        return svg.to_svg(axes, title, description)
