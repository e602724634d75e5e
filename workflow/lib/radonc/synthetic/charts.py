"""A patient's rows as an oncology information system exports them: its columns, words, units and gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from radonc.regimen import Phase
from radonc.synthetic.draws import weighted
from radonc.synthetic.histories import Piece, Span, Visit, compose, join, write_date
from radonc.synthetic.people import Person
from radonc.synthetic.regimens import Course
from radonc.synthetic.sites import Diagnosis, word_site

Row = dict[str, str]

US_DATE = "%m/%d/%Y"
SEX = {"female": "F", "male": "M"}
SIDE = {"right": "R", "left": "L", None: "M"}
RADIATION = {"photon": "Photons", "electron": "Electrons", "proton": "Protons", "brachytherapy": "Brachy"}
DELIVERED = ("Completed", "Completed", "Completed", "TreatApproval", "PlanApproval")
UNDELIVERED = ("UnApproved", "Rejected")
MACHINES = {
    "photon": ("TrueBeam1", "TrueBeam2", "TrueBeam3", "VersaHD_A", "Halcyon1"),
    "electron": ("TrueBeam1", "TrueBeam2"),
    "proton": ("ProtonGantry1", "ProtonGantry2"),
    "brachytherapy": ("HDR_Suite", "OR4_Implant"),
}
# Shares of cells left empty, among those that the study can do without.
MISSING_DIAGNOSIS = {
    "AnatomicSite": 0.06,
    "Histology": 0.08,
    "Laterality": 0.1,
    "Grade": 0.12,
    "TStage": 0.07,
    "NStage": 0.07,
    "MStage": 0.08,
    "StageGroup": 0.1,
    "Biomarkers": 0.1,
    "ECOG": 0.1,
    "OtherPrimary": 0.08,
    "AttendingMD": 0.05,
    "ClinicalHistory": 0.05,
}
MISSING_PLAN = {
    "DiagnosisSer": 0.1,
    "Technique": 0.02,
    "Energy": 0.02,
    "Intent": 0.06,
    "EndDate": 0.06,
    "Machine": 0.05,
}
DETAILS = ("AnatomicSite", "Histology", "ClinicalHistory")
SHARE_DATED_BIOMARKERS = 0.04


@dataclass(frozen=True)
class Place:
    """An identifier in a free text: of which record and (canonical) column, and where."""

    record_id: str
    column: str
    span: Span


@dataclass
class Chart:
    """All rows of one patient, and where identifiers stand in the free texts."""

    patient: Row
    diagnoses: list[Row] = field(default_factory=list)
    plans: list[Row] = field(default_factory=list)
    annotations: list[Row] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)


def patient_row(patient_id: str, person: Person) -> Row:
    """Return the row of Patient.csv."""
    return {
        "PatientSer": patient_id,
        "PatientId": person.mrn,
        "FirstName": person.first_name,
        "MiddleName": person.middle_name,
        "LastName": person.last_name,
        "FormerName": person.former_name,
        "DateOfBirth": person.birth_date.strftime(US_DATE),
        "Sex": SEX[person.sex],
        "AddressLine1": person.street,
        "City": person.city,
        "PostalCode": person.postal_code,
        "HomePhone": person.phone,
        "Email": person.email,
        "NextOfKin": person.relative_name,
    }


def diagnosis_row(
    rng: Random, patient_id: str, diagnosis_id: str, visit: Visit, attending: str
) -> tuple[Row, list[Place]]:
    """Return a row of Diagnosis.csv, some cells left empty, and the identifiers in its free texts."""
    diagnosis = visit.diagnosis
    history, history_spans = compose(rng, visit)
    biomarkers, biomarker_spans = _write_biomarkers(rng, diagnosis, visit.diagnosis_date)
    row = {
        "DiagnosisSer": diagnosis_id,
        "PatientSer": patient_id,
        "DateOfDx": visit.diagnosis_date.strftime(US_DATE),
        "DiagnosisCode": diagnosis.icd10_code,
        "AnatomicSite": word_site(rng, diagnosis),
        "Histology": diagnosis.histology,
        "Laterality": SIDE[diagnosis.side],
        "Grade": diagnosis.grade or "",
        "TStage": diagnosis.t_stage or "",
        "NStage": diagnosis.n_stage or "",
        "MStage": diagnosis.m_stage or "",
        "StageGroup": diagnosis.stage_group or "",
        "Biomarkers": biomarkers,
        "ECOG": diagnosis.performance_status,
        "OtherPrimary": "No",
        "AttendingMD": attending,
        "ClinicalHistory": history,
    }
    _leave_empty(rng, row, MISSING_DIAGNOSIS)
    if not any(row[column] for column in DETAILS):
        row["Histology"] = diagnosis.histology
    spans = {
        "history": history_spans if row["ClinicalHistory"] else [],
        "biomarkers": biomarker_spans if row["Biomarkers"] else [],
    }
    return row, [Place(diagnosis_id, column, span) for column, found in spans.items() for span in found]


def _write_biomarkers(rng: Random, diagnosis: Diagnosis, day: date) -> tuple[str, list[Span]]:
    if diagnosis.biomarkers is None:
        return "", []
    pieces = [Piece(diagnosis.biomarkers)]
    if rng.random() < SHARE_DATED_BIOMARKERS:
        pieces += [Piece(" ("), Piece(write_date(rng, day), "DATE"), Piece(")")]
    return join(pieces)


def plan_row(
    rng: Random,
    patient: Row,
    diagnosis_id: str,
    plan_id: str,
    phase: Phase,
    *,
    plan_type: str,
    status: str,
    intent: str,
    physician: str,
    start: date,
    course: int = 1,
) -> Row:
    """Return a row of Plan.csv: doses in cGy, some cells left empty.

    Parameters
    ----------
    plan_type
        Primary, Boost, Revision or Verification.
    status
        One of ``DELIVERED`` or ``UNDELIVERED``.
    """
    # Every scheme states all three, which a phase in general need not.
    assert phase.dose_gy is not None
    assert phase.n_fractions is not None
    assert phase.modality is not None
    row = {
        "PlanSer": plan_id,
        "PatientSer": patient["PatientSer"],
        "DiagnosisSer": diagnosis_id,
        "PlanName": _plan_name(rng, patient, phase, plan_type),
        "Course": str(course),
        "PlanType": plan_type,
        "Status": status,
        "Intent": intent.capitalize(),
        "TreatmentSite": phase.site or "",
        "RadiationType": RADIATION[phase.modality],
        "Technique": phase.technique or "",
        "Energy": phase.energy or "",
        "TotalDose_cGy": f"{phase.dose_gy * 100:.0f}",
        "Fractions": str(phase.n_fractions),
        "StartDate": start.strftime(US_DATE),
        "EndDate": last_day(start, phase.n_fractions).strftime(US_DATE),
        "Physician": physician,
        "Machine": rng.choice(MACHINES[phase.modality]),
    }
    _leave_empty(rng, row, MISSING_PLAN)
    return row


def last_day(start: date, n_fractions: int) -> date:
    """Return the day of the last of ``n_fractions``, one per weekday from ``start``."""
    weeks, days = divmod(n_fractions - 1, 5)
    end = start + timedelta(weeks=weeks, days=days)
    crosses_weekend = start.weekday() + days > 4
    return end + timedelta(days=2 if crosses_weekend else 0)


def plan_start(rng: Random, diagnosis_date: date) -> date:
    """Draw a first day of treatment: a weekday two weeks to five months after diagnosis."""
    start = diagnosis_date + timedelta(days=rng.randint(14, 150))
    return start - timedelta(days=max(start.weekday() - 4, 0))


def _plan_name(rng: Random, patient: Row, phase: Phase, plan_type: str) -> str:
    place = "".join(word[:4].capitalize() for word in (phase.site or "").replace(",", "").split()[:2])
    suffix = {"Primary": "", "Boost": "_Bst", "Revision": "_R1", "Verification": "_QA"}[plan_type]
    last_name, initials = patient["LastName"], patient["FirstName"][:1] + patient["LastName"][:1]
    form = weighted(rng, {"{place}": 6, "{last}_{place}": 2, "{initials}_{place}": 2, "1 {place}": 2})
    return form.format(place=place, last=last_name, initials=initials) + suffix


def _leave_empty(rng: Random, row: Row, shares: Mapping[str, float]) -> None:
    for column, share in shares.items():
        if rng.random() < share:
            row[column] = ""


def course_rows(
    rng: Random,
    chart: Chart,
    course: Course,
    plan_ids: list[str],
    *,
    intent: str,
    physician: str,
    start: date,
    number: int = 1,
) -> list[Row]:
    """Return the delivered plans of a course: the primary one and its boosts, one after the other."""
    rows, day = [], start
    diagnosis_id = chart.diagnoses[0]["DiagnosisSer"]
    for position, (phase, plan_id) in enumerate(zip(course.phases, plan_ids, strict=True)):
        rows.append(
            plan_row(
                rng,
                chart.patient,
                diagnosis_id,
                plan_id,
                phase,
                plan_type="Boost" if position else "Primary",
                status=rng.choice(DELIVERED),
                intent=intent,
                physician=physician,
                start=day,
                course=number,
            )
        )
        day = last_day(day, int(rows[-1]["Fractions"]) + 1)
    return rows
