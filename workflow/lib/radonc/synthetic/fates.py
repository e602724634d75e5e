"""What becomes of each patient in the study, and the fault or the gap in the chart that decides it."""

from collections.abc import Collection, Mapping
from random import Random

from radonc import regimen
from radonc.runtime.errors import StudyError
from radonc.synthetic.charts import DETAILS, SIDE, Chart
from radonc.synthetic.knowledge import weighted
from radonc.synthetic.regimens import PrescribedCourse
from radonc.synthetic.sites import Diagnosis

ELIGIBLE = "eligible"
ANNOTATED = "eligible_annotated"
UNREADABLE = "unreadable_record"
NO_DIAGNOSIS = "no_diagnosis"
MULTIPLE = "multiple_diagnoses"
OTHER_MALIGNANCY = "other_malignancy"
CONTRADICTORY = "contradictory_record"
INSUFFICIENT = "insufficient_details"
NO_PLAN = "no_plan"
NO_DELIVERED_PLAN = "no_delivered_plan"
AMBIGUOUS = "ambiguous_primary_plan"
OUTSTANDING = "annotation_outstanding"

REJECTED = {
    UNREADABLE: 2.0, NO_DIAGNOSIS: 3.0, MULTIPLE: 18.0, OTHER_MALIGNANCY: 3.0, CONTRADICTORY: 2.0, INSUFFICIENT: 2.0,
    NO_PLAN: 6.0, NO_DELIVERED_PLAN: 5.0, AMBIGUOUS: 8.0, OUTSTANDING: 2.0,
}  # fmt: skip
"""The fates outside the study, in the order in which the cohort's rules apply, with their weights."""

# Permanent implants come on top of these: no fraction dose of theirs is plausible to a rule.
SHARE_ANNOTATED = 0.045

# More than this per fraction (Gy) a rule must not believe; permanent implants have it.
LARGEST_FRACTION_GY = 34.0
ANNOTATORS = ("KM", "JR", "TS")
# ICD-10-CM categories of the organs of one sex; the breast has codes for both.
ONE_SEX = frozenset({"C51", "C52", "C53", "C54", "C55", "C56", "C57", "C58", "C60", "C61", "C62", "C63"})
# Codes of the ninth revision, words, and no dates at all: nothing that a mapping could read.
UNREADABLE_CELLS: Mapping[str, tuple[str, ...]] = {
    "Sex": ("U", "X"),
    "DateOfBirth": ("02/30/1950", "00/00/1948"),
    "DiagnosisCode": ("174.9", "185", "see path", "162.3"),
    "DateOfDx": ("13/45/2014", "2015?", "02/30/2016"),
    "TotalDose_cGy": ("see note", "per Rx", "45+5.4"),
    "Fractions": ("25+5", "BID", "n/a?"),
    "Status": ("Pending MD", "OnHold"),
    "StartDate": ("11/31/2017", "TBD"),
}


def draw_fates(rng: Random, n_patients: int, n_eligible: int) -> list[str]:
    """Return one fate per patient, in random order.

    Exactly ``n_eligible`` are ``eligible`` or ``eligible_annotated``; the rest is shared out among the others, each
    of which has one patient at least where there are enough. Raise StudyError when ``n_eligible`` is not from 1 to
    ``n_patients``.
    """
    if not 1 <= n_eligible <= n_patients:
        raise StudyError(
            f"extract.synthetic.n_eligible: {n_eligible} is not from 1 to n_patients ({n_patients}); lower it"
        )
    n_annotated = max(1, round(SHARE_ANNOTATED * n_eligible))
    counts = {ELIGIBLE: n_eligible - n_annotated, ANNOTATED: n_annotated}
    counts |= apportion(n_patients - n_eligible, REJECTED)
    fates = [fate for fate, count in counts.items() for _ in range(count)]
    rng.shuffle(fates)
    return fates


def apportion(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Share a whole number out by weights: largest remainders, and at least one for each where there are enough."""
    quotas = {name: total * weight / sum(weights.values()) for name, weight in weights.items()}
    counts = {name: int(quota) for name, quota in quotas.items()}
    by_remainder = sorted(weights, key=lambda name: counts[name] - quotas[name])
    for name in by_remainder[: total - sum(counts.values())]:
        counts[name] += 1
    if total >= len(weights):
        for name in [name for name, count in counts.items() if count == 0]:
            counts[max(counts, key=lambda other: counts[other])] -= 1
            counts[name] = 1
    return counts


def make_unreadable(chart: Chart) -> None:
    """Spoil one cell so that its row cannot be read."""
    column = chart.rng.choice(list(UNREADABLE_CELLS))
    rows = next(rows for rows in ([chart.patient], chart.diagnoses, chart.plans) if column in rows[0])
    chart.rng.choice(rows)[column] = chart.rng.choice(UNREADABLE_CELLS[column])


def is_contradictable(diagnosis: Diagnosis) -> bool:
    """Return whether the code says a sex or a side that the record could contradict."""
    return _side_is_in_code(diagnosis) or diagnosis.icd10_code[:3] in ONE_SEX


def _side_is_in_code(diagnosis: Diagnosis) -> bool:
    return not isinstance(diagnosis.subsite.code, str) and len(diagnosis.subsite.code) > 1


def contradict(chart: Chart) -> None:
    """Let the record contradict the code: the other side, or the other sex."""
    diagnosis = chart.visit.diagnosis
    if _side_is_in_code(diagnosis) and not (diagnosis.icd10_code[:3] in ONE_SEX and chart.rng.random() < 0.5):
        for row in chart.diagnoses:
            row["Laterality"] = SIDE["left" if diagnosis.side == "right" else "right"]
    else:
        chart.patient["Sex"] = {"F": "M", "M": "F"}[chart.patient["Sex"]]


def make_insufficient(chart: Chart) -> None:
    """Take away all details of the diagnosis but its stage."""
    for row in chart.diagnoses:
        row.update(dict.fromkeys(DETAILS, ""))
    chart.places = [place for place in chart.places if place.column != "history"]


def is_implausible(course: PrescribedCourse) -> bool:
    """Return whether the primary phase's dose per fraction is beyond belief though it is right."""
    return (course.phases[0].fraction_dose_gy or 0) > LARGEST_FRACTION_GY


def make_gap(chart: Chart) -> set[str]:
    """Make a gap in a chart, so that rules cannot determine some labels, and return these labels' tasks."""
    plans = [plan for plan in chart.plans if plan["PlanType"] in ("Primary", "Revision")]
    rng, course = chart.rng, chart.visit.course
    kind = weighted(
        rng, {"code": 4, "modality": 3, "dose": 2, "fractions": 2, "unit": 0 if is_implausible(course) else 2}
    )
    if kind == "code":
        rows, column, tasks = chart.diagnoses, "DiagnosisCode", {"ICD10"}
        value = broader_code(chart.visit.diagnosis.icd10_code) if rng.random() < 0.6 else ""
    elif kind == "modality":
        # The regimen's text names the modality too.
        rows, column, tasks = plans, "RadiationType", {"Modality", "Regimen"}
        value = rng.choice(("", "Mixed"))
    else:
        rows, column, tasks = plans, "Fractions" if kind == "fractions" else "TotalDose_cGy", {"Regimen"}
        value = f"{course.phases[0].dose_gy:g}" if kind == "unit" else ""
    for row in rows:
        row[column] = value
    return tasks


def broader_code(icd10_code: str) -> str:
    """Return the code one level up, which cannot be billed; nothing above a category has a code's form."""
    return icd10_code[:-1].rstrip(".") if len(icd10_code) > 3 else ""


def annotate(chart: Chart, tasks: Collection[str]) -> None:
    """Add the annotators' answers to some tasks, and to the regimen where its dose is implausible."""
    phases = chart.visit.course.phases
    answers = {"ICD10": chart.visit.diagnosis.icd10_code, "Modality": phases[0].modality or ""}
    for task, answer in {**answers, "Regimen": regimen.render(phases)}.items():
        if task in tasks or (task == "Regimen" and is_implausible(chart.visit.course)):
            row = {"PatientSer": chart.patient["PatientSer"], "Task": task, "Answer": answer}
            chart.annotations.append({**row, "Annotator": chart.rng.choice(ANNOTATORS)})
