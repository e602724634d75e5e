import re

import matplotlib
import pandas as pd
import pytest
import report_inputs
from lxml import etree

from radonc.report import cohort_figures, cohort_table, confusion, figures, svg
from radonc.report.small_cells import SMALL, WITHHELD


@pytest.fixture(scope="module")
def scored():
    return report_inputs.scores(report_inputs.cases(200))


@pytest.fixture(scope="module")
def drawn(scored):
    cases = report_inputs.cases(900)
    table = cohort_table.describe(cases)
    summary = report_inputs.summary(scored)
    return {
        "curve": figures.training_curve(report_inputs.curve(1), "demo-llama, Regimen"),
        "scores": figures.scores(summary, "modality", "accuracy"),
        "confusion": confusion.draw(confusion.count(one_arm(scored)), "demo-llama, tuned"),
        "ages": cohort_figures.ages_by_sex(cases, table.cells("sex")),
        "shares": cohort_figures.shares(table.cells("icd10"), "Diagnoses"),
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
        again = figures.training_curve(report_inputs.curve(1), "demo-llama, Regimen")
        assert matplotlib.rcParams["font.size"] == 30
    assert again == drawn["curve"]


def test_a_curve_without_validation_or_without_any_loss_is_drawn():
    curve = report_inputs.curve(1)
    assert "validation" not in figures.training_curve(curve.assign(validation_loss=float("nan")), "x")
    etree.fromstring(figures.training_curve(curve.head(0), "x"))


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
    table = confusion.count(rows).counts
    assert table.to_numpy().sum() == 900
    assert table.loc["photon", confusion.UNREAD] == ((rows["reference"] == "photon") & rows["parsed"].isna()).sum()
    assert table.columns[-1] == confusion.UNREAD


def test_confusion_shows_no_label_of_a_few_people(scored):
    table = confusion.count(one_arm(scored).head(150)).counts
    assert (table.sum(axis=1) >= 11).all()


def test_confusion_shows_no_number_of_a_few_people():
    table = confusion.count(one_arm(report_inputs.scores(report_inputs.cases(200), seed=8)))
    numbers = table.counts.to_numpy()
    few = (numbers > 0) & (numbers < 11)
    assert few.any()
    assert table.hidden[few].all()
    assert table.hidden.sum() > few.sum()
    drawn = confusion.draw(table, "x")
    said = [int(n) for n in re.findall(r"(?:: |, )(\d+) ", confusion.in_words(table))]
    assert sorted(said) == sorted(numbers[~table.hidden & (numbers > 0)])
    written = [text.text for text in etree.fromstring(drawn).iter("{*}text") if text.text]
    assert written.count(confusion.HIDDEN) == table.hidden.sum()


def test_one_label_alone_is_no_confusion(scored):
    rows = one_arm(scored)
    assert confusion.count(rows[rows["reference"] == "photon"]) is None
    assert confusion.count(rows.head(0)) is None


def ages(n_women, n_men):
    cases = report_inputs.cases(2000)
    cases = pd.concat([cases[cases["sex"] == "female"].head(n_women), cases[cases["sex"] == "male"].head(n_men)])
    root = etree.fromstring(cohort_figures.ages_by_sex(cases, cohort_table.describe(cases).cells("sex")))
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
    assert f"female ({SMALL})" in text
    assert f"male ({WITHHELD})" in text


def test_those_without_an_age_have_a_row():
    cases = report_inputs.cases(900)
    cases.loc[cases.index[:100], "age"] = None
    drawn = cohort_figures.ages_by_sex(cases, cohort_table.describe(cases).cells("sex"))
    assert cohort_figures.NO_AGE in drawn
