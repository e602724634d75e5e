"""The faults of settings, one line each: the key's whole path, what is wrong, what is allowed and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from radonc.runtime.errors import StudyError
from radonc.runtime.settings.base import Section, descriptions, model_key, refuse_null, shown, without_markup

M = TypeVar("M", bound=Section)
Location = tuple[Any, ...]
KINDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
LIMITS = {
    "greater_than": "must be above {gt:g}, not {value}",
    "greater_than_equal": "must be at least {ge:g}, not {value}",
    "less_than": "must be below {lt:g}, not {value}",
    "less_than_equal": "must be at most {le:g}, not {value}",
    "string_too_short": "must not be empty; write a text",
    "string_pattern_mismatch": "{value} does not have the form {pattern}; correct it",
    "too_short": "needs {min_length} or more entries; add what is missing",
    "too_long": "may have no more than {max_length} entries; take the others out",
}
NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")
NOT_A_TEXT = "is not a text (YAML reads yes, no, on, off and bare numbers so); put it in quotes"


def validate(
    model: type[M],
    value: Any,
    source: str,
    *,
    within: Location = (),
    renamed: Mapping[str, str] | None = None,
    at_the_edge: bool = False,
) -> M:
    """Return the settings that a value holds.

    Parameters
    ----------
    model, value
        What the value must be, and what was read.
    source
        What messages start with: ``config``, or the name of a file.
    within
        The place of the value in its file.
    renamed
        Key of an older version → what it is now.
    at_the_edge
        Whether to look at the files that the settings name, as is done before any job.

    Raises
    ------
    StudyError
        With a line for every fault.
    """
    try:
        return model.model_validate(value, context=at_the_edge)
    except ValidationError as error:
        faults = _explain(model, error, renamed or {})
    lines = [text if loc is None else f"{source}: {_dotted((*within, *loc))}{text}" for loc, text in faults]
    raise StudyError("\n".join(lines))


def raise_for(lines: Iterable[str]) -> None:
    """Raise for faults, if there are any."""
    if text := "\n".join(lines):
        raise StudyError(text)


def _dotted(loc: Location) -> str:
    return f"{'.'.join(map(str, loc))}: " if loc else ""


def _explain(
    model: type[Section], error: ValidationError, renamed: Mapping[str, str]
) -> list[tuple[Location | None, str]]:
    """Return place and text of every fault; those of other files have no place, and name their file themselves."""
    details = error.errors(include_url=False)
    unknown = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]
    faults: list[tuple[Location | None, str]] = []
    for detail in details:
        kind, loc, value = detail["type"], detail["loc"], detail["input"]
        context = detail.get("ctx", {})
        place = _find(model, loc)
        if kind == "file":
            faults += [(None, line) for line in context["text"].splitlines()]
        elif kind == "invalid_key" or (loc[-1:] == ("[key]",) and kind == "string_type"):
            faults.append((place.loc[:-1], f"the key {shown(value)} {NOT_A_TEXT}"))
        elif loc[-1:] == ("[key]",):
            faults.append((place.loc[:-1], _text(kind, value, context, place)))
        elif kind == "missing" and isinstance(loc[-1], int):
            faults.append((place.loc[:-1], LIMITS["too_short"].format(min_length=len(get_args(place.above)))))
        elif kind == "missing":
            # A misspelt key is missing as well.
            near = {str(other[-1]) for other in unknown if other[:-1] == loc[:-1]}
            if not get_close_matches(str(loc[-1]), near, 1):
                faults.append((place.loc[:-1], f"'{loc[-1]}' is missing; add it{_bracketed(place.meaning)}"))
        elif kind == "extra_forbidden":
            faults.append((place.loc[:-1], _unknown(loc, place, renamed)))
        elif kind == "fault":
            faults.append(((*place.loc, *filter(None, context["key"].split("."))), context["text"]))
        elif kind != "too_short" or len(value) < context["min_length"]:  # else the entries themselves are at fault
            faults.append((place.loc, _text(kind, value, context, place)))
    return faults


class _Place(NamedTuple):
    """A place in the settings: path, type of what holds it, its own type, its description, and whether null will do."""

    loc: Location
    above: Any
    annotation: Any
    meaning: str
    nullable: bool


def _find(model: Any, loc: Location) -> _Place:
    """Follow a path down the models; what pydantic adds to it to tell the members of a union apart is left out."""
    path: list[Any] = []
    above, (inner, meaning, nullable) = None, _strip(model)
    for step in loc:
        if step == "[key]":
            inner, meaning, nullable = _strip(get_args(above)[0])
            continue
        above = inner
        if get_origin(inner) in (Union, UnionType):
            inner = next((part for part in get_args(inner) if step in map(str, _tags(part))), None)
            inner, meaning, nullable = _strip(inner)
            continue
        path.append(step)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            fields = {model_key(inner, name): field for name, field in inner.model_fields.items()}
            described = descriptions(inner).get(str(step), "")
            inner, meaning, nullable = _strip(fields[step]) if step in fields else (None, "", False)
            meaning = described or meaning
        elif get_origin(inner) is dict:
            inner, meaning, nullable = _strip(get_args(inner)[1])
        elif get_origin(inner) is tuple:
            parts = get_args(inner)
            inner, meaning, nullable = _strip(parts[0] if parts[-1] is ... else parts[min(int(step), len(parts) - 1)])
    return _Place(tuple(path), above, inner, meaning, nullable)


def _tags(part: Any) -> list[Any]:
    return [getattr(data, "tag", "") for data in getattr(part, "__metadata__", ())]


def _strip(annotation: Any) -> tuple[Any, str, bool]:
    """Return a type without what surrounds it, its description, and whether null is one of its values."""
    metadata: list[Any] = []
    meaning, nullable = "", False
    if isinstance(annotation, FieldInfo):
        metadata, annotation = list(annotation.metadata), annotation.annotation
    while True:
        if get_origin(annotation) is Annotated:
            metadata += annotation.__metadata__
            described = (data.description for data in annotation.__metadata__ if isinstance(data, FieldInfo))
            meaning = next(filter(None, described), meaning)
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation):
            annotation = Union[tuple(part for part in get_args(annotation) if part is not NoneType)]  # noqa: UP007
            nullable = not any(getattr(data, "func", None) is refuse_null for data in metadata)
        else:
            return annotation, meaning, nullable


def _text(kind: str, value: Any, context: Mapping[str, Any], place: _Place) -> str:
    if kind in KINDS:
        return _of_another_kind(KINDS[kind] + " or null" * place.nullable, value)
    if kind in ("literal_error", "enum"):
        allowed = get_args(place.annotation) if get_origin(place.annotation) is Literal else (context["expected"],)
        if get_origin(place.above) in (Union, UnionType):
            return f"must be '{allowed[0]}' or a list, not {shown(value)}; correct it"
        return f"{shown(value)} is not allowed; choose one of {', '.join(map(str, allowed))}"
    if kind in LIMITS:
        return LIMITS[kind].format(value=shown(value), **context) + _bracketed(place.meaning)
    return f"{shown(value)} is not allowed; correct it{_bracketed(place.meaning)}"


def _of_another_kind(kinds: str, value: Any) -> str:
    advice = "correct it"
    if value is None or value is ...:
        advice = "write {}, or give its keys" if "mapping" in kinds else "write it, or take the key out"
    elif "text" in kinds and not isinstance(value, dict | list):
        advice = "put it in quotes"
    elif isinstance(value, str) and NUMBER.fullmatch(value) and "number" in kinds:
        advice = "write it without quotes, and an exponent as in 2.0e-3"
    return f"must be {kinds}, not {'the text ' * isinstance(value, str)}{shown(value)}; {advice}"


def _unknown(loc: Location, place: _Place, renamed: Mapping[str, str]) -> str:
    dotted = ".".join(map(str, place.loc))
    if dotted in renamed:
        return f"'{dotted}' is now {renamed[dotted]}; rename it"
    allowed = [model_key(place.above, name) for name in place.above.model_fields]
    close = get_close_matches(str(loc[-1]), allowed, 1)
    advice = f"did you mean '{close[0]}'?" if close else "remove it."
    return f"{shown(loc[-1])} is not a key here; {advice} Allowed: {', '.join(allowed) or 'none'}"


def _bracketed(meaning: str) -> str:
    """Return a description for the end of a message: its first sentence, without the manual's markup."""
    first = re.split(r"(?<=\w)\. ", without_markup(meaning))[0].rstrip(".")
    return f" ({first[0].lower()}{first[1:]})" if first else ""
