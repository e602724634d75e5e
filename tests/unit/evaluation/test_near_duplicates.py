import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from radonc.evaluation import near_duplicates
from radonc.evaluation.near_duplicates import nearest

TEXTS = st.lists(st.text("ab 1.\n", max_size=12), max_size=6)


def similarity(one, other):
    """Jaccard's index by its definition."""
    first, second = (set(re.findall(r"\w+", text.casefold())) for text in (one, other))
    return len(first & second) / len(first | second) if first & second else 0.0


@given(TEXTS, TEXTS)
@example([], ["a"])
@example(["a"], [])
@example([""], ["", "."])
@settings(max_examples=200)
def test_it_is_the_greatest_by_the_definition(training, tested):
    expected = [max((similarity(text, other) for other in training), default=0.0) for text in tested]
    assert nearest(training, tested).tolist() == pytest.approx(expected)


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(3)
    texts = [" ".join(rng.choice(list("abcdefghij"), rng.integers(1, 9))) for _ in range(60)]
    whole = nearest(texts[:40], texts[40:])
    monkeypatch.setattr(near_duplicates, "_CELLS", 120)
    assert nearest(texts[:40], texts[40:]).tolist() == whole.tolist()


def test_an_age_or_a_word_apart_is_near_and_another_patient_is_not():
    text = (
        "Patient: female, 67\nSite: uterus endometrium, midline\nHistology: endometrioid adenocarcinoma, G3\n"
        "Stage: pT1b, pN0, M0, IB\nHistory: irregular bleeding, dilation and curettage showed cancer, hysterectomy "
        "with deep myometrial invasion and negative nodes."
    )
    near = text.replace("67", "68").upper()
    other = text.replace(
        "hysterectomy with deep myometrial invasion and negative nodes", "no surgery, frail, wishes none"
    )
    found = nearest([text], [near, other, text + "  ", "Histology: unrelated"])
    assert 0.9 <= found[0] < 1
    assert found[1] < 0.9
    assert found[2] == 1
    assert found[3] < 0.1


def test_words_that_only_a_test_text_has_count():
    assert nearest(["a b"], ["a b c d"]).tolist() == [0.5]
