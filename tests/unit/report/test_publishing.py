import pandas as pd
import pytest

from radonc.evaluation.summary import OF_COURSE
from radonc.report import publishing
from radonc.report.small_cells import WITHHELD

SIZES = {
    "accuracy": 300,
    "full_match": 300,
    "site": 280,
    "site_group": 275,
    "laterality": 150,
    "dose": 289,
    "technique": 291,
}


def summary(**changed):
    sizes = SIZES | changed
    rows = [("regimen", metric, n, 0.5123, 0.4, 0.6) for metric, n in sizes.items()]
    table = pd.DataFrame(rows, columns=["task", "metric", "n", "value", "low", "high"])
    return table.assign(model="m", arm="tuned")


def withheld(table):
    shown = publishing.summary(table)
    return set(shown.loc[shown["n"] == WITHHELD, "metric"])


def test_rates_of_few_cases_are_left_out():
    assert publishing.enough(pd.DataFrame({"n": [10, 11, 40]}))["n"].tolist() == [11, 40]
    assert publishing.enough(pd.DataFrame({"n": [10, 11, 40]}), 20)["n"].tolist() == [40]


def test_every_component_of_a_course_is_among_the_cases_around_it():
    assert set(OF_COURSE) <= set(publishing.WITHIN)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        # 5 sites have no group, 9 references no technique.
        ({}, {"site_group", "technique"}),
        ({"site_group": 260}, {"technique"}),
        ({"site_group": 269}, {"technique"}),
        # 4 references have no phase; a site is told in 10 fewer that have one, 14 fewer of all.
        ({"full_match": 296, "site": 286}, {"full_match", "site", "dose", "technique"}),
        ({"accuracy": 311}, {"site_group", "technique"}),
    ],
)
def test_a_size_that_tells_of_a_few_people_is_withheld(changed, expected):
    assert withheld(summary(**changed)) == expected


def test_a_rate_of_a_withheld_size_is_rounded_and_of_few_cases_left_out():
    shown = publishing.summary(summary()).set_index("metric")
    assert shown.loc["technique", "value"] == 0.51
    assert shown.loc["technique", ["low", "high"]].isna().all()
    assert shown.loc["dose", "value"] == 0.5123
    few = {name: n - 190 for name, n in SIZES.items() if name != "laterality"}
    assert "technique" not in publishing.summary(summary(**few, laterality=50)).set_index("metric").index
