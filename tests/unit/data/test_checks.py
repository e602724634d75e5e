from pathlib import Path
from typing import get_args

import pytest
from record_tables import FLAGS

from radonc.data.checks import CHECKS, Case, flag
from radonc.data.records import Diagnosis, Plan, organs_named, sides_named
from radonc.data.schemas import TASKS
from radonc.runtime.settings.cohort import Cohort, Flag

ROOT = Path(__file__).parents[3]
LIMITS = Cohort(dose_gy=(1, 100), fraction_dose_gy=(0.5, 34), days_before_diagnosis=90)
BREAST = {"icd10_code": "C50.912", "site": "Left breast", "laterality": "left"}
PLAN = {"site": "left breast", "modality": "photon", "technique": "VMAT", "energy": "6 MV"}
PLAN |= {"dose_gy": 40.05, "n_fractions": 15, "start_day": 30, "end_day": 51}


def flags(plan=None, diagnosis=None):
    return list(flag(Case(Diagnosis(**BREAST | (diagnosis or {})), (Plan(**PLAN | (plan or {})),), LIMITS)))


PLANS = {
    "a plain plan": ({}, []),
    "nothing known": (dict.fromkeys(PLAN), []),
    # ---- dose
    "the limits themselves": ({"dose_gy": 100, "n_fractions": 50}, []),
    "more": ({"dose_gy": 100.5, "n_fractions": 50}, ["cgy_as_gy"]),
    "cGy per fraction": ({"dose_gy": 34.5, "n_fractions": 1}, ["cgy_as_gy"]),
    "no fractions": ({"dose_gy": 4005, "n_fractions": None}, ["cgy_as_gy"]),
    "an HDR plan": (
        {"dose_gy": 700, "n_fractions": 3, "modality": "brachytherapy", "technique": "HDR", "energy": None},
        ["cgy_as_gy"],
    ),
    "an implant": (
        {
            "dose_gy": 145,
            "n_fractions": 1,
            "modality": "brachytherapy",
            "technique": "LDR permanent implant",
            "energy": "I-125",
        },
        [],
    ),
    "a plaque": (
        {"dose_gy": 85, "n_fractions": 1, "modality": "brachytherapy", "technique": "eye plaque", "energy": None},
        [],
    ),
    "seeds, by their nuclide": (
        {"dose_gy": 125, "n_fractions": 1, "modality": "brachytherapy", "technique": None, "energy": "Pd-103"},
        [],
    ),
    "photons, called LDR": (
        {"dose_gy": 145, "n_fractions": 1, "technique": None, "energy": "seed"},
        ["cgy_as_gy", "modality_against_energy"],
    ),
    "Gy as cGy": ({"dose_gy": 0.4}, ["gy_as_cgy"]),
    "fractions of 0.2 Gy": ({"dose_gy": 3}, ["gy_as_cgy"]),
    "no dose": ({"dose_gy": 0}, []),
    # ---- dose per fraction, stated
    "as it is": ({"technique": "VMAT, 2.67 Gy/fx"}, []),
    "otherwise": ({"technique": "VMAT, 2 Gy/fx"}, ["dose_against_fractions"]),
    "in cGy": ({"technique": "267 cGy per fraction"}, []),
    "in cGy, otherwise": ({"technique": "200cGy/fraction"}, ["dose_against_fractions"]),
    "fractions times dose": ({"site": "left breast 15 x 2.67 Gy"}, []),
    "fractions times another dose": (
        {"site": "left breast 16 x 2.66 Gy", "n_fractions": 16},
        ["dose_against_fractions"],
    ),
    "dose times fractions": ({"site": "left breast 2.5 Gy x 15"}, ["dose_against_fractions"]),
    "rounded": ({"technique": "2.7 Gy/fx"}, []),
    "a total alone": ({"technique": "40 Gy VMAT"}, []),
    "stated, but no fractions": ({"technique": "2 Gy/fx", "n_fractions": None}, []),
    # ---- modality
    "electrons in MV": (
        {"modality": "electron", "technique": "en face", "energy": "15 MV"},
        ["modality_against_energy"],
    ),
    "photons in MeV": ({"energy": "6 MeV"}, ["modality_against_energy"]),
    "photons of a linac's name": ({"energy": "6X-FFF"}, []),
    "electrons of a linac's name": ({"modality": "electron", "technique": "en face", "energy": "9E"}, []),
    "kilovolts": ({"technique": "superficial", "energy": "100 kV"}, []),
    "protons": ({"modality": "proton", "technique": "PBS", "energy": "150 MeV"}, []),
    "electrons of 150 MeV": (
        {"modality": "electron", "technique": None, "energy": "150 MeV"},
        ["modality_against_energy"],
    ),
    "photons of iridium": ({"technique": None, "energy": "Ir-192"}, ["modality_against_energy"]),
    "photons of cobalt": ({"technique": "Gamma Knife", "energy": "Co-60"}, []),
    "photons, HDR": ({"technique": "HDR vaginal cylinder"}, ["modality_against_technique"]),
    "brachytherapy by VMAT": ({"modality": "brachytherapy", "energy": "Ir-192"}, ["modality_against_technique"]),
    "protons by VMAT": ({"modality": "proton", "energy": None}, ["modality_against_technique"]),
    "photons by scanned protons": ({"technique": "IMPT"}, ["modality_against_technique"]),
    "stereotactic photons": ({"technique": "SBRT"}, []),
    "stereotactic protons": ({"modality": "proton", "technique": "proton SRS", "energy": None}, []),
    "stereotactic electrons": (
        {"modality": "electron", "technique": "SBRT", "energy": "9 MeV"},
        ["modality_against_technique"],
    ),
    "mixed": ({"modality": "mixed", "technique": "HDR", "energy": "15 MV"}, []),
    "external beams of any kind": ({"modality": "external", "technique": "IMRT"}, []),
    "external, but inside": (
        {"modality": "external", "technique": "HDR", "energy": None},
        ["modality_against_technique"],
    ),
    "no modality, but both imply it": ({"modality": None}, ["modality_only_implied"]),
    "no modality, but the energy implies it": (
        {"modality": None, "technique": None, "energy": "9 MeV"},
        ["modality_only_implied"],
    ),
    "no modality, and what else there is contradicts itself": ({"modality": None, "technique": "HDR"}, []),
    "no modality, and nothing implies it": ({"modality": None, "technique": "4 fields", "energy": None}, []),
    "electronic brachytherapy": (
        {"modality": "brachytherapy", "technique": "electronic brachytherapy", "energy": "50 kV"},
        [],
    ),
    "an unknown technique": ({"technique": "hands on"}, []),
    # ---- side
    "the other breast": ({"site": "RT breast"}, ["plan_against_side"]),
    "the other hip": ({"site": "right hip"}, []),  # of another organ: a metastasis has a side of its own
    "both breasts": ({"site": "right and left breast"}, []),
    # ---- days
    "a single day": ({"end_day": 30}, []),
    "an end before the start": ({"end_day": 29}, ["end_before_start"]),
    "ninety days before": ({"start_day": -90}, []),
    "earlier": ({"start_day": -91}, ["start_before_diagnosis"]),
    # ---- several at once
    "many faults": (
        {"dose_gy": 400, "energy": "9 MeV", "end_day": 3},
        ["cgy_as_gy", "end_before_start", "modality_against_energy"],
    ),
}


@pytest.mark.parametrize(("plan", "expected"), PLANS.values(), ids=PLANS.keys())
def test_flags_of_a_plan(plan, expected):
    assert flags(plan) == expected


DIAGNOSES = {
    "no code": ({"icd10_code": None}, []),
    "an unknown code": ({"icd10_code": "C99.1"}, []),
    "no site": ({"site": None}, []),
    "a site of no known organ": ({"site": "quadrant, upper-outer"}, []),
    "another organ": ({"icd10_code": "C61", "site": "Lung"}, ["code_against_site"]),
    "a part of the organ": ({"icd10_code": "C54.1", "site": "Uterus", "laterality": None}, []),
    "the organ, from its category": ({"icd10_code": "C71.2", "site": "Brain", "laterality": None}, []),
    "a metastasis where it is": ({"icd10_code": "C79.51", "site": "Bone T-spine", "laterality": None}, []),
    "a metastasis, coded as the primary": (
        {"icd10_code": "C61", "site": "Bone", "laterality": None},
        ["code_against_site"],
    ),
    "skin of the breast": ({"icd10_code": "C44.501", "site": "left breast, skin", "laterality": None}, []),
    "the other side": ({"site": "RT breast"}, ["code_against_side"]),
    "the other side than the record's": ({"icd10_code": "C50.9", "site": "Breast UOQ R"}, ["code_against_side"]),
    "the side of a code alone": ({"laterality": None, "site": "right breast"}, ["code_against_side"]),
    "no side in either": ({"icd10_code": "C61", "site": "right prostate", "laterality": None}, []),
}


@pytest.mark.parametrize(("diagnosis", "expected"), DIAGNOSES.values(), ids=DIAGNOSES.keys())
def test_flags_of_a_diagnosis(diagnosis, expected):
    assert flags({"site": None}, diagnosis) == expected


def test_every_plan_is_checked():
    fine, late = Plan(**PLAN), Plan(**PLAN | {"end_day": 3})
    assert flag(Case(Diagnosis(), (fine, late), LIMITS)) == ("end_before_start",)
    assert flag(Case(Diagnosis(), (), LIMITS)) == ()


def test_every_flag_is_tested_and_concerns_a_task():
    tested = {name for _, expected in [*PLANS.values(), *DIAGNOSES.values()] for name in expected}
    assert tested == {check.code for check in CHECKS}
    assert all(check.label and set(check.tasks) <= set(TASKS) for check in CHECKS)
    assert set(FLAGS) <= tested


def test_the_config_knows_every_flag_and_its_default_is_the_tests():
    assert list(get_args(Flag)) == [check.code for check in CHECKS]
    assert list(Cohort().annotate_flags) == FLAGS


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        (None, ""),
        ("breast", ""),
        ("Right breast", "right"),
        ("LT lung UL", "left"),
        ("Lung UL L", "left"),
        ("R breast", "right"),
        ("R/L neck", "left right"),
        ("L-spine", ""),
        ("L spine", ""),
        ("T-spine L", "left"),
        ("upright chest, alright, bilateral", ""),
    ],
)
def test_sides(text, sides):
    assert " ".join(sorted(sides_named(text))) == sides


@pytest.mark.parametrize(
    ("text", "organs"),
    [
        (None, ""),
        ("gallbladder", ""),
        ("Urinary bladder", "bladder"),
        ("cervical nodes", ""),
        ("cervix uteri", "uterus"),
        ("renal pelvis", "kidney"),
        ("adrenal gland", ""),
        ("thoracic spine", "bone"),
        ("spinal cord", ""),
        ("esophagogastric junction", "esophagus stomach"),
        ("parathyroid", ""),
    ],
)
def test_organs(text, organs):
    assert " ".join(sorted(organs_named(text))) == organs
