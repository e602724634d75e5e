"""The settings of the tasks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from radonc.runtime.settings.base import Omittable, Section, Unique, fault

Modality = Literal["photon", "electron", "proton", "carbon", "brachytherapy", "external", "radionuclide", "mixed"]


class RegimenTask(Section):
    """Which treatment regimen? Free text."""


class ModalityTask(Section):
    """Which modality? One label of a closed set."""

    labels: Unique[Modality] = Field(default=("photon", "proton", "electron", "brachytherapy"), min_length=2)
    """The label set. Plans of any other modality go to annotation."""


class Icd10Task(Section):
    """Which ICD-10-CM code? One of a catalogue."""

    require: Literal["billable", "valid"] = "billable"
    """`billable`: only codes that are not divided further. `valid`: any ICD-10-CM code, for registries that code by the
    WHO's ICD-10. Other codes go to annotation."""


class Tasks(Section):
    """The tasks to study. Leave one out to skip it."""

    regimen: Omittable[RegimenTask] = None
    modality: Omittable[ModalityTask] = None
    icd10: Omittable[Icd10Task] = None

    @model_validator(mode="after")
    def _require_one(self) -> Tasks:
        if not self.names:
            raise fault("needs 1 or more entries; add what is missing")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The tasks that are studied, in the one order of all tables."""
        return tuple(name for name, value in self if value is not None)

    @property
    def labels(self) -> tuple[str, ...]:
        """The closed label set of modality; empty where that is not studied."""
        return self.modality.labels if self.modality else ()

    @property
    def require(self) -> str:
        """Which codes are answers to icd10."""
        return (self.icd10 or Icd10Task()).require


def all_tasks() -> Tasks:
    """Return all tasks with their defaults."""
    return Tasks(regimen=RegimenTask(), modality=ModalityTask(), icd10=Icd10Task())
