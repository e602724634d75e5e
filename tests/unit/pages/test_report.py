import itertools
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import report_inputs
from lxml import html

from radonc.data.outcomes import TABLES
from radonc.pages import findings, publishing, svg
from radonc.pages import page as page_module
from radonc.pages.report import render

HOSTILE = "<script>alert('x')</script>&\"<b>"
STYLE = Path(page_module.__file__).with_name("page.css").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def inputs():
    return report_inputs.report(ratings=report_inputs.ratings())


@pytest.fixture(scope="module")
def text(inputs):
    return render(inputs)


@pytest.fixture(scope="module")
def page(text):
    return html.document_fromstring(text)


@pytest.fixture(scope="module")
def small():
    return render(report_inputs.report(60, 40))


@pytest.fixture(scope="module")
def bare():
    """Return the page of a study of which nothing has been done."""
    nothing = {name: getattr(report_inputs.report(60, 40), name).head(0) for name in ("cases", "scores", *TABLES)}
    empty = {name: {} for name in ("audit", "lengths", "manifests", "curves", "pairs", "outstanding", "provenance")}
    return render_changed(**nothing, **empty, ratings={"rated": 0}, synthetic=False)


def render_changed(**changes):
    return html.document_fromstring(render(report_inputs.report(60, 40, **changes)))


def section(page, name):
    return page.get_element_by_id(name)


def values(element):
    return {float(value) for value in element.xpath(".//@data-value")}


# ---- the same bytes


def test_same_inputs_same_bytes_in_another_process(small):
    command = (
        "import sys, report_inputs; from radonc.pages.report import render; "
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
        frame = publishing.enough(frame)
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


def test_the_flow_is_told_in_full(inputs, page):
    rows = section(page, "flow").xpath(".//tbody/tr")
    told = {" ".join(row.findtext("th").split()): row.findtext("td") for row in rows}
    assert told["Extracted"] == "15,724"
    assert told["Cases"] == "7,903"
    for step in inputs.flow["steps"][:-1]:
        assert told[step["label"]] == f"{step['rejected']:,}"
    assert told["Excluded by annotators"] == "0"


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
    told = {row.findtext("th").strip(): [cell.text_content() for cell in row.iter("td")] for row in rows}
    assert told["Unclear"][0] == told["Energy of another modality"][0] == "<11"
    assert told["Probable"][0] == "withheld"
    assert told["Certain"][0] == "7,000"


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


# ---- several seeds, shares and ways


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


def test_few_training_pairs_are_not_told(many_runs):
    inputs, _ = many_runs
    few = inputs.runs.assign(n_train=inputs.runs["n_train"].where(inputs.runs["share"] == 1, 7))
    page = render_changed(runs=few, spread=inputs.spread)
    assert 7.0 not in values(section(page, "runs"))
    assert "Learning curve" not in section(page, "runs").text_content()


def test_ways_and_label_probabilities_have_all_their_numbers(inputs, page):
    found = values(section(page, "ways"))
    for table in (inputs.ways, inputs.calibration):
        for column in ("value", "low", "high"):
            assert set(table[column].dropna()) <= found
    text = section(page, "ways").text_content()
    assert "exploratory" in text
    assert "for modality the free answer, for ICD-10-CM code the free answer" in " ".join(text.split())
    assert len(section(page, "ways").xpath(".//*[local-name()='svg']")) == 2


def test_the_primary_way_is_named():
    text = " ".join(section(render_changed(answers={"icd10": "constrained"}), "ways").text_content().split())
    assert "for modality the free answer, for ICD-10-CM code the valid codes only" in text


def test_without_several_ways_there_is_no_section(bare):
    assert not bare.xpath("//section[@id='ways'] | //section[@id='runs'] | //nav//a[@href='#ways']")


def test_label_probabilities_of_other_runs_and_of_a_few_cases_are_not_shown(inputs):
    other = inputs.calibration.assign(run="seed2", value=0.4242)
    few = inputs.calibration.assign(n=7, value=0.3131)
    page = render_changed(calibration=pd.concat([inputs.calibration, other, few]))
    assert not {0.4242, 0.3131} & values(section(page, "ways"))


def test_what_a_run_cost_is_told_as_far_as_it_is_known(page):
    table = next(t for t in section(page, "training").iter("table") if "Speed" in t.findtext("caption/b"))
    heads = [head.text for head in table.iterfind("thead/tr/th")]
    cells = [cell.text_content() for cell in table.find("tbody/tr")]
    told = dict(zip(heads, cells, strict=True))
    assert told["Tokens/s"] == "17,271"
    assert (told["MFU"], told["Wh"], told["Peak MB"]) == ("–", "–", "1,312")
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


def test_the_first_paragraph_says_how_the_cheap_arms_did(inputs, page):
    lead = " ".join(page.xpath("//p[@class='lead']")[0].text_content().split())
    assert "Without a language model, the best arm was logistic regression for regimen (" in lead
    assert lead.endswith(findings.cheap_arms(inputs.comparisons).replace("\u202f", " "))
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


# ---- nothing external, nothing that runs


def test_nothing_external(page, text):
    links = page.xpath("//@src | //@href | //@*[local-name()='xlink:href'] | //@action | //@data")
    outside = [link for link in links if not link.startswith("#")]
    assert outside == ["privacy.html", "https://arxiv.org/abs/2501.17286"]
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    assert not page.xpath("//script | //iframe | //link | //object | //img | //@*[starts-with(name(), 'on')]")


def test_whatever_people_wrote_is_escaped():
    cases = report_inputs.cases(60)
    scores = report_inputs.scores(cases)
    scores["answer"] = HOSTILE
    pairs = {task: frame.assign(prompt=HOSTILE) for task, frame in report_inputs.pairs(cases).items()}
    text = render(
        report_inputs.report(
            60,
            60,
            title=HOSTILE,
            scores=scores.assign(parsed=HOSTILE, reference=HOSTILE, model=HOSTILE),
            pairs=pairs,
            audit={**report_inputs.AUDIT, "verdict": HOSTILE},
            manifests={(HOSTILE, "regimen", "seed1"): {HOSTILE: [HOSTILE]}},
            curves={(HOSTILE, "regimen", "seed1"): report_inputs.curve(1)},
            ratings={"rated": 0, "outstanding": {HOSTILE: 3}},
        )
    )
    assert "<script" not in text
    assert "<b>&" not in text
    assert html.document_fromstring(text).findtext(".//h1") == HOSTILE


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
    assert lines[0] == "Annotation, Regimen: 201 answers that the rules could not settle."
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


# ---- accessible


def test_ids_are_unique_and_links_within_the_page_lead_somewhere(page):
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for link in page.xpath("//@href[starts-with(., '#')] | //@*[name()='xlink:href']"):
        assert link[1:] in ids
    for names in page.xpath("//@aria-labelledby"):
        assert set(names.split()) <= set(ids)


def test_contents_list_all_sections(page):
    linked = [link.lstrip("#") for link in page.xpath("//nav//a/@href")]
    assert linked == page.xpath("//main/section/@id")


def test_headings_descend_one_level_at_a_time(page):
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1|//h2|//h3|//h4|//h5")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_figure_has_a_name_and_every_header_a_scope(page):
    figures = page.xpath("//figure//*[local-name()='svg']")
    assert len(figures) > 15
    assert all(figure.get("role") == "img" and figure.get("aria-labelledby") for figure in figures)
    assert not page.xpath("//th[not(@scope)]")
    assert page.get("lang") == "en"


def test_tables_are_rectangular(page):
    for table in page.iter("table"):
        widths = {
            sum(int(cell.get("colspan", 1)) for cell in row.xpath("./th|./td")) for row in table.xpath("./tbody/tr")
        }
        assert len(widths) == 1, table.text_content()[:80]


def luminance(colour):
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def themes():
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", theme)) for theme in (light, dark)]
    return {"light": found[0], "dark": found[0] | found[1]}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["ink", "muted", "link", "series-1", "series-2", "series-3", "series-4"])
def test_words_can_be_read(theme, name):
    colours = themes()[theme]
    high, low = sorted((luminance(colours[name]), luminance(colours["paper"])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_figures_and_page_have_the_same_light_colours():
    light = themes()["light"]
    assert {name: light[name] for name in svg.COLOURS if name != "paper"} == {
        name: colour for name, colour in svg.COLOURS.items() if name != "paper"
    }
