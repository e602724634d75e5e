"""What all sections of the settings share: how strict they are, and the types of their values."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationInfo
from pydantic_core import PydanticCustomError

T = TypeVar("T")
LONGEST = 60
"""Characters of a value that a message shows."""


class Section(BaseModel):
    """A part of the settings. No key but its own, no value of another type, no change once it is made.

    The text below a key is its description, in the manual, in editors and in messages.
    """

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        serialize_by_alias=True,
        defer_build=True,  # most jobs use few of these models
    )


@cache
def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Return key → description: the field's, or the text below the key, which is looked up where somebody reads it."""
    found = {model_key(model, name): each.description for name, each in model.model_fields.items() if each.description}
    for section in reversed(model.__mro__):
        if section is not Section and issubclass(section, Section):
            body = ast.parse(dedent(inspect.getsource(section))).body[0].body  # type: ignore[attr-defined]
            for key, below in pairwise(body):
                if isinstance(key, ast.AnnAssign) and isinstance(below, ast.Expr):
                    text = ast.literal_eval(below.value)
                    found[model_key(section, key.target.id)] = " ".join(text.split())  # type: ignore[union-attr]
    return found


def model_key(model: type[BaseModel], name: str) -> str:
    """Return the key of a field in a file."""
    return model.model_fields[name].alias or name


def without_markup(text: str) -> str:
    """Return a description without the manual's links and marks."""
    return re.sub(r"\[([^]]+)\]\([^)]*\)|[`*]", r"\1", text)


def fault(text: str, key: str = "") -> PydanticCustomError:
    """Return the error of a check of ours: what is wrong, what is allowed and what to do, and of which key below."""
    return PydanticCustomError("fault", "{text}", {"text": text, "key": key})


def shown(value: Any) -> str:
    """Show a value of the settings in one line and in few words, as YAML calls it."""
    if value is None or value is ...:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value)
    line = " ".join((text if len(text) <= LONGEST else f"{text[:LONGEST]}…").split())
    return f"'{line}'" if isinstance(value, str) else line


def refuse_null(value: Any) -> Any:
    """Let None fail as a value of the wrong type: a key may be left out, and not be left empty."""
    return ... if value is None else value


def _refuse_repeated(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise fault("names something twice; name each once")
    return values


def _lowest_first(limits: tuple[T, T]) -> tuple[T, T]:
    lowest, highest = limits
    if lowest > highest:  # type: ignore[operator]
        raise fault(f"{lowest:g} is above {highest:g}; write the lowest value first")
    return limits


def _require_file(path: str, info: ValidationInfo) -> str:
    """Look for a file where the settings are read, not in the jobs that take parts of them."""
    if info.context:
        if not Path(path).is_file():
            raise fault(f"there is no file '{path}'; correct the path")
        try:
            Path(path).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise fault(f"'{path}' is not UTF-8; save it in that encoding") from error
    return path


Omittable = Annotated[T | None, BeforeValidator(refuse_null)]
"""A key that may be left out; None stands for that."""
Many = Annotated[tuple[T, ...], Strict(False)]
"""A list."""
Unique = Annotated[
    tuple[T, ...], Strict(False), AfterValidator(_refuse_repeated), Field(json_schema_extra={"uniqueItems": True})
]
"""A list in which nothing stands twice."""
Limits = Annotated[tuple[T, T], Strict(False), AfterValidator(_lowest_first)]
"""Lowest and highest."""
Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
File = Annotated[str, AfterValidator(_require_file)]
"""A text file (UTF-8) that must exist when a study is started."""
