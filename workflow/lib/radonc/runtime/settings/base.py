"""What all sections of the settings share: how strict they are, and the types of their values."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationInfo
from pydantic_core import PydanticCustomError

T = TypeVar("T")
MAX_SHOWN = 60
"""Characters of a value that a message shows."""


class Section(BaseModel):
    """A part of the settings. No key but its own, no value of another type, no change once it is made.

    A field's description, or if that takes more than a line the text below it, explains the key in the manual, in
    editors and in messages. A key that holds a section needs none: the section's text describes it.
    """

    # Most jobs use few of these models: each is built when it is first used.
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, serialize_by_alias=True, defer_build=True
    )
    renamed: ClassVar[Mapping[str, str]] = {}  # key of an older version → what it is now


def fault(text: str, key: str = "") -> PydanticCustomError:
    """Return an error: what is wrong, what is allowed and what to do; and of which key below, if it is not the value's.

    Such a message stands in one line behind the key's path.
    """
    return PydanticCustomError("fault", "{text}", {"text": text, "key": key})


def shown(value: Any) -> str:
    """Return a value as a message shows it: in one short line, as YAML calls it."""
    if value is None or value is ...:
        return "empty"
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    if not isinstance(value, str):
        return str(value).lower()
    text = value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}…"
    return f"'{' '.join(text.split())}'"


def refuse_null(value: Any) -> Any:
    """Let None fail as a value of the wrong type: a key may be left out, but not left empty."""
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
