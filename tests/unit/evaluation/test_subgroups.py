import pandas as pd
import pytest
from evaluation_tables import STATISTICS, scores_of, shuffled

from radonc.data.outcomes import SUBGROUPS, SUBSETS
from radonc.evaluation.subgroups import by_group, by_subset
from radonc.runtime import tables
from radonc.runtime.errors import StudyError
from radonc.statistics.estimates import accuracy_and_rouge1
from radonc.statistics.proportions import newcombe

TRUTH = ["photon"] * 6 + ["proton"] * 4
SEX = ["female"] * 6 + ["male"] * 3 + ["not stated"]


def groups_of(n=10, **columns):
    index = pd.Index([f"c{number:04d}" for number in range(n)])
    orders = {"sex": ["male", "female", "not stated"], "near_duplicate": ["no", "yes"]}
    values = {"sex": SEX, "near_duplicate": ["no"] * 10, **columns}
    return pd.DataFrame({name: pd.Categorical(found[:n], orders[name]) for name, found in values.items()}, index=index)


BASE = scores_of([*TRUTH[:2], None, None, None, None, *TRUTH[6:9], None], TRUTH)
TUNED = scores_of([*TRUTH[:6], None, *TRUTH[7:9], None], TRUTH, arm="tuned")
BASELINE = scores_of(TRUTH, TRUTH, model="-", arm="logistic")
SCORES = pd.concat([BASE, TUNED, BASELINE], ignore_index=True)


def compared(scores=SCORES, groups=None):
    groups = {"modality": groups_of().iloc[::-1]} if groups is None else groups
    return tables.validate(by_group(scores, groups, confidence=0.95), SUBGROUPS)


def test_the_differences_are_paired_and_within_their_group():
    table = compared().set_index(["characteristic", "group"])
    assert table["n"].to_dict() == {
        ("all", "all"): 10,
        ("sex", "male"): 3,
        ("sex", "female"): 6,
        ("sex", "not stated"): 1,
        ("near_duplicate", "no"): 10,
    }
    female = table.loc[("sex", "female")]
    assert (female["n_better"], female["n_worse"], female["base"], female["tuned"]) == (4, 0, 2 / 6, 1)
    assert (female["low"], female["high"]) == newcombe(2, 4, 0, 0, 0.95)
    male = table.loc[("sex", "male")]
    assert (male["n_better"], male["n_worse"], male["difference"]) == (0, 1, -1 / 3)
    nobody_right = table.loc[("sex", "not stated")]
    assert nobody_right["low"] < 0 < nobody_right["high"]
    assert set(table["model"]) == {"m"}


def test_the_groups_of_a_characteristic_add_up_to_all():
    table = compared()
    whole = table.iloc[0]
    for _, part in table[table["characteristic"] != "all"].groupby("characteristic"):
        for column in ("n", "n_better", "n_worse"):
            assert part[column].sum() == whole[column]


def test_subsets_are_of_every_arm_and_the_parts_of_the_whole():
    groups = {"modality": groups_of(near_duplicate=["yes"] * 2 + ["no"] * 8)[["near_duplicate"]]}
    table = tables.validate(by_subset(SCORES, groups, **STATISTICS), SUBSETS)
    assert set(table["arm"]) == {"base", "tuned", "logistic"}
    found = table[(table["arm"] == "tuned") & (table["metric"] == "accuracy")].set_index("group")["value"]
    assert found.to_dict() == {"all": 0.8, "no": 6 / 8, "yes": 1}
    without = table[(table["arm"] == "tuned") & (table["group"] == "no")]
    alone = pd.DataFrame(list(accuracy_and_rouge1(TUNED.iloc[2:], **STATISTICS)))
    pd.testing.assert_frame_equal(without[list(alone)].reset_index(drop=True), alone)


def test_the_order_of_rows_does_not_matter():
    other = {"modality": shuffled(groups_of(), 5)}
    pd.testing.assert_frame_equal(compared(shuffled(SCORES, 4), other), compared())


def test_without_a_tuned_arm_there_is_nothing_to_compare():
    assert compared(pd.concat([BASE, BASELINE])).empty
    assert compared(SCORES.head(0)).empty


def test_a_scored_case_of_no_group_is_refused():
    with pytest.raises(StudyError, match="groups of 1 of 10 scored cases are not known"):
        compared(groups={"modality": groups_of(9)})
