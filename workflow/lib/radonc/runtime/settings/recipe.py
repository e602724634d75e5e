"""A training recipe: hyperparameters, under the names of TRL (SFTConfig) and, with ``lora_``, of PEFT (LoraConfig)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from radonc.runtime.settings.base import Count, Many, Omittable, Positive, Section, Text, fault

Layers = Annotated[
    Annotated[Literal["all-linear"], Tag("all-linear")] | Annotated[Many[Text], Tag("list"), Field(min_length=1)],
    Discriminator(
        lambda value: "list" if isinstance(value, list | tuple) else str(value), "layers_type", "another type"
    ),
]


class Recipe(Section):
    """The hyperparameters of one model and task, flat."""

    learning_rate: Positive = Field(description="Peak learning rate.")
    max_length: int = Field(ge=8, description="Longest prompt with completion (tokens). A longer pair is an error.")
    lr_scheduler_type: Literal["linear", "cosine", "constant", "constant_with_warmup"] = "cosine"
    """The schedule of the learning rate."""
    warmup_steps: float = Field(default=0.03, ge=0, description="Steps of linear warm-up; below 1, a share of all.")
    weight_decay: float = Field(default=0.0, ge=0, description="Of AdamW.")
    max_grad_norm: Positive = Field(default=1.0, description="Gradient clipping.")
    num_train_epochs: Positive = Field(default=1.0, description="Passes over the training pairs.")
    max_steps: int = Field(default=-1, ge=-1, description="Stop after so many steps, whatever the epochs (-1: never).")
    per_device_train_batch_size: Count = Field(default=16, description="Pairs per step, of all GPUs together.")
    gradient_accumulation_steps: Count = Field(default=1, description="Steps per update.")
    gradient_checkpointing: bool = Field(default=False, description="Spend time to save memory.")
    bf16: bool = Field(default=False, description="Compute in bfloat16. The base model is loaded in it too.")
    load_in_4bit: bool = Field(default=False, description="QLoRA: hold the base model's weights in four bits (nf4).")
    save_steps: Positive = 0.25
    """Validate and write a checkpoint every so many steps; below 1, a share of all steps. The adapter is that of the
    checkpoint with the lowest validation loss."""
    early_stopping_patience: int = Field(default=0, ge=0)
    """Stop when so many validations in a row have not been better; 0 for never."""
    logging_steps: Count = Field(default=10, description="Log every so many steps.")
    n_gpus: Count = Field(default=1, description="GPUs per node that train together (FSDP), for large models.")
    n_nodes: Count = Field(default=1, description="Nodes that train together.")
    lora_r: Count = Field(default=16, description="Rank of the adapter.")
    lora_alpha: Count = Field(default=32, description="Scale of the adapter.")
    lora_dropout: float = Field(default=0.0, ge=0, lt=1, description="Dropout in the adapter.")
    lora_target_modules: Layers = "all-linear"
    """The layers that get an adapter: all-linear, or a list of names."""

    @model_validator(mode="after")
    def _check(self) -> Recipe:
        if self.max_steps == 0:
            raise fault("0 trains nothing; write the number of steps, or -1 for no limit", "max_steps")
        n_pairs, n = self.per_device_train_batch_size, self.n_gpus * self.n_nodes
        if n_pairs % n:
            text = f"{n_pairs} pairs cannot be shared by {n} GPUs; take a multiple of {n}"
            raise fault(text, "per_device_train_batch_size")
        return self


class Overrides(Section):
    """Where a task's recipe differs: keys of the recipe."""

    regimen: dict[str, Any] = Field(default_factory=dict, description="Keys of this file, for regimen alone.")
    modality: dict[str, Any] = Field(default_factory=dict, description="Keys of this file, for modality alone.")
    icd10: dict[str, Any] = Field(default_factory=dict, description="Keys of this file, for icd10 alone.")


class RecipeFile(Recipe):
    """A recipe as its file holds it."""

    tasks: Omittable[Overrides] = None
    """Where a task's recipe differs, such as `tasks: {icd10: {num_train_epochs: 2}}`."""
