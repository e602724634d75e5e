import pandas as pd
import pytest
import report_inputs
from lxml import etree

from radonc.report import learning_curve, reliability

RUNS = report_inputs.runs(400, (1, 2), (1.0, 0.5, 0.25))


def texts(svg):
    return ["".join(text.itertext()) for text in etree.fromstring(svg).iter("{*}text")]


def test_a_line_per_model_by_training_pairs():
    drawn = learning_curve.draw(RUNS, "icd10", "accuracy")
    assert {"demo-llama", "demo-mistral", "accuracy", "6,000"} <= set(texts(drawn))
    description = etree.fromstring(drawn)[1].text
    rows = RUNS[(RUNS["task"] == "icd10") & (RUNS["metric"] == "accuracy")]
    assert description.count("pairs, seed") == len(rows) == 2 * 4
    for row in rows.itertuples():
        assert f"{row.value:.3f} [{row.low:.3f}, {row.high:.3f}]" in description


def test_the_line_is_of_the_seed_that_saw_all_shares():
    swapped = RUNS.assign(seed=3 - RUNS["seed"])
    lines = [
        len(list(etree.fromstring(learning_curve.draw(runs, "icd10", "accuracy")).iter())) for runs in (RUNS, swapped)
    ]
    assert lines[0] == lines[1]


def test_models_that_end_alike_keep_their_names_apart():
    alike = pd.concat([RUNS.assign(model=name) for name in ("one", "two", "three")])
    drawn = etree.fromstring(learning_curve.draw(alike, "icd10", "accuracy"))
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
    shown = reliability.publishable(bins, 11)
    for arm, rows in bins.groupby("arm"):
        hidden = rows[~rows["above"].isin(shown.loc[shown["arm"] == arm, "above"])]
        assert len(hidden) == 2
        assert hidden["n"].min() == 4
    assert (shown["n"] >= 11).all()


def test_where_all_bins_are_small_nothing_is_shown(bins):
    assert reliability.publishable(bins.assign(n=3), 11).empty
    assert reliability.publishable(bins.head(0), 11).empty


def test_a_reliability_diagram_says_what_it_shows(bins):
    shown = reliability.publishable(bins, 11)
    drawn = reliability.draw(shown, "demo-llama, Modality", 400)
    assert {"base", "few-shot", "tuned"} <= set(texts(drawn))
    assert any("n = 400 cases" in text for text in texts(drawn))
    description = etree.fromstring(drawn)[1].text
    assert description.count("right at a mean probability") == len(shown)
    assert f"tuned: {shown.loc[shown['arm'] == 'tuned', 'accuracy'].iloc[0]:.3f} right" in description
