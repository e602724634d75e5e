"""Precision, recall and F1 over the classes of a closed task.

The classes are those of the references. A label that occurs in no reference has no recall, and counting it would let an
arm's inventions change the number of classes that its rivals are averaged over; naming it costs the true class its
recall. An answer that could not be read does the same. F1 is 2 · hits / (support + answers); what has no answers
has precision 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.metrics import precision_recall_fscore_support

from radonc.data.outcomes import PER_CLASS
from radonc.evaluation.answers import CLOSED_TASKS
from radonc.evaluation.arms import by_arm
from radonc.statistics.estimates import Floats, Statistic

ALIKE = ("balanced_accuracy", "macro_precision", "macro_recall", "macro_f1")
"""Every class counts alike. By these definitions balanced accuracy is the macro recall."""
AVERAGES = (*ALIKE, "weighted_precision", "weighted_recall", "weighted_f1")
"""Weighted: every class counts by its share of the references. The weighted recall is the accuracy."""


def per_class(scores: pd.DataFrame) -> pd.DataFrame:
    """Return precision, recall and F1 of every class, for each arm of the closed tasks, from the primary scores.

    The result has rows of ``PER_CLASS`` in order of task, model, arm and label; ``support`` is the number of
    references.
    """
    tables = [pd.DataFrame(columns=list(PER_CLASS.columns))]
    for (task, model, arm), cases in by_arm(scores[scores["task"].isin(CLOSED_TASKS)]).items():
        labels = sorted(set(cases["reference"]))
        precision, recall, f1, support = precision_recall_fscore_support(
            cases["reference"].tolist(), cases["parsed"].fillna("").tolist(), labels=labels, zero_division=0
        )
        measures = {"label": labels, "support": support, "precision": precision, "recall": recall, "f1": f1}
        tables.append(pd.DataFrame({"task": task, "model": model, "arm": arm, **measures}))
    return pd.concat(tables[1:] or tables, ignore_index=True)


def averages(reference: pd.Series[str], parsed: pd.Series[str]) -> Statistic:
    """Return the statistic that gives the ``AVERAGES`` over classes for any weights of the cases.

    There is one label per case; ``parsed`` is missing where an answer could not be read. In a resample the averages go
    over the classes that it drew, as they do in a sample.
    """
    labels = sorted(set(reference))
    true, said = _indicators(reference, labels), _indicators(parsed, labels)
    both = true.multiply(said).tocsr()

    def statistic(weights: Floats) -> Floats:
        # Sums of whole numbers, so that the products are exact.
        support, answers, hits = (np.ascontiguousarray(weights @ of) for of in (true, said, both))
        measures = (_ratio(hits, answers), _ratio(hits, support), _ratio(2 * hits, support + answers))
        drawn = (support > 0).astype(np.float64)
        macro, weighted = (
            [(values * by).sum(axis=1) / by.sum(axis=1) for values in measures] for by in (drawn, support)
        )
        return np.column_stack([macro[1], *macro, *weighted])

    return statistic


def _indicators(values: pd.Series[str], labels: Sequence[str]) -> sparse.csr_array:
    """Return cases × labels: 1 where a case has the label. Sparse, for there are hundreds of codes."""
    codes = pd.Index(labels).get_indexer(pd.Index(values))
    cases = np.flatnonzero(codes >= 0)
    return sparse.csr_array((np.ones(len(cases)), (cases, codes[cases])), shape=(len(values), len(labels)))


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
