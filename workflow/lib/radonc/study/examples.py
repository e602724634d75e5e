"""Worked examples for the few-shot arm: a fixed choice from the training split, the same for all models."""

import hashlib
import hmac

import pandas as pd


def choose(training: pd.DataFrame, n: int, key: str) -> pd.DataFrame:
    """Choose ``n`` worked examples of a task from its training split (``PAIRS``), or all pairs if there are fewer.

    Every example shows another answer, as long as there are others, and the most frequent answers come first; of the
    cases with an answer, the one with the smallest keyed hash of its prompt is taken. Another such hash orders the
    examples, so that a frequent answer has no fixed place. The choice depends on the training split and the key
    (``split.key``) alone.
    """
    pairs = training.assign(place=[_place(prompt, key) for prompt in training["prompt"]])
    pairs["support"] = pairs.groupby("completion")["completion"].transform("size")
    pairs["turn"] = pairs.sort_values(["place", "case_id"]).groupby("completion").cumcount()
    chosen = pairs.sort_values(["turn", "support", "completion"], ascending=[True, False, True]).head(n)
    # The smallest of many hashes is small: by the first hash, frequent answers would come first.
    chosen["place"] = [_place(place, key) for place in chosen["place"]]
    return chosen.sort_values(["place", "case_id"], ignore_index=True)[list(training.columns)]


def _place(text: str, key: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
