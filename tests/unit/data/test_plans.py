import hypothesis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_tables import DIAGNOSIS, PLAN

from radonc.data.plans import DELIVERED, choose
from radonc.data.records import Diagnosis, Plan, Record
from radonc.data.schemas import CONFIDENCES
from radonc.regimen import render

# A failure is shown as it was found: making its tables smaller takes minutes.
QUICK = (hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate)
BOOST = {"role": "boost", "site": "tumor bed", "dose_gy": 10, "n_fractions": 4, "start_day": 60}
VERIFY = {"role": "verification"}
REPLAN = {"role": "replan", "dose_gy": 42.56, "n_fractions": 16, "start_day": 40}
PHASE = {"dose_gy": 9, "n_fractions": 5, "start_day": 52, "end_day": 56}
LATER = {"course": 2, "site": "bone", "dose_gy": 8, "n_fractions": 1, "start_day": 211, "end_day": 211}


SIDELESS = {"icd10_code": "C50.919", "laterality": None}


def chosen(*plans, diagnosis=None):
    """Return the choice among the plans of patient P, who has a tumour of the left breast unless said otherwise."""
    changed = {**DIAGNOSIS, **(diagnosis or {})}
    return choose(Record.of([Diagnosis(**changed)], [Plan(**{**PLAN, **plan}) for plan in plans]))


def doses(*plans, **options):
    """Return how sure P's course is and the doses of its phases; of several that could be the one, all doses."""
    choice = chosen(*plans, **options)
    return choice.confidence, *([phase.dose_gy for phase in course.phases] for course in choice.courses)


SECOND = {"site": "bone", "dose_gy": 8, "n_fractions": 1}
SITUATIONS = {
    "a plan": ([{}], ("certain", [40.05])),
    "a plan without course": ([{"course": None}], ("certain", [40.05])),
    "a plan without role": ([{"role": None}], ("probable", [40.05])),
    "an approved plan": ([{"status": "approved"}], ("certain", [40.05])),
    "an unapproved plan": ([{"status": "unapproved"}], ("unclear",)),
    "a plan of unknown status": ([{"status": None}], ("unclear",)),
    "a verification plan alone": ([VERIFY], ("unclear",)),
    "a verification plan beside": ([{}, VERIFY], ("certain", [40.05])),
    "an undelivered plan beside": ([{}, {"status": "cancelled", "dose_gy": 50}], ("certain", [40.05])),
    "a boost": ([{}, BOOST], ("certain", [40.05, 10])),
    "two boosts, by day": ([BOOST | {"start_day": 80, "dose_gy": 6}, {}, BOOST], ("certain", [40.05, 10, 6])),
    "an undelivered boost": ([{}, BOOST | {"status": "unapproved"}], ("certain", [40.05])),
    "a boost of another course": ([{}, BOOST | {"course": 2}], ("unclear", [40.05], [10])),
    "a boost of no known course": ([{}, BOOST | {"course": None}], ("unclear", [40.05], [10])),
    "no courses are known": ([{"course": None}, BOOST | {"course": None}], ("probable", [40.05, 10])),
    "a boost alone": ([BOOST], ("unclear", [10])),
    "two primary plans": ([{}, SECOND], ("unclear", [8], [40.05])),
    "two equal primary plans": ([{}, {}], ("unclear", [40.05], [40.05])),
    "two courses": ([{}, {"course": 2}], ("unclear", [40.05], [40.05])),
    "two courses, each with its boost": (
        [{}, BOOST, SECOND | {"course": 2}, BOOST | {"course": 2, "dose_gy": 4}],
        ("unclear", [40.05, 10], [8, 4]),
    ),
    "two plans and a boost of either": ([{}, SECOND, BOOST], ("unclear", [8], [40.05], [10])),
    "a plan and one without role": ([{}, SECOND | {"role": None}], ("unclear", [8], [40.05])),
    # ---- replans
    "a replan": ([{}, REPLAN], ("probable", [42.56])),
    "a replan that writes the site otherwise": ([{}, REPLAN | {"site": " LEFT  Breast"}], ("probable", [42.56])),
    "a replan alone": ([REPLAN], ("probable", [42.56])),
    "a replan of unknown day": ([{}, REPLAN | {"start_day": None}], ("probable", [42.56])),
    "two replans": ([{}, REPLAN, REPLAN | {"start_day": 50, "dose_gy": 44}], ("probable", [44])),
    "two replans, one of unknown day": (
        [{}, REPLAN, REPLAN | {"start_day": None, "dose_gy": 44}],
        ("unclear", [42.56], [44]),
    ),
    "two replans of one day": ([{}, REPLAN, REPLAN | {"dose_gy": 44}], ("unclear", [42.56], [44])),
    "an undelivered replan": ([{}, REPLAN | {"status": "cancelled"}], ("certain", [40.05])),
    "a replan of another site": ([{}, REPLAN | {"site": "bone"}], ("unclear", [40.05], [42.56])),
    "a replan of another course": ([{}, REPLAN | {"course": 2}], ("unclear", [40.05], [42.56])),
    "a replan of one of two": ([{}, SECOND, REPLAN], ("unclear", [8], [42.56])),
    "a replan of two of one site": ([{}, {}, REPLAN], ("unclear", [40.05], [40.05])),
    "a replan and a boost": ([{}, REPLAN, BOOST], ("probable", [42.56, 10])),
    # ---- phases: plans of one course and site that follow each other; the first ends on day 51
    "a phase the day after": ([{}, PHASE], ("probable", [40.05, 9])),
    "a phase and a boost": ([{}, PHASE, BOOST], ("probable", [40.05, 9, 10])),
    "three phases": (
        [{}, PHASE, PHASE | {"start_day": 57, "end_day": 60, "dose_gy": 3}],
        ("probable", [40.05, 9, 3]),
    ),
    "a phase after a fortnight": ([{}, PHASE | {"start_day": 65}], ("probable", [40.05, 9])),
    "a phase after more than that": ([{}, PHASE | {"start_day": 66}], ("unclear", [40.05], [9])),
    "a phase on the last day": ([{}, PHASE | {"start_day": 51}], ("unclear", [40.05], [9])),
    "a phase, nobody knows when": ([{}, PHASE | {"start_day": None}], ("unclear", [40.05], [9])),
    "a phase of as high a dose": ([{}, PHASE | {"dose_gy": 40.05}], ("probable", [40.05, 40.05])),
    "a phase of a higher dose": ([{}, PHASE | {"dose_gy": 50}], ("unclear", [40.05], [50])),
    "a phase of no known dose": ([{}, PHASE | {"dose_gy": None}], ("unclear", [40.05], [None])),
    "a phase after one of no known dose": ([{"dose_gy": None}, PHASE], ("unclear", [None], [9])),
    "a phase of another site": ([{}, PHASE | {"site": "bone"}], ("unclear", [40.05], [9])),
    "a phase of another course": ([{}, PHASE | {"course": 2}], ("unclear", [40.05], [9])),
    "phases of no site": ([{"site": None}, PHASE | {"site": None}], ("unclear", [40.05], [9])),
    # ---- later courses: the first begins on day 30
    "a much later course": ([{}, LATER], ("probable", [40.05])),
    "two much later courses": ([{}, LATER, LATER | {"course": 3, "start_day": 211}], ("probable", [40.05])),
    "a later course, entered as the first": ([{"course": 3}, LATER | {"course": 1}], ("probable", [40.05])),
    "a course half a year later": ([{}, LATER | {"start_day": 210}], ("unclear", [40.05], [8])),
    "a course, nobody knows when": ([{}, LATER | {"start_day": None}], ("unclear", [40.05], [8])),
    "much later in the same course": ([{}, LATER | {"course": 1}], ("unclear", [40.05], [8])),
    "much later, courses not known": ([{"course": None}, LATER | {"course": None}], ("probable", [40.05])),
    "a much later course with a boost": ([{}, BOOST, LATER, BOOST | {"course": 2}], ("probable", [40.05, 10])),
    "a much later course, and a boost of no known one": (
        [{}, LATER, BOOST | {"course": None}],
        ("unclear", [40.05], [8], [10]),
    ),
    # ---- sides: the patient's diagnosis is of the left breast
    "the other side": ([{}, {"site": "right breast"}], ("unclear", [40.05], [40.05])),
}


@pytest.mark.parametrize(("plans", "outcome"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_the_primary_plan_and_how_sure_it_is(plans, outcome):
    assert doses(*plans) == outcome


@pytest.mark.parametrize(("plans", "outcome"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_the_order_of_the_rows_does_not_matter(plans, outcome):
    assert doses(*reversed(plans)) == outcome


RIGHT = {"site": "RT Breast"}
BOTH = {
    "alike": ([{}, RIGHT], ["bilateral breast"]),
    "of two doses": ([{}, RIGHT | {"dose_gy": 50}], None),
    "of two courses": ([{}, RIGHT | {"course": 2}], None),
    "of two days": ([{}, RIGHT | {"start_day": 31}], None),
    "of two places": ([{}, {"site": "right breast and nodes"}], None),
    "of one side": ([{}, {"site": "LT breast"}], None),
    "three of them": ([{}, RIGHT, {}], None),
    "with a boost": ([{}, RIGHT, BOOST], ["bilateral breast", "tumor bed"]),
}


@pytest.mark.parametrize(("plans", "sites"), BOTH.values(), ids=BOTH.keys())
def test_both_sides_treated_alike_are_one_plan(plans, sites):
    choice = chosen(*plans, diagnosis=SIDELESS)
    if sites is None:
        assert choice.confidence == "unclear"
    else:
        (course,) = choice.courses
        assert (choice.confidence, [phase.site for phase in course.phases]) == ("probable", sites)


@pytest.mark.parametrize("diagnosis", [{"laterality": "left"}, {"icd10_code": "C50.912"}])
def test_both_sides_stay_two_plans_where_the_diagnosis_is_of_one(diagnosis):
    assert chosen({}, RIGHT, diagnosis=SIDELESS | diagnosis).confidence == "unclear"
    assert chosen({}, RIGHT, diagnosis=SIDELESS | {"laterality": "bilateral"}).confidence == "probable"


def test_a_course_has_what_its_plans_say():
    choice = chosen({"intent": "palliative"}, BOOST | {"modality": "electron", "energy": "9 MeV", "intent": "curative"})
    (course,) = choice.courses
    assert course.primary.intent == "palliative"
    assert render(course.phases) == (
        "left breast: 40.05 Gy in 15 fractions of 2.67 Gy, VMAT, 6 MV photon; "
        "boost to tumor bed: 10 Gy in 4 fractions of 2.5 Gy, VMAT, 9 MeV electron"
    )


def test_two_boosts_of_one_day_have_one_order():
    boosts = [BOOST | {"technique": technique} for technique in ("IMRT", "3D-CRT")]
    assert chosen({}, *boosts) == chosen({}, *boosts[::-1])


plans = st.fixed_dictionaries(
    {
        "course": st.sampled_from([1, 2, None]),
        "role": st.sampled_from(["primary", "boost", "replan", "verification", None]),
        "status": st.sampled_from(["treated", "approved", "cancelled", None]),
        "site": st.sampled_from(["left breast", "right breast", "bone", None]),
        "start_day": st.sampled_from([10, 20, 52, 400, None]),
        "end_day": st.sampled_from([51, None]),
        "dose_gy": st.sampled_from([40.05, 8, None]),
    }
)


@settings(max_examples=60, phases=QUICK)
@given(st.lists(plans, max_size=5).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_any_plans_are_one_course_or_unclear_in_any_order(orders):
    choice, shuffled = (chosen(*rows, diagnosis=SIDELESS) for rows in orders)
    assert choice == shuffled
    assert choice.confidence in CONFIDENCES
    if choice.confidence != "unclear":
        assert len(choice.courses) == 1
    counted = [row for row in orders[0] if row["status"] in DELIVERED and row["role"] != "verification"]
    if len(counted) == 1 and counted[0]["role"] == "primary":
        assert choice.confidence == "certain"
    if choice.confidence == "certain":
        assert [row["role"] for row in counted].count("primary") == 1
        assert {row["role"] for row in counted} <= {"primary", "boost"}
