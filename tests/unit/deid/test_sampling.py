import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.data.schemas import DEIDENTIFIED
from radonc.deid import sampling


def released(n=300):
    """Return released tables in which only three columns hold texts, many of them twice."""
    tables = {name: pd.DataFrame(columns=list(schema.columns)) for name, schema in DEIDENTIFIED.items()}
    rows = {
        "history": [f"Seen by [NAME] for lump number {i}" for i in range(n)],
        "site": [("left breast", "prostate")[i % 2] for i in range(n)],
        "t_stage": ["T2"] * (n - 1) + [None],
    }
    tables["diagnoses"] = pd.DataFrame({name: rows.get(name) for name in DEIDENTIFIED["diagnoses"].columns})
    return tables


def test_the_sheet_has_distinct_texts_of_all_columns_in_proportion():
    sheet, strata = sampling.sample(released(), n_texts=50, seed=1)
    assert list(sheet) == ["item", "text", "n_identifiers_missed", "kinds", "reader"]
    assert len(sheet) == 50
    assert sheet["item"].is_unique
    assert sheet["item"].is_monotonic_increasing
    assert sheet["text"].is_unique
    assert (sheet[["n_identifiers_missed", "kinds", "reader"]] == "").all(axis=None)
    found = {(row["column"], row["length"]): (row["texts"], row["sampled"]) for row in strata}
    assert found == {("history", "sentence"): (300, 48), ("site", "short"): (2, 1), ("t_stage", "short"): (1, 1)}
    assert {"T2"} < set(sheet["text"])


def test_all_are_drawn_where_there_are_few():
    sheet, strata = sampling.sample(released(10), n_texts=400, seed=1)
    assert len(sheet) == sum(row["texts"] for row in strata) == 13


def test_an_empty_release_is_an_empty_sheet():
    tables = {name: pd.DataFrame(columns=list(schema.columns)) for name, schema in DEIDENTIFIED.items()}
    sheet, strata = sampling.sample(tables, n_texts=400, seed=1)
    assert len(sheet) == len(strata) == 0


def test_the_draw_follows_from_the_seed_and_not_from_the_order():
    tables = released()
    shuffled = {name: frame.sample(frac=1, random_state=3) for name, frame in tables.items()}
    first, _ = sampling.sample(tables, n_texts=50, seed=1)
    pd.testing.assert_frame_equal(first, sampling.sample(shuffled, n_texts=50, seed=1)[0])
    other, _ = sampling.sample(tables, n_texts=50, seed=2)
    assert len(set(first["text"]) & set(other["text"])) < 30


def test_texts_more_leave_the_draw_nearly_as_it_was():
    first, _ = sampling.sample(released(300), n_texts=50, seed=1)
    second, _ = sampling.sample(released(303), n_texts=50, seed=1)
    assert len(set(first["item"]) & set(second["item"])) >= 47


def test_no_identifier_column_is_on_the_sheet():
    tables = released(10)
    tables["diagnoses"]["diagnosis_id"] = "D-SECRET"
    sheet, _ = sampling.sample(tables, n_texts=400, seed=1)
    assert not sheet["text"].str.contains("SECRET").any()


@given(
    st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from("cdef"), st.just("x")), st.integers(1, 500)),
    st.integers(50, 600),
)
def test_places_are_given_out_in_full_and_nearly_in_proportion(sizes, n):
    quotas = sampling.allocate(sizes, n)
    total = sum(sizes.values())
    assert sum(quotas.values()) == min(n, total)
    for stratum, size in sizes.items():
        assert 1 <= quotas[stratum] <= size
        # One each is given before, so that big strata may lack as many places as there are small ones.
        assert abs(quotas[stratum] - min(n, total) * size / total) <= len(sizes)


@pytest.mark.parametrize(
    ("text", "n", "length"),
    [
        ("", 0, "short"),
        ("T2 N0", 2, "short"),
        ("[NAME] [DATE]", 0, "short"),
        ("[NAME]'s left breast, 2 cm", 5, "sentence"),
        ("word " * 21, 21, "passage"),
    ],
)
def test_words_and_lengths(text, n, length):
    assert sampling.n_words(text) == n
    assert sampling.length_of(text) == length
