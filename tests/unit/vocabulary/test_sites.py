import itertools
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from radonc.vocabulary import icd10, sites

LIBRARY = Path(sites.__file__).parents[1]


@pytest.fixture(scope="module")
def neoplasms():
    return [code for code in icd10.codes("valid") if "C" <= code < "D5"]


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("C01", "head and neck"),
        ("C32.9", "head and neck"),
        ("C33", "thorax"),
        ("C45.0", "thorax"),
        ("C45.1", "bone and soft tissue"),
        ("C49.A2", "gastrointestinal"),
        ("C49.9", "bone and soft tissue"),
        ("C4A.9", "skin"),
        ("C50.911", "breast"),
        ("D05.10", "breast"),
        ("C53.9", "gynaecological"),
        ("C61", "prostate"),
        ("C62.90", "genitourinary"),
        ("C67.9", "genitourinary"),
        ("C69.30", "eye"),
        ("C71.9", "central nervous system"),
        ("C73", "endocrine"),
        ("C75.1", "central nervous system"),
        ("C75.5", "endocrine"),
        ("D32.9", "central nervous system"),
        ("D35.2", "central nervous system"),
        ("D35.00", "endocrine"),
        ("C79.51", "metastases"),
        ("C7B.00", "metastases"),
        ("C7A.090", "thorax"),
        ("C7A.1", "unspecified"),
        ("C76.3", "unspecified"),
        ("C80.1", "unspecified"),
        ("C83.30", "lymphoma"),
        ("C90.00", "myeloma and leukaemia"),
        ("D49.6", "central nervous system"),
        ("D50.9", "other"),
        ("L91.0", "other"),
        ("C99.9", "other"),
        ("", "other"),
    ],
)
def test_the_group_of_a_code(code, group):
    assert sites.group_of_code(code) == group


def test_every_neoplasm_has_a_group_and_every_group_a_neoplasm(neoplasms):
    groups = Counter(map(sites.group_of_code, neoplasms))
    assert set(groups) == set(sites.groups()) - {sites.OTHER}
    assert sites.groups()[-1] == sites.OTHER
    assert set(sites.groups()) >= sites.PLACELESS


def test_the_blocks_of_the_tabular_list_are_of_one_group_but_for_what_the_table_states():
    import simple_icd_10_cm

    blocks = {}
    for code in icd10.codes("billable"):
        if "C" <= code < "D0":
            blocks.setdefault(simple_icd_10_cm.get_ancestors(code)[-2], set()).add(sites.group_of_code(code))
    several = {block: groups for block, groups in blocks.items() if len(groups) > 1}
    assert several == {
        "C30-C39": {"head and neck", "thorax"},
        "C45-C49": {"bone and soft tissue", "thorax", "gastrointestinal"},
        "C60-C63": {"prostate", "genitourinary"},
        "C69-C72": {"eye", "central nervous system"},
        "C73-C75": {"endocrine", "central nervous system"},
        "C76-C80": {"metastases", "unspecified"},
        "C7A": {"gastrointestinal", "genitourinary", "thorax", "unspecified"},
        "C81-C96": {"lymphoma", "myeloma and leukaemia"},
    }


def test_the_two_tables_agree_on_the_titles_of_all_neoplasms(neoplasms):
    apart = Counter()
    for code in neoplasms:
        if sites.agree(code, icd10.title(code)) is False:
            apart[icd10.category(code)] += 1
    # Named by an organ, grouped by the tissue: spleen, nerve of smell, lipoma, desmoid; D02 and D14 name two groups.
    assert set(apart) <= {"C26", "C72", "D02", "D14", "D17", "D48"}
    assert sum(apart.values()) < 12


def test_each_word_stands_in_the_table_once_and_each_group_is_known():
    text = (LIBRARY / "vocabulary" / "sites.words.txt").read_text(encoding="utf-8")
    lines = [line.split(":") for line in text.splitlines() if line and not line.startswith("#")]
    words = [word.strip() for _, listed in lines for word in listed.split(",")]
    assert [word for word, n in Counter(words).items() if n > 1] == []
    assert all(word and word == word.lower() for word in words)
    assert {group.strip() for named, _ in lines for group in named.split(",")} <= set(sites.groups())
    assert all(sites.groups_of_words(word.removesuffix("*")) for word in words)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        (None, None),
        ("", None),
        ("primary tumor field", None),
        ("Left breast", "breast"),
        ("left breast and regional nodes", "breast"),
        ("prostate bed", "prostate"),
        ("prostate and pelvic nodes", "prostate"),
        ("pelvis", None),
        ("bony pelvis", "bone and soft tissue"),
        ("whole brain", "central nervous system"),
        ("brain metastases", "metastases"),
        ("neck", None),
        ("bladder neck", "genitourinary"),
        ("femoral neck", "bone and soft tissue"),
        ("cervical", None),
        ("cervical spine", "bone and soft tissue"),
        ("cervical esophagus", None),  # of which the gullet is one reading
        ("prostate, rectum", None),
        ("RUL lung", "thorax"),
        ("lungless", "thorax"),
        ("along the line", None),
        ("gallbladder", "gastrointestinal"),
        ("parathyroid", "endocrine"),
        ("spinal  cord", "central nervous system"),
    ],
)
def test_the_one_group_of_words(text, group):
    groups = sites.groups_of_words(text)
    assert (next(iter(groups)) if len(groups) == 1 else None) == group


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("C50.911", "Rt breast", True),
        ("C50.911", "chest wall", True),
        ("C50.911", "prostate", False),
        ("C50.911", "whole brain", False),
        ("C50.911", "tumor bed", None),
        ("C50.911", None, None),
        ("C79.31", "whole brain", True),
        ("C79.51", "T8-T10 spine", True),
        ("C79.51", "bone metastasis", True),
        ("C79.51", "left breast", False),
        ("C79.9", "left breast", False),
        ("C61", "bone metastasis", False),
        ("C83.30", "mediastinum", None),
        ("C80.1", "neck", None),
        ("L91.0", "ear", None),
        ("C99.9", "ear", None),
    ],
)
def test_code_and_words_of_one_place(code, text, expected):
    assert sites.agree(code, text) is expected


@given(st.text())
def test_any_text_has_its_groups(text):
    assert sites.groups_of_words(text) <= set(sites.groups())
    assert sites.agree("C61", text) in (True, False, None)
    assert sites.group_of_code(text) in sites.groups()


def test_the_synthetic_clinic_is_coherent():
    """What it treats is where it codes, but for the brain that is treated before anything is there."""
    about = yaml.safe_load((LIBRARY / "synthetic" / "sites.yaml").read_text(encoding="utf-8"))["sites"]
    schemes = yaml.safe_load((LIBRARY / "synthetic" / "regimens.yaml").read_text(encoding="utf-8"))["schemes"]
    apart, n = [], 0
    for site in about.values():
        codes = re.findall(r"[A-Z]\d[0-9A-Z](?:\.\w+)?", str([subsite["code"] for subsite in site["subsites"]]))
        names = {
            name for setting in site["settings"].values() for name in setting.get("regimens", site.get("regimens"))
        }
        for code, name in itertools.product(codes[:1], sorted(names)):
            agrees = sites.agree(code, schemes[name]["target"])
            n += agrees is not None
            if agrees is False:
                apart.append((code, schemes[name]["target"]))
    assert n > 80
    assert {target for _, target in apart} <= {"whole brain"}


def test_real_records_are_coherent(tcga):
    patients = pd.read_csv(tcga / "patients.csv", dtype=str, keep_default_na=False)
    texts = patients["tumor_tissue_site"] + ", " + patients["anatomic_neoplasm_subdivision"]
    codes = patients["icd_10"].map(icd10.normalise).fillna("")
    agrees = pd.Series(map(sites.agree, codes, texts), index=patients.index, dtype=object)
    assert agrees.eq(True).sum() > 9000
    # Where they are not: metastases of melanoma, coded as if the place were a primary, and some single patients.
    assert patients.loc[agrees.eq(False) & (patients["cohort"] != "SKCM"), "cohort"].size < 12
    courses = pd.read_csv(tcga / "courses.csv", dtype=str, keep_default_na=False)
    assert not any(map(sites.groups_of_words, courses["anatomic_treatment_site"].unique()))
