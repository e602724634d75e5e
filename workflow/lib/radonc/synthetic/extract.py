"""Write a synthetic extract as an oncology information system exports one, and the truth about it beside.

The source files are read through the config's mapping, as a clinic's are. The truth (every patient's fate, the place
of every identifier in the free texts) is for tests and the audit of de-identification; no stage of the study reads it.
"""

from datetime import date, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random

import pandas as pd

from radonc.data import fields
from radonc.runtime import tables
from radonc.synthetic import charts, fates
from radonc.synthetic.charts import Chart, plan_start
from radonc.synthetic.histories import Visit
from radonc.synthetic.people import People
from radonc.synthetic.regimens import PrescribedCourse, draw_course
from radonc.synthetic.sites import draw_diagnosis, settings

FIRST_DAY, LAST_DAY = date(2008, 1, 1), date(2022, 12, 31)
SHARE_REENTERED = 0.04
SHARES_OF_EXTRA_PLANS = {
    ("Revision", charts.DELIVERED): 0.06,
    ("Verification", charts.DELIVERED): 0.25,
    ("Primary", charts.UNDELIVERED): 0.07,
}
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

    The same seed and numbers give the same bytes. Raise StudyError when ``n_eligible`` is not from 1 to ``n_patients``.

    Parameters
    ----------
    folder
        Where the source tables go.
    truth
        Where ``fates.parquet`` and ``identifiers.parquet`` go; tables, records and columns are named as in the
        canonical tables.
    n_patients, n_eligible
        How many patients there are, and how many of them are eligible, by rules alone or with an annotation.
    """
    clinic = Clinic(seed)
    drawn = fates.draw_fates(clinic.rng, n_patients, n_eligible)
    patient_ids = [str(number) for number in clinic.rng.sample(range(FIRST_ID, LAST_ID + 1), n_patients)]
    admitted = [clinic.admit(patient_id, fate) for patient_id, fate in zip(patient_ids, drawn, strict=True)]
    patients = [chart for chart, _ in admitted]
    sources = {
        "Patient.csv": [chart.patient for chart in patients],
        "Diagnosis.csv": [row for chart in patients for row in chart.diagnoses],
        "Plan.csv": [row for chart in patients for row in chart.plans],
        "Annotation.csv": [row for chart in patients for row in chart.annotations],
    }
    for name, rows in sources.items():
        tables.write_atomically(folder / name, partial(pd.DataFrame(rows).to_csv, index=False, lineterminator="\n"))
    met = pd.DataFrame({"patient_id": patient_ids, "fate": [fate for _, fate in admitted]})
    tables.write(met, truth / "fates.parquet", FATES, sort_by=["patient_id"])
    spans = [("diagnoses", record, column, *span) for chart in patients for record, column, span in chart.places]
    places = pd.DataFrame(spans, columns=list(IDENTIFIERS.columns))
    tables.write(places, truth / "identifiers.parquet", IDENTIFIERS, sort_by=["table", "record_id", "column", "start"])


class Clinic:
    """Draws whole charts; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.people = People(self.rng, seed)
        self.diagnosis_ids = map(str, count(200_001))
        self.plan_ids = map(str, count(500_001))

    def admit(self, patient_id: str, fate: str) -> tuple[Chart, str]:
        """Return a patient's chart that meets its fate, and the fate, which an implant's need of annotation changes."""
        diagnosis = draw_diagnosis(self.rng)
        while fate == fates.CONTRADICTORY and not fates.is_contradictable(diagnosis):
            diagnosis = draw_diagnosis(self.rng)
        day = FIRST_DAY + timedelta(days=self.rng.randrange((LAST_DAY - FIRST_DAY).days + 1))
        person = self.people.draw_patient(diagnosis.sex, diagnosis.age, day)
        physician = self.rng.choice(self.people.physicians)
        course = draw_course(self.rng, diagnosis, physician.habits)
        visit = Visit(diagnosis, course, person, day, physician, self._referrer())
        chart = Chart(self.rng, {"PatientSer": patient_id, **person.row}, visit)
        chart.add_diagnosis(next(self.diagnosis_ids), visit)
        self._treat(chart, course, diagnosis.setting.intent)
        self._add_noise(chart)
        if fate == fates.ELIGIBLE and fates.is_implausible(course):
            fate = fates.ANNOTATED
            fates.annotate(chart, ())
        else:
            self._mark(chart, fate)
        return chart, fate

    def _referrer(self) -> str:
        name = self.rng.choice(self.people.referrers)
        return name if self.rng.random() < 0.4 else name.split()[-1]

    def _treat(self, chart: Chart, course: PrescribedCourse, intent: str, number: int = 1) -> None:
        """Add the delivered plans of a course: the primary one and its boosts, one after the other."""
        day = plan_start(self.rng, chart.visit.diagnosis_date)
        for phase, plan_type in zip(course.phases, ("Primary", "Boost"), strict=False):
            status, plan_id = self.rng.choice(charts.DELIVERED), next(self.plan_ids)
            chart.add_plan(plan_id, phase, plan_type, status=status, intent=intent, start=day, course=number)
            day = charts.last_day(day, int(chart.plans[-1]["Fractions"]) + 1)

    def _add_noise(self, chart: Chart) -> None:
        """Add what real charts have and rules must see through: replans, checks, rejected plans, double entries."""
        rng, visit = self.rng, chart.visit
        phase, intent = visit.course.phases[0], visit.diagnosis.setting.intent
        for (plan_type, statuses), share in SHARES_OF_EXTRA_PLANS.items():
            if rng.random() < share:
                status, start = rng.choice(statuses), plan_start(rng, visit.diagnosis_date) + timedelta(days=7)
                chart.add_plan(next(self.plan_ids), phase, plan_type, status=status, intent=intent, start=start)
        if rng.random() < SHARE_REENTERED:
            # The diagnosis once more, as careless hands enter it: another case, another blank.
            first, diagnosis_id = chart.diagnoses[0], next(self.diagnosis_ids)
            site = rng.choice((first["AnatomicSite"].lower(), first["AnatomicSite"].replace(" ", "  ") + " "))
            code = rng.choice((first["DiagnosisCode"], first["DiagnosisCode"].lower()))
            again = {"DiagnosisSer": diagnosis_id, "AnatomicSite": site, "DiagnosisCode": code}
            chart.diagnoses.append({**first, **again})
            chart.places += [place._replace(record_id=diagnosis_id) for place in chart.places]

    def _mark(self, chart: Chart, fate: str) -> None:
        """Make the one fault or gap that decides what becomes of the patient."""
        match fate:
            case fates.ANNOTATED:
                fates.annotate(chart, fates.make_gap(chart))
            case fates.OUTSTANDING:
                fates.make_gap(chart)
            case fates.UNREADABLE:
                fates.make_unreadable(chart)
            case fates.NO_DIAGNOSIS:
                chart.diagnoses, chart.places = [], []
                for plan in chart.plans:
                    plan["DiagnosisSer"] = ""
            case fates.MULTIPLE:
                self._diagnose_again(chart)
            case fates.OTHER_MALIGNANCY:
                word = self.rng.choice(("Prior", "Synchronous"))
                for row in chart.diagnoses:
                    row["OtherPrimary"] = word
            case fates.CONTRADICTORY:
                fates.contradict(chart)
            case fates.INSUFFICIENT:
                fates.make_insufficient(chart)
            case fates.NO_PLAN:
                chart.plans = []
            case fates.NO_DELIVERED_PLAN:
                for plan in chart.plans:
                    if plan["PlanType"] != "Verification":
                        plan["Status"] = self.rng.choice(charts.UNDELIVERED)
            case fates.AMBIGUOUS:
                self._treat_elsewhere(chart)

    def _diagnose_again(self, chart: Chart) -> None:
        first = chart.visit
        while True:
            second = draw_diagnosis(self.rng)
            if second.sex == first.diagnosis.sex and second.icd10_code != first.diagnosis.icd10_code:
                break
        course = draw_course(self.rng, second, first.physician.habits)
        later = first.diagnosis_date + timedelta(days=self.rng.randint(30, 1500))
        again = Visit(second, course, first.person, later, first.physician, self._referrer())
        chart.add_diagnosis(next(self.diagnosis_ids), again)

    def _treat_elsewhere(self, chart: Chart) -> None:
        """Add a second primary plan: of another course, or for another site in the same one."""
        places = [setting for setting in settings() if setting.site == "bone_metastases"]
        treated = {plan["TreatmentSite"] for plan in chart.plans}
        while True:
            course = draw_course(self.rng, draw_diagnosis(self.rng, places), chart.visit.physician.habits)
            if course.phases[0].site not in treated:
                break
        self._treat(chart, course, "palliative", number=self.rng.choice((1, 2)))
