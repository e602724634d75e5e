import io

import numpy as np
import pandas as pd
import pytest
from evaluation_tables import shuffled
from review_tables import ARMS, FIELDS, REVIEWERS, sheets_of, study_of

from radonc.evaluation.arms import TREATED
from radonc.evaluation.review import NO_ANSWER, make_sheets, write_sheet
from radonc.runtime.errors import StudyError

N_SOURCES = len(ARMS) + 1


def test_a_sheet_holds_every_arm_and_the_treated_regimen_once():
    sheets, key = sheets_of(6)
    assert list(sheets) == REVIEWERS
    for sheet in sheets.values():
        assert list(sheet) == ["item", *FIELDS, "regimen", "rating", "comment"]
        assert len(sheet) == 6 * N_SOURCES == sheet["item"].nunique()
        assert (sheet[["rating", "comment"]] == "").all(axis=None)
        assert dict(zip(sheet["item"], sheet["regimen"], strict=True)) == dict(
            zip(key["item"], key["regimen"], strict=True)
        )
    assert set(zip(key["model"], key["arm"], strict=True)) == {*ARMS, ("-", TREATED)}


def test_the_key_leads_back_to_every_answer():
    predictions, cases = study_of(5)
    _, key = make_sheets(predictions, cases, FIELDS, REVIEWERS, n_cases=5, seed=3)
    answers = predictions.set_index(["case_id", "model", "arm"])["answer"].to_dict()
    treated = cases.set_index("case_id")["regimen"].to_dict()
    for row in key.itertuples():
        said = treated[row.case_id] if row.arm == TREATED else answers[row.case_id, row.model, row.arm]
        assert row.regimen == said


def test_details_are_those_of_the_items_case():
    predictions, cases = study_of(5)
    sheets, key = make_sheets(predictions, cases, FIELDS, REVIEWERS, n_cases=5, seed=3)
    rows = sheets["reviewer-1"].merge(key[["item", "case_id"]], on="item").merge(cases, on="case_id")
    assert (rows["history_x"] == rows["history_y"]).all()
    assert rows["age_x"].tolist() == ["" if pd.isna(age) else str(age) for age in rows["age_y"]]


def test_no_name_of_a_model_an_arm_or_a_case_is_in_a_file(tmp_path):
    sheets, key = sheets_of(6, answer=lambda case, model, arm: f"{len(model) + len(arm)} Gy to site {case[4:]}")
    for reviewer, sheet in sheets.items():
        write_sheet(sheet, tmp_path / f"{reviewer}.csv")
        text = (tmp_path / f"{reviewer}.csv").read_text(encoding="utf-8-sig").lower()
        details = text.replace("50 gy in 25", "")
        for name in {*key["model"], *key["arm"]} - {"-"}:
            assert name not in details
        assert not set(key["case_id"]) & set(sheet["item"])


def test_neither_the_place_nor_the_items_name_tells_the_arm():
    n_cases, n_seeds = 8, 30
    places, names = [], []
    for seed in range(n_seeds):
        sheets, key = sheets_of(n_cases, seed=seed)
        sources = key.set_index("item")["arm"] + key.set_index("item")["model"]
        order = sources.loc[sheets["reviewer-1"]["item"]].to_numpy()
        places.append(pd.Series(np.linspace(0, 1, len(order))).groupby(order).mean())
        by_name = sources.sort_index().to_numpy()
        names.append(pd.Series(np.linspace(0, 1, len(by_name))).groupby(by_name).mean())
    # The mean of 240 uniform places has a standard error of 0.019; five such either way.
    for means in (places, names):
        assert pd.concat(means, axis=1).mean(axis=1).between(0.405, 0.595).all()


def test_each_reviewer_has_an_order_of_their_own():
    sheets, _ = sheets_of(6)
    one, other = (sheets[reviewer]["item"].tolist() for reviewer in REVIEWERS)
    assert one != other
    assert sorted(one) == sorted(other)
    assert one != sorted(one)


def test_equal_texts_for_a_case_are_one_item_with_all_its_sources():
    sheets, key = sheets_of(4, answer=lambda case, _model, arm: f" {case}: 50 Gy  in 25 fractions. \nmore {arm}")
    assert len(sheets["reviewer-1"]) == 4
    assert len(key) == 4 * N_SOURCES
    assert (key.groupby("item").size() == N_SOURCES).all()


def test_equal_texts_for_two_cases_are_two_items():
    sheets, _ = sheets_of(4, answer=lambda *_: "8 Gy in 1 fraction")
    assert len(sheets["reviewer-1"]) == 4 * 2


def test_an_empty_answer_is_shown_and_can_be_rated():
    sheets, _ = sheets_of(3, answer=lambda *_: " \n")
    assert (sheets["reviewer-1"]["regimen"] == NO_ANSWER).sum() == 3


def test_the_number_of_cases_is_kept_or_all_are_taken():
    assert sheets_of(9, n_reviewed=4)[1]["case_id"].nunique() == 4
    assert sheets_of(3, n_reviewed=4)[1]["case_id"].nunique() == 3


def test_the_seed_decides_and_the_rows_order_does_not():
    predictions, cases = study_of(9)
    sheets, key = make_sheets(predictions, cases, FIELDS, REVIEWERS, n_cases=4, seed=1)
    again, same_key = make_sheets(shuffled(predictions, 1), shuffled(cases, 2), FIELDS, REVIEWERS, n_cases=4, seed=1)
    pd.testing.assert_frame_equal(same_key, key)
    for reviewer in REVIEWERS:
        pd.testing.assert_frame_equal(again[reviewer], sheets[reviewer])
    assert set(sheets_of(9, n_reviewed=4, seed=2)[1]["case_id"]) != set(key["case_id"])


def test_a_new_model_leaves_the_items_as_they_are():
    predictions, cases = study_of(5)
    _, key = make_sheets(predictions, cases, FIELDS, REVIEWERS, n_cases=3, seed=1)
    _, before = make_sheets(
        predictions[predictions["model"] == "quiet-mistral"], cases, FIELDS, REVIEWERS, n_cases=3, seed=1
    )
    columns = ["item", "case_id", "model", "arm"]
    assert set(before[columns].itertuples(index=False)) < set(key[columns].itertuples(index=False))


def test_other_tasks_are_passed_over_and_unequal_cases_refused():
    predictions, cases = study_of(3)
    other = predictions.head(4).assign(task="icd10", answer="C61")
    _, key = make_sheets(pd.concat([predictions, other]), cases, FIELDS, REVIEWERS, n_cases=9, seed=1)
    assert "C61" not in set(key["regimen"])
    with pytest.raises(StudyError, match="1 of 3 cases are missing"):
        make_sheets(predictions.iloc[1:], cases, FIELDS, REVIEWERS, n_cases=9, seed=1)


def test_reviewers_are_not_asked_about_arms_of_no_model():
    predictions, cases = study_of(3)
    cheap = predictions.head(3).assign(case_id=cases["case_id"], model="-", arm="neighbour", answer="30 Gy / 10")
    sheets, key = make_sheets(predictions, cases, FIELDS, REVIEWERS, n_cases=9, seed=1)
    beside, same_key = make_sheets(pd.concat([predictions, cheap]), cases, FIELDS, REVIEWERS, n_cases=9, seed=1)
    pd.testing.assert_frame_equal(same_key, key)
    pd.testing.assert_frame_equal(beside["reviewer-1"], sheets["reviewer-1"])


def test_a_file_reads_back_as_it_was_and_has_the_same_bytes(tmp_path):
    sheets, _ = sheets_of(4)
    for name in ("one.csv", "two.csv"):
        write_sheet(sheets["reviewer-1"], tmp_path / name)
    content = (tmp_path / "one.csv").read_bytes()
    assert content == (tmp_path / "two.csv").read_bytes()
    read = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, encoding="utf-8-sig")
    pd.testing.assert_frame_equal(read, sheets["reviewer-1"])
