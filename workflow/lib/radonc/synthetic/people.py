"""Fictional patients, their relatives, and physicians."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from faker import Faker

from radonc.synthetic.regimens import draw_habits

Row = dict[str, str]

US_DATE = "%m/%d/%Y"
N_PHYSICIANS = 25
N_REFERRERS = 300
ADULT_RELATIONS = {"female": ("husband", "daughter", "son", "sister"), "male": ("wife", "daughter", "son", "brother")}
CHILD_RELATIONS = ("mother", "father")
FEMALE_RELATIONS = frozenset({"daughter", "sister", "wife", "mother"})
ADULT_YEARS = 18


class Person(NamedTuple):
    """A patient's row of Patient.csv, but for its key, and what the next of kin is to the patient."""

    row: Row
    relation: str


class Physician(NamedTuple):
    """A radiation oncologist with habits, as ``draw_course`` takes them."""

    name: str
    habits: Mapping[str, float]


class People:
    """Draws people; the same seed gives the same ones in the same order."""

    def __init__(self, rng: Random, seed: int) -> None:
        self.rng = rng
        self.fake = Faker("en_US")
        self.fake.seed_instance(seed)
        self.physicians = [Physician(self._physician_name(), draw_habits(rng)) for _ in range(N_PHYSICIANS)]
        self.referrers = [self._physician_name() for _ in range(N_REFERRERS)]

    def _physician_name(self) -> str:
        return f"{self._first_name(self.rng.choice(('female', 'male')))} {self.fake.last_name()}"

    def _first_name(self, sex: str) -> str:
        return str(self.fake.first_name_female() if sex == "female" else self.fake.first_name_male())

    def draw_patient(self, sex: str, age: int, diagnosis_date: date) -> Person:
        """Draw a patient who is ``age`` years old on the day of diagnosis."""
        fake, rng = self.fake, self.rng
        first_name, last_name = self._first_name(sex), str(fake.last_name())
        relation = rng.choice(CHILD_RELATIONS if age < ADULT_YEARS else ADULT_RELATIONS[sex])
        relative = self._first_name("female" if relation in FEMALE_RELATIONS else "male")
        has_former_name = age >= ADULT_YEARS and rng.random() < (0.3 if sex == "female" else 0.02)
        anniversary = date(diagnosis_date.year - age, diagnosis_date.month, min(diagnosis_date.day, 28))
        row = {
            "PatientId": f"{rng.randrange(10_000_000):07d}",
            "FirstName": first_name,
            "MiddleName": self._first_name(sex) if rng.random() < 0.7 else "",
            "LastName": last_name,
            "FormerName": str(fake.last_name()) if has_former_name else "",
            "DateOfBirth": (anniversary - timedelta(days=rng.randrange(360))).strftime(US_DATE),
            "Sex": "F" if sex == "female" else "M",
            "AddressLine1": str(fake.street_address()),
            "City": str(fake.city()),
            "PostalCode": str(fake.postcode()),
            "HomePhone": str(fake.phone_number()),
            "Email": f"{first_name}.{last_name}{rng.randrange(100)}@example.com".lower(),
            "NextOfKin": f"{relative} {last_name if rng.random() < 0.7 else fake.last_name()}",
        }
        return Person(row, relation)
