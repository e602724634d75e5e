import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.runtime import hashing

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


def test_a_texts_digest_is_that_of_its_utf_8_bytes():
    assert hashing.hash_text("Ätiologie") == hashlib.sha256("Ätiologie".encode()).hexdigest()


@given(st.dictionaries(st.text("abcdef", max_size=3), json_values, max_size=5))
def test_the_order_of_keys_does_not_count(value):
    assert hashing.hash_value(value) == hashing.hash_value(dict(reversed(value.items())))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {}),
        ([1, 2], [2, 1]),
        (True, 1),
        ({"a": []}, {"a": {}}),
    ],
)
def test_different_values_have_different_digests(one, other):
    assert hashing.hash_value(one) != hashing.hash_value(other)


def test_what_is_no_json_value_has_no_digest():
    with pytest.raises(TypeError):
        hashing.hash_value({1, 2})


def test_files_are_digested_by_name_and_content(tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")
    a, b = tmp_path / "a", tmp_path / "b"
    assert hashing.hash_file(a) == hashing.hash_text("1")
    assert hashing.hash_files({"x": a, "y": b}) == hashing.hash_files({"y": str(b), "x": str(a)})
    assert hashing.hash_files({"x": a, "y": b}) != hashing.hash_files({"x": b, "y": a})
    assert hashing.hash_files({"x": a}) != hashing.hash_files({"z": a})
