from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.vocabulary import icd10, icdo3
from radonc.vocabulary.icd10_tree import lineage
from radonc.vocabulary.icdo3 import to_icd10

TOPOGRAPHIES = [line[0] for line in icdo3._lines("topography")]


@pytest.mark.parametrize(
    ("topography", "morphology", "codes"),
    [
        # ---- the same place, whatever ICD-O-3 fills the fourth character up with
        ("C61.9", "8140/3", ["C61"]),
        ("c619", "81403", ["C61"]),
        ("C73.9", "M-8260/3", ["C73"]),
        ("C34.2", "8140/3", ["C34.2"]),
        ("C34.1", "8140/3", ["C34.10", "C34.11", "C34.12"]),
        ("C64.9", "8312/3", ["C64.1", "C64.2", "C64.9"]),
        ("C56.9", "8441/3", ["C56.1", "C56.2", "C56.3", "C56.9"]),
        ("C80.9", "8010/3", ["C80.1"]),
        ("C42.2", "8800/3", ["C26.1"]),
        # ---- behaviour
        ("C53.9", "8077/2", ["D06.0", "D06.1", "D06.7", "D06.9"]),
        ("C67.9", "8120/2", ["D09.0"]),
        ("C71.1", "9450/1", ["D43.0"]),
        ("C70.0", "9530/0", ["D32.0"]),
        ("C70.0", "9530/1", ["D42.0"]),
        ("C75.1", "8272/0", ["D35.2"]),
        ("C61.9", "8140/6", ["C79.82"]),
        ("C34.9", "8140/6", ["C78.00", "C78.01", "C78.02"]),
        ("C41.2", "8140/6", ["C79.51"]),
        ("C71.9", "8000/9", ["C71.9", "C79.31"]),
        ("C61.9", None, ["C61"]),
        ("C61.9", "8140", ["C61"]),
        ("C61.9", "adenocarcinoma", ["C61"]),
        # ---- what ICD-10 codes by what it is made of
        ("C44.9", "8720/3", ["C43.9"]),
        ("C44.5", "8743/2", ["D03.51", "D03.52", "D03.59"]),
        ("C69.3", "8720/3", ["C69.30", "C69.31", "C69.32"]),  # a melanoma of the eye is of the eye
        ("C80.9", "8720/3", ["C43.9"]),
        ("C44.9", "8247/3", ["C4A.9"]),
        ("C38.4", "9052/3", ["C45.0"]),
        ("C48.2", "9050/3", ["C45.1"]),
        ("C48.0", "9050/3", ["C45.7"]),
        ("C44.7", "9140/3", ["C46.0"]),
        ("C34.1", "9140/3", ["C46.50", "C46.51", "C46.52"]),
        ("C42.1", "9732/3", ["C90.00", "C90.01", "C90.02"]),
        ("C42.1", "9950/3", ["D45"]),
        ("C54.1", "8890/0", ["D25.0", "D25.1", "D25.2", "D25.9"]),
        ("C54.9", "8440/0", ["D26.1"]),
        # ---- none of ICD-O-3's
        ("C43.9", "8720/3", []),
        ("C45.0", "9052/3", []),
        ("D05.1", None, []),
        ("breast", None, []),
        ("", "8500/3", []),
    ],
)
def test_codes_by_hand(topography, morphology, codes):
    assert list(to_icd10(topography, morphology)) == codes


@pytest.mark.parametrize(
    ("morphology", "category"),
    [("9650/3", "C81"), ("9680/3", "C83"), ("9690/3", "C82"), ("9591/3", "C85"), ("9801/3", "C95"), ("9861/3", "C92")],
)
def test_a_lymphoma_or_leukaemia_is_one_wherever_it_lies(morphology, category):
    of_places = {to_icd10(place, morphology) for place in ("C77.0", "C16.9", "C42.1", "C71.9")}
    assert len(of_places) == 1
    assert any(code.startswith(category) for code in of_places.pop())


@pytest.mark.parametrize(
    ("topography", "morphology", "side", "codes"),
    [
        ("C50.4", "8500/3", "left", ["C50.412", "C50.422"]),
        ("C50.4", "8500/3", "bilateral", ["C50.411", "C50.412", "C50.421", "C50.422"]),
        ("C56.9", None, "bilateral", ["C56.1", "C56.2", "C56.3"]),
        ("C34.2", None, "left", ["C34.2"]),  # the middle lobe: no side in its title
        ("C61.9", None, "right", ["C61"]),
        ("C64.9", None, "midline", ["C64.1", "C64.2", "C64.9"]),
    ],
)
def test_a_side_leaves_out_what_states_another(topography, morphology, side, codes):
    assert list(to_icd10(topography, morphology, side)) == codes


def test_a_category_means_all_its_places():
    assert set(to_icd10("C17", "8140/3")) == {code for code in icd10.codes("billable") if code.startswith("C17")}
    assert {"D13.2", "D13.30"} <= set(to_icd10("C17", "8140/0"))


def test_the_tables_name_codes_of_icd10_cm_alone():
    cells = [cell for line in icdo3._lines("topography") for cell in line[1:]]
    cells += [line[3].strip("*") for line in icdo3._lines("morphology")]
    heads = {head.removesuffix(".x") for cell in cells for head in cell.split()}
    assert len(heads) > 300
    assert [head for head in sorted(heads) if not icd10.is_valid(head)] == []


def test_every_malignant_category_of_icd10_is_a_topography_or_named_as_an_exception():
    categories = {icd10.category(code) for code in icd10.codes("billable") if "C00" <= code < "C81"}
    by_morphology = {"C43", "C45", "C46", "C4A", "C7A"}
    by_behaviour = {"C77", "C78", "C79", "C7B"}
    assert categories - by_morphology - by_behaviour == {place[:3] for place in TOPOGRAPHIES} - {"C42", "C77"}


@pytest.mark.parametrize("behaviour", "012369")
def test_every_topography_has_codes_of_every_behaviour(behaviour):
    first, last = {"0": ("D10", "D36"), "1": ("D37", "D48"), "2": ("D00", "D09"), "6": ("C77", "C79")}.get(
        behaviour, ("C00", "C96")
    )
    for place in TOPOGRAPHIES:
        codes = to_icd10(place, f"8000/{behaviour}")
        assert codes, place
        assert all(first <= icd10.category(code) <= last for code in codes), (place, codes)


texts = st.one_of(
    st.text(max_size=8), st.from_regex(r"[A-Z]\d\d(\.\d)?", fullmatch=True), st.sampled_from(TOPOGRAPHIES)
)


@given(texts, st.one_of(st.none(), st.text(max_size=8), st.from_regex(r"[89]\d{3}(/\d)?", fullmatch=True)), st.text())
def test_any_registry_code_gives_billable_codes_or_none(topography, morphology, side):
    codes = to_icd10(topography, morphology, side)
    assert all(map(icd10.is_billable, codes))
    assert list(codes) == sorted(set(codes))
    for known in ("left", "right", "bilateral"):
        assert set(to_icd10(topography, morphology, known)) <= set(codes)
        assert bool(codes) == bool(to_icd10(topography, morphology, known))


def test_real_registry_codes_agree(tcga):
    """ICD-O-3 against ICD-10 of all 11,150 TCGA patients: what does not agree is a kind of coding that TCGA chose."""
    patients = pd.read_csv(tcga / "patients.csv", dtype=str, keep_default_na=False)
    coded = patients[patients["icd_10"] != ""]
    kinds = Counter(map(kind_of_disagreement, coded["icd_10"], coded["icd_o_3_site"], coded["icd_o_3_histology"]))
    assert kinds == {
        None: 10601,
        "benign or uncertain by its morphology, coded as malignant": 164,
        "melanoma of the skin, coded as another cancer of the skin": 148,
        "lymphoma, coded as a cancer of the organ": 10,
        "mesothelioma, coded as a cancer of the organ": 2,
        "coded more closely than the topography, or at another place": 13,
        "topography in the column of ICD-10": 1,
    }


def kind_of_disagreement(icd_10, topography, morphology):
    code, histology = icd10.normalise(icd_10), int(morphology[:4])
    if any(code in lineage(candidate) for candidate in to_icd10(topography, morphology)):
        return None
    if not icd10.is_valid(code):
        return "topography in the column of ICD-10"
    if morphology[-1] in "01" and code < "D":
        return "benign or uncertain by its morphology, coded as malignant"
    if 8720 <= histology <= 8790 and icd10.category(code) == topography[:3].upper() == "C44":
        return "melanoma of the skin, coded as another cancer of the skin"
    if histology >= 9590:
        return "lymphoma, coded as a cancer of the organ"
    if 9050 <= histology <= 9055:
        return "mesothelioma, coded as a cancer of the organ"
    return "coded more closely than the topography, or at another place"
