"""What of the subgroup figures may be published, laid out for reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from radonc.report import results, small_cells, words
from radonc.report.results import Row
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


@dataclass(frozen=True)
class Group:
    """One group of cases: its SUBGROUPS row, or the mark that stands in the place of its number and all else."""

    name: str
    row: Row | None
    mark: str | None = None


@dataclass(frozen=True)
class Forest:
    """The groups of one model and task, by characteristic; ``whole`` is the row of all cases.

    A characteristic in which all cases are alike has no place here.
    """

    task: str
    model: str
    whole: Row
    characteristics: tuple[tuple[str, tuple[Group, ...]], ...]

    @property
    def name(self) -> str:
        """The task's name and the model's, for readers."""
        return f"{words.name_of(self.task, words.TASKS)}, {self.model}"


def forests(subgroups: pd.DataFrame, per_class: pd.DataFrame, smallest: int) -> list[Forest]:
    """Lay out the groups of every task and model, without small cells.

    Parameters
    ----------
    subgroups
        The table SUBGROUPS.
    per_class
        The table PER_CLASS: what the report shows of single codes decides which sites it can name.
    smallest
        The smallest number of cases that is published. A task of fewer test cases is left out.
    """
    of_site = _listed_codes(per_class, smallest)
    laid_out = []
    for task in results.tasks_of(subgroups):
        for _, rows in subgroups[subgroups["task"] == task].groupby("model", sort=True):
            whole, *others = results.rows_of(rows)
            if whole["n"] >= smallest:
                parts = [(str(name), list(part)) for name, part in groupby(others, lambda row: row["characteristic"])]
                characteristics = tuple(
                    (CHARACTERISTICS[name], _published(part, _listed_in(name, part, of_site), smallest))
                    for name, part in parts
                    if len(part) > 1
                )
                laid_out.append(Forest(task, str(whole["model"]), whole, characteristics))
    return laid_out


def _published(rows: Sequence[Row], listed: Mapping[str, int], smallest: int) -> tuple[Group, ...]:
    """Mark the groups that stay in the house.

    A group's number less those of its codes that the report lists is the number of its other cases: that, too, must
    not be small, nor follow from the others.
    """
    others = [row["n"] - listed.get(row["group"], 0) for row in rows]
    marks = small_cells.suppress(others, smallest)
    return tuple(
        Group(words.sentence_case(row["group"]), row)
        if mark is None
        else Group(
            words.sentence_case(row["group"]),
            None,
            small_cells.mark(smallest)
            if mark == small_cells.mark(smallest) and small_cells.is_small(row["n"], smallest)
            else small_cells.WITHHELD,
        )
        for row, mark in zip(rows, marks, strict=True)
    )


def _listed_in(characteristic: str, rows: Sequence[Row], of_site: Counter[str]) -> Mapping[str, int]:
    """Return how many cases of a characteristic's groups have a code that the report lists, where it shows that."""
    if characteristic == "site":
        return of_site
    # Codes with enough test cases to be listed are the frequent ones, which come last.
    return {rows[-1]["group"]: of_site.total()} if characteristic == "code" else {}


def _listed_codes(per_class: pd.DataFrame, smallest: int) -> Counter[str]:
    """Return how many test cases of each site have a code that the report lists with its number of cases."""
    of_site: Counter[str] = Counter()
    if (per_class["task"] == "icd10").any():
        for code, support, _ in results.class_table(per_class, "icd10", smallest).rows:
            of_site[sites.group_of_code(code)] += support
    return of_site
