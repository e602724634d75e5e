import numpy as np
import pytest
from lxml import html

from radonc.report import page as pages
from radonc.report import words


@pytest.mark.parametrize(
    ("filtered", "value", "text"),
    [
        (pages.tagged(words.decimal, 0.123456789012345), "0.123456789012345", "0.123"),
        (pages.tagged(words.decimal, np.float64(1 / 3)), repr(1 / 3), "0.333"),
        (pages.tagged(words.integer, np.int64(15724)), "15724", "15,724"),
        (pages.tagged(words.percent, 0.7203125), "0.7203125", "72.0\u202f%"),
        (pages.tagged(words.p_value, 3.2e-76), "3.2e-76", "<\u00a00.001"),
    ],
)
def test_numbers_keep_all_their_digits(filtered, value, text):
    span = html.fragment_fromstring(filtered)
    assert (span.get("data-value"), span.text) == (value, text)


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_missing_number_has_no_value(missing):
    assert pages.tagged(words.decimal, missing) == "–"


def test_facts_of_any_shape():
    value = {
        "runs": {"a": {"n": 3, "p": 0.5}, "b": {"n": 4, "seed": 12345}},
        "list": ["x", 2],
        "rows": [{"k": 1, "v": True}, {"k": 2, "v": None}],
        "none": None,
        "empty": {},
        "nested": {"deep": {"deeper": [1.5]}},
    }
    page = html.fragment_fromstring(pages.facts(value), create_parent="div")
    assert [th.text for th in page.xpath("(.//table)[1]//tbody//th")] == ["a", "b"]
    assert page.xpath("(.//table)[1]//thead//th/text()") == ["n", "p", "seed"]
    assert len(page.xpath(".//table")) == 2
    values = page.xpath(".//@data-value")
    assert values == ["3", "0.5", "4", "12345", "2", "1", "2", "1.5"]
    assert "yes" in page.text_content()


def test_a_tuple_s_parts_are_named():
    page = html.fragment_fromstring(pages.facts({("demo-llama", "icd10"): {"n": 3, "m": 4}}), create_parent="div")
    assert page.findtext(".//tbody//th") == "demo-llama, icd10"


def test_facts_are_escaped():
    hostile = "<script>alert('x')</script>"
    for value in (hostile, [hostile], {hostile: hostile}, {"a": {hostile: 1, "b": hostile}}):
        assert "<script" not in pages.facts(value)
        assert "&lt;script&gt;" in pages.facts(value)
