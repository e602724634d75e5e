import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import report_inputs
from lxml import html
from report_page import render, render_changed, section, values

from radonc.report import findings, small_cells

# ---- the same bytes


def test_same_inputs_same_bytes_in_another_process(small):
    command = (
        "import sys, report_inputs; from radonc.report.report import render; "
        "sys.stdout.buffer.write(render(report_inputs.report(60, 40)).encode())"
    )
    again = subprocess.run(
        [sys.executable, "-c", command],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parent,
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
    ).stdout
    assert again == small.encode()


# ---- every number of the tables


@pytest.mark.parametrize(
    ("name", "table", "columns"),
    [
        ("results", "summary", ["n", "value", "low", "high"]),
        (
            "comparisons",
            "comparisons",
            [
                "n",
                "n_better",
                "n_worse",
                "n_tied",
                "mean_against",
                "mean_tuned",
                "difference",
                "low",
                "high",
                "statistic",
                "p",
                "p_holm",
            ],
        ),
    ],
)
def test_every_number_of_a_table_is_in_the_page_with_all_its_digits(inputs, page, name, table, columns):
    frame = getattr(inputs, table)
    if table == "comparisons":
        frame = small_cells.enough_cases(frame)
    shown = {v for column in columns for v in frame[column].dropna() if not isinstance(v, str)}
    assert values(section(page, name)) == {float(v) for v in shown}


def numbers_of_people(page):
    """Return the numbers of people that stand in a page's tables: those of columns and rows that count cases."""
    found = []
    for name in ("cohort", "classes"):
        for cell in section(page, name).xpath(".//table[not(@class='plain')]//td/span[@data-value]"):
            value = cell.get("data-value")
            found += [int(value)] if re.fullmatch(r"\d+", value) else []
    return found


def test_no_number_of_a_few_people_stands_in_a_table(page, small):
    for shown in (page, html.document_fromstring(small)):
        numbers = numbers_of_people(shown)
        assert len(numbers) > 15
        assert [number for number in numbers if 0 < number < 11] == []


def test_a_stricter_threshold_holds_in_the_whole_report():
    page = render_changed(smallest=20, outstanding={"icd10": 15})
    assert [number for number in numbers_of_people(page) if 0 < number < 20] == []
    assert "fewer than 20 answers" in section(page, "outstanding").text_content()
    assert "<11" not in page.text_content()


def test_rates_of_a_few_cases_are_not_shown():
    page = html.document_fromstring(render(report_inputs.report(60, 10)))
    assert "Fewer than 11 test cases, and therefore not shown: Regimen, Modality and ICD-10-CM code" in " ".join(
        section(page, "results").text_content().split()
    )
    for name in ("results", "comparisons", "classes"):
        assert not values(section(page, name)), name
        assert not section(page, name).xpath(".//*[local-name()='svg']")
    few = {**report_inputs.ratings(), "arms": [{**report_inputs.ratings()["arms"][0], "n_cases": 7}]}
    review = section(render_changed(ratings=few), "review")
    assert "Rates of fewer than 11 cases are not shown" in review.text_content()
    assert 0.87 not in values(review)


def test_a_manifest_shows_no_small_split():
    manifest = {**report_inputs.MANIFEST, "n_train": 88, "n_validation": 9}
    page = render_changed(manifests={("demo-llama", "icd10", "seed1"): manifest})
    text = section(page, "provenance").text_content()
    assert "<11" in text
    assert "withheld" in text
    assert not {9.0, 88.0} & values(section(page, "provenance"))


def test_examples_are_shown_only_where_the_study_says_so():
    page = render_changed(examples=False)
    assert "Cases are not shown" in section(page, "examples").text_content()
    assert "Palpable lump" not in html.tostring(page, encoding="unicode")


def test_numbers_stand_in_the_cell_of_their_arm(inputs, page):
    table = next(t for t in section(page, "results").iter("table") if "Modality" in t.findtext("caption/b"))
    row = next(row for row in table.iter("tr") if (row.findtext("th") or "") == "Accuracy")
    summary = (
        inputs.summary.set_index(["task", "metric", "model", "arm"])["value"].sort_index().loc["modality", "accuracy"]
    )
    order = [(model, arm) for model in ("demo-llama", "demo-mistral") for arm in ("base", "fewshot", "tuned")]
    expected = [summary[arm] for arm in [*(("-", arm) for arm in report_inputs.BASELINES), *order]]
    assert [float(cell.find("span").get("data-value")) for cell in row.iter("td")] == expected


def test_published_labels_have_all_their_numbers(inputs, page):
    support = inputs.per_class.groupby(["task", "label"])["support"].transform("max")
    frequent = inputs.per_class[support >= 11]
    found = values(section(page, "classes"))
    shown = {float(v) for column in ("support", "precision", "recall", "f1") for v in frequent[column]}
    assert len(shown - found) <= 3 * 4  # at most one label more is withheld per task
    few = inputs.per_class.loc[support < 11, "label"].unique()
    assert len(few)
    text = section(page, "classes").text_content()
    assert not [label for label in few if re.search(rf"{re.escape(label)}\b", text)]


def test_the_flow_is_shown_in_full(inputs, page):
    rows = section(page, "flow").xpath(".//tbody/tr")
    shown = {" ".join(row.findtext("th").split()): row.findtext("td") for row in rows}
    assert shown["Extracted"] == "15,724"
    assert shown["Cases"] == "7,903"
    for step in inputs.flow["steps"][:-1]:
        assert shown[step["label"]] == f"{step['rejected']:,}"
    assert shown["Excluded by annotators"] == "0"


def test_a_step_that_few_left_at_is_hidden_with_another():
    flow = report_inputs.flow()
    steps = [step | {"rejected": 7 if step["reason"] == "no_plan" else step["rejected"]} for step in flow["steps"]]
    remaining = flow["extracted"]
    for step in steps:
        remaining -= step["rejected"]
        step["remaining"] = remaining
    flow = {**flow, "steps": steps, "kept": remaining, "candidates": flow["candidates"] + 944 - 7}
    text = " ".join(section(render_changed(flow=flow), "flow").text_content().split())
    assert "No treatment plan<11" in text
    assert "withheld" in text


def test_doubts_about_cases_are_counted_without_small_numbers():
    flow = report_inputs.flow() | {
        "confidence": {"certain": 7000, "probable": 900, "unclear": 3},
        "flags": [{"flag": "a", "label": "Energy of another modality", "candidates": 9, "cases": 4}],
    }
    rows = section(render_changed(flow=flow), "cohort").xpath(".//table[not(@class)]//tr")
    shown = {row.findtext("th").strip(): [cell.text_content() for cell in row.iter("td")] for row in rows}
    assert shown["Unclear"][0] == shown["Energy of another modality"][0] == "<11"
    assert shown["Probable"][0] == "withheld"
    assert shown["Certain"][0] == "7,000"


def test_ratings_and_their_intervals(inputs, page):
    found = values(section(page, "review"))
    assert {row[key] for row in inputs.ratings["arms"] for key in ("acceptable", "low", "high", "mean")} <= found
    assert 0.7654321 in found


def test_the_planned_test_is_shown_for_the_models_with_enough_rated_cases(inputs, page):
    (tested,) = section(page, "review").xpath(".//table[contains(caption, 'The planned test')]")
    assert [row.findtext("th") for row in tested.iter("tr")][1:] == ["demo-llama"]
    first = inputs.ratings["claim"]["tests"][0]
    assert {first[key] for key in ("n", "at_least", "p", "p_holm", "power")} <= values(tested)
    assert "157 cases would give a power of 80 %" in " ".join(section(page, "review").text_content().split())
    early = {**inputs.ratings, "claim": {**inputs.ratings["claim"], "is_final": False}}
    text = section(render_changed(ratings=early), "review").text_content()
    assert "waits until all ratings are in" in text
    assert "Holm" not in text
    unrated = {**inputs.ratings, "claim": {**inputs.ratings["claim"], "tests": []}}
    assert "planned test" not in section(render_changed(ratings=unrated), "review").text_content()


def test_the_tuned_models_stand_side_by_side(inputs, page):
    columns = ("n", "n_better", "n_worse", "n_tied", "mean", "mean_other", "difference", "low", "high", "p_two_sided")
    shown = {float(value) for column in columns for value in inputs.model_comparisons[column]}
    assert values(section(page, "models")) == shown
    few = inputs.model_comparisons.assign(n=10)
    assert not render_changed(model_comparisons=few).xpath("//section[@id='models']")


def test_where_all_differences_are_equal_there_is_no_interval(inputs):
    alike = inputs.comparisons.assign(interval="none", low=0.0, high=0.0)
    page = render_changed(comparisons=alike)
    assert not section(page, "comparisons").xpath(".//table//small[contains(text(), '[')]")


def test_a_study_without_regimens_has_no_review():
    page = render_changed(ratings={})
    assert not page.xpath("//section[@id='review'] | //a[@href='#review']")
    assert "regimen" not in section(page, "findings").xpath("string(.//p[@class='limit'][last()])")


def test_runs_show_first_and_last_losses(inputs, page):
    curve = inputs.curves["demo-llama", "regimen", "seed1"]
    found = values(section(page, "training"))
    assert {curve["loss"].iloc[0], curve["loss"].iloc[-1], curve["validation_loss"].dropna().iloc[-1]} <= found


def test_p_values_are_never_zero(page):
    cells = section(page, "comparisons").text_content()
    assert "<\u00a00.001" in cells
    assert "0.012" in cells
    assert "0.000" not in " ".join(c.text_content() for c in section(page, "comparisons").xpath(".//td[position()>10]"))


# ---- answer modes, and what stands beside the tests


def test_answer_modes_and_label_probabilities_have_all_their_numbers(inputs, page):
    found = values(section(page, "answer-modes"))
    for table in (inputs.answer_mode_comparisons, inputs.calibration):
        for column in ("value", "low", "high"):
            assert set(table[column].dropna()) <= found
    text = section(page, "answer-modes").text_content()
    assert "exploratory" in text
    assert "for modality the free answer, for ICD-10-CM code the free answer" in " ".join(text.split())
    assert len(section(page, "answer-modes").xpath(".//*[local-name()='svg']")) == 2


def test_the_primary_answer_mode_is_named():
    text = " ".join(
        section(render_changed(answer_modes={"icd10": "constrained"}), "answer-modes").text_content().split()
    )
    assert "for modality the free answer, for ICD-10-CM code the valid codes only" in text


def test_without_several_answer_modes_there_is_no_section(bare):
    assert not bare.xpath("//section[@id='answer-modes'] | //section[@id='runs'] | //nav//a[@href='#answer-modes']")


def test_label_probabilities_of_other_runs_and_of_a_few_cases_are_not_shown(inputs):
    other = inputs.calibration.assign(run="seed2", value=0.4242)
    few = inputs.calibration.assign(n=7, value=0.3131)
    page = render_changed(calibration=pd.concat([inputs.calibration, other, few]))
    assert not {0.4242, 0.3131} & values(section(page, "answer-modes"))


def test_what_a_run_cost_is_shown_as_far_as_it_is_known(page):
    table = next(t for t in section(page, "training").iter("table") if "Speed" in t.findtext("caption/b"))
    heads = [head.text for head in table.iterfind("thead/tr/th")]
    cells = [cell.text_content() for cell in table.find("tbody/tr")]
    shown = dict(zip(heads, cells, strict=True))
    assert shown["Tokens/s"] == "17,271"
    assert (shown["MFU"], shown["Wh"], shown["Peak MB"]) == ("–", "–", "1,312")
    assert "On CPU." in table.find("caption").text_content()


def test_other_arms_stand_beside_the_declared_family(inputs, page):
    declared, *exploratory = section(page, "comparisons").iter("table")
    names = ["few-shot", "majority class", "nearest neighbour", "logistic regression"]
    names.sort(key=["majority class", "nearest neighbour", "logistic regression", "few-shot"].index)
    assert [table.findtext("caption/b") for table in exploratory] == [f"Exploratory: against {name}" for name in names]
    assert {len(table.xpath(".//tr[td]")) for table in (declared, *exploratory)} == {12}
    assert "p, Holm" in declared.text_content()
    assert not [table for table in exploratory if "p, Holm" in table.text_content()]
    headline = page.xpath("//p[@class='lead']")[0].text_content()
    assert "of 6 comparisons" in headline
    base = inputs.comparisons[inputs.comparisons["against"] == "base"]
    alone = render_changed(comparisons=base)
    assert "Exploratory:" not in alone.text_content()
    assert "worked examples" not in section(alone, "findings").text_content()


def test_the_first_paragraph_says_how_the_baselines_did(inputs, page):
    lead = " ".join(page.xpath("//p[@class='lead']")[0].text_content().split())
    assert "Without a language model, the best arm was logistic regression for regimen (" in lead
    assert lead.endswith(findings.best_baselines(inputs.comparisons).replace("\u202f", " "))
    base = inputs.comparisons[inputs.comparisons["against"] == "base"]
    alone = render_changed(comparisons=base).xpath("//p[@class='lead']")[0].text_content()
    assert "Without a language model" not in alone


def test_arms_of_no_model_are_called_so_and_have_no_confusion_matrix(page):
    text = section(page, "results").text_content()
    assert "no model" in text
    titles = [
        title.text for title in section(page, "classes").xpath(".//*[local-name()='svg']/*[local-name()='title']")
    ]
    assert titles
    assert not [title for title in titles if title.startswith(("-", "no model"))]


# ---- parts that are missing


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("findings", "has been compared with the model it started from yet"),
        ("cohort", "No case was kept."),
        ("deidentification", "no audit"),
        ("training", "No model has been trained."),
        ("results", "No answers have been scored."),
        ("comparisons", "No tuned model has been compared"),
        ("classes", "no answers to a task with a closed set"),
        ("examples", "No answers have been scored."),
        ("review", "No ratings have been given yet"),
        ("outstanding", "Nothing: all annotations and ratings are in."),
    ],
)
def test_a_missing_part_is_a_plain_sentence(bare, name, sentence):
    assert sentence in section(bare, name).text_content()
    assert not section(bare, name).xpath(".//caption[not(ancestor::section[@id='flow'])]")


def test_outstanding_work_is_listed(small):
    lines = section(html.document_fromstring(small), "outstanding").xpath(".//li/text()")
    assert lines[0] == "Annotation, Regimen: 201 answers that the rules could not determine."
    assert len(lines) == 4


def test_one_model_and_a_new_arm():
    inputs = report_inputs.report(60, 40)
    one = inputs.scores[inputs.scores["model"] == "demo-llama"]
    scores = pd.concat([one, one[one["arm"] == "base"].assign(arm="nearest-neighbour")])
    page = render_changed(
        scores=scores, summary=report_inputs.summary(scores), per_class=report_inputs.per_class(scores),
        comparisons=inputs.comparisons[inputs.comparisons["model"] == "demo-llama"],
    )  # fmt: skip
    heads = section(page, "results").xpath("(.//table)[1]/thead/tr[2]/th/text()")
    assert [head.strip() for head in heads] == ["base", "few-shot", "tuned", "nearest-neighbour"]


def test_a_clinic_s_report_does_not_speak_of_synthetic_records(bare):
    text = section(bare, "findings").text_content()
    assert "synthetic" not in text
    assert "one extract" in text
