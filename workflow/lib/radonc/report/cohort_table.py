"""Table 1: who the cases are, with small cells suppressed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from radonc.data.schemas import INTENTS, SEXES
from radonc.report import small_cells, words
from radonc.vocabulary import icd10, staging

N_CATEGORIES = 10
NOT_STATED = "Not stated"
OTHER = "Other categories"
TOP_AGE = 90
OTHER_STAGE = "Another word"
DETAILS = (
    "site", "laterality", "histology", "grade", "t_stage", "n_stage", "m_stage", "biomarkers", "performance_status",
    "history",
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One group's number of cases: published (``n``), or hidden (``mark`` says how)."""

    label: str
    n: int | None
    share: float | None
    mark: str | None = None


@dataclass(frozen=True)
class Characteristic:
    """One characteristic of the cohort and its groups."""

    key: str
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class CohortTable:
    """What Table 1 shows.

    ``age_quartiles`` (years: lower, median, upper) are withheld (None) where too few cases have an age.
    """

    n: int
    age_quartiles: tuple[float, float, float] | None
    characteristics: tuple[Characteristic, ...]
    missing: tuple[Cell, ...]

    def cells(self, key: str) -> tuple[Cell, ...]:
        """Return the groups of one characteristic."""
        return next(found.cells for found in self.characteristics if found.key == key)


def describe(cases: pd.DataFrame, smallest: int = small_cells.SMALLEST) -> CohortTable:
    """Describe the cohort.

    Parameters
    ----------
    cases
        The CASES table, one row per case.
    smallest
        The smallest number of cases that is published.
    """
    ages = cases["age"].dropna().astype(float)
    categories = cases["icd10"].map(icd10.category, na_action="ignore").map(words.code_name, na_action="ignore")

    def capitalised(column: str) -> pd.Series:
        return cases[column].map(words.sentence_case, na_action="ignore")

    groups: dict[tuple[str, str | None], tuple[pd.Series, Iterable[str]]] = {
        ("sex", None): (capitalised("sex"), map(words.sentence_case, SEXES)),
        ("icd10", "Diagnosis (ICD-10-CM category)"): (_most_frequent(categories), ()),
        ("stage_group", None): (cases["stage_group"].map(main_stage, na_action="ignore"), staging.MAIN_STAGES),
        ("intent", None): (capitalised("intent"), map(words.sentence_case, INTENTS)),
        ("modality", "Modality of the treatment"): (capitalised("modality"), ()),
        ("resolved_by", "Answers determined by"): (capitalised("resolved_by"), ()),
    }
    characteristics = tuple(
        Characteristic(
            key, name or words.sentence_case(words.name_of(key, words.FIELDS)), cells_of(values, list(order), smallest)
        )
        for (key, name), (values, order) in groups.items()
    )
    quartiles = ages.quantile([0.25, 0.5, 0.75]) if len(ages) >= smallest else None
    return CohortTable(
        n=len(cases),
        age_quartiles=None if quartiles is None else (quartiles.iloc[0], quartiles.iloc[1], quartiles.iloc[2]),
        characteristics=characteristics,
        missing=tuple(
            _missing(cases[field], words.sentence_case(words.name_of(field, words.FIELDS)), smallest)
            for field in DETAILS
        ),
    )


def main_stage(stage_group: str) -> str:
    """Return the main stage of a stage group; all other words, free text, are one group."""
    return staging.main_stage(stage_group) or OTHER_STAGE


def cells_of(values: pd.Series, order: Iterable[str] = (), smallest: int = small_cells.SMALLEST) -> tuple[Cell, ...]:
    """Count the groups of a column, small numbers suppressed.

    Groups named in ``order`` come first, in that order and also when empty; then the others by size; missing values
    last.
    """
    counts = values.value_counts()
    by_size = sorted(counts.index, key=lambda label: (label == OTHER, -counts[label], label))
    labels = words.ordered(dict.fromkeys([*order, *by_size]), order)
    numbers = [int(counts.get(label, 0)) for label in labels]
    n_missing = int(values.isna().sum())
    if n_missing:
        labels, numbers = [*labels, NOT_STATED], [*numbers, n_missing]
    return cells(labels, numbers, smallest)


def cells(labels: Sequence[str], numbers: Sequence[int], smallest: int = small_cells.SMALLEST) -> tuple[Cell, ...]:
    """Return groups with their numbers and shares, small numbers suppressed."""
    total = sum(numbers)
    return tuple(
        Cell(label, n, n / total if total else None) if mark is None else Cell(label, None, None, mark)
        for label, n, mark in zip(labels, numbers, small_cells.suppress(numbers, smallest), strict=True)
    )


def _most_frequent(labels: pd.Series) -> pd.Series:
    """Return the labels with all but the most frequent ones pooled; equal numbers in alphabetical order."""
    counts = labels.value_counts()
    kept = sorted(counts.index, key=lambda label: (-counts[label], label))[:N_CATEGORIES]
    return labels.where(labels.isin(kept) | labels.isna(), OTHER)


def _missing(values: pd.Series, name: str, smallest: int = small_cells.SMALLEST) -> Cell:
    """Count the cases without a detail; hidden as well where those with it are few."""
    n = int(values.isna().sum())
    return cells([name, "stated"], [n, len(values) - n], smallest)[0]
