from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.deid.scrubber.tokenizer import MASK, Span, mask, merge, redact
from radonc.vocabulary.tags import TAG, Label


def test_a_tag_is_named_after_its_label():
    assert {label.tag for label in Label} == {
        "[NAME]", "[DATE]", "[AGE]", "[ID]", "[PHONE]", "[PLACE]", "[EMAIL]", "[URL]", "[OTHER]",
    }  # fmt: skip
    assert all(TAG.fullmatch(label.tag) for label in Label)


@pytest.mark.parametrize("text", ["[PTV]", "[name]", "[NAME", "NAME]", "[ NAME ]", "[NAMES]", "[]", ""])
def test_what_looks_like_a_tag_is_none(text):
    assert not TAG.search(text)


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        # one label, nothing but a mark between
        ("abc defg", [(0, 3, "NAME"), (4, 8, "NAME")], [(0, 8, "NAME")]),
        ("abc,defg", [(0, 3, "NAME"), (4, 8, "NAME")], [(0, 8, "NAME")]),
        ("abcdefgh", [(0, 4, "NAME"), (4, 8, "NAME")], [(0, 8, "NAME")]),
        # what stands between keeps them apart
        ("abc defg", [(0, 3, "NAME"), (4, 8, "DATE")], [(0, 3, "NAME"), (4, 8, "DATE")]),
        ("abc\ndefg", [(0, 3, "NAME"), (4, 8, "NAME")], [(0, 3, "NAME"), (4, 8, "NAME")]),
        ("abc;defg", [(0, 3, "NAME"), (4, 8, "NAME")], [(0, 3, "NAME"), (4, 8, "NAME")]),
        ("abc    d", [(0, 3, "NAME"), (7, 8, "NAME")], [(0, 3, "NAME"), (7, 8, "NAME")]),
        # overlaps: the longest gives the label, the first of equals
        ("abc defg", [(0, 3, "NAME"), (2, 8, "DATE")], [(0, 8, "DATE")]),
        ("abc defg", [(0, 8, "NAME"), (2, 4, "DATE")], [(0, 8, "NAME")]),
        ("abc defg", [(2, 4, "ID"), (2, 4, "PHONE")], [(2, 4, "ID")]),
        ("abc defg", [(0, 3, "NAME"), (2, 5, "DATE"), (4, 8, "ID")], [(0, 8, "ID")]),
        # the order does not matter
        ("abc defg", [(4, 8, "ID"), (0, 2, "ID")], [(0, 2, "ID"), (4, 8, "ID")]),
        ("abc defg", [], []),
    ],
)
def test_merging(text, spans, expected):
    merged = merge(text, [Span(start, end, Label(label)) for start, end, label in spans])
    assert [(span.start, span.end, span.label.value) for span in merged] == expected


def test_a_tag_stands_for_each_place():
    text = "Lund seen 3/14, Lund"
    spans = [Span(0, 4, Label.NAME), Span(10, 14, Label.DATE), Span(16, 20, Label.NAME)]
    assert redact(text, spans) == "[NAME] seen [DATE], [NAME]"
    assert redact(text, []) == text


TEXTS = st.text("ab ,\n", max_size=20)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6), st.sampled_from(Label)), max_size=6))
def test_merged_places_are_in_order_apart_and_cover_all_that_was_found(text, found):
    spans = [Span(start, min(start + n, len(text)), label) for start, n, label in found if start < len(text)]
    merged = merge(text, spans)
    assert all(left.end <= right.start for left, right in pairwise(merged))
    covered = {place for span in merged for place in range(span.start, span.end)}
    assert covered >= {place for span in spans for place in range(span.start, span.end)}
    assert len(TAG.findall(redact(text, merged))) == len(merged)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=4))
def test_masking_keeps_the_length_and_covers_exactly_the_places(text, pairs):
    places = [(min(pair), min(max(pair), len(text))) for pair in pairs if min(pair) <= len(text)]
    masked = mask(text, places)
    covered = {place for start, end in places for place in range(start, end)}
    assert masked == "".join(MASK if place in covered else text[place] for place in range(len(text)))
