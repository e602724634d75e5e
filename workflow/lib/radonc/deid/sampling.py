"""The reader's sheet: a random sample of released texts in which a person searches for identifiers that are left.

Equal texts of a column count once. Texts are drawn from strata (table, column, length) in proportion to the strata's
sizes, at least one from each, so that every distinct text has nearly the same chance, and what was missed in the sample
estimates what was missed in the release.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import pandas as pd

from radonc.data import fields, schemas
from radonc.data.fields import Kind
from radonc.runtime.hashing import hash_value
from radonc.vocabulary.tags import TAG

MAX_WORDS = {"short": 3, "sentence": 20, "passage": None}
"""Class of length -> the most words that a text of it has."""
FILLED_IN = ("n_identifiers_missed", "kinds", "reader")
# Table, column and class of length.
Stratum = tuple[str, str, str]


def sample(tables: Mapping[str, pd.DataFrame], *, n_texts: int, seed: int) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Draw the texts of released tables (``schemas.DEIDENTIFIED``) that a person is to read.

    All are drawn where there are fewer than ``n_texts``, and one from each stratum where there are more strata. The
    texts with the lowest digests of seed and text are drawn: one text more or less changes few others.

    Return the sheet (``item``, ``text`` and the empty columns ``FILLED_IN``, in random order) and the strata
    (``table``, ``column``, ``length``, ``texts``, which are distinct, and ``sampled``).
    """
    strata: dict[Stratum, dict[str, str]] = defaultdict(dict)
    for name, frame in tables.items():
        for column in fields.columns_of(schemas.DEIDENTIFIED[name], Kind.TEXT):
            for text in frame[column].dropna().unique():
                # Starts with a letter that is no hexadecimal digit: a spreadsheet would read 12e45 as a number.
                item = f"t{hash_value([seed, name, column, text])[:12]}"
                strata[name, column, length_of(text)][item] = text
    sizes = {stratum: len(strata[stratum]) for stratum in sorted(strata)}
    quotas = allocate(sizes, n_texts)
    drawn = {item: strata[key][item] for key, n in quotas.items() for item in sorted(strata[key])[:n]}
    sheet = pd.DataFrame(sorted(drawn.items()), columns=["item", "text"], dtype="str")
    described = [
        {"table": table, "column": column, "length": length, "texts": n, "sampled": quotas[table, column, length]}
        for (table, column, length), n in sizes.items()
    ]
    return sheet.assign(**dict.fromkeys(FILLED_IN, "")), described


def allocate(sizes: Mapping[Stratum, int], n: int) -> dict[Stratum, int]:
    """Return the sample size of each stratum: one each, the rest by the method of Webster and Sainte-Laguë."""
    quotas = Counter(dict.fromkeys(sizes, 1))
    for _ in range(min(n, sum(sizes.values())) - len(sizes)):
        not_full = [stratum for stratum in sizes if quotas[stratum] < sizes[stratum]]
        quotas[max(not_full, key=lambda stratum: (sizes[stratum] / (2 * quotas[stratum] + 1), stratum))] += 1
    return dict(quotas)


def n_words(text: str) -> int:
    """Return the number of words between blanks; tags do not count."""
    return len(TAG.sub(" ", text).split())


def length_of(text: str) -> str:
    """Return a text's class of length."""
    return next(name for name, most in MAX_WORDS.items() if most is None or n_words(text) <= most)
