"""The config: read, checked, completed with defaults and recipes, before any job.

Each config file stands for itself: nothing is merged into it but the defaults that the schema states.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from radonc.runtime.checking import check
from radonc.runtime.errors import StudyError

EXTRACT_VARIABLE = "RADONC_EXTRACT"
OF_THE_MODEL = ("bf16", "load_in_4bit", "n_gpus")
"""Keys of a recipe by which the model is loaded to answer, the base model once for all tasks."""
Config = dict[str, Any]


def complete(config: Config, schemas: Path) -> None:
    """Check a config and complete it in place.

    Defaults are filled in, ``RADONC_EXTRACT`` replaces ``extract.folder``, and ``config["recipes"][model][task]`` gets
    the flat recipe of every model and task.

    Parameters
    ----------
    config
        The config as read from its file.
    schemas
        The folder of ``config.schema.yaml`` and ``recipe.schema.yaml``.

    Raises
    ------
    StudyError
        In one line: the key, what was allowed, what to do.
    """
    schema = load(schemas / "config.schema.yaml")
    check(config, schema, "config")
    fill(config, schema)
    _locate_extract(config["extract"])
    recipe_schema = load(schemas / "recipe.schema.yaml")
    config["recipes"] = {
        name: read_recipes(Path(model["recipe"]), recipe_schema, list(config["tasks"]), f"config: models.{name}.recipe")
        for name, model in config["models"].items()
    }
    for name, model in config["models"].items():
        if "folder" in model and not Path(model["folder"], "config.json").exists():
            raise StudyError(
                f"config: models.{name}.folder: '{model['folder']}' holds no model; name the folder of its config.json"
            )
    if config["split"]["validation"] + config["split"]["test"] >= 1:
        raise StudyError("config: split: validation and test leave no cases to train on; make them smaller")
    if config["predict"]["backend"] == "vllm":
        _require_of_vllm(config)
    claim = config["statistics"]["claim"]
    if claim["expected"] < claim["above"] + 0.01:
        raise StudyError(
            f"config: statistics.claim.expected: {claim['expected']} must be at least 0.01 above the claimed "
            f"{claim['above']}, or no study of this size could show it; write the share that you expect"
        )
    lowest, highest = config["cohort"]["fraction_dose_gy"]
    if lowest > highest:
        raise StudyError(f"config: cohort.fraction_dose_gy: {lowest} is above {highest}; write the lowest dose first")


def require_one(files: Sequence[str | Path]) -> None:
    """Raise where several config files are named, of which Snakemake would make one config."""
    if len(files) > 1:
        raise StudyError(
            f"--configfile names {len(files)} files: {', '.join(map(str, files))}; each config stands for itself, so "
            "name one. If one of them is a target, write it before --configfile, or at the end, behind --"
        )


def results(config: Mapping[str, Any]) -> str:
    """Return the folder of all that a study makes; its config need not be complete."""
    folder: str = (config.get("pathvars") or {}).get("results", "results")
    return folder


def read_recipes(path: Path, schema: Mapping[str, Any], tasks: list[str], place: str) -> dict[str, Config]:
    """Read a recipe file: flat keys for all tasks, and ``tasks: {task: {key: value}}`` where one differs.

    Returns
    -------
    dict
        Task -> flat recipe.
    """
    if not path.is_file():
        raise StudyError(f"{place}: there is no file '{path}'; correct the path")
    recipe = load(path)
    flat = {key: part for key, part in schema["properties"].items() if key != "tasks"}
    # A task may set every key of the file, none is asked of it, and a typo in it is a typo.
    special = {"type": "object", "additionalProperties": False, "properties": flat}
    check(recipe, {**schema, "$defs": {**schema["$defs"], "special": special}}, str(path))
    differing = recipe.pop("tasks", {})
    recipes = {task: {**recipe, **differing.get(task, {})} for task in tasks}
    for filled in recipes.values():
        fill(filled, {**schema, "properties": flat})
    _require_one_model(recipes, path)
    return recipes


def _require_one_model(recipes: Mapping[str, Config], path: Path) -> None:
    """Raise where tasks would load the model in different ways: base and tuned must answer with the same weights."""
    for key in OF_THE_MODEL:
        if len({recipe[key] for recipe in recipes.values()}) > 1:
            values = ", ".join(f"{task} {str(recipe[key]).lower()}" for task, recipe in recipes.items())
            raise StudyError(
                f"{path}: {key}: must be the same for all tasks, not {values}, or base and tuned would answer with "
                "different weights; set it once, outside of tasks"
            )


def _require_of_vllm(config: Config) -> None:
    """Raise where a model is one that the back end vllm cannot load, or would load in another way than in training."""
    demo = [name for name, model in config["models"].items() if "demo" in model]
    if demo:
        raise StudyError(
            f"config: predict.backend: vllm answers on a GPU, and '{demo[0]}' is a demo model for the CPU; take "
            "transformers, or leave the demo models out"
        )
    for name, recipes in config["recipes"].items():
        for key, only in (("load_in_4bit", False), ("n_gpus", 1)):
            if any(recipe[key] != only for recipe in recipes.values()):
                raise StudyError(
                    f"config: predict.backend: vllm answers on one GPU, without four-bit weights, and '{name}' has the "
                    f"recipe {key}: {str(next(iter(recipes.values()))[key]).lower()}; take transformers, or change the "
                    "recipe"
                )


def fill(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> None:
    """Fill in a schema's defaults, in place, at all depths."""
    root = root or schema
    schema = _resolve(schema, root)
    if isinstance(value, dict):
        for key, part in schema.get("properties", {}).items():
            if "default" in part and key not in value:
                # A copy: a default that is a mapping is filled in turn.
                value[key] = deepcopy(part["default"])
            if key in value:
                fill(value[key], part, root)
        if isinstance(schema.get("additionalProperties"), dict):
            for key in value.keys() - schema.get("properties", {}).keys():
                fill(value[key], schema["additionalProperties"], root)


def _resolve(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _locate_extract(extract: Config) -> None:
    """Apply the environment's override, and require the source files of a clinic's extract."""
    if "synthetic" in extract:
        wanted, there = extract["synthetic"]["n_eligible"], extract["synthetic"]["n_patients"]
        if wanted > there:
            raise StudyError(f"config: extract.synthetic.n_eligible: {wanted} of {there} patients; make it smaller")
        return
    extract["folder"] = os.environ.get(EXTRACT_VARIABLE) or extract["folder"]
    for name, file in _source_files(extract):
        if not file.is_file():
            raise StudyError(
                f"config: extract.tables.{name}.file: there is no file '{file}'; correct extract.folder, or name the "
                f"folder in the environment variable {EXTRACT_VARIABLE}"
            )


def _source_files(extract: Config) -> Iterator[tuple[str, Path]]:
    for name, table in extract["tables"].items():
        yield name, Path(extract["folder"], table["file"])


def load(path: Path) -> Any:
    """Read a YAML file; StudyError if it is none."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise StudyError(f"{path}: this is not UTF-8; save it in that encoding") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise StudyError(f"{path}{place}: this is not YAML; check indentation (no tabs) and quotes") from error
