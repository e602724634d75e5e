import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from record_tables import CONFIG, TASKS, one, records

from radonc.data import cohort
from radonc.data.extract import ORPHAN, REPEATED
from radonc.data.schemas import CANDIDATES, REJECTS
from radonc.run import tables as files

# A failure is shown as it was found: making its tables smaller takes minutes.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)


def select(tables, config=CONFIG):
    """Select, and check what every selection must satisfy."""
    candidates, rejects = cohort.select(tables, config)
    candidates, rejects = files.validate(candidates, CANDIDATES), files.validate(rejects, REJECTS)
    everyone = cohort.patients(tables)
    assert sorted([*candidates["case_id"], *rejects["patient_id"]]) == list(everyone)
    assert set(rejects["reason"]) <= set(cohort.REASONS)
    flow = cohort.flow(len(everyone), rejects)
    assert flow["extracted"] == flow["kept"] + sum(step["rejected"] for step in flow["steps"])
    assert flow["kept"] == len(candidates)
    return candidates, rejects


def fate(tables):
    """Return the reason why patient P is no candidate, or ``kept``."""
    _, rejects = select(tables)
    return dict(zip(rejects["patient_id"], rejects["reason"], strict=True)).get("P", "kept")


def two(first, second):
    """Make the tables of a patient with two diagnosis rows."""
    return records([("P", {})], [("P", first), ("P", second)], [("P", {})])


SITUATIONS = {
    "a plain record": (one(), "kept"),
    "an unreadable row": (records([("P", {})], [("P", {})], [("P", {})], [("P", {})]), "unreadable_record"),
    "an unreadable patient": (records(rejected=[("P", {"table": "patients"})]), "unreadable_record"),
    "a record of nobody": (records(rejected=[("P", {"reason": ORPHAN})]), "unreadable_record"),
    "a repeated row": (records([("P", {})], [("P", {})], [("P", {})], [("P", {"reason": REPEATED})]), "kept"),
    "an unreadable row of an unknown patient": (
        records([("P", {})], [("P", {})], [("P", {})], [(None, {})]),
        "kept",
    ),
    "no diagnosis": (records([("P", {})], [], [("P", {})]), "no_diagnosis"),
    "two diagnoses": (two({}, {"icd10_code": "C61"}), "multiple_diagnoses"),
    "two sites": (two({}, {"site": "bone"}), "multiple_diagnoses"),
    "two years": (two({}, {"diagnosis_year": 2016}), "multiple_diagnoses"),
    "a diagnosis entered again": (two({}, {}), "kept"),
    "a diagnosis entered again, otherwise written": (two({}, {"site": " BREAST "}), "kept"),
    "a diagnosis entered again, with more": (two({"history": None}, {"grade": "G2"}), "kept"),
    "two sides": (two({"icd10_code": "C50.9"}, {"icd10_code": "C50.9", "laterality": "right"}), "multiple_diagnoses"),
    "a side, and none": (two({"laterality": None}, {}), "kept"),
    "a prior malignancy in one of two rows": (two({}, {"other_malignancy": "prior"}), "multiple_diagnoses"),
    "two rows that say neither code nor site": (
        two({"icd10_code": None, "site": None}, {"icd10_code": None, "site": None, "histology": "lymphoma"}),
        "multiple_diagnoses",
    ),
    "a prior malignancy": (one({"other_malignancy": "prior"}), "other_malignancy"),
    "a synchronous malignancy": (one({"other_malignancy": "synchronous"}), "other_malignancy"),
    "nothing known of others": (one({"other_malignancy": None}), "kept"),
    "the wrong sex": (one({"icd10_code": "C61", "laterality": None}), "contradictory_record"),
    "no sex": (one({"icd10_code": "C61", "laterality": None}, patient={"sex": None}), "kept"),
    "the wrong side": (one({"laterality": "right"}), "contradictory_record"),
    "both sides": (one({"laterality": "bilateral"}), "kept"),
    "no side": (one({"laterality": None}), "kept"),
    "no code": (one({"icd10_code": None}), "kept"),
    "a code without side": (one({"icd10_code": "C50.9", "laterality": "right"}), "kept"),
    "no details": (one({"site": None, "histology": None, "history": None}), "insufficient_details"),
    "a history alone": (one({"site": None, "histology": None}), "kept"),
    "no plan": (records([("P", {})], [("P", {})]), "no_plan"),
    "no delivered plan": (one(plans=[{"status": "cancelled"}]), "no_delivered_plan"),
    "two plans": (one(plans=[{}, {"site": "bone"}]), "ambiguous_primary_plan"),
}


@pytest.mark.parametrize(("tables", "expected"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_a_patient_is_kept_or_rejected_with_the_reason(tables, expected):
    assert fate(tables) == expected


def test_every_reason_of_the_rules_is_tested():
    annotators = {"excluded_by_annotator", "annotation_outstanding"}
    assert {expected for _, expected in SITUATIONS.values()} - {"kept"} == set(cohort.REASONS) - annotators


def test_the_first_reason_of_the_list_counts():
    # One fault after the other is mended: the reasons come in their order.
    bad = {"other_malignancy": "prior", "laterality": "right", "site": None, "histology": None, "history": None}
    plans = [("P", {"status": "cancelled"}), ("P", {"role": "verification"})]
    again = ("P", {**bad, "icd10_code": "C61"})
    steps = [
        (records([("P", {})], [("P", bad), again], plans, [("P", {})]), "unreadable_record"),
        (records([("P", {})], [], plans), "no_diagnosis"),
        (records([("P", {})], [("P", bad), again], plans), "multiple_diagnoses"),
        (records([("P", {})], [("P", bad)], plans), "other_malignancy"),
        (records([("P", {})], [("P", bad | {"other_malignancy": None})], plans), "contradictory_record"),
        (records([("P", {})], [("P", bad | {"other_malignancy": None, "laterality": None})]), "insufficient_details"),
        (records([("P", {})], [("P", {})]), "no_plan"),
        (records([("P", {})], [("P", {})], plans), "no_delivered_plan"),
    ]
    assert [fate(tables) for tables, _ in steps] == [expected for _, expected in steps]
    order = list(cohort.REASONS)
    assert [order.index(expected) for _, expected in steps] == sorted(order.index(expected) for _, expected in steps)


def test_of_a_diagnosis_entered_again_the_fullest_row_is_kept():
    rows = [{"grade": None, "history": None}, {"grade": "G2", "history": "Long."}, {"grade": "G2", "history": None}]
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
        tables = records([("P", {})], [("P", rows[number]) for number in order], [("P", {})])
        candidates, _ = select(tables)
        assert candidates.loc[0, ["grade", "history"]].to_list() == ["G2", "Long."]


def test_a_candidate_joins_diagnosis_plan_and_answers():
    candidates, _ = select(one())
    (row,) = candidates.to_dict("records")
    assert (row["case_id"], row["sex"], row["age"], row["site"]) == ("P", "female", 63, "breast")
    assert (row["technique"], row["dose_gy"], row["n_fractions"], row["intent"]) == ("VMAT", 40.05, 15, "adjuvant")
    assert row["regimen"] == "left breast: 40.05 Gy in 15 fractions of 2.67 Gy, VMAT, 6 MV photon"
    assert (row["modality"], row["icd10"]) == ("photon", "C50.912")
    assert all(pd.isna(row[f"unsettled_{task}"]) for task in TASKS)


def test_what_the_rules_cannot_settle_is_open_with_its_reason():
    candidates, _ = select(one({"icd10_code": "C50.9"}, plans=[{"modality": "mixed"}]))
    (row,) = candidates.to_dict("records")
    reasons = {task: row[f"unsettled_{task}"] for task in TASKS}
    assert reasons == {
        "regimen": "modality_outside_labels",
        "modality": "modality_outside_labels",
        "icd10": "code_not_billable",
    }
    assert all(pd.isna(row[task]) for task in TASKS)


def test_a_task_left_out_has_no_answer_and_asks_nothing():
    candidates, _ = select(one({"icd10_code": None}), {**CONFIG, "tasks": {"modality": TASKS["modality"]}})
    (row,) = candidates.to_dict("records")
    assert row["modality"] == "photon"
    assert all(pd.isna(row[name]) for name in ("icd10", "regimen", "unsettled_icd10", "unsettled_regimen"))


def test_an_extract_of_nobody_has_no_cohort():
    candidates, rejects = select(records())
    assert candidates.empty
    assert rejects.empty


def test_the_flow_has_all_reasons_in_order():
    rejects = pd.DataFrame({"patient_id": ["a", "b", "c"], "reason": ["no_plan", "no_diagnosis", "no_plan"]})
    flow = cohort.flow(10, rejects)
    assert [step["reason"] for step in flow["steps"]] == list(cohort.REASONS)
    remaining = {step["reason"]: step["remaining"] for step in flow["steps"]}
    assert (remaining["unreadable_record"], remaining["no_diagnosis"], remaining["no_plan"]) == (10, 9, 7)
    assert (flow["extracted"], flow["kept"]) == (10, 7)


def test_a_reason_that_does_not_exist_breaks_the_flow():
    with pytest.raises(AssertionError, match="patients in differ from kept plus rejected"):
        cohort.flow(3, pd.DataFrame({"patient_id": ["a"], "reason": ["bad_luck"]}))


patients = st.dictionaries(
    st.sampled_from("ABCD"), st.fixed_dictionaries({"sex": st.sampled_from(["female", "male", None])})
)
diagnoses = st.fixed_dictionaries(
    {
        "icd10_code": st.sampled_from(["C50.912", "C50.9", "C61", "C99", None]),
        "site": st.sampled_from(["breast", "Breast ", "prostate", None]),
        "laterality": st.sampled_from(["left", "right", None]),
        "diagnosis_year": st.sampled_from([2015, None]),
        "histology": st.sampled_from(["ductal", None]),
        "history": st.sampled_from(["Lump.", None]),
        "other_malignancy": st.sampled_from(["none", "none", "prior", None]),
    }
)
plans = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["primary", "primary", "boost", "replan", "verification", None]),
        "status": st.sampled_from(["treated", "treated", "cancelled", None]),
        "modality": st.sampled_from(["photon", "mixed", "radionuclide", None]),
        "dose_gy": st.sampled_from([40.05, 400, None]),
        "n_fractions": st.sampled_from([15, None]),
        "course": st.sampled_from([1, 2, None]),
    }
)


@st.composite
def extracts(draw):
    """Any small extract, as the extract stage could have left it: without orphans."""
    people = sorted(draw(patients).items())
    names = [who for who, _ in people]
    of_somebody = st.sampled_from(names) if names else st.nothing()
    rejected = st.tuples(
        st.sampled_from([*"ABCDE", None]),
        st.fixed_dictionaries({"reason": st.sampled_from(["not a number", REPEATED, ORPHAN])}),
    )
    return records(
        people,
        draw(st.lists(st.tuples(of_somebody, diagnoses), max_size=5)) if names else [],
        draw(st.lists(st.tuples(of_somebody, plans), max_size=5)) if names else [],
        draw(st.lists(rejected, max_size=2)),
    )


@settings(max_examples=40, deadline=None, phases=QUICK)
@given(extracts())
def test_of_any_extract_everyone_is_kept_or_rejected_once(tables):
    candidates, _ = select(tables)
    for row in candidates.to_dict("records"):
        for task in TASKS:
            assert pd.isna(row[task]) != pd.isna(row[f"unsettled_{task}"])


@settings(max_examples=25, deadline=None, phases=QUICK)
@given(extracts(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(tables, random):
    def shuffled(frame):
        return frame.iloc[random.sample(range(len(frame)), len(frame))].reset_index(drop=True)

    for one_, other in zip(
        select(tables), select({name: shuffled(frame) for name, frame in tables.items()}), strict=True
    ):
        key = one_.columns[0]
        pd.testing.assert_frame_equal(
            one_.sort_values(key, ignore_index=True), other.sort_values(key, ignore_index=True)
        )
