"""Near-duplicates: how much a test case's diagnosis text is like the training text that is most like it.

Identical texts share a split. Texts that differ in an age or a word do not, and a model that learnt the one by heart
knows the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.preprocessing import MultiLabelBinarizer

from radonc.study.prompts import details

WORD = re.compile(r"\w+")
# Bounds the memory: a block of test texts against all training texts, of which nearly all share a word.
_CELLS = 10_000_000


def similarity_to_training(
    cases: pd.DataFrame, training: Iterable[str], tested: Iterable[str], fields: Sequence[str]
) -> pd.Series:
    """Return for each test case the greatest similarity of its diagnosis text to a training text.

    Parameters
    ----------
    cases
        By the schema ``CASES``.
    training, tested
        The ``case_id`` of the training and of the test cases.
    fields
        The columns of a case that its text consists of (the configuration's ``prompt.fields``).

    Returns
    -------
    Series
        Test case -> 0 to 1, in order of ``case_id``; see ``nearest``.
    """
    texts = {case["case_id"]: details(case, fields) for case in cases.to_dict("records")}
    names = sorted(tested)
    found = nearest([texts[case] for case in training], [texts[case] for case in names])
    return pd.Series(found, index=pd.Index(names, name="case_id", dtype="str"), name="similarity")


def nearest(training: Sequence[str], tested: Sequence[str]) -> NDArray[np.float64]:
    """Return for each test text its greatest similarity to a training text.

    The similarity is the index of Jaccard (1912) of the sets of words: the share that both have of all that one has.
    Words are runs of letters, digits and underscores, whatever their case, place and number. 1 means the same set of
    words. Every pair is compared: the result is exact, and depends on no seed and no other test text.

    Parameters
    ----------
    training, tested
        Texts, in any order.

    Returns
    -------
    array
        One number from 0 to 1 per test text, 0 for a text without words.
    """
    texts = [frozenset(WORD.findall(text.casefold())) for text in (*training, *tested)]
    words = MultiLabelBinarizer(sparse_output=True).fit_transform(texts).astype(np.int32)
    n_words = np.array([len(text) for text in texts], dtype=np.int32)
    columns, n_training = words[: len(training)].T.tocsr(), len(training)
    greatest = np.zeros(len(tested))
    step = max(_CELLS // max(n_training, 1), 1)
    for start in range(0, len(tested), step):
        rows = slice(n_training + start, n_training + min(start + step, len(tested)))
        shared = (words[rows] @ columns).tocsr()
        row = np.repeat(np.arange(shared.shape[0]), np.diff(shared.indptr))
        either = n_words[rows][row] + n_words[shared.indices] - shared.data
        np.maximum.at(greatest[start : start + step], row, shared.data / either)
    return greatest
