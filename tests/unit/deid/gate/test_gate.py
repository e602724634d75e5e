import pandas as pd
import pytest
from deid_extract import DIAGNOSIS, PLAN, WHITFIELD, YOUNG, crosswalk_of, extract
from gate_study import study_extract, without_columns

from radonc.data import fields, schemas
from radonc.deid.gate import Finding, check, require_clean
from radonc.runtime.errors import StudyError


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Return what leaves a clean study, its canonical tables and its crosswalk."""
    tables = study_extract()
    walk = crosswalk_of(tables, tmp_path_factory.mktemp("gate"))
    return without_columns(tables, walk), tables, walk


def planted(study, text, table="diagnoses", column="history", row=0):
    released, tables, walk = study
    changed = released[table].copy()
    changed[column] = changed[column].astype(object)
    changed.loc[row, column] = text
    return check(released | {table: changed}, tables, walk)


def test_clean_tables_pass(study):
    assert check(*study) == []
    require_clean(*study)


OWN = {
    "first_name": ["Harriet", "HARRIET", "harriet's"],
    "middle_name": ["Jane"],
    "last_name": ["whitfield", "Whit-field", "Whit\u00adfield", "WHITFIELD,H"],
    "former_name": ["O'Dowd", "ODOWD", "o dowd"],
    "relative_name": ["tobias"],
    "physician": ["pemberton", "Rosalind"],
    "mrn": ["00481516", "0048-1516", "(00 48 15 16)", "MRN00481516"],
    "patient_id": ["100234", "100-234"],
    "diagnosis_id": ["DX70001", "dx 70001"],
    "plan_id": ["PL-90001"],
    "street": ["12 Orchard Lane Apt 4", "12 orchard ln"],
    "city": ["Cedar Rapids", "cedar rapids", "CedarRapids"],
    "postal_code": ["52401", "52401-1234"],
    "phone": ["(319) 555-0147", "319.555.0147", "3195550147", "555-0147"],
    "email": ["harriet.w@example.org"],
    "plan_name": ["HW_RtBrst", "hw rtbrst"],
    "machine": ["TrueBeam3", "truebeam 3"],
    "date": ["5/2/1951", "05/02/51", "2 May 1951", "may 2nd", "1951-05-02", "5/1951", "2014-03-07", "14.04.2014"],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in OWN.items() for value in values])
def test_a_patients_identifiers_in_the_patients_record_stop_the_run_in_any_form(study, kind, value):
    released, tables, walk = study
    texts = [value, f"s/p lumpectomy, {value}; 0/3 nodes", f"[NAME] {value}[DATE]"]
    record = released["diagnoses"].iloc[[0] * len(texts)].assign(history=texts)
    assert Finding("diagnoses", "history", kind, len(texts)) in check({"diagnoses": record}, tables, walk)


def test_what_the_scrubber_releases_passes_the_gate(tmp_path):
    from radonc.deid import structured_fields
    from radonc.deid.scrubber.lexicon import Lexicon

    values = [value for values in OWN.values() for value in values]
    written = [form(value) for value in values for form in (str, str.upper, str.lower)]
    histories = [
        f"s/p lumpectomy{mark}{value}{mark}0/3 nodes" for value in written for mark in (" ", ", ", "; ", " (", "\n")
    ]
    diagnoses = tuple(DIAGNOSIS | {"diagnosis_id": f"DX{n}", "history": text} for n, text in enumerate(histories))
    tables = extract(diagnoses=diagnoses, plans=(PLAN, PLAN | {"plan_id": "PL2", "diagnosis_id": "DX70001"}))
    walk = crosswalk_of(tables, tmp_path)
    released, _ = structured_fields.deidentify(tables, walk, Lexicon())
    assert check(released, tables, walk) == []
    assert released["diagnoses"]["history"].str.contains("lumpectomy.*0/3 nodes", regex=True).any()


TEXTS = [
    (name, column)
    for name in ("diagnoses", "plans")
    for column in fields.columns_of(schemas.CANONICAL[name], fields.Kind.TEXT)
] + [("diagnoses", "icd10_code"), ("plans", "modality")]


@pytest.mark.parametrize(("table", "column"), TEXTS)
def test_every_column_is_searched(study, table, column):
    released, tables, walk = study
    record = released[table].iloc[[0] * len(OWN)].assign(**{column: [f"x {value} x" for value, *_ in OWN.values()]})
    found = {finding.kind: finding.column for finding in check({table: record}, tables, walk)}
    assert found.keys() >= OWN.keys()
    assert set(found.values()) == {column}


@pytest.mark.parametrize("text", ["a young woman", "Young", "in the grace of", "mobile mass"])
def test_common_words_count_in_the_patients_record_alone(study, text):
    assert planted(study, text, row=0) == []
    assert [finding.count for finding in planted(study, text, row=1)] == [1]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("her neighbor Grace Young", "full name"),
        ("Young, Grace", "full name"),
        ("Otto Hodgkin came", "full name"),
        ("seen with Whitfield", "last_name"),
        ("WHITFIELD", "last_name"),
        ("Rosalind Pemberton", "physician"),
        ("00481516", "mrn"),
        ("(319) 555-0147", "phone"),
        ("harriet.w@example.org", "email"),
        ("12 Orchard Lane, Apt. 4", "street"),
        ("scan of 3/14/2015", "date"),
        ("scan of march 2015", "date"),
        ("scan of 2015-03-14", "date"),
    ],
)
def test_identifying_terms_count_in_any_record(study, text, kind):
    assert kind in {finding.kind for finding in planted(study, text, row=1)}


@pytest.mark.parametrize(
    "text",
    [
        "Hodgkin lymphoma, 50.4 Gy in 28 fractions, 5040/28, 2/14 nodes, T2N0M0, ER 95%, PSA 8.4, Gleason 3+4=7",
        "harriet", "whitfield", "Jane", "TrueBeam3", "52401", "100234", "0048/1516", "555-0147 cGy", "Tobias",
        "may benefit, marked 2015, decreased 2014, in 2015, 2014-2015, 2/14, 3/14/15, may 12",
        "[NAME] [DATE] [ID] [PHONE] [PLACE] [EMAIL] [URL] [AGE]", "", "grey", "Cedar", "Rapids",
    ],
)  # fmt: skip
def test_what_identifies_nobody_in_the_record_of_another_passes(study, text):
    assert planted(study, text, row=1) == []


@pytest.mark.parametrize(
    "text", ["Whitfieldson", "cc1002345", "52401234", "3 7 nodes", "3+7=14", "in 2014", "an N2", "524.01", "C52.401"]
)
def test_a_part_of_something_longer_is_no_finding(study, text):
    assert planted(study, text, row=0) == []


def test_a_patient_named_like_a_tag(tmp_path):
    tables = extract(patients=(WHITFIELD | {"last_name": "Name", "first_name": "Date"},))
    walk = crosswalk_of(tables, tmp_path)
    released = without_columns(tables, walk)
    assert planted((released, tables, walk), "[NAME] [DATE] well") == []
    assert planted((released, tables, walk), "[NAME] name")


def test_structured_columns_that_must_not_leave(study):
    released, tables, walk = study
    extra = released["diagnoses"].assign(
        mrn=[481516, 999123], seen=pd.to_datetime(["2014-01-01", None]), age=pd.Series([91, 90], dtype="Int64")
    )
    findings = check({"diagnoses": extra}, tables, walk)
    assert [(finding.column, finding.kind, finding.count) for finding in findings] == [
        ("age", "age over 89", 1), ("mrn", "column of identifiers", 2), ("seen", "column of identifiers", 1),
    ]  # fmt: skip


def test_source_ids_in_place_of_pseudonyms_stop_the_run(study):
    released, tables, walk = study
    changed = released["plans"].assign(patient_id="100234")
    findings = check({"plans": changed}, tables, walk)
    assert Finding("plans", "patient_id", "key without a pseudonym", 1) in findings


def test_cases_belong_to_the_patient_of_their_pseudonym(study):
    _, tables, walk = study
    cases = pd.DataFrame({"case_id": [walk.pseudonyms["patient_id"]["100777"]], "prompt": ["a young woman"]})
    assert check({"pairs": cases}, tables, walk) == [Finding("pairs", "prompt", "last_name", 1)]


def test_text_files_are_nobodys_record(study, tmp_path):
    _, tables, walk = study
    path = tmp_path / "report.html"
    path.write_text("<p>a young woman, mobile</p>\n<td>Whitfield</td>\n<td>Grace Young</td>\n<td>Whitfield</td>\n")
    findings = check({"report": path}, tables, walk)
    assert findings == [Finding("report", "", "full name", 1), Finding("report", "", "last_name", 1)]


def test_the_message_names_place_kind_and_count_and_no_value(study):
    released, tables, walk = study
    history = ["Whitfield 00481516", "seen with Whitfield"]
    with pytest.raises(StudyError) as caught:
        require_clean({"diagnoses": released["diagnoses"].assign(history=history)}, tables, walk)
    message = str(caught.value)
    assert "'diagnoses' column 'history': last_name (2)" in message
    assert "mrn (1)" in message
    for value in (*WHITFIELD.values(), *YOUNG.values()):
        assert value.lower() not in message.lower() or value == "female"


def test_plan_names_of_clinical_language_stop_nothing(tmp_path):
    tables = extract(plans=(PLAN | {"plan_name": "RT Breast", "machine": "HDR", "technique": "HDR, RT breast boost"},))
    walk = crosswalk_of(tables, tmp_path)
    released = without_columns(tables, walk)
    assert released["plans"]["technique"].tolist() == ["HDR, RT breast boost"]
    assert check(released, tables, walk) == []


def test_odd_values_in_the_extract_are_no_error(tmp_path):
    odd = WHITFIELD | dict.fromkeys(("street", "city", "phone", "email", "mrn", "first_name", "last_name"), "-")
    tables = extract(patients=(odd | {"postal_code": "", "relative_name": "wife"},))
    walk = crosswalk_of(tables, tmp_path)
    released = without_columns(tables, walk)
    assert check(released, tables, walk) == []
