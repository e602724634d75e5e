import pandas as pd
import pytest
import report_inputs
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from report_page import render

from radonc.evaluation.summary import RATES
from radonc.report import results, small_cells, words
from radonc.report.results import Arm
from radonc.report.small_cells import SUPPRESSED


@pytest.fixture(scope="module")
def scored():
    return report_inputs.scores(report_inputs.cases(300))


def test_arms_stand_side_by_side_and_those_of_no_model_first(scored):
    summary = report_inputs.summary(scored)
    few = summary[(summary["arm"] == "tuned") & (summary["model"] == "demo-llama")].assign(arm="fewshot")
    table = results.task_table(pd.concat([few, summary]).sample(frac=1, random_state=1), "modality")
    assert table["arms"][:3] == [Arm("-", "majority"), Arm("-", "neighbour"), Arm("-", "logistic")]
    of_llama = [arm.arm for arm in table["arms"] if arm.model == "demo-llama"]
    assert of_llama == ["base", "fewshot", "tuned"]
    assert list(dict.fromkeys(arm.model for arm in table["arms"])) == ["-", "demo-llama", "demo-mistral"]


def test_a_metric_that_an_arm_lacks_is_an_empty_cell(scored):
    summary = report_inputs.summary(scored)
    lacking = (summary["arm"] == "majority") & (summary["metric"] == "rouge1")
    rouge1 = dict(results.task_table(summary[~lacking], "modality")["rows"])["ROUGE-1 F"]
    assert rouge1[0] is None
    assert None not in rouge1[1:]


def test_intervals_name_their_methods(scored):
    table = results.task_table(report_inputs.summary(scored), "regimen")
    assert dict(table["intervals"]) == {
        "wilson": ["Accuracy", "Answers that could be read"],
        "bootstrap": ["ROUGE-1 F"],
    }


def test_labels_of_a_few_people_are_not_published(scored):
    per_class = report_inputs.per_class(scored)
    table = results.class_table(per_class, "icd10")
    support = per_class[per_class["task"] == "icd10"].groupby("label")["support"].max()
    assert all(n >= 11 for _, n, _ in table["rows"])
    assert table["n_hidden"] + len(table["rows"]) == len(support)
    assert table["n_hidden"] >= (support < 11).sum() > 0
    assert [n for _, n, _ in table["rows"]] == sorted((n for _, n, _ in table["rows"]), reverse=True)


def test_a_label_with_all_its_numbers(scored):
    per_class = report_inputs.per_class(scored)
    table = results.class_table(per_class, "modality")
    label, support, cells = table["rows"][0]
    modality = scored[scored["task"] == "modality"].drop_duplicates("case_id")
    assert (label, support) == ("photon", (modality["reference"] == "photon").sum())
    row = per_class.set_index(["task", "model", "arm", "label"]).loc[("modality", "demo-llama", "tuned", "photon")]
    cell = cells[table["arms"].index(Arm("demo-llama", "tuned"))]
    assert (cell["precision"], cell["recall"], cell["f1"]) == (row["precision"], row["recall"], row["f1"])


def test_tasks_come_in_the_study_s_order_and_new_ones_after():
    frame = pd.DataFrame({"task": ["toxicity", "icd10", "regimen"]})
    assert [task for task, _ in results.by_task(frame)] == ["regimen", "icd10", "toxicity"]


# ---- components


@pytest.fixture(scope="module")
def summary():
    return report_inputs.summary(report_inputs.scores(report_inputs.cases(300)))


def judged_in(summary, metric, n):
    """Return SUMMARY with fewer judged cases of one metric of regimens."""
    of_metric = (summary["task"] == "regimen") & (summary["metric"] == metric)
    return summary.assign(n=summary["n"].where(~of_metric, n))


def rows_of(summary, task="regimen"):
    shown = results.component_tables(small_cells.publishable_summary(summary))
    [table] = [table for table in shown if table["task"] == task]
    return {name: (n, cells) for _, rows in table["blocks"] for name, n, cells in rows}


def test_every_component_stands_in_the_table_once(summary):
    for task, rates in RATES.items():
        named = [metric for block in results.BLOCKS[task].values() for metric in block]
        assert len(named) == len(set(named))
        assert set(rates) <= set(named) <= set(words.COMPONENTS)
        assert list(rows_of(summary, task)) == [words.COMPONENTS[metric] for metric in named]
    assert not set(words.COMPONENTS) & set(words.METRICS)


@pytest.mark.parametrize(("n", "few"), [(300, False), (299, True), (290, True), (289, False), (11, False)])
def test_a_rate_does_not_show_how_many_few_cases_were_not_judged(summary, n, few):
    summary = judged_in(summary, "technique", n)
    size, cells = rows_of(summary)["Technique"]
    assert size == (SUPPRESSED if few else str(n))
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


@given(st.integers(small_cells.EVERY_HUNDREDTH, 3000), st.integers(0, 100))
def test_a_rate_of_two_decimals_can_be_that_of_any_number_of_cases(n, percent):
    assert any(round(count / n, 2) == percent / 100 for count in (n * percent // 100, -(-n * percent // 100)))


def test_a_median_is_shown_without_such_a_number(summary):
    name = words.COMPONENTS["eqd2_error_gy"]
    n, cells = rows_of(judged_in(summary, "eqd2_error_gy", 297))[name]
    assert n == SUPPRESSED
    assert all(cells)
    assert rows_of(judged_in(summary, "eqd2_error_gy", 280))[name][0] == "280"
    published = small_cells.publishable_summary(judged_in(summary, "eqd2_error_gy", 297))
    assert set(published.loc[published["metric"] == "eqd2_error_gy", "n"]) == {SUPPRESSED}


def test_the_fewest_and_the_most_judged_cases_are_shown(summary):
    at = summary.index[(summary["task"] == "regimen") & (summary["metric"] == "consistent")]
    summary = summary.assign(n=summary["n"].where(summary.index != at[0], 120))
    assert rows_of(summary)[words.COMPONENTS["consistent"]][0] == "120–300"


def test_the_references_agreement_comes_first_and_hides_small_numbers():
    no_rows = report_inputs.report().summary.head(0)
    assert results.component_tables(small_cells.publishable_summary(no_rows)) == []
    found = small_cells.publishable_coherence(report_inputs.coherence(300), 300)
    assert found["arm"].iloc[0] == "treated"
    for n_cases, shown in ((300, [300, 225]), (305, [SUPPRESSED, 225]), (311, [300, 225])):
        found = small_cells.publishable_coherence(report_inputs.coherence(300), n_cases)
        assert found.loc[found["arm"] == "treated", "n"].tolist() == shown
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


# ---- examples


@pytest.fixture(scope="module")
def study():
    cases = report_inputs.cases(120)
    return report_inputs.scores(cases), report_inputs.pairs(cases)["regimen"]


def test_right_and_wrong_ones_with_the_answers_of_all_arms(study):
    chosen = results.examples(*study, "regimen", seed=1)
    assert [example["is_right"] for example in chosen] == [True, True, False, False]
    for example in chosen:
        assert [(a["model"], a["arm"]) for a in example["answers"]] == [
            *(("-", arm) for arm in report_inputs.BASELINES),
            *((model, arm) for model in report_inputs.MODELS for arm in report_inputs.ARMS),
        ]
        assert {a["reference"] for a in example["answers"]} == {example["reference"]}
        judged = next(answer for answer in example["answers"] if answer["arm"] == "tuned")
        assert (judged["exact_match"] == 1) == example["is_right"]


def test_the_choice_depends_on_the_seed_and_not_on_the_order(study):
    scores, pairs = study
    again = results.examples(scores.sample(frac=1, random_state=5), pairs, "regimen", seed=1)
    ids = [example["answers"][0]["case_id"] for example in again]
    assert ids == [e["answers"][0]["case_id"] for e in results.examples(scores, pairs, "regimen", seed=1)]
    assert ids != [e["answers"][0]["case_id"] for e in results.examples(scores, pairs, "regimen", seed=2)]


def test_the_choice_does_not_depend_on_the_answers_texts(study):
    scores, pairs = study
    other = scores.assign(answer="something else", rouge1=0.0)
    ids = [[e["answers"][0]["case_id"] for e in results.examples(s, pairs, "regimen", seed=1)] for s in (scores, other)]
    assert ids[0] == ids[1]


def test_a_study_without_tuned_models_or_without_right_answers_has_examples(study):
    scores, pairs = study
    base = scores[scores["arm"] == "base"].assign(exact_match=0.0)
    assert [example["is_right"] for example in results.examples(base, pairs, "regimen", seed=1)] == [False, False]
    assert results.examples(pd.DataFrame(columns=scores.columns), pairs, "regimen", seed=1) == []
