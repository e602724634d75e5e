"""A config: read, checked and completed before any job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from radonc.runtime.errors import StudyError
from radonc.runtime.settings.errors import validate
from radonc.runtime.settings.study import RENAMED, Study


def require_one(configfiles: Sequence[str | Path]) -> None:
    """Raise where several config files are named, of which Snakemake would make one config."""
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

    Parameters
    ----------
    config
        The config as read from its file, with what ``--config`` gives merged into it.
    given
        What ``--config`` gives. Snakemake hands nested values over as texts: they are read as YAML here.

    Raises
    ------
    StudyError
        With a line for every fault: the key, what was allowed, what to do.
    """
    if given:
        _read_texts(config, given)
    study = validate(Study, config, "config", renamed=RENAMED, at_the_edge=True)
    config.update(study.model_dump(mode="json", exclude_none=True))
    config["extract"]["tables"] = study.mapping().model_dump(mode="json", exclude_none=True)
    config["recipes"] = {
        model: {task: recipe.model_dump(mode="json") for task, recipe in recipes.items()}
        for model, recipes in study.recipes().items()
    }
    return study


def _read_texts(config: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Read the texts that ``--config`` gave as YAML, in place, where another kind of value is wanted."""
    try:
        Study.model_validate(config)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False):
            text, (*above, last) = detail["input"], detail["loc"] or (None,)
            if isinstance(text, str) and detail["type"] != "string_type" and _value_at(given, detail["loc"]) == text:
                with suppress(yaml.YAMLError):
                    _value_at(config, above)[last] = yaml.safe_load(text)


def _value_at(value: Any, loc: Sequence[Any]) -> Any:
    """Return the value at a place in nested mappings and lists; None where there is no such place."""
    for step in loc:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
