"""A study's config: all sections, read, checked and completed before the first job."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import yaml
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from radonc.runtime.errors import StudyError
from radonc.runtime.settings.base import Count, File, Omittable, Section, Share, Text, Unique, fault
from radonc.runtime.settings.cohort import Cohort
from radonc.runtime.settings.files import load, raise_for, validate
from radonc.runtime.settings.mapping import ExtractMapping
from radonc.runtime.settings.pairs import Prompt, Split
from radonc.runtime.settings.plausibility import Plausibility
from radonc.runtime.settings.recipe import Overrides, Recipe, RecipeFile
from radonc.runtime.settings.statistics import Statistics
from radonc.runtime.settings.tasks import Tasks, all_tasks

EXTRACT_VARIABLE = "RADONC_EXTRACT"
SAME_FOR_ALL_TASKS = ("bf16", "load_in_4bit", "n_gpus")
"""Keys of a recipe by which the model is loaded to answer, the base model once for all tasks."""

Seed = Annotated[int, Field(ge=0)]
TrainSize = Annotated[float, Field(gt=0, le=1)]
Reviewer = Annotated[str, Field(pattern="^[a-z0-9_-]+$")]
ModelName = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]*$")]


def _check_file(info: ValidationInfo, path: str, read: Callable[[str], object], key: str = "") -> None:
    """Read a file where the settings are read, so that its faults are those of the config that names it."""
    if not info.context:
        return
    if not Path(path).is_file():
        raise fault(f"there is no file '{path}'; correct the path", key)
    try:
        read(path)
    except StudyError as error:
        raise PydanticCustomError("file", "{text}", {"text": str(error)}) from error


class Pathvars(Section):
    """Where the study's files go (Snakemake's own path variables); without it `results`, and folders in it."""

    results: Text = Field(description="The folder of all outputs; every study of a checkout needs its own.")
    logs: Text = Field(description="The folder of the rules' logs.")
    benchmarks: Text = Field(description="The folder of the rules' time and memory records.")


class Synthetic(Section):
    """Make the source tables instead of reading a clinic's."""

    n_patients: int = Field(ge=40, description="The number of patients to make.")
    n_eligible: int = Field(ge=20, description="How many of them are made eligible for the study.")
    seed: int = Field(description="The seed of the generator.")

    @model_validator(mode="after")
    def _make_enough(self) -> Synthetic:
        if self.n_eligible > self.n_patients:
            raise fault(f"{self.n_eligible} of {self.n_patients} patients; make it smaller", "n_eligible")
        return self


class Extract(Section):
    """The source tables and how to read them."""

    folder: Omittable[str] = None
    """The folder of the source tables; this or `synthetic`. The environment variable `RADONC_EXTRACT` overrides it."""
    synthetic: Omittable[Synthetic] = None
    """Make the source tables instead of reading a clinic's; this or `folder`."""
    max_rejected: Share = 0.05
    """The largest share of a table's distinct rows that may be rejected;
    [above it the run stops](../docs/guides/own-data.md#2-read-the-data-and-look-at-what-was-rejected). Rows that repeat
    another to the letter count neither way: nothing is lost with them."""
    mapping: str
    """The file that [maps the source tables](#mapping-an-extract) to ours, such as config/mappings/tcga.yaml."""

    @field_validator("folder")
    @classmethod
    def _prefer_the_environment(cls, folder: str | None, info: ValidationInfo) -> str | None:
        return (os.environ.get(EXTRACT_VARIABLE) or folder) if info.context and folder else folder

    @model_validator(mode="after")
    def _check_source(self, info: ValidationInfo) -> Extract:
        if (self.folder is None) == (self.synthetic is None):
            raise fault("give exactly one of: folder, synthetic")
        _check_file(info, self.mapping, self._check_tables, "mapping")
        return self

    def _check_tables(self, mapping: str) -> None:
        """Raise StudyError for a faulty mapping, and for source files that do not exist, unless they will be made."""
        tables = load(mapping, ExtractMapping).tables
        raise_for(
            f"{mapping}: {name}.file: there is no file '{path}'; correct extract.folder, or name the folder in the "
            f"environment variable {EXTRACT_VARIABLE}"
            for name, table in tables.items()
            if self.folder is not None and not (path := Path(self.folder, table.file)).is_file()
        )


class PrivacyReading(Section):
    """The sample of released texts in which a person looks for identifiers that are left."""

    folder: str = Field(default="config/readings", description="Folder of filled-in readers' sheets (CSV), if any.")
    n_texts: int = Field(default=400, ge=50, description="Texts on the sheet.")
    seed: int = Field(default=1, description="Of the choice and the order.")


QuasiIdentifier = Literal[
    "sex", "age_band", "age", "diagnosis_year", "icd10_category", "icd10", "laterality", "modality"
]


class Deidentify(Section):
    """How identifiers are taken out."""

    pseudonym_seed: int | None = None
    """Makes the pseudonyms the same in every fresh run. For synthetic or public data **only**; without it they are
    drawn from the operating system's randomness and kept in the crosswalk."""
    words: Unique[File] = ()
    """Text files (UTF-8) with words of your own that texts may hold, any number on a line, `#` for remarks: names of
    protocols, machines, local abbreviations. [A name that stands there is
    exposed](../docs/reference/privacy.md#how-a-text-is-redacted)."""
    max_tagged: Share = 0.01
    """The largest share of a task's answers that may hold a redaction tag, such as `[PLACE]`, and wait for an
    annotation; above it the run stops."""
    max_shift_days: int = Field(default=0, ge=0, le=3650)
    """Write a table of all dates but those of birth, each patient's moved by one number of up to so many days, [into
    the private area](../docs/reference/privacy.md#safe-harbor-class-by-class). Shifted dates are dates: to release them
    needs an expert's determination (45 CFR 164.514(b)(1)). 0 writes none."""
    quasi_identifiers: Unique[QuasiIdentifier] = Field(
        default=("sex", "age_band", "diagnosis_year", "icd10_category"), min_length=1
    )
    """What an outsider may know of a patient: the privacy page says how many patients share it all. Bands of ten years;
    categories of three characters."""
    privacy_reading: PrivacyReading = Field(default_factory=PrivacyReading)


class Annotation(Section):
    """Cases that rules cannot decide and people must."""

    folder: str = Field(default="config/annotations", description="Folder of filled-in worksheets (CSV), if any.")


class Model(Section):
    """A base model from one source: a demo model that the workflow builds, a local folder, or a revision of the hub."""

    recipe: str = Field(description="File of the [training recipe](#recipes), such as config/recipes/demo-llama.yaml.")
    demo: Omittable[Literal["llama", "mistral"]] = None
    """Build a small model of this architecture (one to two million parameters), to try the workflow without a GPU."""
    n_steps: Count = Field(default=200, description="Training steps of a demo model.")
    folder: Omittable[str] = None
    """A folder with the model's config.json, tokenizer and safetensors; pickled weights are refused."""
    hub: Omittable[Annotated[str, Field(pattern="^[^/]+/[^/]+$")]] = None
    """A repository of the hub, such as mistralai/Mistral-7B-v0.1."""
    revision: Omittable[Annotated[str, Field(pattern="^[0-9a-f]{40}$")]] = None
    """The commit of that repository: 40 hex digits, no branch or tag."""

    @field_validator("recipe")
    @classmethod
    def _check_recipe(cls, path: str, info: ValidationInfo) -> str:
        _check_file(info, path, load_recipes)
        return path

    @model_validator(mode="after")
    def _check_source(self, info: ValidationInfo) -> Model:
        given = {key for key in ("demo", "folder", "hub", "revision") if getattr(self, key) is not None}
        if given == {"revision"}:
            raise fault("'hub' is missing; add it (a repository of the hub)")
        if given == {"hub"}:
            raise fault("'revision' is missing; add it (the commit of that repository)")
        if given not in ({"demo"}, {"folder"}, {"hub", "revision"}):
            raise fault("give exactly one of: demo, folder, hub with revision")
        if "n_steps" in self.model_fields_set and self.demo is None:
            raise fault("only a demo model is trained here; remove it", "n_steps")
        if info.context and self.folder is not None and not Path(self.folder, "config.json").exists():
            raise fault(f"'{self.folder}' holds no model; name the folder of its config.json", "folder")
        return self


class Train(Section):
    """How often a model is trained for a task."""

    seeds: Unique[Seed] = Field(default=(1,), min_length=1)
    """One training run for each, of the adapter's first weights and the order of pairs. Tables and tests rest on the
    first; the report shows the spread."""
    train_sizes: Unique[TrainSize] = Field(default=(1.0,), min_length=1)
    """Shares of the training set, for a learning curve with the first seed. The whole set is always trained on."""


class AnswerModes(Section):
    """The mode of answering that tables and tests use; the report shows all."""

    modality: Literal["free", "labels"] = "free"
    """`free`: what the model writes. `labels`: the most probable label of the closed set. A change asks no model
    anew."""
    icd10: Literal["free", "labels", "constrained"] = "free"
    """As for modality, or `constrained`: decoded under the constraint of valid codes."""


class MaxNewTokens(Section):
    """The longest answer per task (tokens). A reference answer that would not fit is an error."""

    regimen: Count = 96
    """The longest answer to regimen (tokens). A reference answer that would not fit is an error."""
    modality: Count = Field(default=16, description="The same for modality.")
    icd10: Count = Field(default=16, description="The same for icd10.")


class Predict(Section):
    """How answers are generated. Greedy always."""

    backend: Literal["transformers", "vllm", "dummy"] = "transformers"
    """What answers. `transformers`: the models, in this environment. `vllm`: the models, on a GPU, in [an environment
    of its own](../envs/vllm/README.md). `dummy`: no model; answers are drawn from the training split, [to try the
    graph](../docs/reference/arms.md#trying-the-graph-without-a-model)."""
    batch_size: Count = Field(default=32, description="Prompts per batch.")
    n_examples: int = Field(default=3, ge=0)
    """Worked examples from the training split in the prompts of the arm `fewshot`, [chosen by a fixed
    rule](../docs/reference/arms.md#the-arms). 0 leaves that arm out."""
    shards: Count = 1
    """Jobs that share the test cases of an arm out. The answers are the same, to the byte, for any number (on a
    CPU)."""
    answer_modes: AnswerModes = Field(default_factory=AnswerModes)
    max_new_tokens: MaxNewTokens = Field(default_factory=MaxNewTokens)


class Review(Section):
    """The clinicians' blinded review of generated regimens."""

    folder: str = Field(default="config/ratings", description="Folder of filled-in review sheets (CSV), if any.")
    reviewers: Unique[Reviewer] = Field(default=("reviewer-1", "reviewer-2"), min_length=1)
    """One sheet is made for each: names of small letters, digits, `-` and `_`."""
    n_cases: Count = Field(default=50, description="Cases per sheet.")
    seed: int = Field(default=1, description="Of the choice and the order.")


class Report(Section):
    """What the report and the CSV files of the statistics publish."""

    min_cell_size: int = Field(default=11, ge=11)
    """The smallest number of people that is published, 11 (the rule of the Centers for Medicare & Medicaid Services) or
    more. Smaller ones, and others from which they could be worked out, are hidden."""
    examples: bool = False
    """Show some cases *verbatim*, with what every arm answered. For synthetic or public data **only**."""


class Study(Section):
    """A study's configuration."""

    renamed: ClassVar = {
        "extract.tables": "extract.mapping, the path of a file that holds these tables",
        "deidentify.reading": "deidentify.privacy_reading",
        "deidentify.shift_days": "deidentify.max_shift_days",
        "cohort.own_rules": "cohort.custom_rules",
        "cohort.confidence": "cohort.plan_confidence",
        "train.shares": "train.train_sizes",
        "predict.answers": "predict.answer_modes",
        "statistics.near_duplicate": "statistics.near_duplicate_similarity",
        "statistics.primary": "statistics.primary_metric",
        "statistics.claim": "statistics.acceptability, with null_rate for above and expected_rate for expected",
        "report.smallest_cell": "report.min_cell_size",
    }

    title: Text = Field(description="The study's name, as the report shows it.")
    pathvars: Omittable[Pathvars] = None
    extract: Extract
    deidentify: Deidentify = Field(default_factory=Deidentify)
    cohort: Cohort = Field(default_factory=Cohort)
    annotation: Annotation = Field(default_factory=Annotation)
    tasks: Tasks = Field(default_factory=all_tasks)
    prompt: Prompt = Field(default_factory=Prompt)
    split: Split = Field(default_factory=Split)
    models: dict[ModelName, Model] = Field(min_length=1)
    """The base models, by name: small letters, digits and hyphens."""
    train: Train = Field(default_factory=Train)
    predict: Predict = Field(default_factory=Predict)
    baselines: Unique[Literal["majority", "neighbour", "logistic"]] = ("majority", "neighbour", "logistic")
    """[The arms without a language model](../docs/reference/arms.md#the-arms), fitted to the training split: always its
    most frequent answer (majority), the answer of the most similar training case (neighbour), logistic regression on
    words (logistic). `[]`: leave them out."""
    review: Review = Field(default_factory=Review)
    statistics: Statistics = Field(default_factory=Statistics)
    report: Report = Field(default_factory=Report)

    @field_validator("statistics")
    @classmethod
    def _check_plausibility(cls, statistics: Statistics, info: ValidationInfo) -> Statistics:
        _check_file(info, statistics.plausibility, lambda path: load(path, Plausibility), "plausibility")
        return statistics

    @model_validator(mode="after")
    def _check_vllm(self, info: ValidationInfo) -> Study:
        """Refuse models that the back end vllm cannot load, or would load in another way than in training."""
        for name, model in self.models.items() if self.predict.backend == "vllm" and info.context else ():
            if model.demo:
                text = f"vllm answers on a GPU, and '{name}' is a demo model for the CPU"
                raise fault(f"{text}; take transformers, or leave the demo models out", "predict.backend")
            recipe = load_recipes(model.recipe)["regimen"]
            for key, needed in (("load_in_4bit", False), ("n_gpus", 1)):
                if (value := getattr(recipe, key)) != needed:
                    text = f"vllm answers on one GPU, without four-bit weights, and '{name}' has the recipe {key}"
                    text += f": {str(value).lower()}; take transformers, or change the recipe"
                    raise fault(text, "predict.backend")
        return self

    def mapping(self) -> ExtractMapping:
        """Return where our tables and columns come from."""
        return load(self.extract.mapping, ExtractMapping)


def load_recipes(path: str | Path) -> dict[str, Recipe]:
    """Read a recipe file and return task → flat recipe: its keys for all tasks, and those of ``tasks.<task>``.

    StudyError has a line for every fault. It is one too if tasks would load the model in different ways: base and tuned
    must answer with the same weights.
    """
    file = load(path, RecipeFile)
    shared = file.model_dump(exclude={"tasks"}, exclude_unset=True)
    recipes: dict[str, Recipe] = {}
    faults = []
    for task in Overrides.model_fields:
        try:
            merged = {**shared, **getattr(file.tasks, task, {})}
            recipes[task] = validate(Recipe, merged, str(path), within=("tasks", task))
        except StudyError as error:
            faults.append(str(error))
    for key in SAME_FOR_ALL_TASKS:
        values = {task: str(getattr(recipe, key)).lower() for task, recipe in recipes.items()}
        if len(set(values.values())) > 1:
            listed = ", ".join(f"{task} {value}" for task, value in values.items())
            text = f"{path}: {key}: must be the same for all tasks, not {listed}, or base and tuned would answer with"
            faults.append(f"{text} different weights; set it once, outside of tasks")
    raise_for(faults)
    return recipes


def require_one(configfiles: Sequence[str | Path]) -> None:
    """Raise StudyError if several config files are named, of which Snakemake would make one config."""
    if len(configfiles) > 1:
        raise StudyError(
            f"--configfile names {len(configfiles)} files: {', '.join(map(str, configfiles))}; each config stands for "
            "itself, so name one. If one of them is a target, write it before --configfile, or at the end, behind --"
        )


def results_folder(config: Mapping[str, Any]) -> str:
    """Return the folder of all that a study makes; its config need not be complete."""
    folder: str = (config.get("pathvars") or {}).get("results", "results")
    return folder


def complete(config: dict[str, Any], given: Mapping[str, Any] | None = None) -> Study:
    """Check a config and complete it in place.

    Defaults are filled in, ``RADONC_EXTRACT`` replaces ``extract.folder``, ``config["extract"]["tables"]`` gets the
    content of ``extract.mapping``, and ``config["recipes"][model][task]`` the flat recipe of every model and task.
    ``given`` is what ``--config`` gave, which Snakemake has merged into the config, nested values as texts. StudyError
    has a line for every fault: the key, what was allowed, what to do.
    """
    if given:
        _read_texts(config, given)
    study = validate(Study, config, "config", with_files=True)
    config.update(study.model_dump(mode="json", exclude_none=True))
    config["extract"]["tables"] = study.mapping().model_dump(mode="json", exclude_none=True)
    recipes = {name: load_recipes(model.recipe) for name, model in study.models.items()}
    config["recipes"] = {
        name: {task: by_task[task].model_dump(mode="json") for task in study.tasks.names}
        for name, by_task in recipes.items()
    }
    return study


def _read_texts(config: Any, given: Any) -> None:
    """Read the texts that ``--config`` gave as YAML, in place, where another kind of value is wanted."""
    try:
        Study.model_validate(config)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False):
            text, loc = detail["input"], detail["loc"]
            # What --config did not give, and what is not YAML, stays as it is.
            with suppress(KeyError, IndexError, TypeError, yaml.YAMLError):
                if isinstance(text, str) and detail["type"] != "string_type" and reduce(getitem, loc, given) == text:
                    reduce(getitem, loc[:-1], config)[loc[-1]] = yaml.safe_load(text)
