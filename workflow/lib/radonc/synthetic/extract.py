"""Write a synthetic extract as an oncology information system exports one, and the truth about it beside.

The source files are read through the config's mapping, as a clinic's are. The truth (every patient's fate, the place
of every identifier in the free texts) is for tests and the audit of de-identification; no stage of the study reads it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from radonc.data import fields
from radonc.runtime import tables
from radonc.synthetic.charts import Chart
from radonc.synthetic.clinic import Clinic
from radonc.synthetic.fates import draw_fates

FIRST_ID, LAST_ID = 100_000, 999_999

FATES = fields.table("fates", fields.key("patient_id", unique=True), fields.word("fate"))
"""One row per patient: the reason for which the cohort leaves it out, or eligible."""

IDENTIFIERS = fields.table(
    "identifiers",
    fields.word("table"),
    fields.key("record_id"),
    fields.word("column"),
    fields.size("start"),
    fields.size("end"),
    fields.word("kind"),
    fields.identifier("value"),
)
"""One row per identifier in a free text: characters ``start`` to ``end`` (exclusive) of the source text."""


def write_extract(folder: Path, truth: Path, *, n_patients: int, n_eligible: int, seed: int) -> None:
    """Write Patient.csv, Diagnosis.csv, Plan.csv and Annotation.csv, and what is true of them.

    Parameters
    ----------
    folder
        Where the source tables go.
    truth
        Where ``fates.parquet`` and ``identifiers.parquet`` go; tables, records and columns are named as in the
        canonical tables.
    n_patients, n_eligible
        How many patients there are, and how many of them are eligible, by rules alone or with an annotation.
    seed
        The same seed and numbers give the same bytes.

    Raises
    ------
    StudyError
        When ``n_eligible`` is not from 1 to ``n_patients``.
    """
    clinic = Clinic(seed)
    fates = draw_fates(clinic.rng, n_patients, n_eligible)
    patient_ids = [str(number) for number in clinic.rng.sample(range(FIRST_ID, LAST_ID + 1), n_patients)]
    admitted = [clinic.admit(patient_id, fate) for patient_id, fate in zip(patient_ids, fates, strict=True)]
    charts = [chart for chart, _ in admitted]
    _write_sources(folder, charts)
    met = pd.DataFrame({"patient_id": patient_ids, "fate": [fate for _, fate in admitted]})
    tables.write(met, truth / "fates.parquet", FATES, sort_by=["patient_id"])
    tables.write(
        _identifiers(charts),
        truth / "identifiers.parquet",
        IDENTIFIERS,
        sort_by=["table", "record_id", "column", "start"],
    )


def _write_sources(folder: Path, charts: list[Chart]) -> None:
    sources = {
        "Patient.csv": [chart.patient for chart in charts],
        "Diagnosis.csv": [row for chart in charts for row in chart.diagnoses],
        "Plan.csv": [row for chart in charts for row in chart.plans],
        "Annotation.csv": [row for chart in charts for row in chart.annotations],
    }
    for name, rows in sources.items():
        tables.write_atomically(folder / name, partial(pd.DataFrame(rows).to_csv, index=False, lineterminator="\n"))


def _identifiers(charts: list[Chart]) -> pd.DataFrame:
    rows = [
        (
            "diagnoses",
            place.record_id,
            place.column,
            place.span.start,
            place.span.end,
            place.span.kind,
            place.span.value,
        )
        for chart in charts
        for place in chart.places
    ]
    return pd.DataFrame(rows, columns=list(IDENTIFIERS.columns))
