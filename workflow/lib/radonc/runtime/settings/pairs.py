"""The settings of the pairs of prompts and completions."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, model_validator

from radonc.runtime.settings.base import Section, Text, Unique, fault

PromptField = Literal[
    "sex", "age", "site", "laterality", "histology", "grade", "t_stage", "n_stage", "m_stage", "stage_group",
    "biomarkers", "performance_status", "history",
]  # fmt: skip


class Prompt(Section):
    """What a model reads of a case."""

    fields: Unique[PromptField] = Field(default=get_args(PromptField), min_length=1)
    """The columns of the diagnosis that go into the prompt, whatever their order here. A column that holds the answer
    must not be among them; the pairs stage checks that no prompt holds its answer."""


class Split(Section):
    """How cases are divided. A case's place is a keyed hash of its text, so other fields are another split."""

    validation: float = Field(default=0.1, ge=0, lt=1, description="The share of cases for validation, on average.")
    test: float = Field(default=0.1, gt=0, lt=1, description="The share of cases for the test. What is left trains.")
    key: Text = Field(default="radonc-sft", description="The key of the hash. Another key gives another split.")

    @model_validator(mode="after")
    def _leave_some_to_train_on(self) -> Split:
        if self.validation + self.test >= 1:
            raise fault("validation and test leave no cases to train on; make them smaller")
        return self
