import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.report import words


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "< 0.001"),
        (3e-76, "< 0.001"),
        (0.000999, "< 0.001"),
        (0.001, "0.001"),
        (0.0494, "0.049"),
        (0.5, "0.500"),
        (0.9994, "> 0.999"),
        (1.0, "> 0.999"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_p_values_are_written_as_journals_do(p, text):
    assert words.p_value(p) == text.replace(" ", "\u00a0")


@given(st.floats(0, 1))
def test_no_p_value_is_written_as_0_or_1(p):
    assert words.p_value(p) not in {"0.000", "1.000"}
    assert words.p_phrase(p).startswith("p\u00a0")


@pytest.mark.parametrize("p", [None, float("nan")])
def test_without_a_declared_test_there_is_no_p_value(p):
    assert words.p_phrase(p) == "exploratory"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.72, 3, "0.720"), (-0.5, 2, "−0.50"), (-0.0004, 3, "0.000"), (15724, 0, "15,724"), (None, 3, "–")],
)
def test_decimals(value, digits, text):
    assert words.decimal(value, digits) == text


def test_an_interval_that_does_not_exist_is_not_written():
    assert words.interval(0.5, float("nan"), 0.6) == "0.500"
    assert words.interval(0.5, 0.4, 0.6) == "0.500 [0.400, 0.600]"


def test_known_words_come_first_and_unknown_ones_are_kept():
    assert words.ordered(["zero-shot", "tuned", "base", "tuned"], words.ARMS) == ["base", "tuned", "zero-shot"]


@pytest.mark.parametrize(("items", "text"), [([], ""), (["a"], "a"), (["a", "b", "c"], "a, b and c")])
def test_lists(items, text):
    assert words.listed(items) == text


@pytest.mark.parametrize(("numbers", "text"), [([], "0"), ([790, 790], "790"), ([1790, 788], "788–1,790")])
def test_ranges(numbers, text):
    assert words.number_range(numbers) == text


@pytest.mark.parametrize(
    ("code", "text"),
    [("C61", "C61 Prostate"), ("C50", "C50 Breast"), ("C73", "C73 Thyroid gland"), ("Z99.99", "Z99.99")],
)
def test_codes_have_short_titles(code, text):
    assert words.code_name(code).startswith(text)


@pytest.mark.parametrize(("name", "text"), [("Macro F1", "macro F1"), ("ROUGE-1 F", "ROUGE-1 F"), ("F1", "F1")])
def test_names_within_sentences(name, text):
    assert words.mid_sentence(name) == text
