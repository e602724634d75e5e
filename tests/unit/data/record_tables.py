"""De-identified tables of few patients, for the tests of the cohort, its labels and its annotation."""

import pandas as pd

from radonc.data.schemas import CANDIDATES, CHOICES, DEIDENTIFIED
from radonc.runtime import tables
from radonc.runtime.settings.cohort import Cohort
from radonc.runtime.settings.tasks import all_tasks

TASKS = all_tasks()
COHORT = Cohort()
CONFIG = (TASKS, COHORT)
FLAGS = list(COHORT.annotate_flags)
PATIENT = {"sex": "female"}
DIAGNOSIS = {
    "diagnosis_year": 2015,
    "age": 63,
    "icd10_code": "C50.912",
    "site": "breast",
    "laterality": "left",
    "histology": "ductal carcinoma",
    "other_malignancy": "none",
    "history": "Lump found.",
}
PLAN = {
    "course": 1,
    "role": "primary",
    "status": "treated",
    "intent": "adjuvant",
    "site": "left breast",
    "modality": "photon",
    "technique": "VMAT",
    "energy": "6 MV",
    "dose_gy": 40.05,
    "n_fractions": 15,
    "start_day": 30,
    "end_day": 51,
}
REJECTED = {"table": "plans", "row": 7, "column": "dose_gy", "reason": "not a number"}


def table(name, rows):
    """Make a table of a schema from rows that give some of its columns."""
    schema = DEIDENTIFIED[name]
    return tables.validate(pd.DataFrame(rows, columns=list(schema.columns)), schema)


def records(patients=(), diagnoses=(), plans=(), rejected=(), annotations=()):
    """Make the de-identified tables: pairs of a patient and what differs from a plain record."""
    return {
        "patients": table("patients", [{**PATIENT, "patient_id": who, **change} for who, change in patients]),
        "diagnoses": table(
            "diagnoses",
            [
                {**DIAGNOSIS, "diagnosis_id": f"d{number}", "patient_id": who, **change}
                for number, (who, change) in enumerate(diagnoses)
            ],
        ),
        "plans": table(
            "plans",
            [
                {**PLAN, "plan_id": f"p{number}", "patient_id": who, **change}
                for number, (who, change) in enumerate(plans)
            ],
        ),
        "annotations": table("annotations", [{"patient_id": who, **change} for who, change in annotations]),
        "rejected_rows": table(
            "rejected_rows", [{**REJECTED, "patient_id": who, **change} for who, change in rejected]
        ),
    }


def one(diagnosis=None, plans=({},), patient=None):
    """Make the tables of one patient, P, with one diagnosis."""
    return records([("P", patient or {})], [("P", diagnosis or {})], [("P", plan) for plan in plans])


def candidates(*changes):
    """Make candidates: resolved cases of which ``changes`` leave something open."""
    resolved = {"regimen": "left breast: 40 Gy", "modality": "photon", "icd10": "C50.912"}
    plan = {
        "technique": "VMAT",
        "dose_gy": 40.05,
        "n_fractions": 15,
        "intent": "adjuvant",
        "plan_confidence": "certain",
    }
    case = {**PATIENT, **DIAGNOSIS, **plan}
    rows = [{**case, **resolved, "case_id": f"case-{number}", **change} for number, change in enumerate(changes)]
    return tables.validate(pd.DataFrame(rows, columns=list(CANDIDATES.columns)), CANDIDATES)


def choices(*rows):
    """Make plans to choose from: pairs of a case and what differs from a plain plan; numbered within each case."""
    numbers = {}
    made = []
    for case, change in rows:
        numbers[case] = number = numbers.get(case, 0) + 1
        plan = {
            "plan": f"plan {number}",
            "regimen": f"left breast: {number} Gy",
            "modality": "photon",
            "dose_gy": number,
        }
        made.append({"case_id": case, "number": number, **plan, **change})
    return tables.validate(pd.DataFrame(made, columns=list(CHOICES.columns)), CHOICES)
