"""The privacy page: one page for people to read and to sign, on what de-identification did and on what it did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from radonc.report import cohort_figures, cohort_table, page, small_cells, svg, words

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
BELOW_11 = ("1", "2–4", "5–10")
"""The classes of group sizes below 11."""
HIDDEN = "*"


@dataclass(frozen=True, kw_only=True)
class PrivacyPage:
    """All that the page shows."""

    title: str
    synthetic: bool
    """The records were made by the workflow, not by a clinic."""
    smallest: int
    """The smallest number of people that is published."""
    examples: bool
    """The report shows some cases verbatim."""
    audit: Mapping[str, Any]
    """As ``radonc.deid.audit.passed`` gives it."""
    groups: Mapping[str, Any]
    """As ``radonc.deid.quasi_identifiers.measure`` gives it."""
    reading: Mapping[str, Any]
    """As ``radonc.evaluation.privacy_reading.summarise`` gives it."""
    provenance: Mapping[str, Any]
    """Versions and digests, among them ``audit_digest``."""


def render(inputs: PrivacyPage) -> str:
    """Render the page.

    Returns
    -------
    str
        An HTML document that needs nothing but itself. The same inputs give the same bytes. Small numbers of people,
        and of places in texts, are hidden with those from which they could be worked out.
    """
    environment = page.environment(
        {
            "field": lambda name: words.name_of(name, FIELDS),
            "kind": lambda name: words.sentence_case(words.name_of(name, KINDS)),
            "digest": lambda digest: str(digest)[:12],
        },
        {"word": lambda name: words.sentence_case(str(name).replace("_", " "))},
    )
    smallest = inputs.smallest
    sizes = _sizes(inputs.groups, smallest)
    return environment.get_template("privacy.html.j2").render(
        page=inputs,
        own_style=Markup(page.FOLDER.joinpath("privacy.css").read_text(encoding="utf-8")),
        single=lambda n: small_cells.mark(smallest) if small_cells.is_small(n, smallest) else n,
        tags=_tags(inputs.audit, smallest),
        sizes=sizes,
        sizes_figure=Markup(svg.inline(cohort_figures.shares(sizes, "Patients by the size of their group"), "sizes")),
        steps=[_step(row, inputs.groups["patients"], smallest) for row in inputs.groups["steps"]],
        as_released=_step(inputs.groups["as_released"], inputs.groups["patients"], smallest),
        sampled=_sampled(inputs.reading),
        level=f"{100 * inputs.reading['confidence']:g}",
    )


def _tags(audit: Mapping[str, Any], smallest: int) -> dict[str, Any]:
    """Return the table of redactions: a row per column of the extract, a column per tag, with totals."""
    parts = {
        f"{table}: {column.replace('_', ' ')}": counts
        for table, whole in audit["texts_by_table"].items()
        for column, counts in (whole.get("columns") or {"all texts": whole}).items()
        if counts["texts"]
    }
    kinds = list(audit["texts"]["tags"])
    counts = np.array([[part["tags"][kind] for kind in kinds] for part in parts.values()], dtype=np.int64)
    counts = counts.reshape(len(parts), len(kinds))
    hidden = small_cells.suppress_table(counts, smallest=smallest)
    whole = np.block([[counts, counts.sum(1, keepdims=True)], [counts.sum(0, keepdims=True), counts.sum()]])
    cells = [
        [HIDDEN if secret else int(n) for n, secret in zip(*both, strict=True)]
        for both in zip(whole, hidden, strict=True)
    ]
    return {
        "kinds": kinds,
        "rows": [(name, part, row) for (name, part), row in zip(parts.items(), cells, strict=False)],
        "total": (audit["texts"], cells[-1]),
    }


def _sizes(groups: Mapping[str, Any], smallest: int) -> tuple[cohort_table.Cell, ...]:
    """Return the patients by size of their group; groups below 11 and above apart, since both sums are shown."""
    rows = groups["sizes"]
    numbers = [row["patients"] for row in rows]
    n_below = sum(row["size"] in BELOW_11 for row in rows)
    marks = small_cells.suppress(numbers[:n_below], smallest) + small_cells.suppress(numbers[n_below:], smallest)
    if _share(groups["steps"][-1]["below_11"], groups["patients"], smallest) is None:
        marks = [small_cells.WITHHELD] * len(rows)
    return tuple(
        cohort_table.Cell(f"{row['size']} patient{'s' * (row['size'] != '1')}", None, None, mark)
        if mark
        else cohort_table.Cell(
            f"{row['size']} patient{'s' * (row['size'] != '1')}", row["patients"], row["patients"] / groups["patients"]
        )
        for row, mark in zip(rows, marks, strict=True)
    )


def _share(part: int, n: int, smallest: int) -> float | None:
    """Return a share, or None where it is of too few, or leaves too few."""
    if not n or small_cells.is_small(part, smallest) or small_cells.is_small(n - part, smallest):
        return None
    return part / n


def _step(row: Mapping[str, Any], n: int, smallest: int) -> dict[str, Any]:
    """Return a row of the table of quasi-identifiers."""
    return {**row, "below_11": _share(row["below_11"], n, smallest)}


def _sampled(reading: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return distinct texts and how many of them are on the sheet, by column."""
    found: dict[str, dict[str, Any]] = {}
    for row in reading["strata"]:
        name = f"{row['table']}: {row['column'].replace('_', ' ')}"
        part = found.setdefault(name, {"name": name, "texts": 0, "sampled": 0})
        part["texts"] += row["texts"]
        part["sampled"] += row["sampled"]
    return list(found.values())
