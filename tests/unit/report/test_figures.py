import re

import matplotlib
import pandas as pd
import pytest
import report_inputs
from lxml import etree

from radonc.report import cohort, figures, svg, training
from radonc.report.small_cells import SUPPRESSED, mark


@pytest.fixture(scope="module")
def scored():
    return report_inputs.scores(report_inputs.cases(200))


@pytest.fixture(scope="module")
def drawn(scored):
    cases = report_inputs.cases(900)
    groups = cohort.describe(cases)["characteristics"]
    summary = report_inputs.summary(scored)
    return {
        "curve": training.training_curve(report_inputs.curve(1), "demo-llama, Regimen"),
        "scores": figures.scores(summary, "modality", "accuracy"),
        "confusion": figures.confusion_matrix(*figures.count_confusions(one_arm(scored)), "demo-llama, tuned"),
        "ages": cohort.ages_by_sex(cases, groups["Sex"]),
        "shares": cohort.shares(groups["Diagnosis (ICD-10-CM category)"], "Diagnoses"),
    }


def one_arm(scored):
    return scored[(scored["task"] == "modality") & (scored["model"] == "demo-llama") & (scored["arm"] == "tuned")]


NAMES = ("curve", "scores", "confusion", "ages", "shares")


@pytest.mark.parametrize("name", NAMES)
def test_figures_are_well_formed_and_say_what_they_show(drawn, name):
    root = etree.fromstring(drawn[name])
    assert root.get("role") == "img"
    title, description = root[0], root[1]
    assert (title.tag, description.tag) == (f"{{{svg.NAMESPACE}}}title", f"{{{svg.NAMESPACE}}}desc")
    assert root.get("aria-labelledby").split() == [title.get("id"), description.get("id")]
    assert len(title.text) > 5
    assert len(description.text) > 20
    assert "n = " in "".join(root.itertext()) or name == "shares"


@pytest.mark.parametrize("name", NAMES)
def test_figures_carry_no_date_and_no_style_for_the_whole_page(drawn, name):
    assert "<style" not in drawn[name]
    assert "<metadata" not in drawn[name]
    assert not etree.fromstring(drawn[name]).xpath("//comment()")


@pytest.mark.parametrize("name", NAMES)
def test_in_the_page_all_colours_are_variables_and_all_ids_prefixed(drawn, name):
    inlined = svg.inline(drawn[name], "here")
    assert not [colour for colour in svg.COLOURS.values() if colour in inlined]
    ids = etree.fromstring(inlined).xpath("//@id")
    assert ids
    assert all(found.startswith("here-") for found in ids)
    used = etree.fromstring(inlined).xpath("//@*[local-name()='href']")
    assert {f"#{found}" for found in ids} >= set(used)


def test_same_curve_same_bytes_whatever_the_user_set(drawn):
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        again = training.training_curve(report_inputs.curve(1), "demo-llama, Regimen")
        assert matplotlib.rcParams["font.size"] == 30
    assert again == drawn["curve"]


def test_a_curve_without_validation_or_without_any_loss_is_drawn():
    curve = report_inputs.curve(1)
    assert "validation" not in training.training_curve(curve.assign(validation_loss=float("nan")), "x")
    etree.fromstring(training.training_curve(curve.head(0), "x"))


def test_scores_are_labelled_with_their_values(scored, drawn):
    summary = report_inputs.summary(scored)
    rows = summary[(summary["task"] == "modality") & (summary["metric"] == "accuracy")]
    for row in rows.itertuples():
        assert f"{row.value:.3f}" in drawn["scores"]


def test_another_arm_gets_a_row_and_a_mark_of_its_own(scored):
    summary = report_inputs.summary(scored)
    extra = summary[(summary["arm"] == "base")].assign(arm="nearest-neighbour", value=0.4242)
    svg_text = figures.scores(pd.concat([summary, extra]), "regimen", "accuracy")
    assert "nearest-neighbour" in svg_text
    assert "0.424" in svg_text


def test_confusion_counts_every_case_once():
    rows = one_arm(report_inputs.scores(report_inputs.cases(900)))
    table, _ = figures.count_confusions(rows)
    assert table.to_numpy().sum() == 900
    assert table.loc["photon", figures.UNREAD] == ((rows["reference"] == "photon") & rows["parsed"].isna()).sum()
    assert table.columns[-1] == figures.UNREAD


def test_confusion_shows_no_label_of_a_few_people(scored):
    table, _ = figures.count_confusions(one_arm(scored).head(150))
    assert (table.sum(axis=1) >= 11).all()


def test_confusion_shows_no_number_of_a_few_people():
    table, hidden = figures.count_confusions(one_arm(report_inputs.scores(report_inputs.cases(200), seed=8)))
    numbers = table.to_numpy()
    few = (numbers > 0) & (numbers < 11)
    assert few.any()
    assert hidden[few].all()
    assert hidden.sum() > few.sum()
    drawn = figures.confusion_matrix(table, hidden, "x")
    said = [int(n) for n in re.findall(r"(?:: |, )(\d+) ", figures.confusion_in_words(table, hidden))]
    assert sorted(said) == sorted(numbers[~hidden & (numbers > 0)])
    written = [text.text for text in etree.fromstring(drawn).iter("{*}text") if text.text]
    assert written.count(figures.HIDDEN) == hidden.sum()


def test_one_label_alone_is_no_confusion(scored):
    rows = one_arm(scored)
    assert figures.count_confusions(rows[rows["reference"] == "photon"]) is None
    assert figures.count_confusions(rows.head(0)) is None


def ages(n_women, n_men):
    cases = report_inputs.cases(2000)
    cases = pd.concat([cases[cases["sex"] == "female"].head(n_women), cases[cases["sex"] == "male"].head(n_men)])
    root = etree.fromstring(cohort.ages_by_sex(cases, cohort.describe(cases)["characteristics"]["Sex"]))
    women, men = re.fullmatch(r"Female: (.*)\. Male: (.*)\.", root[1].text).groups()
    numbers = [[part.split(": ")[1] for part in sex.split(", ")] for sex in (women, men)]
    return "".join(root.itertext()), *numbers


@pytest.mark.parametrize(("n_women", "n_men"), [(400, 400), (40, 500), (12, 30), (300, 5), (5, 300)])
def test_ages_show_no_group_of_a_few_people(n_women, n_men):
    _, women, men = ages(n_women, n_men)
    assert not [n for n in women + men if n != "hidden" and 0 < int(n) < 11]
    assert "hidden" in women
    assert "hidden" in men


def test_ages_of_a_sex_that_the_table_hides_are_hidden():
    text, women, men = ages(5, 300)
    assert set(women) == set(men) == {"hidden"}
    assert f"female ({mark()})" in text
    assert f"male ({SUPPRESSED})" in text


def test_those_without_an_age_have_a_row():
    cases = report_inputs.cases(900)
    cases.loc[cases.index[:100], "age"] = None
    drawn = cohort.ages_by_sex(cases, cohort.describe(cases)["characteristics"]["Sex"])
    assert cohort.NO_AGE in drawn


# ---- learning curve

RUNS = report_inputs.runs(400, (1, 2), (1.0, 0.5, 0.25))


def texts(svg):
    return ["".join(text.itertext()) for text in etree.fromstring(svg).iter("{*}text")]


def test_a_line_per_model_by_training_pairs():
    drawn = figures.learning_curve(RUNS, "icd10", "accuracy")
    assert {"demo-llama", "demo-mistral", "accuracy", "6,000"} <= set(texts(drawn))
    description = etree.fromstring(drawn)[1].text
    rows = RUNS[(RUNS["task"] == "icd10") & (RUNS["metric"] == "accuracy")]
    assert description.count("pairs, seed") == len(rows) == 2 * 4
    for row in rows.itertuples():
        assert f"{row.value:.3f} [{row.low:.3f}, {row.high:.3f}]" in description


def test_the_line_is_of_the_seed_that_saw_all_shares():
    swapped = RUNS.assign(seed=3 - RUNS["seed"])
    lines = [
        len(list(etree.fromstring(figures.learning_curve(runs, "icd10", "accuracy")).iter()))
        for runs in (RUNS, swapped)
    ]
    assert lines[0] == lines[1]


def test_models_that_end_alike_keep_their_names_apart():
    alike = pd.concat([RUNS.assign(model=name) for name in ("one", "two", "three")])
    drawn = etree.fromstring(figures.learning_curve(alike, "icd10", "accuracy"))
    heights = [
        float(text.get("y") or text.get("transform").split(",")[1].split(")")[0].split()[-1])
        for text in drawn.iter("{*}text")
        if "".join(text.itertext()) in ("one", "two", "three")
    ]
    gaps = [after - before for before, after in zip(sorted(heights), sorted(heights)[1:], strict=False)]
    assert len(heights) == 3
    assert min(gaps) > 9


@pytest.fixture(scope="module")
def bins():
    table = report_inputs.reliability(400)
    return table[table["model"] == "demo-llama"]


def test_a_bin_of_a_few_cases_is_hidden_with_another(bins):
    shown = figures.publishable_bins(bins, 11)
    for arm, rows in bins.groupby("arm"):
        hidden = rows[~rows["above"].isin(shown.loc[shown["arm"] == arm, "above"])]
        assert len(hidden) == 2
        assert hidden["n"].min() == 4
    assert (shown["n"] >= 11).all()


def test_where_all_bins_are_small_nothing_is_shown(bins):
    assert figures.publishable_bins(bins.assign(n=3), 11).empty
    assert figures.publishable_bins(bins.head(0), 11).empty


def test_a_reliability_diagram_says_what_it_shows(bins):
    shown = figures.publishable_bins(bins, 11)
    drawn = figures.reliability(shown, "demo-llama, Modality", 400)
    assert {"base", "few-shot", "tuned"} <= set(texts(drawn))
    assert any("n = 400 cases" in text for text in texts(drawn))
    description = etree.fromstring(drawn)[1].text
    assert description.count("right at a mean probability") == len(shown)
    assert f"tuned: {shown.loc[shown['arm'] == 'tuned', 'accuracy'].iloc[0]:.3f} right" in description
