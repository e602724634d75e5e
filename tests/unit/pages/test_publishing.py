import pandas as pd
import pytest
import report_inputs

from radonc.pages import publishing
from radonc.pages.small_cells import SMALL, WITHHELD


@pytest.fixture(scope="module")
def comparisons():
    return report_inputs.comparisons(report_inputs.scores(report_inputs.cases(100)))


def changed(comparisons, *outcomes, n=None):
    rows = comparisons.head(len(outcomes)).copy()
    rows[publishing.OUTCOMES] = outcomes
    rows["n"] = n or [sum(row) for row in outcomes]
    return rows


def test_small_outcomes_are_hidden_with_what_tells_them(comparisons):
    table = changed(comparisons, (116, 3, 51), (60, 30, 80), (29, 0, 141))
    shown = publishing.comparisons(table)
    assert shown[publishing.OUTCOMES].to_numpy().tolist() == [[116, SMALL, WITHHELD], [60, 30, 80], [29, 0, 141]]
    told = publishing.comparisons(changed(comparisons, *[(60, 30, 80)] * 3))
    for column in publishing.TELLING:
        assert shown[column].isna().tolist() == [True, *told[column].isna()[1:]]
    for column in ("difference", "p", "p_holm", "low", "high"):
        assert shown[column].equals(table[column].reset_index(drop=True))


def test_rates_of_few_cases_are_left_out(comparisons):
    table = changed(comparisons, (4, 3, 3), (60, 30, 80))
    assert publishing.comparisons(table)["n"].tolist() == [170]
    assert publishing.enough(pd.DataFrame({"n": [10, 11, 40]}))["n"].tolist() == [11, 40]
    assert publishing.enough(pd.DataFrame({"n": [10, 11, 40]}), 20)["n"].tolist() == [40]


def test_a_table_without_rows_stays_one(comparisons):
    assert list(publishing.comparisons(comparisons.head(0))) == list(comparisons)


def test_the_csv_holds_the_marks(comparisons, tmp_path):
    publishing.comparisons(changed(comparisons, (116, 3, 51))).to_csv(tmp_path / "x.csv", index=False)
    text = (tmp_path / "x.csv").read_text()
    assert f",116,{SMALL},{WITHHELD}," in text
