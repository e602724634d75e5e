"""The privacy page: one page for people to read and to sign, on what de-identification did and on what it did not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from radonc.report import cohort, page, small_cells, svg, words

FIELDS = {
    "sex": "sex",
    "age_band": "age in bands of ten years",
    "age": "age in years",
    "diagnosis_year": "year of diagnosis",
    "icd10_category": "ICD-10 category",
    "icd10": "whole ICD-10 code",
    "laterality": "side",
    "modality": "modality of the treatment",
}
KINDS = {"mrn": "record number", "email": "e-mail", "birth_date": "date of birth"}
BELOW_11 = ("1", "2–4", "5–10")  # the classes of group sizes
HIDDEN = "*"


@dataclass(frozen=True, kw_only=True)
class PrivacyPage:
    """All that the page shows."""

    title: str
    synthetic: bool  # the records were made by the workflow, not by a clinic
    smallest: int  # the smallest number of people that is published
    examples: bool  # the report shows some cases verbatim
    audit: Mapping[str, Any]  # as ``radonc.deid.audit.passed`` gives it
    groups: Mapping[str, Any]  # as ``radonc.deid.quasi_identifiers.measure`` gives it
    reading: Mapping[str, Any]  # as ``radonc.evaluation.privacy_reading.summarise`` gives it
    provenance: Mapping[str, Any]  # versions and digests, among them ``audit_digest``


def render(inputs: PrivacyPage) -> str:
    """Render the page as an HTML document that needs nothing but itself; the same inputs give the same bytes.

    Small numbers of people, and of places in texts, are hidden with those from which they could be worked out.
    """
    smallest, groups = inputs.smallest, inputs.groups
    sizes = _sizes(groups, smallest)
    steps = [
        {
            **row,
            "fields": [words.name_of(name, FIELDS) for name in row.get("fields", [row.get("added")])],
            "below_11": _share(row["below_11"], groups["patients"], smallest),
        }
        for row in (*groups["steps"], groups["as_released"])
    ]
    return page.template("privacy.html.j2").render(
        page=inputs,
        own_style=Markup(page.FOLDER.joinpath("privacy.css").read_text(encoding="utf-8")),
        single=lambda n: small_cells.mark(smallest) if small_cells.is_small(n, smallest) else n,
        kind_name=lambda name: words.sentence_case(words.name_of(name, KINDS)),
        tags=_tags(inputs.audit, smallest),
        sizes=sizes,
        sizes_figure=svg.inline(cohort.shares(sizes, "Patients by the size of their group"), "sizes"),
        steps=steps[:-1],
        as_released=steps[-1],
        sampled=_sampled(inputs.reading),
        level=f"{100 * inputs.reading['confidence']:g}",
    )


def _tags(audit: Mapping[str, Any], smallest: int) -> dict[str, Any]:
    """Return the table of redactions: a row per column of the extract, a column per tag, with totals."""
    parts = {
        _column_name(table, column): counts
        for table, of_table in audit["texts_by_table"].items()
        for column, counts in (of_table.get("columns") or {"all texts": of_table}).items()
        if counts["texts"]
    }
    kinds = list(audit["texts"]["tags"])
    counts = np.array([[part["tags"][kind] for kind in kinds] for part in parts.values()], dtype=np.int64)
    counts = counts.reshape(len(parts), len(kinds))
    hidden = small_cells.suppress_table(counts, smallest=smallest)
    cells = np.where(hidden, HIDDEN, small_cells.with_totals(counts).astype("object")).tolist()
    return {
        "kinds": kinds,
        "rows": [(name, part, row) for (name, part), row in zip(parts.items(), cells, strict=False)],
        "total": (audit["texts"], cells[-1]),
    }


def _column_name(table: str, column: str) -> str:
    return words.sentence_case(f"{table}: {column}".replace("_", " "))


def _sizes(groups: Mapping[str, Any], smallest: int) -> list[cohort.Cell]:
    """Return the patients by size of their group; groups below 11 and above apart, since both sums are shown."""
    rows, n = groups["sizes"], groups["patients"]
    numbers = [row["patients"] for row in rows]
    n_below = sum(row["size"] in BELOW_11 for row in rows)
    marks = small_cells.suppress(numbers[:n_below], smallest) + small_cells.suppress(numbers[n_below:], smallest)
    if _share(groups["steps"][-1]["below_11"], n, smallest) is None:
        marks = [small_cells.SUPPRESSED] * len(rows)
    labels = [f"{row['size']} patient{'s' * (row['size'] != '1')}" for row in rows]
    return [
        cohort.Cell(label, None, None, mark) if mark else cohort.Cell(label, number, number / n)
        for label, number, mark in zip(labels, numbers, marks, strict=True)
    ]


def _share(part: int, n: int, smallest: int) -> float | None:
    """Return a share, or None where it is of too few, or leaves too few."""
    hidden = not n or small_cells.is_small(part, smallest) or small_cells.is_small(n - part, smallest)
    return None if hidden else part / n


def _sampled(reading: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Return distinct texts and how many of them are on the sheet, by column."""
    found: dict[str, tuple[int, int]] = {}
    for row in reading["strata"]:
        name = _column_name(row["table"], row["column"])
        texts, sampled = found.get(name, (0, 0))
        found[name] = (texts + row["texts"], sampled + row["sampled"])
    return found
