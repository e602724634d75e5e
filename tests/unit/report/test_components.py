import pandas as pd
import pytest
import report_inputs
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from radonc.evaluation.summary import RATES
from radonc.report import components, publishing, words
from radonc.report.report import render
from radonc.report.small_cells import WITHHELD


@pytest.fixture(scope="module")
def summary():
    return report_inputs.summary(report_inputs.scores(report_inputs.cases(300)))


def judged_in(summary, metric, n):
    """Return SUMMARY with fewer judged cases of one metric of regimens."""
    of_metric = (summary["task"] == "regimen") & (summary["metric"] == metric)
    return summary.assign(n=summary["n"].where(~of_metric, n))


def rows_of(summary, task="regimen"):
    shown = components.section(publishing.summary(summary), report_inputs.coherence(300), 11)["components"]
    [table] = [table for table in shown if table.task == task]
    return {name: (n, cells) for _, rows in table.blocks for name, n, cells in rows}


def test_every_component_stands_in_the_table_once(summary):
    for task, rates in RATES.items():
        named = [metric for block in components.BLOCKS[task].values() for metric in block]
        assert len(named) == len(set(named))
        assert set(rates) <= set(named) <= set(words.COMPONENTS)
        assert list(rows_of(summary, task)) == [words.COMPONENTS[metric] for metric in named]
    assert not set(words.COMPONENTS) & set(words.METRICS)


@pytest.mark.parametrize(("n", "few"), [(300, False), (299, True), (290, True), (289, False), (11, False)])
def test_a_rate_does_not_tell_how_many_few_cases_were_not_judged(summary, n, few):
    summary = judged_in(summary, "technique", n)
    size, cells = rows_of(summary)["Technique"]
    assert size == (WITHHELD if few else str(n))
    assert all(cell["value"] == round(cell["value"], 2) for cell in cells) == few
    for cell in cells:
        assert pd.isna([cell["low"], cell["high"]]).all() == few
    # What the answers alone decide is no number of patients.
    assert rows_of(judged_in(summary, "plausible", n))["Within the clinic’s ranges"][0] == str(n)


def test_of_too_few_cases_such_a_rate_is_left_out():
    few = report_inputs.summary(report_inputs.scores(report_inputs.cases(110)))
    assert "Technique" not in rows_of(judged_in(few, "technique", 105))
    assert "Technique" in rows_of(judged_in(few, "technique", 110))
    assert "Technique" not in rows_of(judged_in(few, "technique", 10))


@given(st.integers(publishing.EVERY_HUNDREDTH, 3000), st.integers(0, 100))
def test_a_rate_of_two_decimals_can_be_that_of_any_number_of_cases(n, percent):
    assert any(round(count / n, 2) == percent / 100 for count in (n * percent // 100, -(-n * percent // 100)))


def test_a_median_is_shown_without_such_a_number(summary):
    name = words.COMPONENTS["eqd2_error_gy"]
    n, cells = rows_of(judged_in(summary, "eqd2_error_gy", 297))[name]
    assert n == WITHHELD
    assert all(cells)
    assert rows_of(judged_in(summary, "eqd2_error_gy", 280))[name][0] == "280"
    published = publishing.summary(judged_in(summary, "eqd2_error_gy", 297))
    assert set(published.loc[published["metric"] == "eqd2_error_gy", "n"]) == {WITHHELD}


def test_the_fewest_and_the_most_judged_cases_are_told(summary):
    at = summary.index[(summary["task"] == "regimen") & (summary["metric"] == "consistent")]
    summary = summary.assign(n=summary["n"].where(summary.index != at[0], 120))
    assert rows_of(summary)[words.COMPONENTS["consistent"]][0] == "120–300"


def test_the_references_agreement_comes_first_and_hides_small_numbers():
    nothing = report_inputs.report().summary.head(0)
    shown = components.section(publishing.summary(nothing), report_inputs.coherence(300), 11)
    assert shown["components"] == []
    found = publishing.coherence(report_inputs.coherence(300), 300)
    assert found["arm"].iloc[0] == "treated"
    for n_cases, told in ((300, [300, 225]), (305, [WITHHELD, 225]), (311, [300, 225])):
        found = publishing.coherence(report_inputs.coherence(300), n_cases)
        assert found.loc[found["arm"] == "treated", "n"].tolist() == told
        assert (found["arm"] != "treated").sum() == 12


def test_the_page_shows_each_component_with_all_its_digits_and_no_section_without_any():
    page = html.fromstring(render(report_inputs.report()))
    [section] = page.xpath("//section[@id='components']")
    [row] = [row for row in section.xpath(".//tr") if row.xpath("string(th)").startswith("Dose ")]
    values = [float(cell.xpath(".//*/@data-value")[0]) for cell in row.xpath("td")]
    inputs = report_inputs.report()
    expected = inputs.summary[(inputs.summary["task"] == "regimen") & (inputs.summary["metric"] == "dose")]["value"]
    assert sorted(values) == pytest.approx(sorted(expected), abs=1e-15)
    assert "Dose" not in page.xpath("string(//section[@id='results'])").split()
    plain = inputs.summary[~inputs.summary["metric"].isin(words.COMPONENTS)]
    without = html.fromstring(render(report_inputs.report(summary=plain, coherence=inputs.coherence.head(0))))
    assert not without.xpath("//section[@id='components'] | //a[@href='#components']")
