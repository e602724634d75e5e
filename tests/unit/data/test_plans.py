import hypothesis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_tables import records

from radonc.data.plans import primary_courses
from radonc.vocabulary.regimen import render

# A failure is shown as it was found: making its tables smaller takes minutes.
QUICK = (hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate)
BOOST = {"role": "boost", "site": "tumor bed", "dose_gy": 10, "n_fractions": 4, "start_day": 60}
VERIFY = {"role": "verification"}
REPLAN = {"role": "replan", "dose_gy": 42.56, "n_fractions": 16, "start_day": 40}


def courses(*plans):
    """Return the courses of the plans of one patient, P, and of patients named in them."""
    rows = [(plan.pop("who", "P"), plan) for plan in map(dict, plans)]
    return primary_courses(records([(who, {}) for who in {who for who, _ in rows}], plans=rows)["plans"])


def doses(*plans):
    """Return the doses of P's phases, or the reason why P has no course."""
    clear, reasons = courses(*plans)
    if "P" in clear:
        return [phase.dose_gy for phase in clear["P"].phases]
    (reason,) = [name for name, patients in reasons.items() if "P" in patients]
    return reason


AMBIGUOUS, UNDELIVERED = "ambiguous_primary_plan", "no_delivered_plan"
SITUATIONS = {
    "a plan": ([{}], [40.05]),
    "a plan without role": ([{"role": None}], [40.05]),
    "an approved plan": ([{"status": "approved"}], [40.05]),
    "an unapproved plan": ([{"status": "unapproved"}], UNDELIVERED),
    "a cancelled plan": ([{"status": "cancelled"}], UNDELIVERED),
    "a plan of unknown status": ([{"status": None}], UNDELIVERED),
    "a verification plan alone": ([VERIFY], UNDELIVERED),
    "a verification plan beside": ([{}, VERIFY], [40.05]),
    "an undelivered plan beside": ([{}, {"status": "cancelled", "dose_gy": 50}], [40.05]),
    "a boost": ([{}, BOOST], [40.05, 10]),
    "two boosts, by day": ([BOOST | {"start_day": 80, "dose_gy": 6}, {}, BOOST], [40.05, 10, 6]),
    "an undelivered boost": ([{}, BOOST | {"status": "unapproved"}], [40.05]),
    "a boost of another course": ([{}, BOOST | {"course": 2}], AMBIGUOUS),
    "a boost of no known course": ([{}, BOOST | {"course": None}], AMBIGUOUS),
    "no courses are told": ([{"course": None}, BOOST | {"course": None}], [40.05, 10]),
    "a boost alone": ([BOOST], AMBIGUOUS),
    "two primary plans": ([{}, {"site": "right breast"}], AMBIGUOUS),
    "two equal primary plans": ([{}, {}], AMBIGUOUS),
    "two courses": ([{}, {"course": 2}], AMBIGUOUS),
    "a plan and one without role": ([{}, {"role": None, "site": "bone"}], AMBIGUOUS),
    "a replan": ([{}, REPLAN], [42.56]),
    "a replan, entered first": ([REPLAN, {}], [42.56]),
    "a replan that writes the site otherwise": ([{}, REPLAN | {"site": " LEFT  Breast"}], [42.56]),
    "a replan alone": ([REPLAN], [42.56]),
    "a replan of unknown day": ([{}, REPLAN | {"start_day": None}], [42.56]),
    "two replans": ([{}, REPLAN, REPLAN | {"start_day": 50, "dose_gy": 44}], [44]),
    "two replans, the last entered first": ([REPLAN | {"start_day": 50, "dose_gy": 44}, {}, REPLAN], [44]),
    "two replans, one of unknown day": ([{}, REPLAN, REPLAN | {"start_day": None}], AMBIGUOUS),
    "two replans of one day": ([{}, REPLAN, REPLAN | {"dose_gy": 44}], AMBIGUOUS),
    "an undelivered replan": ([{}, REPLAN | {"status": "cancelled"}], [40.05]),
    "a replan of another site": ([{}, REPLAN | {"site": "right breast"}], AMBIGUOUS),
    "a replan of another course": ([{}, REPLAN | {"course": 2}], AMBIGUOUS),
    "a replan of one of two": ([{}, {"site": "bone"}, REPLAN], AMBIGUOUS),
    "a replan of two of one site": ([{}, {}, REPLAN], AMBIGUOUS),
    "a replan and a boost": ([{}, REPLAN, BOOST], [42.56, 10]),
}


@pytest.mark.parametrize(("plans", "outcome"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_the_primary_plan(plans, outcome):
    assert doses(*plans) == outcome


@pytest.mark.parametrize(("plans", "outcome"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_the_order_of_the_rows_does_not_matter(plans, outcome):
    assert doses(*reversed(plans)) == outcome


def test_a_course_has_what_its_plans_tell():
    clear, _ = courses(
        {"intent": "palliative"}, BOOST | {"modality": "electron", "energy": "9 MeV", "intent": "curative"}
    )
    assert clear["P"].intent == "palliative"
    assert render(clear["P"].phases) == (
        "left breast: 40.05 Gy in 15 fractions of 2.67 Gy, VMAT, 6 MV photon; "
        "boost to tumor bed: 10 Gy in 4 fractions of 2.5 Gy, VMAT, 9 MeV electron"
    )


def test_two_boosts_of_one_day_have_one_order():
    boosts = [BOOST | {"technique": technique} for technique in ("IMRT", "3D-CRT")]
    one, other = courses({}, *boosts), courses({}, *boosts[::-1])
    assert one[0] == other[0]


def test_patients_do_not_mix():
    clear, reasons = courses({"who": "A"}, {"who": "B"}, BOOST | {"who": "B"}, {"who": "C", "status": "cancelled"})
    assert {who: len(course.phases) for who, course in clear.items()} == {"A": 1, "B": 2}
    assert {name: list(patients) for name, patients in reasons.items()} == {UNDELIVERED: ["C"], AMBIGUOUS: []}


def test_without_plans_there_is_nobody():
    clear, reasons = primary_courses(records()["plans"])
    assert not clear
    assert all(patients.empty for patients in reasons.values())


plans = st.fixed_dictionaries(
    {
        "who": st.sampled_from("AB"),
        "course": st.sampled_from([1, 2, None]),
        "role": st.sampled_from(["primary", "boost", "replan", "verification", None]),
        "status": st.sampled_from(["treated", "approved", "cancelled", None]),
        "site": st.sampled_from(["left breast", "bone", None]),
        "start_day": st.sampled_from([10, 20, None]),
        "dose_gy": st.sampled_from([40.05, None]),
    }
)


@settings(max_examples=40, deadline=None, phases=QUICK)
@given(st.lists(plans, max_size=5).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_every_planned_patient_is_clear_or_has_one_reason(orders):
    (clear, reasons), (shuffled, reasons_again) = (courses(*rows) for rows in orders)
    planned = {row["who"] for row in orders[0]}
    assert sorted([*clear, *(who for patients in reasons.values() for who in patients)]) == sorted(planned)
    assert shuffled == clear
    for name in reasons:
        pd.testing.assert_index_equal(reasons[name], reasons_again[name])
