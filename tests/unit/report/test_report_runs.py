"""The report of a study with several seeds and shares of the training set."""

import pytest
import report_inputs
from lxml import html
from report_page import render, render_changed, section, values

SEEDS, SHARES = (1, 2, 3), (1.0, 0.25)


@pytest.fixture(scope="module")
def many_runs():
    """Return the inputs and the page of a study with several seeds and shares of the training set."""
    runs = report_inputs.runs(40, SEEDS, SHARES)
    adapters = [(m, t, run) for t in report_inputs.TASKS for m in report_inputs.MODELS for run in runs["run"].unique()]
    changes = {
        "runs": runs,
        "spread": report_inputs.spread(runs),
        "curves": {adapter: report_inputs.curve(seed) for seed, adapter in enumerate(adapters)},
        "manifests": dict.fromkeys(adapters, report_inputs.MANIFEST),
        "synthetic": False,
    }
    inputs = report_inputs.report(60, 40, **changes)
    return inputs, html.document_fromstring(render(inputs))


def test_one_run_has_no_section_on_seeds_and_no_learning_curve(page):
    assert page.xpath("count(//section[@id='runs'])") == 0
    assert "seed1" not in section(page, "training").text_content()
    assert "seeds" not in section(page, "findings").text_content()


def test_seeds_and_shares_have_all_their_numbers(many_runs):
    inputs, page = many_runs
    found = values(section(page, "runs"))
    for column in ("mean", "sd", "lowest", "highest"):
        assert set(inputs.spread[column]) <= found
    for column in ("value", "low", "high", "n_train", "share"):
        assert set(inputs.runs[column].astype(float)) <= found


def test_seeds_without_shares_have_no_learning_curve():
    runs = report_inputs.runs(40, SEEDS)
    text = section(render_changed(runs=runs, spread=report_inputs.spread(runs)), "runs").text_content()
    assert "Spread over seeds" in text
    assert "Learning curve" not in text


def test_shares_without_seeds_have_no_spread():
    runs = report_inputs.runs(40, (1,), SHARES)
    page = render_changed(runs=runs, spread=report_inputs.spread(runs))
    assert "Spread over seeds" not in section(page, "runs").text_content()
    assert len(section(page, "runs").xpath(".//*[local-name()='svg']")) == 2 * 3


def test_the_findings_say_how_far_the_seeds_lie_apart(many_runs):
    _, page = many_runs
    text = " ".join(section(page, "findings").text_content().split())
    assert "Trained with 3 seeds, a tuned model’s accuracy differed by up to 0.025 from seed to seed" in text
    assert "the first of 3 seeds" in text


def test_curves_are_those_of_the_primary_run_and_the_tables_have_all_runs(many_runs):
    inputs, page = many_runs
    training = section(page, "training")
    assert len(training.xpath(".//*[local-name()='svg']")) == 6
    tables = {len(table.xpath("./tbody/tr")) for table in training.xpath("./div/table")}
    assert tables == {6}
    rows = training.xpath(".//details//table")[0].xpath("./tbody/tr")
    assert len(rows) == len(inputs.curves) == 24
    assert [cell.text for cell in rows[0].iter("td")][:2] == ["Regimen", "seed1"]


def test_few_training_pairs_are_not_shown(many_runs):
    inputs, _ = many_runs
    few = inputs.runs.assign(n_train=inputs.runs["n_train"].where(inputs.runs["share"] == 1, 7))
    page = render_changed(runs=few, spread=inputs.spread)
    assert 7.0 not in values(section(page, "runs"))
    assert "Learning curve" not in section(page, "runs").text_content()
