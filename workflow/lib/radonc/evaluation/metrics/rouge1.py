"""ROUGE-1 per case: a metric module for ``evaluate.load`` by path, offline."""

import re
from collections import Counter

import datasets
import evaluate

DESCRIPTION = """Precision, recall and F of the words that prediction and reference share, each as often as both have.
A word is a run of a-z and 0-9 in the lower-cased text; no stemming, as in the rouge-score package's default."""
CITATION = "Lin CY. ROUGE: a package for automatic evaluation of summaries. Text Summarization Branches Out, ACL 2004."


class Rouge1(evaluate.Metric):
    """ROUGE-1 F, precision and recall, each as a list with one number per case."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation=CITATION,
            inputs_description="predictions, references: lists of texts.",
            features=datasets.Features(dict.fromkeys(("predictions", "references"), datasets.Value("string"))),
        )

    def _compute(self, predictions: list[str], references: list[str]) -> dict[str, list[float]]:
        measures = zip(*map(overlap, predictions, references), strict=True)
        return dict(zip(("rouge1_precision", "rouge1_recall", "rouge1"), map(list, measures), strict=True))


def overlap(prediction: str, reference: str) -> tuple[float, float, float]:
    """Return unigram precision, recall and their harmonic mean (Lin 2004): 2 · shared / (all of both)."""
    said, true = (Counter(re.findall(r"[a-z0-9]+", text.lower())) for text in (prediction, reference))
    shared = (said & true).total()
    if not shared:
        return 0.0, 0.0, 0.0
    return shared / said.total(), shared / true.total(), 2 * shared / (said.total() + true.total())
