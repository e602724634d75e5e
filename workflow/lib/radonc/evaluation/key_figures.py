"""The study's figures in one file for programs: ``summary.json``.

``python -m radonc.evaluation.key_figures`` prints its JSON schema.
"""

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field

from radonc.runtime.settings.base import Count, Many, Section, Text
from radonc.runtime.settings.files import json_schema, validate

PACKAGES = ("numpy", "pandas", "scikit-learn", "scipy", "statsmodels")
"""The packages that compute the numbers."""

Number = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(ge=0, le=1)]
Task = Literal["regimen", "modality", "icd10"]


class ConfigFiles(Section):
    """The study's configuration."""

    files: Many[str] = Field(description="Names of the files.")
    digest: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the completed configuration.")


class Provenance(Section):
    """What made the figures."""

    version: Text = Field(alias="radonc-sft", description="Version of the workflow.")
    snakemake: Text = Field(description="Version of Snakemake.")
    config: ConfigFiles = Field(description="The study's configuration.")
    code_set: Text = Field(description="The ICD-10-CM release.")
    packages: dict[str, str] = Field(min_length=1, description="Package → version.")


class Computation(Section):
    """How the figures were computed."""

    confidence: Rate = Field(description="Level of all intervals.")
    n_resamples: Count = Field(description="Of the bootstrap.")
    seed: int = Field(description="Of the bootstrap.")
    run: Text = Field(description="The training run that the tables and tests are about.")
    answer_modes: dict[str, str] = Field(description="Task → the mode of answering that counts.")
    primary: dict[str, str] = Field(description="Task → the metric of the declared test.")


class ArmMetric(Section):
    """A metric of an arm."""

    task: Task = Field(description="The task.")
    model: Text = Field(description="The model; - where no model answered.")
    arm: Text = Field(description="The arm.")
    metric: Text = Field(description="The metric.")
    n: Count = Field(description="Test cases.")
    value: float = Field(description="The metric's value.")
    low: float | None = Field(description="Lower end of its interval; null where it has none.")
    high: float | None = Field(description="Upper end of its interval.")
    interval: Text = Field(description="The interval's method.")


class Comparison(Section):
    """Two arms over the same cases."""

    task: Task = Field(description="The task.")
    model: Text = Field(description="The model; of two models the first.")
    metric: Text = Field(description="The compared metric.")
    n: Count = Field(description="Test cases.")
    n_better: Number = Field(description="Cases in which the first arm scores higher.")
    n_worse: Number = Field(description="Cases in which it scores lower.")
    n_tied: Number = Field(description="Cases in which both score the same.")
    difference: float = Field(description="The first arm's mean less the other's.")
    low: float = Field(description="Lower end of the difference's interval.")
    high: float = Field(description="Upper end of the difference's interval.")
    interval: Literal["bca", "none"]
    """Its method: BCa bootstrap over cases; none where all differences are equal, and both ends are that difference."""
    p_two_sided: Rate = Field(description="Wilcoxon's signed-rank test, two-sided.")
    p_mcnemar_two_sided: Rate | None
    """McNemar's exact test, two-sided; null for metrics that are not right or wrong."""
    rank_biserial: float = Field(ge=-1, le=1, description="Matched-pairs rank-biserial correlation.")


class Exploratory(Comparison):
    """A comparison of tuned with another arm, whose p is not adjusted."""

    against: Text = Field(description="The arm that tuned is compared with.")
    mean_against: float = Field(description="Mean over cases of the other arm.")
    mean_tuned: float = Field(description="Mean over cases of tuned.")
    statistic: float = Field(description="W: the sum of the ranks in favour of tuned, zeros dropped.")
    p: Rate = Field(description="Wilcoxon's signed-rank test, one-sided: tuned greater.")
    method: Literal["exact", "normal", "none"] = Field(description="How p was found.")
    p_pratt: Rate = Field(description="The one-sided test with Pratt's zeros.")
    p_mcnemar: Rate | None
    """McNemar's exact test, one-sided; null for metrics that are not right or wrong."""
    p_mcnemar_mid: Rate | None = Field(description="Its one-sided mid-p.")
    hodges_lehmann: float = Field(description="Pseudomedian of the differences.")
    hodges_lehmann_low: float = Field(description="Lower end of its interval.")
    hodges_lehmann_high: float = Field(description="Upper end of its interval.")


class Declared(Exploratory):
    """A comparison of the declared family."""

    against: Literal["base"] = Field(description="The arm that tuned is compared with.")
    p_holm: Rate = Field(description="p, adjusted by Holm's method over this list.")


class ModelComparison(Comparison):
    """A comparison of the tuned arms of two models."""

    other: Text = Field(description="The second model.")
    mean: float = Field(description="Mean over cases of the first.")
    mean_other: float = Field(description="Mean over cases of the second.")


class ClaimTest(Section):
    """The exact binomial test of a model."""

    model: Text = Field(description="The model.")
    n: Count = Field(description="Rated cases.")
    n_acceptable: Number = Field(description="Cases that more than half of the ratings call acceptable.")
    at_least: Rate = Field(description="One-sided exact lower bound of the share, at the level.")
    p: Rate = Field(description="One-sided exact p.")
    p_holm: Rate = Field(description="Adjusted by Holm's method over the models.")
    power: Rate = Field(description="Of so many cases, if the share is as expected.")


class Claim(Section):
    """The claim and its tests."""

    above: Rate = Field(description="Claimed: more than this share of the regimens is acceptable.")
    expected: Rate = Field(description="The share for which the power is stated.")
    level: Rate = Field(description="The level of the test.")
    cases_needed: Count
    """Cases from which on the power is 80 % or more at the level divided by the number of models."""
    is_final: bool = Field(description="All ratings are in; before, the tests are a look ahead that holds no claim.")
    tests: Many[ClaimTest] = Field(description="One per model whose tuned arm has been rated.")


class Figures(Section):
    """The figures of a study, unrounded. docs/reference/statistics.md defines them."""

    # Raised when a reader of the file would have to be changed.
    format: Literal[1] = Field(description="The version of this schema.")
    title: Text = Field(description="The study's name.")
    provenance: Provenance = Field(description="What made the figures.")
    settings: Computation = Field(description="How the figures were computed.")
    n_cases: dict[str, Count] = Field(description="Task → number of test cases.")
    arms: Many[ArmMetric] = Field(description="What each arm achieves: one entry per task, model, arm and metric.")
    declared: Many[Declared]
    """The declared family: tuned against base, models × tasks × primary metric."""
    exploratory: Many[Exploratory]
    """All other comparisons of tuned: their p values are not adjusted."""
    models: Many[ModelComparison] = Field(description="The tuned arms of every two models: exploratory, two-sided.")
    claim: Claim | None
    """The planned test of the clinicians' review; null in a study without the task regimen."""


def key_figures(
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    model_comparisons: pd.DataFrame,
    claim: Mapping[str, Any] | None,
    study: Mapping[str, Any],
) -> dict[str, Any]:
    """Gather the figures of a study, unrounded: a JSON value that ``Figures`` describes.

    The tables have rows of ``SUMMARY``, ``COMPARISONS`` and ``MODEL_COMPARISONS``; ``claim`` is as of ``claim_tests``,
    None where no regimens are reviewed; ``study`` has ``title``, ``provenance`` and ``settings``. Raise StudyError when
    the figures are not as described, naming the key and what was allowed.
    """
    declared = comparisons["p_holm"].notna()
    accuracy = summary[summary["metric"] == "accuracy"]
    figures = {
        "format": 1,
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
    records = table.to_dict("records")
    return [{str(name): None if pd.isna(value) else value for name, value in row.items()} for row in records]


if __name__ == "__main__":
    print(json.dumps(json_schema(Figures), indent=2, ensure_ascii=False))
