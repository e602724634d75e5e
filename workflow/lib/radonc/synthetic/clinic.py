"""The clinic: admits patients, writes their charts, and lets the fates of some leave their mark."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from random import Random

from radonc.synthetic import fates
from radonc.synthetic.charts import (
    DELIVERED,
    UNDELIVERED,
    Chart,
    Place,
    Row,
    course_rows,
    diagnosis_row,
    patient_row,
    plan_row,
    plan_start,
)
from radonc.synthetic.defects import contradict, is_contradictable, make_insufficient, make_unreadable
from radonc.synthetic.gaps import annotate, is_implausible, make_gap
from radonc.synthetic.histories import Visit
from radonc.synthetic.people import People, Physician
from radonc.synthetic.regimens import Course, draw_course
from radonc.synthetic.sites import Diagnosis, draw_diagnosis, settings

FIRST_DAY, LAST_DAY = date(2008, 1, 1), date(2022, 12, 31)
SHARE_REENTERED = 0.04
SHARE_REPLANNED = 0.06
SHARE_VERIFIED = 0.25
SHARE_ALTERNATIVE = 0.07


class Clinic:
    """Draws whole charts; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.people = People(self.rng, seed)
        self.diagnosis_ids = count(200_001)
        self.plan_ids = count(500_001)

    def admit(self, patient_id: str, fate: str) -> tuple[Chart, str]:
        """Return a patient's chart that meets its fate, and the fate, which an implant's need of annotation changes."""
        diagnosis = self._draw(fate)
        day = FIRST_DAY + timedelta(days=self.rng.randrange((LAST_DAY - FIRST_DAY).days + 1))
        person = self.people.draw_patient(diagnosis.sex, diagnosis.age, day)
        physician = self.rng.choice(self.people.physicians)
        course = draw_course(self.rng, diagnosis, physician.habits)
        visit = Visit(diagnosis, course, person, day, self._referrer())
        chart = Chart(patient_row(patient_id, person))
        self._diagnose(chart, visit, physician)
        self._treat(chart, course, diagnosis.setting.intent, physician, day)
        self._add_noise(chart, visit, physician)
        if fate == fates.ELIGIBLE and is_implausible(course):
            fate = fates.ANNOTATED
            annotate(self.rng, chart, ["regimen"], diagnosis, course)
        else:
            self._mark(chart, fate, visit, physician)
        return chart, fate

    def _draw(self, fate: str) -> Diagnosis:
        while True:
            diagnosis = draw_diagnosis(self.rng)
            if fate != fates.CONTRADICTORY or is_contradictable(diagnosis):
                return diagnosis

    def _referrer(self) -> str:
        name = self.rng.choice(self.people.referrers)
        return name if self.rng.random() < 0.4 else name.split()[-1]

    def _diagnose(self, chart: Chart, visit: Visit, physician: Physician) -> None:
        identity = str(next(self.diagnosis_ids))
        row, places = diagnosis_row(self.rng, chart.patient["PatientSer"], identity, visit, physician.name)
        chart.diagnoses.append(row)
        chart.places += places

    def _treat(
        self, chart: Chart, course: Course, intent: str, physician: Physician, day: date, number: int = 1
    ) -> None:
        identities = [str(next(self.plan_ids)) for _ in course.phases]
        start = plan_start(self.rng, day)
        chart.plans += course_rows(
            self.rng, chart, course, identities, intent=intent, physician=physician.name, start=start, number=number
        )

    def _add_noise(self, chart: Chart, visit: Visit, physician: Physician) -> None:
        """Add what real charts have and rules must see through: replans, checks, rejected plans, double entries."""
        extras = {
            ("Revision", DELIVERED): SHARE_REPLANNED,
            ("Verification", DELIVERED): SHARE_VERIFIED,
            ("Primary", UNDELIVERED): SHARE_ALTERNATIVE,
        }
        for (plan_type, statuses), share in extras.items():
            if self.rng.random() < share:
                chart.plans.append(
                    plan_row(
                        self.rng,
                        chart.patient,
                        chart.diagnoses[0]["DiagnosisSer"],
                        str(next(self.plan_ids)),
                        visit.course.phases[0],
                        plan_type=plan_type,
                        status=self.rng.choice(statuses),
                        intent=visit.diagnosis.setting.intent,
                        physician=physician.name,
                        start=plan_start(self.rng, visit.diagnosis_date) + timedelta(days=7),
                    )
                )
        if self.rng.random() < SHARE_REENTERED:
            self._reenter(chart)

    def _reenter(self, chart: Chart) -> None:
        """Enter the diagnosis once more, as careless hands do: another case, another blank."""
        first = chart.diagnoses[0]
        identity = str(next(self.diagnosis_ids))
        site = self.rng.choice((first["AnatomicSite"].lower(), first["AnatomicSite"].replace(" ", "  ") + " "))
        code = self.rng.choice((first["DiagnosisCode"], first["DiagnosisCode"].lower()))
        chart.diagnoses.append({**first, "DiagnosisSer": identity, "AnatomicSite": site, "DiagnosisCode": code})
        chart.places += [Place(identity, place.column, place.span) for place in chart.places]

    def _mark(self, chart: Chart, fate: str, visit: Visit, physician: Physician) -> None:
        """Let a fate leave its mark: the one fault, or gap, that decides what becomes of the patient."""
        rng, diagnosis, course = self.rng, visit.diagnosis, visit.course
        if fate in (fates.ANNOTATED, fates.OUTSTANDING):
            tasks = make_gap(rng, chart, diagnosis, course)
            if fate == fates.ANNOTATED:
                annotate(rng, chart, [*tasks, *(["regimen"] if is_implausible(course) else [])], diagnosis, course)
        elif fate == fates.UNREADABLE:
            make_unreadable(rng, chart)
        elif fate == fates.NO_DIAGNOSIS:
            chart.diagnoses, chart.places = [], []
            for plan in chart.plans:
                plan["DiagnosisSer"] = ""
        elif fate == fates.MULTIPLE:
            self._diagnose_again(chart, visit, physician)
        elif fate == fates.OTHER_MALIGNANCY:
            word = rng.choice(("Prior", "Synchronous"))
            for row in chart.diagnoses:
                row["OtherPrimary"] = word
        elif fate == fates.CONTRADICTORY:
            contradict(rng, chart, diagnosis)
        elif fate == fates.INSUFFICIENT:
            make_insufficient(chart)
        elif fate == fates.NO_PLAN:
            chart.plans = []
        elif fate == fates.NO_DELIVERED_PLAN:
            self._undeliver(chart.plans)
        elif fate == fates.AMBIGUOUS:
            self._treat_elsewhere(chart, physician, visit.diagnosis_date)

    def _diagnose_again(self, chart: Chart, visit: Visit, physician: Physician) -> None:
        first = visit.diagnosis
        while True:
            second = draw_diagnosis(self.rng)
            if second.sex == first.sex and second.icd10_code != first.icd10_code:
                break
        course = draw_course(self.rng, second, physician.habits)
        later = visit.diagnosis_date + timedelta(days=self.rng.randint(30, 1500))
        self._diagnose(chart, Visit(second, course, visit.person, later, self._referrer()), physician)

    def _undeliver(self, plans: list[Row]) -> None:
        for plan in plans:
            if plan["PlanType"] != "Verification":
                plan["Status"] = self.rng.choice(UNDELIVERED)

    def _treat_elsewhere(self, chart: Chart, physician: Physician, day: date) -> None:
        """Add a second primary plan: of another course, or for another site in the same one."""
        places = [setting for setting in settings() if setting.site == "bone_metastases"]
        treated = {plan["TreatmentSite"] for plan in chart.plans}
        while True:
            course = draw_course(self.rng, draw_diagnosis(self.rng, places), physician.habits)
            if course.phases[0].site not in treated:
                break
        self._treat(chart, course, "palliative", physician, day, number=self.rng.choice((1, 2)))
