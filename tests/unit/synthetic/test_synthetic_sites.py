"""The clinical knowledge: every line of sites.yaml stands up to the code set and to the staging table."""

import itertools
import re
from random import Random

import pytest

from radonc.synthetic.knowledge import load_knowledge
from radonc.synthetic.sites import draw_diagnosis, settings, stage_group, word_site
from radonc.vocabulary import icd10

CODES = sorted(
    {
        (code, side)
        for setting in settings()
        for subsite in setting.subsites
        for side, code in (subsite.code.items() if not isinstance(subsite.code, str) else [(None, subsite.code)])
    },
    key=str,
)
FORBIDDEN = re.compile(r"(?i)photon|proton|electron|brachy|\bc?gy\b|\bfractions?\b|\b[a-z]\d\d\.\d")


@pytest.mark.parametrize(("code", "side"), CODES)
def test_codes_are_billable_specific_and_on_the_right_side(code, side):
    assert icd10.normalise(code) == code
    assert icd10.is_billable(code)
    assert "unspecified" not in icd10.title(code).lower()
    assert icd10.laterality(code) in (side, None)


def test_enough_sites_and_codes():
    assert len(load_knowledge("sites")["sites"]) >= 24
    assert 70 <= len({code for code, _ in CODES}) <= 115


def test_settings_share_all_patients_of_their_site():
    for name, site in load_knowledge("sites")["sites"].items():
        assert sum(setting.weight for setting in settings() if setting.site == name) == pytest.approx(site["weight"])


@pytest.mark.parametrize("setting", settings(), ids=lambda setting: f"{setting.site}-{setting.name}")
def test_each_stage_of_a_setting_has_a_group(setting):
    if setting.staging and not setting.stage_group:
        groups = {
            stage_group(setting.staging, *stages) for stages in itertools.product(setting.t, setting.n, setting.m)
        }
        assert groups
        assert all(re.fullmatch(r"0|I{1,3}[ABC]?\d?|IV[ABC]?", group) for group in groups)


def test_sexed_codes_are_drawn_for_their_sex():
    rng = Random(3)
    for diagnosis in (draw_diagnosis(rng) for _ in range(4000)):
        assert icd10.category(diagnosis.icd10_code) not in (
            {"C61", "C62"} if diagnosis.sex == "female" else {"C51", "C52", "C53", "C54"}
        )
        assert not re.search(
            r"\bmale\b" if diagnosis.sex == "female" else r"\bfemale\b", icd10.title(diagnosis.icd10_code)
        )
        assert icd10.laterality(diagnosis.icd10_code) in (None, diagnosis.side)
        _, _, youngest, oldest = diagnosis.setting.age
        assert youngest <= diagnosis.age <= oldest


@pytest.mark.parametrize("setting", settings(), ids=lambda setting: f"{setting.site}-{setting.name}")
def test_phrases_are_whole_and_tell_no_answer(setting):
    diagnosis = draw_diagnosis(Random(1), [setting])
    for phrase in [*setting.complaints, *setting.findings, *setting.story, *setting.biomarkers, *setting.histologies]:
        assert not FORBIDDEN.search(phrase)
        worded = diagnosis.word(phrase)
        assert "{side}" not in worded
        assert "{where}" not in worded
        assert "  " not in worded


def test_the_site_is_worded_in_many_ways_and_seldom_empty_of_meaning():
    rng = Random(5)
    breast = [setting for setting in settings() if setting.site == "breast"]
    worded = [(diagnosis, word_site(rng, diagnosis)) for diagnosis in (draw_diagnosis(rng, breast) for _ in range(400))]
    assert len({text for _, text in worded}) > 30
    assert all("{" not in text and text == text.strip() for _, text in worded)
    sided = [
        re.search(rf"(?i)\b({diagnosis.side}|{diagnosis.side[0]}t?)\b", text) is not None for diagnosis, text in worded
    ]
    assert 0.8 < sum(sided) / len(sided) < 1


def test_one_name_for_part_and_organ_is_said_once():
    rng = Random(2)
    prostate = [setting for setting in settings() if setting.site == "prostate"]
    texts = {word_site(rng, draw_diagnosis(rng, prostate)) for _ in range(100)}
    assert {text.lower() for text in texts} == {"prostate"}
