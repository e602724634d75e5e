"""A patient's rows as an oncology information system exports them: its columns, words, units and gaps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from radonc.regimen import Phase
from radonc.synthetic.histories import IdentifierSpan, Piece, Visit, compose, join, write_date
from radonc.synthetic.knowledge import weighted
from radonc.synthetic.people import US_DATE, Row
from radonc.synthetic.sites import Diagnosis, word_site

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
    "AnatomicSite": 0.06, "Histology": 0.08, "Laterality": 0.1, "Grade": 0.12, "TStage": 0.07, "NStage": 0.07,
    "MStage": 0.08, "StageGroup": 0.1, "Biomarkers": 0.1, "ECOG": 0.1, "OtherPrimary": 0.08, "AttendingMD": 0.05,
    "ClinicalHistory": 0.05,
}  # fmt: skip
MISSING_PLAN = {
    "DiagnosisSer": 0.1, "Technique": 0.02, "Energy": 0.02, "Intent": 0.06, "EndDate": 0.06, "Machine": 0.05,
}  # fmt: skip
DETAILS = ("AnatomicSite", "Histology", "ClinicalHistory")
SHARE_DATED_BIOMARKERS = 0.04


class Place(NamedTuple):
    """An identifier in a free text: of which record and (canonical) column, and where."""

    record_id: str
    column: str
    span: IdentifierSpan


@dataclass
class Chart:
    """All rows of one patient, what the first diagnosis truly is, and where identifiers stand in the free texts."""

    rng: Random
    patient: Row
    visit: Visit
    diagnoses: list[Row] = field(default_factory=list)
    plans: list[Row] = field(default_factory=list)
    annotations: list[Row] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def add_diagnosis(self, diagnosis_id: str, visit: Visit) -> None:
        """Add a row of Diagnosis.csv, some cells left empty, and the identifiers in its free texts."""
        diagnosis = visit.diagnosis
        history, history_spans = compose(self.rng, visit)
        biomarkers, biomarker_spans = _write_biomarkers(self.rng, diagnosis, visit.diagnosis_date)
        row = {
            "DiagnosisSer": diagnosis_id,
            "PatientSer": self.patient["PatientSer"],
            "DateOfDx": visit.diagnosis_date.strftime(US_DATE),
            "DiagnosisCode": diagnosis.icd10_code,
            "AnatomicSite": word_site(self.rng, diagnosis),
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
            "AttendingMD": visit.physician.name,
            "ClinicalHistory": history,
        }
        _leave_empty(self.rng, row, MISSING_DIAGNOSIS)
        if not any(row[column] for column in DETAILS):
            row["Histology"] = diagnosis.histology
        self.diagnoses.append(row)
        if row["ClinicalHistory"]:
            self.places += [Place(diagnosis_id, "history", span) for span in history_spans]
        if row["Biomarkers"]:
            self.places += [Place(diagnosis_id, "biomarkers", span) for span in biomarker_spans]

    def add_plan(
        self, plan_id: str, phase: Phase, plan_type: str, *, status: str, intent: str, start: date, course: int = 1
    ) -> None:
        """Add a row of Plan.csv for the first diagnosis: doses in cGy, some cells left empty.

        ``plan_type`` is Primary, Boost, Revision or Verification.
        """
        # Every scheme states all three, which a phase in general need not.
        assert phase.dose_gy is not None
        assert phase.n_fractions is not None
        assert phase.modality is not None
        row = {
            "PlanSer": plan_id,
            "PatientSer": self.patient["PatientSer"],
            "DiagnosisSer": self.diagnoses[0]["DiagnosisSer"],
            "PlanName": self._plan_name(phase, plan_type),
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
            "Physician": self.visit.physician.name,
            "Machine": self.rng.choice(MACHINES[phase.modality]),
        }
        _leave_empty(self.rng, row, MISSING_PLAN)
        self.plans.append(row)

    def _plan_name(self, phase: Phase, plan_type: str) -> str:
        place = "".join(word[:4].capitalize() for word in (phase.site or "").replace(",", "").split()[:2])
        suffix = {"Primary": "", "Boost": "_Bst", "Revision": "_R1", "Verification": "_QA"}[plan_type]
        first_name, last_name = self.patient["FirstName"], self.patient["LastName"]
        form = weighted(self.rng, {"{place}": 6, "{last}_{place}": 2, "{initials}_{place}": 2, "1 {place}": 2})
        return form.format(place=place, last=last_name, initials=first_name[:1] + last_name[:1]) + suffix


def _write_biomarkers(rng: Random, diagnosis: Diagnosis, day: date) -> tuple[str, list[IdentifierSpan]]:
    if diagnosis.biomarkers is None:
        return "", []
    pieces = [Piece(diagnosis.biomarkers)]
    if rng.random() < SHARE_DATED_BIOMARKERS:
        pieces += [Piece(" ("), Piece(write_date(rng, day), "DATE"), Piece(")")]
    return join(pieces)


def _leave_empty(rng: Random, row: Row, shares: Mapping[str, float]) -> None:
    for column, share in shares.items():
        if rng.random() < share:
            row[column] = ""


def last_day(start: date, n_fractions: int) -> date:
    """Return the day of the last of ``n_fractions``, one per weekday from ``start``."""
    weeks, days = divmod(n_fractions - 1, 5)
    crosses_weekend = start.weekday() + days > 4
    return start + timedelta(weeks=weeks, days=days + 2 * crosses_weekend)


def plan_start(rng: Random, diagnosis_date: date) -> date:
    """Draw a first day of treatment: a weekday two weeks to five months after diagnosis."""
    start = diagnosis_date + timedelta(days=rng.randint(14, 150))
    return start - timedelta(days=max(start.weekday() - 4, 0))
