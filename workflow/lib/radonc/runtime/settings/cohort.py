"""The settings of the cohort."""

from typing import Literal

from pydantic import Field

from radonc.runtime.settings.base import Count, File, Limits, Positive, Section, Unique

Flag = Literal[
    "cgy_as_gy", "gy_as_cgy", "dose_against_fractions", "modality_against_technique", "modality_against_energy",
    "modality_only_implied", "code_against_site", "code_against_side", "plan_against_side", "end_before_start",
    "start_before_diagnosis",
]  # fmt: skip


class Cohort(Section):
    """What the filter asks of a case."""

    rules: Unique[str] = Field(
        default=(
            "unreadable_record", "no_diagnosis", "multiple_diagnoses", "other_malignancy", "contradictory_record",
            "insufficient_details", "no_plan", "no_delivered_plan",
        ),
        min_length=1,
    )  # fmt: skip
    """The rules by which patients leave, [by name](../docs/guides/own-data.md#rules-of-your-own), in the order in which
    they apply. A built-in rule that is not named is off; those of `custom_rules` that are not named come last."""
    custom_rules: Unique[File] = ()
    """Python files with rules of your own, such as config/custom_rules.example.py."""
    plan_confidence: Literal["certain", "probable"] = "probable"
    """How sure it must be [which plan is the primary one](../docs/guides/own-data.md#which-plan-is-the-primary-one) for
    a case to need no annotation. `certain`: nothing was assumed. `probable`: a stated assumption will do."""
    min_cases: Count = 11
    """With fewer cases the run stops. The report states no number of people below 11."""
    fraction_dose_gy: Limits[Positive] = (0.5, 34.0)
    """Lowest and highest plausible dose per fraction (Gy); a plan outside goes to annotation. Brachytherapy and
    radiosurgery give the upper end."""
    dose_gy: Limits[Positive] = (1.0, 100.0)
    """Lowest and highest plausible dose of a plan (Gy); outside it is flagged as entered in another unit. Implants of a
    low dose rate may have more."""
    days_before_diagnosis: int = Field(default=90, ge=0)
    """A plan that starts more days than this before the diagnosis is flagged."""
    annotate_flags: Unique[Flag] = (
        "cgy_as_gy", "gy_as_cgy", "dose_against_fractions", "modality_against_technique", "modality_against_energy",
    )  # fmt: skip
    """The [flags](../docs/guides/own-data.md#flags) that withdraw an answer which the rules gave, so that people are
    asked. All flags go with their case, whether named here or not."""
