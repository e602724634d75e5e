"""Cases for the tests of prompts and pairs."""

import pandas as pd

from radonc.data.schemas import CASES
from radonc.runtime import tables
from radonc.runtime.settings.pairs import Split
from radonc.runtime.settings.tasks import all_tasks

FIELDS = ["sex", "age", "site", "laterality", "histology", "stage_group", "history"]
SETTINGS = all_tasks()
SPLIT = Split(key="k", validation=0.2, test=0.2)
CASE = {
    "sex": "female",
    "age": 63,
    "site": "breast",
    "laterality": "left",
    "histology": "ductal carcinoma",
    "history": "Lump found in March.",
    "regimen": "left breast: 40.05 Gy in 15 fractions of 2.67 Gy, VMAT, photon",
    "modality": "photon",
    "icd10": "C50.912",
    "resolved_by": "rules",
}


def make_cases(*changes):
    """Return one case per mapping of changes."""
    rows = [{**CASE, "case_id": f"case-{number:04}", **change} for number, change in enumerate(changes)]
    return tables.validate(pd.DataFrame(rows, columns=list(CASES.columns)), CASES)


def many(n):
    """Return n cases that differ in their history."""
    return make_cases(*({"history": f"Visit {number} of the clinic."} for number in range(n)))
