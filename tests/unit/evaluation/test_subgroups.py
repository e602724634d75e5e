import re

import numpy as np
import pandas as pd
import pytest
from evaluation_tables import STATISTICS, scores_of, shuffled
from hypothesis import example, given, settings
from hypothesis import strategies as st

from radonc.data.outcomes import SUBGROUPS, SUBSETS
from radonc.evaluation import subgroups
from radonc.evaluation.subgroups import RARE, by_group, by_subset, characteristics, nearest
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


TRAINING = [f"t{number}" for number in range(RARE + 5)]


def cases_of(rows):
    columns = ["icd10", "sex", "age", "diagnosis_year", "stage_group", "intent"]
    training = [
        ("C61" if number < RARE else "C20", "male", 60, 2015, "I", "curative") for number in range(len(TRAINING))
    ]
    frame = pd.DataFrame([*training, *rows], columns=columns)
    frame["age"], frame["diagnosis_year"] = frame["age"].astype("Int64"), frame["diagnosis_year"].astype("Int64")
    return frame.assign(case_id=[*TRAINING, *(f"c{number}" for number in range(len(rows)))])


def described(*rows, similarity=None, near_duplicate=0.9):
    ids = pd.Index([f"c{number}" for number in range(len(rows))])
    found = pd.Series([0.5] * len(rows) if similarity is None else similarity, index=ids)
    return characteristics(cases_of(rows), TRAINING, found, near_duplicate)


def test_every_characteristic_of_one_case():
    table = described(("C50.911", "female", 59, 2019, "IIB", "adjuvant"))
    assert table.astype(str).loc["c0"].to_dict() == {
        "site": "breast",
        "sex": "female",
        "age": "50 to 59",
        "diagnosis_year": "2015 to 2019",
        "stage_group": "II",
        "intent": "adjuvant",
        "code": f"under {RARE} cases",
        "near_duplicate": "no",
    }


BANDS = {0: "under 50", 49: "under 50", 50: "50 to 59", 79: "70 to 79", 80: "80 and older", 90: "80 and older"}


@pytest.mark.parametrize(("age", "band"), [*BANDS.items(), (None, "not stated")])
def test_bands_of_age(age, band):
    rows = [("C61", "male", years, 2015, "I", "curative") for years in (age, 55)]
    assert described(*rows)["age"].astype(str).tolist() == [band, "50 to 59"]


def test_years_are_bands_of_the_calendar_in_order():
    rows = [("C61", "male", 60, year, "I", "curative") for year in (2020, 1999, 2015, 2019, None)]
    years = described(*rows)["diagnosis_year"]
    assert years.astype(str).tolist() == ["2020 to 2024", "1995 to 1999", "2015 to 2019", "2015 to 2019", "not stated"]
    assert list(years.cat.categories) == ["1995 to 1999", "2015 to 2019", "2020 to 2024", "not stated"]


def test_a_code_is_rare_by_its_training_cases_alone():
    # The test cases' own code counts for nothing, however many there are of it.
    rows = [(code, "male", 60, 2015, "I", "curative") for code in ("C61", "C20", *["C34.11"] * (RARE + 1))]
    found = described(*rows)["code"].astype(str).tolist()
    assert found[:3] == [f"{RARE} cases and more", f"under {RARE} cases", f"under {RARE} cases"]


def test_near_means_at_least_the_threshold():
    rows = [("C61", "male", 60, 2015, "I", "curative")] * 3
    assert described(*rows, similarity=[0.9, 0.89, 1.0])["near_duplicate"].tolist() == ["yes", "no", "yes"]


def test_what_no_record_states_is_left_out():
    table = described((None, None, 60, 2015, "limited", None), (None, None, 60, 2015, None, None))
    assert list(table) == ["age", "diagnosis_year", "stage_group", "near_duplicate"]
    assert table["stage_group"].astype(str).tolist() == ["another word", "not stated"]


def test_no_site_of_a_code_by_its_letters_order():
    rows = [(code, "male", 60, 2015, "I", "curative") for code in ("C4A.9", "C32.0", "C7B.00", "C61", "C62.1", "L91.0")]
    expected = ["skin", "head and neck", "metastases", "prostate", "genitourinary", "other"]
    assert described(*rows)["site"].astype(str).tolist() == expected


def test_a_test_case_that_is_no_case_is_refused():
    with pytest.raises(StudyError, match="1 of 1 test cases are missing"):
        characteristics(cases_of([]), TRAINING, pd.Series([0.1], index=["unknown"]), 0.9)


TEXTS = st.lists(st.text("ab 1.\n", max_size=12), max_size=6)


def similarity(one, other):
    """Jaccard's index by its definition."""
    first, second = (set(re.findall(r"\w+", text.casefold())) for text in (one, other))
    return len(first & second) / len(first | second) if first & second else 0.0


@given(TEXTS, TEXTS)
@example([], ["a"])
@example(["a"], [])
@example([""], ["", "."])
@settings(max_examples=200)
def test_the_similarity_is_the_greatest_by_the_definition(training, tested):
    expected = [max((similarity(text, other) for other in training), default=0.0) for text in tested]
    assert nearest(training, tested).tolist() == pytest.approx(expected)


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(3)
    texts = [" ".join(rng.choice(list("abcdefghij"), rng.integers(1, 9))) for _ in range(60)]
    whole = nearest(texts[:40], texts[40:])
    monkeypatch.setattr(subgroups, "_CELLS", 120)
    assert nearest(texts[:40], texts[40:]).tolist() == whole.tolist()


def test_an_age_or_a_word_apart_is_near_and_another_patient_is_not():
    text = (
        "Patient: female, 67\nSite: uterus endometrium, midline\nHistology: endometrioid adenocarcinoma, G3\n"
        "Stage: pT1b, pN0, M0, IB\nHistory: irregular bleeding, dilation and curettage showed cancer, hysterectomy "
        "with deep myometrial invasion and negative nodes."
    )
    near = text.replace("67", "68").upper()
    other = text.replace(
        "hysterectomy with deep myometrial invasion and negative nodes", "no surgery, frail, wishes none"
    )
    found = nearest([text], [near, other, text + "  ", "Histology: unrelated"])
    assert 0.9 <= found[0] < 1
    assert found[1] < 0.9
    assert found[2] == 1
    assert found[3] < 0.1


def test_words_that_only_a_test_text_has_count():
    assert nearest(["a b"], ["a b c d"]).tolist() == [0.5]
