"""The report needs nothing from outside, runs nothing, and can be read by all."""

import itertools
import re
from pathlib import Path

import pytest
import report_inputs
from lxml import html
from report_page import render

from radonc.report import page as page_module
from radonc.report import svg

HOSTILE = "<script>alert('x')</script>&\"<b>"
STYLE = Path(page_module.__file__).with_name("page.css").read_text(encoding="utf-8")


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
