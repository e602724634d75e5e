"""The settings of intervals and tests."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from radonc.runtime.settings.base import Positive, Section, fault

Metric = Literal["accuracy", "rouge1"]


class PrimaryMetric(Section):
    """The metric of the declared test, per task. Tests of the other metrics are exploratory."""

    regimen: Metric = Field(default="accuracy", description="For regimen. Choose before you see results.")
    modality: Metric = Field(default="accuracy", description="For modality.")
    icd10: Metric = Field(default="accuracy", description="For icd10.")


class Acceptability(Section):
    """The clinical claim: the tuned models' regimens are acceptable more often than at a null rate (one-sided)."""

    null_rate: float = Field(default=0.6, gt=0, lt=1)
    """The rate of the null hypothesis: [the claim](../docs/reference/statistics.md#the-clinicians-review) is that more
    than this share of the tuned models' regimens is acceptable."""
    expected_rate: float = Field(default=0.7, gt=0, lt=1)
    """The share for which the report states the power, and the number of cases that the test takes."""

    @model_validator(mode="after")
    def _expect_more(self) -> Acceptability:
        if self.expected_rate < self.null_rate + 0.01:
            text = f"{self.expected_rate:g} must be at least 0.01 above the null_rate {self.null_rate:g}, or no study"
            raise fault(f"{text} of this size could show it; write the share that you expect", "expected_rate")
        return self


class Statistics(Section):
    """Intervals and tests."""

    confidence: float = Field(default=0.95, gt=0.5, lt=1, description="The level of all intervals.")
    n_resamples: int = Field(default=2000, ge=100, description="Bootstrap resamples.")
    seed: int = Field(default=1, description="Of the bootstrap.")
    near_duplicate_similarity: float = Field(default=0.9, gt=0, le=1)
    """From which similarity on (the share of shared words, Jaccard's index) a test case's diagnosis text counts as a
    [near duplicate](../docs/reference/statistics.md#near-duplicates-and-labels-in-doubt) of a training text."""
    alpha_beta_gy: Positive = 10.0
    """α/β (Gy) of the EQD2 by which [doses of regimens are compared](../docs/reference/statistics.md#regimens)."""
    plausibility: str = "config/plausibility.example.yaml"
    """The file with the ranges within which a regimen is [plausible](../docs/reference/statistics.md#regimens). A
    clinician's: copy the example."""
    primary_metric: PrimaryMetric = Field(default_factory=PrimaryMetric)
    acceptability: Acceptability = Field(default_factory=Acceptability)
