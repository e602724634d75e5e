"""The YAML files that a config names: read, and refused with every fault in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml

from radonc.runtime.errors import StudyError
from radonc.runtime.settings.base import Section
from radonc.runtime.settings.errors import raise_for, validate
from radonc.runtime.settings.recipe import Overrides, Recipe, RecipeFile

OF_THE_MODEL = ("bf16", "load_in_4bit", "n_gpus")
"""Keys of a recipe by which the model is loaded to answer, the base model once for all tasks."""

M = TypeVar("M", bound=Section)


def read_yaml(path: str | Path) -> Any:
    """Read a YAML file.

    Raises
    ------
    StudyError
        Naming the file, and the line that is no YAML.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        raise StudyError(f"there is no file '{path}'; correct the path") from error
    except UnicodeDecodeError as error:
        raise StudyError(f"{path}: this is not UTF-8; save it in that encoding") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise StudyError(f"{path}{place}: this is not YAML; check indentation (no tabs) and quotes") from error


def load(path: str | Path, model: type[M]) -> M:
    """Read a YAML file as what it must be; StudyError, with a line per fault, where it is not."""
    return validate(model, read_yaml(path), str(path))


def load_recipes(path: str | Path) -> dict[str, Recipe]:
    """Read a recipe file: keys for all tasks, and ``tasks: {task: {key: value}}`` where one differs.

    Returns
    -------
    dict
        Task → flat recipe.

    Raises
    ------
    StudyError
        With a line per fault, and where tasks would load the model in different ways: base and tuned must answer with
        the same weights.
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
    for key in OF_THE_MODEL:
        values = {task: getattr(recipe, key) for task, recipe in recipes.items()}
        if len(set(values.values())) > 1:
            listed = ", ".join(f"{task} {str(value).lower()}" for task, value in values.items())
            faults.append(
                f"{path}: {key}: must be the same for all tasks, not {listed}, or base and tuned would answer with "
                "different weights; set it once, outside of tasks"
            )
    raise_for(faults)
    return recipes
