"""Labels that rules cannot determine: the gap in the source, and the annotator's answer to it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from radonc import regimen
from radonc.synthetic.charts import Chart, Row
from radonc.synthetic.draws import weighted
from radonc.synthetic.regimens import Course
from radonc.synthetic.sites import Diagnosis

# More than this per fraction (Gy) a rule must not believe; permanent implants have it.
LARGEST_FRACTION_GY = 34.0
CATEGORY_LENGTH = 3
ANNOTATORS = ("KM", "JR", "TS")
TASK = {"regimen": "Regimen", "modality": "Modality", "icd10": "ICD10"}


def is_implausible(course: Course) -> bool:
    """Return whether the primary phase's dose per fraction is beyond belief though it is right."""
    fraction_dose_gy = course.phases[0].fraction_dose_gy
    return fraction_dose_gy is not None and fraction_dose_gy > LARGEST_FRACTION_GY


def make_gap(rng: Random, chart: Chart, diagnosis: Diagnosis, course: Course) -> list[str]:
    """Make one gap in a chart and return the tasks whose answers it leaves open."""
    plans = [plan for plan in chart.plans if plan["PlanType"] in ("Primary", "Revision")]
    kind = weighted(
        rng, {"code": 4, "modality": 3, "dose": 2, "fractions": 2, "unit": 0 if is_implausible(course) else 2}
    )
    if kind == "code":
        code = broader_code(diagnosis.icd10_code) if rng.random() < 0.6 else ""
        _put(chart.diagnoses, "DiagnosisCode", code)
        return ["icd10"]
    if kind == "modality":
        _put(plans, "RadiationType", rng.choice(("", "Mixed")))
        # The regimen's text names the modality too.
        return ["modality", "regimen"]
    if kind == "unit":
        dose_gy = course.phases[0].dose_gy
        _put(plans, "TotalDose_cGy", f"{dose_gy:g}")
    else:
        _put(plans, {"dose": "TotalDose_cGy", "fractions": "Fractions"}[kind], "")
    return ["regimen"]


def broader_code(icd10_code: str) -> str:
    """Return the code one level up, which cannot be billed; nothing above a category has a code's form."""
    return icd10_code[:-1].rstrip(".") if len(icd10_code) > CATEGORY_LENGTH else ""


def _put(rows: Sequence[Row], column: str, value: str) -> None:
    for row in rows:
        row[column] = value


def annotate(rng: Random, chart: Chart, tasks: Sequence[str], diagnosis: Diagnosis, course: Course) -> None:
    """Add the annotators' answers to a chart."""
    answers = {
        "regimen": regimen.render(course.phases),
        "modality": course.phases[0].modality or "",
        "icd10": diagnosis.icd10_code,
    }
    for task in sorted(set(tasks)):
        chart.annotations.append(
            {
                "PatientSer": chart.patient["PatientSer"],
                "Task": TASK[task],
                "Answer": answers[task],
                "Annotator": rng.choice(ANNOTATORS),
            }
        )
