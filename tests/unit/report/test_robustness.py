import pandas as pd
import pytest
import report_inputs
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from report_page import drawing_once, render

from radonc.data.outcomes import PER_CLASS, SUBGROUPS
from radonc.report import results
from radonc.report.robustness import forest_in_words, forest_plot, forests, section
from radonc.runtime import tables
from radonc.vocabulary import sites

NO_CLASSES = pd.DataFrame(columns=list(PER_CLASS.columns))
CODES = ("C50.411", "C50.412", "C61", "C34.11", "C34.12", "C20", "C18.0", "C44.311", "C71.1")
SIZES = st.lists(st.one_of(st.integers(0, 14), st.integers(0, 300)), min_size=len(CODES), max_size=len(CODES))


def classes_of(counts):
    rows = [("icd10", "m", arm, code, n, 0.5, 0.5, 0.5) for arm in ("base", "tuned") for code, n in counts.items() if n]
    return tables.validate(pd.DataFrame(rows, columns=list(PER_CLASS.columns)), PER_CLASS)


def subgroups_of(sizes, task="icd10", model="m"):
    """Return SUBGROUPS rows of characteristic -> group -> number of cases; the first characteristic has all cases."""
    whole = sum(next(iter(sizes.values())).values())
    named = [("all", "all", whole)] + [(name, g, n) for name, groups in sizes.items() for g, n in groups.items() if n]
    rows = [
        (task, model, name, g, n, n // 2, n // 4, 0.25, 0.5, 0.25 + n / 1e4, 0.1, 0.4 + n / 1e4) for name, g, n in named
    ]
    return pd.DataFrame(rows, columns=list(SUBGROUPS.columns))


@given(SIZES)
@settings(max_examples=200)
def test_a_site_gives_no_small_number_away_not_even_less_the_codes_that_are_listed(counts):
    supports = dict(zip(CODES, counts, strict=True))
    by_site: dict[str, int] = {}
    for code, n in supports.items():
        by_site[sites.group_of_code(code)] = by_site.get(sites.group_of_code(code), 0) + n
    per_class = classes_of(supports)
    listed = {code: n for code, n, _ in results.class_table(per_class, "icd10")["rows"]} if len(per_class) else {}
    for found in forests(subgroups_of({"site": by_site}), per_class, 11):
        hidden = []
        for name, groups in found.characteristics.items():
            assert name == "Site"
            for group in groups:
                site = group.name.lower()
                rest = by_site[site] - sum(n for code, n in listed.items() if sites.group_of_code(code) == site)
                if group.row is None:
                    hidden.append(rest)
                    assert group.mark == "withheld" or (group.mark == "<11" and 0 < by_site[site] < 11)
                else:
                    assert not 0 < rest < 11
        assert len(hidden) != 1 or hidden[0] == 0
        assert not 0 < sum(hidden) < 11 or len(hidden) > 1


def test_a_small_group_and_another_one_are_hidden_with_all_their_figures():
    sizes = {"sex": {"female": 50, "male": 40}, "age": {"under 50": 4, "50 to 59": 36, "60 to 69": 50}}
    [found] = forests(subgroups_of(sizes), NO_CLASSES, 11)
    ages = found.characteristics["Age at diagnosis"]
    assert [(group.name, group.mark) for group in ages] == [
        ("Under 50", "<11"),
        ("50 to 59", "withheld"),
        ("60 to 69", None),
    ]
    drawn = forest_plot(found)
    assert "Under 50" in drawn
    assert "0.2504" not in drawn
    assert "0.25 [0.10, 0.40]" not in forest_in_words(found).split("Age at diagnosis")[1].split("60 to 69")[0]


def test_what_all_cases_share_and_too_few_cases_are_left_out():
    [found] = forests(subgroups_of({"sex": {"female": 40}, "intent": {"curative": 20, "adjuvant": 20}}), NO_CLASSES, 11)
    assert list(found.characteristics) == ["Intent"]
    assert forests(subgroups_of({"sex": {"female": 5, "male": 5}}), NO_CLASSES, 11) == []


def test_the_figure_has_every_published_number_and_the_same_bytes():
    for found in forests(report_inputs.subgroups(400), NO_CLASSES, 11):
        drawn = forest_plot(found)
        assert drawn == forest_plot(found)
        for groups in found.characteristics.values():
            for group in groups:
                assert f">{group.name}<" in drawn
                assert f">{group.row['n'] if group.row else group.mark.replace('<', '&lt;')}<" in drawn


# ---- with and without ------------------------------------------------------------------------------------------


def shown(subsets=None, noise=None, smallest=11):
    with drawing_once():
        return section(
            report_inputs.subgroups(400),
            report_inputs.subsets(400) if subsets is None else subsets,
            report_inputs.label_noise(400) if noise is None else noise,
            NO_CLASSES,
            smallest=smallest,
        )


def test_parts_of_enough_cases_stand_beside_all_of_them():
    table = shown()["near_duplicates"][0]
    assert table["columns"] == [("All", 400), ("Without a near duplicate", 367), ("With a near duplicate", 33)]
    for _, cells in table["rows"]:
        assert [cell["n"] for cell in cells] == [400, 400, 367, 367, 33, 33]
        assert [cell["metric"] for cell in cells] == ["accuracy", "rouge1"] * 3


def test_a_part_of_few_cases_hides_both_parts():
    table = shown()["labels_in_doubt"][0]
    assert table["columns"] == [("All", 400), ("Label not in doubt", "withheld"), ("Label in doubt", "<11")]
    assert all(cells[2:] == [None] * 4 for _, cells in table["rows"])
    assert table["is_divided"]


def test_no_part_at_all_is_no_small_number():
    table = shown(report_inputs.subsets(400, n_doubted=0))["labels_in_doubt"][0]
    assert table["columns"][1:] == [("Label not in doubt", 400), ("Label in doubt", 0)]
    assert not table["is_divided"]


@pytest.mark.parametrize(
    ("flagged", "disputed", "doubted", "marks"),
    [
        (20, 12, 32, [None, None, None]),
        (20, 12, 20, ["withheld", "withheld", None]),  # 12 are both, and 8 flagged alone
        (20, 3, 23, ["withheld", "<11", None]),
        (20, 55, 75, [None, "withheld", None]),  # of 60 second answers, 5 agree
        (5, 0, 5, ["<11", "withheld", "<11"]),
        (0, 0, 0, [None, None, None]),
        (20, 0, 20, [None, None, None]),
        (20, 0, 395, ["withheld", "withheld", "withheld"]),
    ],
)
def test_no_kind_of_doubt_gives_another_away(flagged, disputed, doubted, marks):
    noise = report_inputs.label_noise(400, flagged, disputed, doubted)
    for _, rows in shown(noise=noise)["label_noise"]:
        assert [mark for _, _, mark in rows] == marks


def test_the_page_says_what_is_not_known():
    noise = report_inputs.label_noise(400)
    undisputed = noise[noise["metric"] != "disputed"]
    page = html.document_fromstring(render(report_inputs.report(60, 400, label_noise=undisputed)))
    text = " ".join(page.get_element_by_id("robustness").text_content().split())
    assert "what a second annotator would dispute is not known" in text
    assert "In doubt, by either" not in text
    page = html.document_fromstring(render(report_inputs.report(60, 400)))
    assert "second annotator" not in page.get_element_by_id("robustness").text_content()


def test_every_published_figure_is_in_the_page_with_all_its_digits():
    inputs = report_inputs.report(60, 400)
    found = html.document_fromstring(render(inputs)).get_element_by_id("robustness")
    values = {float(value) for value in found.xpath(".//@data-value")}
    published = inputs.subgroups[(inputs.subgroups["n"] >= 11) & (inputs.subgroups["characteristic"] == "sex")]
    assert {v for column in ("n", "base", "tuned", "difference", "low", "high") for v in published[column]} <= values
    hidden = inputs.subgroups[inputs.subgroups["group"] == "skin"]
    assert values.isdisjoint(hidden["low"])
    assert [value for value in values if value == int(value) and 0 < value < 11] == []
