"""The ranges within which a clinic holds a regimen plausible: a file that a clinician owns."""

from __future__ import annotations

from pydantic import Field, model_validator

from radonc.runtime.settings.base import Count, Limits, Many, Omittable, Positive, Section, Text, Unique, fault


class Range(Section):
    """What is plausible for some phases."""

    name: Text = Field(description="What the range is called.")
    site: Omittable[Unique[Text]] = Field(default=None, min_length=1)
    """Words of which the phase's site must have one, whole, whatever the case."""
    technique: Omittable[Unique[Text]] = Field(default=None, min_length=1)
    """Words of which the phase's technique must have one."""
    modality: Omittable[Unique[Text]] = Field(default=None, min_length=1)
    """Words of which the phase's modality must have one."""
    dose_gy: Omittable[Limits[Positive]] = Field(default=None, description="Lowest and highest dose (Gy).")
    fraction_dose_gy: Omittable[Limits[Positive]] = None
    """Lowest and highest dose per fraction (Gy)."""
    n_fractions: Omittable[Limits[Count]] = Field(default=None, description="Lowest and highest number of fractions.")

    @model_validator(mode="after")
    def _require_more_than_a_name(self) -> Range:
        if len(self.model_fields_set) < 2:
            raise fault("needs 2 or more entries; add what is missing")
        return self

    @property
    def limits(self) -> dict[str, tuple[float, float]]:
        """Measure → lowest and highest, of the measures that the range limits."""
        measures = ("dose_gy", "fraction_dose_gy", "n_fractions")
        return {name: limits for name in measures if (limits := getattr(self, name)) is not None}


class Plausibility(Section):
    """Plausible regimens. The first range that fits a phase is the one with which it is compared."""

    owner: Text = Field(description="Who answers for these ranges: name or role, and since when.")
    ranges: Many[Range] = Field(min_length=1, description="In order: special ones first, those for all others last.")
