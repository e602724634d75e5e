import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.deid import spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("O'Neil-Smith", ["o", "neil", "smith"]),
        ("José MÜLLER", ["jose", "muller"]),
        ("Jose\u0301", ["jose"]),
        ("Strauß", ["strauss"]),
        ("Łukasz Ørsted", ["lukasz", "orsted"]),
        ("Whit\u00adfield \u200bAnn", ["whitfield", "ann"]),
        ("12Mar2015", ["12", "mar", "2015"]),
        ("00-12_34", ["00", "12", "34"]),
        ("１２３", ["123"]),
        ("", []),
    ],
)
def test_tokens_are_folded_runs_of_letters_or_digits(text, expected):
    assert spans.tokens(text) == expected


def test_a_tag_is_named_after_its_label():
    assert {label.tag for label in spans.Label} == {
        "[NAME]", "[DATE]", "[AGE]", "[ID]", "[PHONE]", "[PLACE]", "[EMAIL]", "[URL]",
    }  # fmt: skip
    assert all(spans.TAG.fullmatch(label.tag) for label in spans.Label)
    assert not spans.TAG.search("[PTV] [name]")


@given(st.text(max_size=60))
def test_borders_in_a_view_lead_to_the_tokens_in_the_text(text):
    seen = spans.view(text)
    for haystack in (seen.words, seen.compact):
        for token in seen.tokens:
            if spans.MASK not in token.folded:
                assert token.start in haystack.starts.values()
                assert token.end in haystack.ends.values()
                assert spans.tokens(text[token.start : token.end])[0] == token.folded
    assert seen.words.text.split(" ") == [token.folded for token in seen.tokens] or not seen.tokens


@given(st.text("ab c", max_size=20), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=4))
def test_masking_keeps_length_and_covers_exactly_the_places(text, pairs):
    places = [(min(pair), min(max(pair), len(text))) for pair in pairs if min(pair) <= len(text)]
    masked = spans.mask(text, places)
    assert len(masked) == len(text)
    covered = {place for start, end in places for place in range(start, end)}
    assert all((masked[i] == spans.MASK) == (i in covered) for i in range(len(text)))
    assert all(masked[i] == text[i] for i in range(len(text)) if i not in covered)
