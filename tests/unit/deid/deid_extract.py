"""A small extract of invented people, for the tests of this room."""

from __future__ import annotations

from typing import Any

import pandas as pd

from radonc.data import schemas
from radonc.deid.crosswalk import Crosswalk, load_or_create
from radonc.deid.scrubber.known_identifiers import Identity
from radonc.deid.scrubber.lexicon import Lexicon
from radonc.deid.scrubber.scrub import Scrubber
from radonc.runtime import tables as files

LEXICON = Lexicon()

SOURCES = {**schemas.CANONICAL, "rejected_rows": schemas.REJECTED_ROWS}

WHITFIELD = {
    "patient_id": "100234", "mrn": "00481516", "first_name": "Harriet", "middle_name": "Jane", "last_name": "Whitfield",
    "former_name": "O'Dowd", "birth_date": "1951-05-02", "sex": "female", "street": "12 Orchard Lane Apt 4",
    "city": "Cedar Rapids", "postal_code": "52401-1234", "phone": "(319) 555-0147", "email": "harriet.w@example.org",
    "relative_name": "Whitfield, Tobias (husband)",
}  # fmt: skip
YOUNG = {
    "patient_id": "100777", "mrn": "00999123", "first_name": "Grace", "last_name": "Young", "birth_date": "1930-11-20",
    "sex": "female", "city": "Mobile", "postal_code": "36602", "phone": "251-555-0199",
}  # fmt: skip
DIAGNOSIS = {
    "diagnosis_id": "DX70001", "patient_id": "100234", "diagnosis_date": "2014-03-07", "icd10_code": "C50.411",
    "site": "RT breast, UOQ", "histology": "Invasive ductal carcinoma", "laterality": "right", "grade": "2/3",
    "t_stage": "pT1c", "n_stage": "pN0", "m_stage": "M0", "stage_group": "IA", "biomarkers": "ER 95%, HER2 1+",
    "performance_status": "ECOG 1", "other_malignancy": "none", "physician": "Rosalind Pemberton, MD",
    "history": "s/p lumpectomy, 0/3 nodes",
}  # fmt: skip
PLAN = {
    "plan_id": "PL90001", "patient_id": "100234", "diagnosis_id": "DX70001", "plan_name": "HW_RtBrst", "course": 1,
    "role": "primary", "status": "treated", "intent": "adjuvant", "site": "right breast", "modality": "photon",
    "technique": "3D-CRT", "energy": "6 MV", "dose_gy": 42.56, "n_fractions": 16, "start_date": "2014-04-14",
    "end_date": "2014-05-06", "physician": "Lionel Achterberg", "machine": "TrueBeam3",
}  # fmt: skip


def frame(name: str, *rows: dict[str, Any]) -> pd.DataFrame:
    """Return a canonical table with these rows; columns that a row does not name are missing."""
    table = pd.DataFrame(list(rows), columns=list(SOURCES[name].columns))
    for column in table.columns:
        if column.endswith("_date"):
            table[column] = pd.to_datetime(table[column])
    return files.validate(table, SOURCES[name])


def extract(
    patients: tuple[dict[str, Any], ...] = (WHITFIELD, YOUNG),
    diagnoses: tuple[dict[str, Any], ...] = (DIAGNOSIS,),
    plans: tuple[dict[str, Any], ...] = (PLAN,),
    annotations: tuple[dict[str, Any], ...] = (),
    rejected_rows: tuple[dict[str, Any], ...] = (),
) -> dict[str, pd.DataFrame]:
    """Return all tables of an extract."""
    return {
        "patients": frame("patients", *patients),
        "diagnoses": frame("diagnoses", *diagnoses),
        "plans": frame("plans", *plans),
        "annotations": frame("annotations", *annotations),
        "rejected_rows": frame("rejected_rows", *rejected_rows),
    }


def scrubber(lexicon: Lexicon = LEXICON, **known: Any) -> Scrubber:
    """Return the scrubber of a patient of whom this is known."""
    return Scrubber(Identity.from_columns(known), lexicon)


def crosswalk_of(tables: dict[str, pd.DataFrame], folder: Any, seed: int | None = 1) -> Crosswalk:
    """Return a crosswalk of the tables' ids."""
    return load_or_create(folder / "private" / "crosswalk.parquet", tables, seed)
