import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from record_tables import COHORT, CONFIG, TASKS, candidates, one, records

from radonc.data import cohort
from radonc.data.extract import ORPHAN
from radonc.data.records import patients
from radonc.data.rules import ANNOTATION, RULES
from radonc.data.schemas import CANDIDATES, CHOICES, REJECTS, REPEATED
from radonc.runtime import tables as files
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.cohort import Cohort
from radonc.runtime.settings.tasks import Tasks

REASONS = [*(rule.code for rule in RULES), *ANNOTATION]

# A failure is shown as it was found: making its tables smaller takes minutes.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)


def select(tables, config=CONFIG):
    """Select, and check what every selection must satisfy."""
    found = cohort.select(tables, *config)
    candidates, rejects = files.validate(found.candidates, CANDIDATES), files.validate(found.rejects, REJECTS)
    choices = files.validate(found.choices, CHOICES)
    everyone = patients(tables)
    assert sorted([*candidates["case_id"], *rejects["patient_id"]]) == everyone
    assert set(rejects["reason"]) <= set(REASONS)
    asked = candidates[candidates[["unresolved_regimen", "unresolved_modality"]].notna().any(axis=1)]
    assert set(choices["case_id"]) <= set(asked["case_id"])
    flow = cohort.flow(len(everyone), candidates, candidates, rejects)
    assert flow["extracted"] == flow["kept"] + sum(step["rejected"] for step in flow["steps"])
    assert flow["candidates"] == len(candidates)
    return candidates, rejects


def choices_of(tables, config=CONFIG):
    """Return the plans that annotators of patient P choose from."""
    return files.validate(cohort.select(tables, *config).choices, CHOICES).to_dict("records")


def fate(tables):
    """Return the reason why patient P is no candidate, or ``kept``, or ``asked`` which plan is the primary one."""
    candidates, rejects = select(tables)
    if "P" in set(candidates["case_id"]):
        return "asked" if "ambiguous_primary_plan" in set(candidates["unresolved_regimen"]) else "kept"
    return dict(zip(rejects["patient_id"], rejects["reason"], strict=True)).get("P", "kept")


def two(first, second):
    """Make the tables of a patient with two diagnosis rows."""
    return records([("P", {})], [("P", first), ("P", second)], [("P", {})])


# Tables are made when a test needs them: they take seconds.
SITUATIONS = {
    "a plain record": (lambda: one(), "kept"),
    "an unreadable row": (lambda: records([("P", {})], [("P", {})], [("P", {})], [("P", {})]), "unreadable_record"),
    "an unreadable patient": (lambda: records(rejected=[("P", {"table": "patients"})]), "unreadable_record"),
    "a record of nobody": (lambda: records(rejected=[("P", {"reason": ORPHAN})]), "unreadable_record"),
    "a repeated row": (lambda: records([("P", {})], [("P", {})], [("P", {})], [("P", {"reason": REPEATED})]), "kept"),
    "an unreadable row of an unknown patient": (
        lambda: records([("P", {})], [("P", {})], [("P", {})], [(None, {})]),
        "kept",
    ),
    "no diagnosis": (lambda: records([("P", {})], [], [("P", {})]), "no_diagnosis"),
    "two diagnoses": (lambda: two({}, {"icd10_code": "C61"}), "multiple_diagnoses"),
    "two sites": (lambda: two({}, {"site": "bone"}), "multiple_diagnoses"),
    "two years": (lambda: two({}, {"diagnosis_year": 2016}), "multiple_diagnoses"),
    "a diagnosis entered again": (lambda: two({}, {}), "kept"),
    "a diagnosis entered again, otherwise written": (lambda: two({}, {"site": " BREAST "}), "kept"),
    "a diagnosis entered again, with more": (lambda: two({"history": None}, {"grade": "G2"}), "kept"),
    "two sides": (
        lambda: two({"icd10_code": "C50.9"}, {"icd10_code": "C50.9", "laterality": "right"}),
        "multiple_diagnoses",
    ),
    "a side, and none": (lambda: two({"laterality": None}, {}), "kept"),
    "a prior malignancy in one of two rows": (lambda: two({}, {"other_malignancy": "prior"}), "multiple_diagnoses"),
    "two rows that say neither code nor site": (
        lambda: two({"icd10_code": None, "site": None}, {"icd10_code": None, "site": None, "histology": "lymphoma"}),
        "multiple_diagnoses",
    ),
    "a prior malignancy": (lambda: one({"other_malignancy": "prior"}), "other_malignancy"),
    "a synchronous malignancy": (lambda: one({"other_malignancy": "synchronous"}), "other_malignancy"),
    "nothing known of others": (lambda: one({"other_malignancy": None}), "kept"),
    "the wrong sex": (lambda: one({"icd10_code": "C61", "laterality": None}), "contradictory_record"),
    "no sex": (lambda: one({"icd10_code": "C61", "laterality": None}, patient={"sex": None}), "kept"),
    "the wrong side": (lambda: one({"laterality": "right"}), "contradictory_record"),
    "both sides": (lambda: one({"laterality": "bilateral"}), "kept"),
    "no side": (lambda: one({"laterality": None}), "kept"),
    "no code": (lambda: one({"icd10_code": None}), "kept"),
    "a code without side": (lambda: one({"icd10_code": "C50.9", "laterality": "right"}), "kept"),
    "no details": (lambda: one({"site": None, "histology": None, "history": None}), "insufficient_details"),
    "a history alone": (lambda: one({"site": None, "histology": None}), "kept"),
    "no plan": (lambda: records([("P", {})], [("P", {})]), "no_plan"),
    "no delivered plan": (lambda: one(plans=[{"status": "cancelled"}]), "no_delivered_plan"),
    "two plans": (lambda: one(plans=[{}, {"site": "bone"}]), "asked"),
}


@pytest.mark.parametrize(("make", "expected"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_a_patient_is_kept_or_rejected_with_the_reason(make, expected):
    assert fate(make()) == expected


def test_every_reason_of_the_rules_is_tested():
    assert {expected for _, expected in SITUATIONS.values()} - {"kept", "asked"} == {rule.code for rule in RULES}


def test_the_first_reason_of_the_list_counts():
    # One fault after the other is corrected: the reasons come in their order.
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
    order = list(REASONS)
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
    assert all(pd.isna(row[f"unresolved_{task}"]) for task in TASKS.names)


def test_what_the_rules_cannot_resolve_is_open_with_its_reason():
    candidates, _ = select(one({"icd10_code": "C50.9"}, plans=[{"modality": "mixed"}]))
    (row,) = candidates.to_dict("records")
    reasons = {task: row[f"unresolved_{task}"] for task in TASKS.names}
    assert reasons == {
        "regimen": "modality_outside_labels",
        "modality": "modality_outside_labels",
        "icd10": "code_not_billable",
    }
    assert all(pd.isna(row[task]) for task in TASKS.names)


def test_a_task_left_out_has_no_answer_and_asks_nothing():
    candidates, _ = select(one({"icd10_code": None}), (Tasks(modality=TASKS.modality), COHORT))
    (row,) = candidates.to_dict("records")
    assert row["modality"] == "photon"
    assert all(pd.isna(row[name]) for name in ("icd10", "regimen", "unresolved_icd10", "unresolved_regimen"))


def test_an_extract_of_nobody_has_no_cohort():
    candidates, rejects = select(records())
    assert candidates.empty
    assert rejects.empty


# ---- plans that are unclear, flags -------------------------------------------------------------------------------

UNCLEAR = one(plans=[{}, {"site": "bone", "dose_gy": 8, "n_fractions": 1, "modality": None, "intent": "palliative"}])


def test_of_an_unclear_plan_people_are_asked_and_the_code_stands():
    (row,) = select(UNCLEAR)[0].to_dict("records")
    assert (row["unresolved_regimen"], row["unresolved_modality"]) == ("ambiguous_primary_plan",) * 2
    assert row["icd10"] == "C50.912"
    assert row["plan_confidence"] == "unclear"
    assert all(pd.isna(row[name]) for name in ("intent", "technique", "dose_gy", "n_fractions", "regimen", "modality"))


def test_the_plans_are_laid_out_with_the_answers_that_they_give():
    bone, breast = choices_of(UNCLEAR)
    assert (bone["number"], breast["number"]) == (1, 2)
    assert bone["plan"] == (
        "course 1, primary, treated, palliative, from d30, to d51: bone: 8 Gy in 1 fraction, VMAT, 6 MV"
    )
    assert pd.isna(bone["modality"])  # the plan does not say it, and so the regimen cannot
    assert pd.isna(bone["regimen"])
    assert (breast["modality"], breast["intent"], breast["dose_gy"]) == ("photon", "adjuvant", 40.05)
    assert breast["regimen"] == "left breast: 40.05 Gy in 15 fractions of 2.67 Gy, VMAT, 6 MV photon"


def test_only_plans_that_are_asked_about_are_laid_out():
    assert choices_of(one()) == []
    assert choices_of(one({"icd10_code": None})) == []
    (asked,) = choices_of(one(plans=[{"dose_gy": None}]))
    assert (asked["number"], asked["modality"]) == (1, "photon")
    assert pd.isna(asked["regimen"])


def test_a_study_that_asks_nothing_of_the_plan_rejects_what_is_unclear():
    config = (Tasks(icd10=TASKS.icd10), COHORT)
    candidates, rejects = select(UNCLEAR, config)
    assert candidates.empty
    assert rejects.to_numpy().tolist() == [["P", "ambiguous_primary_plan", "plan"]]
    assert choices_of(UNCLEAR, config) == []


def test_a_study_can_ask_of_what_is_only_probable():
    replanned = one(plans=[{}, {"role": "replan", "start_day": 40}])
    (row,) = select(replanned)[0].to_dict("records")
    assert (row["plan_confidence"], row["unresolved_regimen"] is None or pd.isna(row["unresolved_regimen"])) == (
        "probable",
        True,
    )
    strict = (TASKS, Cohort(plan_confidence="certain"))
    (row,) = select(replanned, strict)[0].to_dict("records")
    assert (row["plan_confidence"], row["unresolved_regimen"]) == ("probable", "ambiguous_primary_plan")
    assert len(choices_of(replanned, strict)) == 1
    assert pd.isna(select(one(), strict)[0].loc[0, "unresolved_regimen"])


def test_flags_go_with_the_case_and_change_nothing():
    (row,) = select(one({"site": "prostate"}, plans=[{"end_day": 3}]))[0].to_dict("records")
    assert row["flags"] == "code_against_site;end_before_start"
    assert all(pd.isna(row[f"unresolved_{task}"]) for task in TASKS.names)
    assert pd.isna(select(one())[0].loc[0, "flags"])


def test_flags_that_the_study_names_take_the_answers_of_their_tasks_back():
    doubtful = one({"site": "prostate"}, plans=[{"dose_gy": 104, "n_fractions": 52}])
    (row,) = select(doubtful)[0].to_dict("records")
    assert (row["flags"], row["unresolved_regimen"]) == ("cgy_as_gy;code_against_site", "cgy_as_gy")
    assert pd.isna(row["regimen"])
    assert (row["modality"], row["icd10"]) == ("photon", "C50.912")
    (laid_out,) = choices_of(doubtful)
    assert laid_out["regimen"].startswith("left breast: 104 Gy")  # so that an annotator can say: it is as it stands
    named = (TASKS, Cohort(annotate_flags=["code_against_site"]))
    (row,) = select(doubtful, named)[0].to_dict("records")
    assert (row["unresolved_icd10"], row["modality"]) == ("code_against_site", "photon")
    assert row["regimen"].startswith("left breast: 104 Gy")


def test_what_is_open_anyway_keeps_its_reason():
    (row,) = select(one(plans=[{"dose_gy": 800, "n_fractions": 1}]))[0].to_dict("records")
    assert (row["flags"], row["unresolved_regimen"]) == ("cgy_as_gy", "fraction_dose_implausible")


def test_all_plans_that_could_be_the_primary_one_are_checked():
    tables = one(plans=[{}, {"site": "bone", "end_day": 3}])
    assert select(tables)[0].loc[0, "flags"] == "end_before_start"


# ---- the flow ----------------------------------------------------------------------------------------------------


def rejected(*rows):
    return pd.DataFrame(rows, columns=["patient_id", "reason", "stage"])


def test_the_flow_has_all_reasons_in_order():
    rejects = rejected(
        ("a", "no_plan", "plan"),
        ("b", "no_diagnosis", "diagnosis"),
        ("c", "no_plan", "plan"),
        ("d", "ambiguous_primary_plan", "annotation"),
    )
    people = candidates({}, {"flags": "cgy_as_gy;end_before_start"}, {"flags": "cgy_as_gy"})
    flow = cohort.flow(6, people, people.iloc[:2], rejects)
    assert [step["reason"] for step in flow["steps"]] == list(REASONS)
    remaining = {step["reason"]: step["remaining"] for step in flow["steps"]}
    assert (remaining["unreadable_record"], remaining["no_diagnosis"], remaining["no_plan"]) == (6, 5, 3)
    assert (flow["extracted"], flow["candidates"], flow["kept"]) == (6, 3, 2)
    flags = {row["flag"]: (row["candidates"], row["cases"]) for row in flow["flags"]}
    assert (flags["cgy_as_gy"], flags["end_before_start"], flags["gy_as_cgy"]) == ((2, 1), (1, 1), (0, 0))
    assert flow["confidence"] == {"certain": 2, "probable": 0, "unclear": 0}


def test_a_study_that_cannot_ask_counts_unclear_plans_among_the_excluded():
    flow = cohort.flow(2, candidates({}), candidates({}), rejected(("a", "ambiguous_primary_plan", "plan")))
    counted = [
        (step["stage"], step["rejected"]) for step in flow["steps"] if step["reason"] == "ambiguous_primary_plan"
    ]
    assert counted == [("plan", 1), ("annotation", 0)]


def flow_of(n_cases, *reasons):
    """Make the flow of so many cases and of patients who left for these reasons."""
    people = candidates(*[{}] * n_cases)
    left = rejected(*((f"r{number}", *reason) for number, reason in enumerate(reasons)))
    return cohort.flow(n_cases + len(reasons), people, people, left)


NO_PLAN, NO_DIAGNOSIS, LOST = ("no_plan", "plan"), ("no_diagnosis", "diagnosis"), ("unreadable_record", "extract")


def test_a_cohort_is_summarised_in_a_line():
    assert cohort.summary(flow_of(2)) == "2 patients, 2 cases, 0 left out"
    line = cohort.summary(flow_of(2, NO_PLAN, NO_DIAGNOSIS, NO_PLAN))
    assert line == "5 patients, 2 cases, 3 left out; commonest reason: no_plan (2)"


def test_too_few_cases_stop_with_the_three_commonest_reasons():
    flow = flow_of(2, NO_PLAN, LOST, NO_PLAN, NO_DIAGNOSIS, LOST, NO_PLAN, ("other_malignancy", "diagnosis"))
    cohort.require_cases(flow, 2)
    with pytest.raises(StudyError) as caught:
        cohort.require_cases(flow, 3)
    assert str(caught.value).startswith(
        "cohort: 2 of 9 patients are cases, fewer than the 3 of cohort.min_cases; commonest reasons (patients): "
        "no_plan (3); unreadable_record (2); no_diagnosis (1); fill in the worksheet"
    )


@pytest.mark.parametrize("reasons", [[], [NO_PLAN]])
def test_no_case_at_all_always_stops(reasons):
    with pytest.raises(StudyError, match="cohort: 0 of"):
        cohort.require_cases(flow_of(0, *reasons), 1)


BROKEN = {
    "a reason that does not exist": (3, 2, 2, [("a", "bad_luck", "plan")]),
    "a reason of another stage": (3, 2, 2, [("a", "no_plan", "diagnosis")]),
    "a patient too many": (4, 2, 2, [("a", "no_plan", "plan")]),
    "a candidate who was lost": (3, 2, 1, [("a", "no_plan", "plan")]),
    "a case out of nowhere": (3, 1, 2, [("a", "no_plan", "plan")]),
}


@pytest.mark.parametrize(("n", "n_candidates", "n_cases", "rejects"), BROKEN.values(), ids=BROKEN.keys())
def test_nobody_may_be_lost_on_the_way(n, n_candidates, n_cases, rejects):
    people = candidates(*[{}] * max(n_candidates, n_cases))
    with pytest.raises(AssertionError, match="patients in differ from kept plus rejected"):
        cohort.flow(n, people.iloc[:n_candidates], people.iloc[:n_cases], rejected(*rejects))


people = st.dictionaries(
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
        "start_day": st.sampled_from([30, 52, 400]),
    }
)


@st.composite
def extracts(draw):
    """Any small extract, as the extract stage could have left it: without orphans."""
    persons = sorted(draw(people).items())
    names = [who for who, _ in persons]
    of_somebody = st.sampled_from(names) if names else st.nothing()
    rejected = st.tuples(
        st.sampled_from([*"ABCDE", None]),
        st.fixed_dictionaries({"reason": st.sampled_from(["not a number", REPEATED, ORPHAN])}),
    )
    return records(
        persons,
        draw(st.lists(st.tuples(of_somebody, diagnoses), max_size=5)) if names else [],
        draw(st.lists(st.tuples(of_somebody, plans), max_size=5)) if names else [],
        draw(st.lists(rejected, max_size=2)),
    )


@settings(max_examples=25, phases=QUICK)
@given(extracts())
def test_of_any_extract_everyone_is_kept_or_rejected_once(tables):
    candidates, _ = select(tables)
    for row in candidates.to_dict("records"):
        for task in TASKS.names:
            assert pd.isna(row[task]) != pd.isna(row[f"unresolved_{task}"])


@settings(max_examples=15, phases=QUICK)
@given(extracts(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(tables, random):
    def shuffled(frame):
        return frame.iloc[random.sample(range(len(frame)), len(frame))].reset_index(drop=True)

    again = cohort.select({name: shuffled(frame) for name, frame in tables.items()}, *CONFIG)
    for one_, other in zip(cohort.select(tables, *CONFIG), again, strict=True):
        pd.testing.assert_frame_equal(one_, other)


@settings(max_examples=15, phases=QUICK)
@given(extracts(), st.sets(st.sampled_from("ABCDE")))
def test_a_part_of_the_patients_comes_out_as_that_part_of_all(tables, chosen):
    parts = [
        cohort.select({name: frame[frame["patient_id"].isin(who)] for name, frame in tables.items()}, *CONFIG)
        for who in (chosen, set("ABCDE") - chosen)
    ]
    for whole, *made in zip(cohort.select(tables, *CONFIG), *parts, strict=True):
        key = list(whole.columns[: 2 if "number" in whole else 1])
        # Of nobody a column of texts has no type, and what is missing has many.
        together = pd.concat([_plain(part) for part in made]).sort_values(key, ignore_index=True)
        pd.testing.assert_frame_equal(_plain(whole), together, check_dtype=False)


def _plain(frame):
    return frame.astype(object).where(frame.notna(), None)
