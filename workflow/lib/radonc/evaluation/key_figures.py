"""The study's figures in one file for programs: ``summary.json``.

``python -m radonc.evaluation.key_figures`` prints its JSON schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field

from radonc.runtime.settings.base import Count, Many, Section, Text
from radonc.runtime.settings.errors import validate
from radonc.runtime.settings.reference import json_schema

FORMAT = 1
"""Raised when a reader of the file would have to be changed."""
PACKAGES = ("numpy", "pandas", "scikit-learn", "scipy", "statsmodels")
"""Those that the numbers come from."""

Number = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(ge=0, le=1)]
Task = Literal["regimen", "modality", "icd10"]


class ConfigFiles(Section):
    """The study's configuration."""

    files: Many[str]
    """Names of the files."""
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    """SHA-256 of the completed configuration."""


class Provenance(Section):
    """What made the figures."""

    version: Text = Field(alias="radonc-sft")
    """Version of the workflow."""
    snakemake: Text
    """Version of Snakemake."""
    config: ConfigFiles
    """The study's configuration."""
    code_set: Text
    """The ICD-10-CM release."""
    packages: dict[str, str] = Field(min_length=1)
    """Package → version."""


class Computation(Section):
    """How the figures were computed."""

    confidence: Rate
    """Level of all intervals."""
    n_resamples: Count
    """Of the bootstrap."""
    seed: int
    """Of the bootstrap."""
    run: Text
    """The training run that the tables and tests are about."""
    answer_modes: dict[str, str]
    """Task → the mode of answering that counts."""
    primary: dict[str, str]
    """Task → the metric of the declared test."""


class ArmMetric(Section):
    """A metric of an arm."""

    task: Task
    """The task."""
    model: Text
    """The model; - where no model answered."""
    arm: Text
    """The arm."""
    metric: Text
    """The metric."""
    n: Count
    """Test cases."""
    value: float
    """The metric's value."""
    low: float | None
    """Lower end of its interval; null where it has none."""
    high: float | None
    """Upper end of its interval."""
    interval: Text
    """The interval's method."""


class Comparison(Section):
    """Two arms over the same cases."""

    task: Task
    """The task."""
    model: Text
    """The model; of two models the first."""
    metric: Text
    """The compared metric."""
    n: Count
    """Test cases."""
    n_better: Number
    """Cases in which the first arm scores higher."""
    n_worse: Number
    """Cases in which it scores lower."""
    n_tied: Number
    """Cases in which both score the same."""
    difference: float
    """The first arm's mean less the other's."""
    low: float
    """Lower end of the difference's interval."""
    high: float
    """Upper end of the difference's interval."""
    interval: Literal["bca", "none"]
    """Its method: BCa bootstrap over cases; none where all differences are equal, and both ends are that difference."""
    p_two_sided: Rate
    """Wilcoxon's signed-rank test, two-sided."""
    p_mcnemar_two_sided: Rate | None
    """McNemar's exact test, two-sided; null for metrics that are not right or wrong."""
    rank_biserial: float = Field(ge=-1, le=1)
    """Matched-pairs rank-biserial correlation."""


class Exploratory(Comparison):
    """A comparison of tuned with another arm, whose p is not adjusted."""

    against: Text
    """The arm that tuned is compared with."""
    mean_against: float
    """Mean over cases of the other arm."""
    mean_tuned: float
    """Mean over cases of tuned."""
    statistic: float
    """W: the sum of the ranks in favour of tuned, zeros dropped."""
    p: Rate
    """Wilcoxon's signed-rank test, one-sided: tuned greater."""
    method: Literal["exact", "normal", "none"]
    """How p was found."""
    p_pratt: Rate
    """The one-sided test with Pratt's zeros."""
    p_mcnemar: Rate | None
    """McNemar's exact test, one-sided; null for metrics that are not right or wrong."""
    p_mcnemar_mid: Rate | None
    """Its one-sided mid-p."""
    hodges_lehmann: float
    """Pseudomedian of the differences."""
    hodges_lehmann_low: float
    """Lower end of its interval."""
    hodges_lehmann_high: float
    """Upper end of its interval."""


class Declared(Exploratory):
    """A comparison of the declared family."""

    against: Literal["base"]
    """The arm that tuned is compared with."""
    p_holm: Rate
    """p, adjusted by Holm's method over this list."""


class ModelComparison(Comparison):
    """A comparison of the tuned arms of two models."""

    other: Text
    """The second model."""
    mean: float
    """Mean over cases of the first."""
    mean_other: float
    """Mean over cases of the second."""


class ClaimTest(Section):
    """The exact binomial test of a model."""

    model: Text
    """The model."""
    n: Count
    """Rated cases."""
    n_acceptable: Number
    """Cases that more than half of the ratings call acceptable."""
    at_least: Rate
    """One-sided exact lower bound of the share, at the level."""
    p: Rate
    """One-sided exact p."""
    p_holm: Rate
    """Adjusted by Holm's method over the models."""
    power: Rate
    """Of so many cases, if the share is as expected."""


class Claim(Section):
    """The claim and its tests."""

    above: Rate
    """Claimed: more than this share of the regimens is acceptable."""
    expected: Rate
    """The share for which the power is stated."""
    level: Rate
    """The level of the test."""
    cases_needed: Count
    """Cases from which on the power is 80 % or more at the level divided by the number of models."""
    is_final: bool
    """All ratings are in; before, the tests are a look ahead that holds no claim."""
    tests: Many[ClaimTest]
    """One per model whose tuned arm has been rated."""


class Figures(Section):
    """The figures of a study, unrounded. docs/reference/statistics.md defines them."""

    format: Literal[1]
    """The version of this schema."""
    title: Text
    """The study's name."""
    provenance: Provenance
    """What made the figures."""
    settings: Computation
    """How the figures were computed."""
    n_cases: dict[str, Count]
    """Task → number of test cases."""
    arms: Many[ArmMetric]
    """What each arm achieves: one entry per task, model, arm and metric."""
    declared: Many[Declared]
    """The declared family: tuned against base, models × tasks × primary metric."""
    exploratory: Many[Exploratory]
    """All other comparisons of tuned: their p values are not adjusted."""
    models: Many[ModelComparison]
    """The tuned arms of every two models: exploratory, two-sided."""
    claim: Claim | None
    """The planned test of the clinicians' review; null in a study without the task regimen."""


def key_figures(
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    model_comparisons: pd.DataFrame,
    claim: Mapping[str, Any] | None,
    study: Mapping[str, Any],
) -> dict[str, Any]:
    """Gather the figures of a study, unrounded.

    Parameters
    ----------
    summary, comparisons, model_comparisons
        Rows of ``SUMMARY``, ``COMPARISONS`` and ``MODEL_COMPARISONS``.
    claim
        As of ``acceptability.test``; None where no regimens are reviewed.
    study
        ``title``, ``provenance`` (versions and digests) and ``settings``.

    Returns
    -------
    dict
        A JSON value that ``Figures`` describes; what is missing in a table is None.

    Raises
    ------
    StudyError
        When the figures are not as described: naming the key, and what was allowed.
    """
    declared = comparisons["p_holm"].notna()
    accuracy = summary[summary["metric"] == "accuracy"]
    figures = {
        "format": FORMAT,
        "title": study["title"],
        "provenance": {**study["provenance"], "packages": {name: version(name) for name in PACKAGES}},
        "settings": dict(study["settings"]),
        "n_cases": {str(task): int(n) for task, n in accuracy.groupby("task", sort=True)["n"].first().items()},
        "arms": _records(summary),
        "declared": _records(comparisons[declared]),
        "exploratory": _records(comparisons[~declared].drop(columns="p_holm")),
        "models": _records(model_comparisons),
        "claim": claim,
    }
    validate(Figures, figures, "summary.json")
    return figures


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]


if __name__ == "__main__":
    print(json.dumps(json_schema(Figures), indent=2, ensure_ascii=False))
