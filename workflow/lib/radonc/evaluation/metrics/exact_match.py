"""Exact match per case: a metric module for ``evaluate.load`` by path, offline."""

import datasets
import evaluate


class ExactMatch(evaluate.Metric):
    """Exact match, as a list with one number per case; their mean is the accuracy."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="1.0 for every prediction that equals its reference, upper and lower case aside, else 0.0.",
            citation="",
            inputs_description="predictions, references: lists of texts.",
            features=datasets.Features(dict.fromkeys(("predictions", "references"), datasets.Value("string"))),
        )

    def _compute(self, predictions: list[str], references: list[str]) -> dict[str, list[float]]:
        pairs = zip(predictions, references, strict=True)
        return {"exact_match": [float(said.casefold() == true.casefold()) for said, true in pairs]}
