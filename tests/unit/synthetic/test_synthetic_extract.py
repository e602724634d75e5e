"""The whole extract, read as a stranger reads it; the cohort's rules stand here once more, apart from the code."""

import csv
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radonc.runtime.errors import StudyError
from radonc.synthetic import write_extract
from radonc.vocabulary import icd10

SOURCES = ("Patient.csv", "Diagnosis.csv", "Plan.csv", "Annotation.csv")
TRUTHS = ("fates.parquet", "identifiers.parquet")
DELIVERED = {"Completed", "TreatApproval", "PlanApproval"}
STATUSES = DELIVERED | {"UnApproved", "Rejected"}
MODALITIES = {"Photons": "photon", "Electrons": "electron", "Protons": "proton", "Brachy": "brachytherapy"}
REASONS = (
    "unreadable_record",
    "no_diagnosis",
    "multiple_diagnoses",
    "other_malignancy",
    "contradictory_record",
    "insufficient_details",
    "no_plan",
    "no_delivered_plan",
    "ambiguous_primary_plan",
    "annotation_outstanding",
)
PROMPT_COLUMNS = (
    "AnatomicSite",
    "Histology",
    "Grade",
    "TStage",
    "NStage",
    "MStage",
    "StageGroup",
    "Biomarkers",
    "ECOG",
    "ClinicalHistory",
)


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


class Study:
    def __init__(self, folder, truth):
        self.patients = {row["PatientSer"]: row for row in read_csv(folder / "Patient.csv")}
        self.diagnoses, self.plans, self.annotations = (
            self._by_patient(folder / f"{name}.csv") for name in ("Diagnosis", "Plan", "Annotation")
        )
        self.fates = pd.read_parquet(truth / "fates.parquet").set_index("patient_id")["fate"].to_dict()
        self.identifiers = pd.read_parquet(truth / "identifiers.parquet")

    @staticmethod
    def _by_patient(path):
        rows = defaultdict(list)
        for row in read_csv(path):
            rows[row["PatientSer"]].append(row)
        return rows

    def reason(self, patient):
        """Return what the cohort's rules say of a patient, in their order."""
        plans = self.plans[patient]
        diagnoses = self.diagnoses[patient]
        if not is_readable(self.patients[patient], diagnoses, plans):
            return "unreadable_record"
        distinct = {
            (icd10.normalise(row["DiagnosisCode"]), " ".join(row["AnatomicSite"].lower().split()), row["DateOfDx"])
            for row in diagnoses
        }
        if len(distinct) != 1:
            return "multiple_diagnoses" if distinct else "no_diagnosis"
        diagnosis = diagnoses[0]
        if diagnosis["OtherPrimary"] in ("Prior", "Synchronous"):
            return "other_malignancy"
        if contradicts(self.patients[patient]["Sex"], diagnosis["DiagnosisCode"], diagnosis["Laterality"]):
            return "contradictory_record"
        if not diagnosis["AnatomicSite"] + diagnosis["Histology"] + diagnosis["ClinicalHistory"]:
            return "insufficient_details"
        if not plans:
            return "no_plan"
        delivered = [plan for plan in plans if plan["Status"] in DELIVERED and plan["PlanType"] != "Verification"]
        if not delivered:
            return "no_delivered_plan"
        main = [plan for plan in delivered if plan["PlanType"] != "Boost"]
        if len({(plan["Course"], plan["TreatmentSite"]) for plan in main}) != 1:
            return "ambiguous_primary_plan"
        gaps = gaps_of(diagnosis, main[-1])
        if not gaps:
            return "eligible"
        answered = {row["Task"] for row in self.annotations[patient]}
        return "eligible_annotated" if gaps <= answered else "annotation_outstanding"


def is_date(text):
    try:
        datetime.strptime(text, "%m/%d/%Y")
    except ValueError:
        return False
    return True


def is_readable(patient, diagnoses, plans):
    dates = [
        patient["DateOfBirth"],
        *(row["DateOfDx"] for row in diagnoses),
        *(row[end] for row in plans for end in ("StartDate", "EndDate")),
    ]
    numbers = [row[column] for row in plans for column in ("TotalDose_cGy", "Fractions")]
    codes = [row["DiagnosisCode"] for row in diagnoses if row["DiagnosisCode"]]
    return (
        patient["Sex"] in ("F", "M")
        and all(is_date(day) for day in dates if day)
        and all(re.fullmatch(r"\d+(\.\d+)?", number) for number in numbers if number)
        and all(icd10.normalise(code) for code in codes)
        and all(row["Status"] in STATUSES for row in plans)
    )


def contradicts(sex, code, laterality):
    category = code[:3].upper()
    wrong_sex = (category in ("C60", "C61", "C62", "C63") and sex == "F") or (
        re.fullmatch(r"C5[1-8]", category) is not None and sex == "M"
    )
    normal = icd10.normalise(code)
    title = icd10.title(normal) if normal and icd10.is_valid(normal) else ""
    wrong_breast = (" female " in title and sex == "M") or (" male " in title and sex == "F")
    wrong_side = (" left " in f" {title} " and laterality == "R") or (" right " in f" {title} " and laterality == "L")
    return wrong_sex or wrong_breast or wrong_side


def gaps_of(diagnosis, plan):
    code = icd10.normalise(diagnosis["DiagnosisCode"])
    gaps = set() if code and icd10.is_billable(code) else {"ICD10"}
    if plan["RadiationType"] not in MODALITIES:
        gaps.add("Modality")
    dose, fractions = plan["TotalDose_cGy"], plan["Fractions"]
    if not (dose and fractions and 50 <= float(dose) / int(fractions) <= 3400):
        gaps.add("Regimen")
    return gaps


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("extract")
    write_extract(root / "source", root / "truth", n_patients=1600, n_eligible=804, seed=7)
    return root / "source", root / "truth"


@pytest.fixture(scope="module")
def study(folders):
    return Study(*folders)


@pytest.fixture(scope="module")
def eligible(study):
    return [patient for patient, fate in study.fates.items() if fate.startswith("eligible")]


def contents(source, truth):
    return [(source / name).read_bytes() for name in SOURCES] + [(truth / name).read_bytes() for name in TRUTHS]


def test_same_seed_same_bytes_in_another_process(folders, tmp_path):
    call = (
        "from pathlib import Path; from radonc.synthetic import write_extract;"
        f"write_extract(Path({str(tmp_path / 's')!r}), Path({str(tmp_path / 't')!r}),"
        "n_patients=1600, n_eligible=804, seed=7)"
    )
    library = str(Path(__file__).parents[3] / "workflow" / "lib")
    subprocess.run([sys.executable, "-c", call], check=True, env={"PYTHONHASHSEED": "3", "PYTHONPATH": library})
    assert contents(tmp_path / "s", tmp_path / "t") == contents(*folders)


def test_another_seed_gives_other_people(tmp_path):
    for seed in (1, 2):
        write_extract(tmp_path / f"s{seed}", tmp_path / f"t{seed}", n_patients=40, n_eligible=20, seed=seed)
    names = [{row["LastName"] for row in read_csv(tmp_path / f"s{seed}" / "Patient.csv")} for seed in (1, 2)]
    assert len(names[0] & names[1]) < 20


def test_the_rules_come_to_each_fate_by_themselves(study):
    wrong = {(fate, study.reason(patient)) for patient, fate in study.fates.items() if study.reason(patient) != fate}
    assert not wrong
    assert set(study.fates.values()) == {*REASONS, "eligible", "eligible_annotated"}
    assert len(study.patients) == 1600


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(40, 110), st.integers(0, 10_000), st.data())
def test_small_studies_have_every_fate_and_exact_counts(tmp_path, n_patients, seed, data):
    n_eligible = data.draw(st.integers(20, n_patients - 10))
    write_extract(tmp_path / "s", tmp_path / "t", n_patients=n_patients, n_eligible=n_eligible, seed=seed)
    study = Study(tmp_path / "s", tmp_path / "t")
    reasons = Counter(study.reason(patient) for patient in study.patients)
    assert reasons["eligible"] + reasons["eligible_annotated"] == n_eligible
    assert reasons.total() == n_patients
    assert set(reasons) == {*REASONS, "eligible", "eligible_annotated"}
    assert reasons == Counter(study.fates.values())


@pytest.mark.parametrize("n_eligible", [0, 41])
def test_impossible_numbers_are_named(tmp_path, n_eligible):
    with pytest.raises(StudyError, match=r"extract\.synthetic\.n_eligible"):
        write_extract(tmp_path, tmp_path, n_patients=40, n_eligible=n_eligible, seed=1)


def test_eligible_plans_follow_the_diagnosis(study, eligible):
    for patient in eligible:
        first_dose = min(
            datetime.strptime(plan["StartDate"], "%m/%d/%Y") for plan in study.plans[patient] if plan["StartDate"]
        )
        diagnosed = datetime.strptime(study.diagnoses[patient][0]["DateOfDx"], "%m/%d/%Y")
        assert diagnosed < first_dose
        assert 2008 <= diagnosed.year <= 2022
        assert first_dose.weekday() < 5


def test_doses_are_whole_fractions(study, eligible):
    for patient in eligible:
        if study.fates[patient] == "eligible":
            for plan in study.plans[patient]:
                per_fraction = float(plan["TotalDose_cGy"]) / int(plan["Fractions"])
                assert per_fraction * 2 == pytest.approx(round(per_fraction * 2))


def test_reentries_and_other_noise_are_among_the_eligible(study, eligible):
    assert sum(len(study.diagnoses[patient]) > 1 for patient in eligible) >= 10
    types = Counter(plan["PlanType"] for patient in eligible for plan in study.plans[patient])
    assert min(types[kind] for kind in ("Revision", "Verification", "Boost")) >= 10


def test_annotations_answer_in_the_labels(study, eligible):
    rows = [row for patient in eligible for row in study.annotations[patient]]
    answers = {
        task: [row["Answer"] for row in rows if row["Task"] == task] for task in ("ICD10", "Modality", "Regimen")
    }
    assert all(answers.values())
    assert all(icd10.is_billable(code) for code in answers["ICD10"])
    assert set(answers["Modality"]) <= set(MODALITIES.values())
    assert all(re.search(r": [\d.]+ Gy in \d+ fraction", text) for text in answers["Regimen"])
    outstanding = [patient for patient, fate in study.fates.items() if fate == "annotation_outstanding"]
    assert not any(study.annotations[patient] for patient in outstanding)


def test_modality_shares(study, eligible):
    given_modalities = [study.plans[patient][0]["RadiationType"] for patient in eligible]
    shares = {word: count / len(eligible) for word, count in Counter(given_modalities).items()}
    bounds = {"Photons": (0.68, 0.82), "Protons": (0.05, 0.13), "Electrons": (0.03, 0.1), "Brachy": (0.06, 0.14)}
    assert {word: low <= shares[word] <= high for word, (low, high) in bounds.items()} == dict.fromkeys(bounds, True)


def texts(study):
    return {row["DiagnosisSer"]: row for rows in study.diagnoses.values() for row in rows}


def test_offsets_cut_the_identifier_out_of_the_source(study):
    columns = {"history": "ClinicalHistory", "biomarkers": "Biomarkers"}
    rows = texts(study)
    for place in study.identifiers.itertuples():
        assert rows[place.record_id][columns[place.column]][place.start : place.end] == place.value
    assert set(study.identifiers["kind"]) == {"NAME", "DATE", "PLACE", "PHONE", "ID", "AGE"}
    assert set(study.identifiers["table"]) == {"diagnoses"}


def test_no_identifier_stands_unrecorded(study):
    recorded = defaultdict(set)
    for place in study.identifiers[study.identifiers["column"] == "history"].itertuples():
        recorded[place.record_id] |= set(range(place.start, place.end))
    for patient, rows in study.diagnoses.items():
        person = study.patients[patient]
        patterns = [
            *(re.escape(person[column]) for column in ("PatientId", "HomePhone", "City", "NextOfKin", "Email")),
            rf"(?i:mrs?|ms)\. {person['LastName']}",
            r"\d{1,2}/\d{1,2}/\d{2,4}|\d{4}-\d\d-\d\d|\b\d\d/20\d\d",
            r"\b9[0-9](?=[ -]?y)",
            r"(?<=[Dd]r\. )\w+",
        ]
        for row in rows:
            for pattern in patterns:
                for found in re.finditer(pattern, row["ClinicalHistory"]):
                    assert found.end() - 1 in recorded[row["DiagnosisSer"]], pattern


def test_about_two_in_five_histories_identify(study):
    with_history = [key for key, row in texts(study).items() if row["ClinicalHistory"]]
    identifying = set(study.identifiers.loc[study.identifiers["column"] == "history", "record_id"])
    assert 0.33 <= len(identifying.intersection(with_history)) / len(with_history) <= 0.48


def test_no_text_tells_the_answer(study):
    leak = re.compile(r"(?i)photon|proton|electron|brachy|\bc?gy\b|\bfractions?\b|\b[a-z]\d\d\.\d")
    for row in texts(study).values():
        for column in PROMPT_COLUMNS:
            assert not leak.search(row[column]), column
            if len(row["DiagnosisCode"]) >= 3:
                assert row["DiagnosisCode"].lower() not in row[column].lower().split(), column


def test_texts_are_short(study):
    n_words = sorted(len(row["ClinicalHistory"].split()) for row in texts(study).values() if row["ClinicalHistory"])
    assert 20 <= n_words[len(n_words) // 2] <= 30
    together = max(
        sum(len(row[column].split()) for column in PROMPT_COLUMNS if column != "ECOG") for row in texts(study).values()
    )
    assert together <= 80


def test_source_texts_survive_trimming(study):
    """The extract stage trims cells: offsets must hold after it."""
    assert all(row["ClinicalHistory"] == row["ClinicalHistory"].strip() for row in texts(study).values())


def test_some_are_over_89_and_some_children(study):
    ages = [
        (
            datetime.strptime(rows[0]["DateOfDx"], "%m/%d/%Y")
            - datetime.strptime(study.patients[patient]["DateOfBirth"], "%m/%d/%Y")
        ).days
        / 365.25
        for patient, rows in study.diagnoses.items()
        if rows and is_date(rows[0]["DateOfDx"]) and is_date(study.patients[patient]["DateOfBirth"])
    ]
    assert any(age >= 90 for age in ages)
    assert any(age < 18 for age in ages)
    assert max(ages) < 98


def test_plan_names_embed_the_patient_in_a_share_of_cases(study):
    embedded = [
        study.patients[patient]["LastName"] in plan["PlanName"]
        for patient, rows in study.plans.items()
        for plan in rows
    ]
    assert 0.08 <= sum(embedded) / len(embedded) <= 0.3
