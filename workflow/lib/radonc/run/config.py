"""The config: read, checked, completed with defaults and recipes, before any job.

Each config file stands for itself: nothing is merged into it but the defaults that the schema states.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from radonc.run.errors import StudyError

EXTRACT_VARIABLE = "RADONC_EXTRACT"
TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
}

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
    schema = _load_yaml(schemas / "config.schema.yaml")
    check(config, schema, "config")
    fill(config, schema)
    _locate_extract(config["extract"])
    recipe_schema = _load_yaml(schemas / "recipe.schema.yaml")
    config["recipes"] = {
        name: read_recipes(Path(model["recipe"]), recipe_schema, list(config["tasks"]), f"config: models.{name}.recipe")
        for name, model in config["models"].items()
    }
    for name, model in config["models"].items():
        if "folder" in model and not Path(model["folder"], "config.json").exists():
            raise StudyError(f"config: models.{name}.folder: '{model['folder']}' holds no model (no config.json)")
    if config["split"]["validation"] + config["split"]["test"] >= 1:
        raise StudyError("config: split: validation and test leave no cases to train on; make them smaller")


def read_recipes(path: Path, schema: Mapping[str, Any], tasks: list[str], place: str) -> dict[str, Config]:
    """Read a recipe file: flat keys for all tasks, and ``tasks: {task: {key: value}}`` where one differs.

    Returns
    -------
    dict
        Task -> flat recipe.
    """
    if not path.exists():
        raise StudyError(f"{place}: there is no file '{path}'; correct the path")
    recipe = _load_yaml(path)
    check(recipe, schema, str(path))
    special = recipe.pop("tasks", {})
    recipes = {task: {**recipe, **special.get(task, {})} for task in tasks}
    for task in tasks:
        fill(recipes[task], {**schema, "properties": {k: v for k, v in schema["properties"].items() if k != "tasks"}})
    return recipes


def check(value: Any, schema: Mapping[str, Any], source: str) -> None:
    """Raise a one-line StudyError for the first fault of a value against a JSON schema."""
    errors = sorted(
        jsonschema.Draft202012Validator(schema).iter_errors(value), key=lambda error: list(map(str, error.path))
    )
    if errors:
        error = errors[0]
        place = ".".join(map(str, error.absolute_path))
        raise StudyError(f"{source}: {place + ': ' if place else ''}{_explain(error)}")


def fill(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> None:
    """Fill in a schema's defaults, in place, at all depths."""
    root = root or schema
    schema = _resolve(schema, root)
    if isinstance(value, dict):
        for key, part in schema.get("properties", {}).items():
            if "default" in part and key not in value:
                # A copy: a default that is a mapping is filled in turn.
                value[key] = yaml.safe_load(yaml.safe_dump(part["default"]))
            if key in value:
                fill(value[key], part, root)
        if isinstance(schema.get("additionalProperties"), dict):
            for key in value.keys() - schema.get("properties", {}).keys():
                fill(value[key], schema["additionalProperties"], root)


def _resolve(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _explain(error: Any) -> str:
    """Say in words what is wrong, what is allowed and what to do."""
    if error.validator == "additionalProperties":
        allowed = list(error.schema.get("properties", {}))
        unknown = next(key for key in error.instance if key not in allowed)
        close = get_close_matches(str(unknown), allowed, 1)
        advice = f"did you mean '{close[0]}'?" if close else "remove it."
        return f"'{unknown}' is not a key here; {advice} Allowed: {', '.join(allowed)}"
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        meaning = error.schema.get("properties", {}).get(missing, {}).get("description", "").rstrip(".")
        return f"'{missing}' is missing; add it" + (f" ({meaning[0].lower()}{meaning[1:]})" if meaning else "")
    if error.validator == "oneOf":
        ways = [" with ".join(way["required"]) for way in error.validator_value if "required" in way]
        return f"give exactly one of: {', '.join(ways)}" if ways else "this is neither a column's name nor a mapping"
    if error.validator == "enum":
        return f"'{error.instance}' is not allowed; choose one of {', '.join(map(str, error.validator_value))}"
    if error.validator == "type":
        wanted: list[str] = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
        return f"must be {' or '.join(TYPES.get(kind, kind) for kind in wanted)}, not '{error.instance}'"
    if error.validator == "propertyNames" or not isinstance(error.instance, dict | list):
        limit = error.schema.get("description", "")
        return f"{error.message}; correct it. {limit}".strip()
    return str(error.message)


def _locate_extract(extract: Config) -> None:
    """Apply the environment's override, and require the source files of a clinic's extract."""
    if "synthetic" in extract:
        wanted, there = extract["synthetic"]["n_eligible"], extract["synthetic"]["n_patients"]
        if wanted > there:
            raise StudyError(f"config: extract.synthetic.n_eligible: {wanted} of {there} patients; make it smaller")
        return
    extract["folder"] = os.environ.get(EXTRACT_VARIABLE, extract["folder"])
    for name, file in _source_files(extract):
        if not file.exists():
            raise StudyError(
                f"config: extract.tables.{name}.file: there is no file '{file}'; correct extract.folder, or name the "
                f"folder in the environment variable {EXTRACT_VARIABLE}"
            )


def _source_files(extract: Config) -> Iterator[tuple[str, Path]]:
    for name, table in extract["tables"].items():
        yield name, Path(extract["folder"], table["file"])


def _load_yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise StudyError(f"{path}{place}: this is not YAML; check indentation and quotes") from error
