"""Settings files: read and checked, and refused with a line for every fault."""

import ast
import inspect
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import ErrorDetails

from radonc.runtime.errors import StudyError
from radonc.runtime.settings.base import Section, refuse_null, shown

M = TypeVar("M", bound=Section)
Location = tuple[Any, ...]
NULL = {"type": "null"}
KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
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


def read_yaml(path: str | Path) -> Any:
    """Read a YAML file; StudyError names the file, and the line that is not YAML."""
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
    """Read a YAML file as a section; StudyError has a line for every fault."""
    return validate(model, read_yaml(path), str(path))


def validate(model: type[M], value: Any, source: str, *, within: Location = (), with_files: bool = False) -> M:
    """Return the section that a value holds; StudyError has a line for every fault.

    Lines start with ``source`` (``config``, or the name of a file) and the place of the value ``within`` it. With
    ``with_files`` the files that the settings name are checked too, as is done before any job.
    """
    try:
        return model.model_validate(value, context=with_files)
    except ValidationError as error:
        details = error.errors(include_url=False)
    schema = json_schema(model)
    unknown = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]
    lines = []
    for detail in details:
        place, text = _explain(detail, schema, unknown, model.renamed)
        if detail["type"] == "file":
            lines.append(text)  # which names its file
        elif text:
            lines.append(": ".join(filter(None, (source, ".".join(map(str, (*within, *place))), text))))
    raise StudyError("\n".join(lines))


def raise_for(lines: Iterable[str]) -> None:
    """Raise StudyError for faults, if there are any."""
    if text := "\n".join(lines):
        raise StudyError(text)


def _explain(
    detail: ErrorDetails, schema: JsonSchemaValue, unknown: list[Location], renamed: Mapping[str, str]
) -> tuple[Location, str]:
    """Return place and text of a fault; no text where another fault says the same."""
    kind, loc, value, context = detail["type"], detail["loc"], detail["input"], detail.get("ctx", {})
    place, part, above = _find(schema, loc)
    if kind in ("fault", "file"):
        return (*place, *filter(None, context.get("key", "").split("."))), context["text"]
    if kind == "missing" and isinstance(loc[-1], int):
        return place[:-1], LIMITS["too_short"].format(min_length=above["minItems"])
    if kind == "missing":
        # A misspelt key is missing as well.
        near = [str(other[-1]) for other in unknown if other[:-1] == loc[:-1]]
        is_misspelt = get_close_matches(str(loc[-1]), near, 1)
        return place[:-1], "" if is_misspelt else f"'{loc[-1]}' is missing; add it{_bracketed(part)}"
    if kind == "extra_forbidden":
        return place[:-1], _unknown(place, list(above["properties"]), renamed)
    if kind == "too_short" and len(value) >= context["min_length"]:  # it is the entries that are at fault
        return place, ""
    if kind == "invalid_key" or (loc[-1:] == ("[key]",) and kind == "string_type"):
        return place[:-1], f"the key {shown(value)} {NOT_A_TEXT}"
    return place[:-1] if loc[-1:] == ("[key]",) else place, _text(kind, value, context, part)


def _find(schema: JsonSchemaValue, loc: Location) -> tuple[Location, JsonSchemaValue, JsonSchemaValue]:
    """Follow a path down a schema to the parts that describe a value and what holds it.

    The path comes back without the steps by which pydantic tells keys and the members of a union apart.
    """
    place: list[Any] = []
    part = above = schema
    for step in loc:
        if step == "[key]":
            part = above  # what holds a key describes it
            continue
        forms = [form for form in part.get("anyOf") or part.get("oneOf") or [part] if form != NULL]
        above = resolve(forms[-1], schema)  # the longest form stands last
        if above.get("type") != "array":
            place.append(step)
            part = above.get("properties", {}).get(step) or of_each(above)
        elif isinstance(step, int):
            place.append(step)
            part = above["prefixItems"][step] if "prefixItems" in above else above["items"]
    return tuple(place), {"description": above.get("description", ""), **resolve(part, schema)}, above


def _text(kind: str, value: Any, context: Mapping[str, Any], part: JsonSchemaValue) -> str:
    if kind.endswith("_type") or kind == "finite_number":
        return _of_another_kind(_kinds(part), value)
    if kind == "literal_error":
        return f"{shown(value)} is not allowed; choose one of {', '.join(part.get('enum') or [part['const']])}"
    text = LIMITS.get(kind, "{value} is not allowed; correct it")
    return text.format_map({**context, "value": shown(value)}) + _bracketed(part)


def _kinds(part: JsonSchemaValue) -> str:
    """Say of which kind a value may be."""
    if forms := part.get("anyOf") or part.get("oneOf"):
        return " or ".join(map(_kinds, forms))
    if "const" in part:
        return f"'{part['const']}'"
    types = part.get("type", "object")
    return KINDS[types] if isinstance(types, str) else " or ".join(KINDS[each] for each in types)


def _of_another_kind(kinds: str, value: Any) -> str:
    advice = "correct it"
    if value is None or value is ...:
        advice = "write {}, or give its keys" if "mapping" in kinds else "write it, or take the key out"
    elif "text" in kinds and not isinstance(value, dict | list):
        advice = "put it in quotes"
    elif isinstance(value, str) and NUMBER.fullmatch(value) and "number" in kinds:
        advice = "write it without quotes, and an exponent as in 2.0e-3"
    return f"must be {kinds}, not {'the text ' * isinstance(value, str)}{shown(value)}; {advice}"


def _unknown(place: Location, allowed: list[str], renamed: Mapping[str, str]) -> str:
    dotted = ".".join(map(str, place))
    if dotted in renamed:
        return f"'{dotted}' is now {renamed[dotted]}; rename it"
    close = get_close_matches(str(place[-1]), allowed, 1)
    advice = f"did you mean '{close[0]}'?" if close else "remove it."
    return f"{shown(place[-1])} is not a key here; {advice} Allowed: {', '.join(allowed) or 'none'}"


def _bracketed(part: JsonSchemaValue) -> str:
    """Return the first sentence of a description, for the end of a message."""
    first = re.split(r"(?<=[\w)])\. ", part["description"])[0].rstrip(".")
    return f" ({first[0].lower()}{first[1:]})" if first else ""


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, with our descriptions, and without null where a key is to be left out instead."""

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().model_schema(schema)
        for key, description in _descriptions(schema["cls"]).items():
            made["properties"][key]["description"] = description
        for part in made["properties"].values():
            part.pop("title", None)
            if part.get("default", "") is None:
                del part["default"]
        return made

    def function_before_schema(self, schema: Any) -> JsonSchemaValue:
        if schema["function"]["function"] is refuse_null:
            return self.generate_inner(schema["schema"]["schema"])
        return super().function_before_schema(schema)


@cache
def _descriptions(model: type[Section]) -> dict[str, str]:
    """Return key → the text below it in the source code, where there is one."""
    found: dict[str, str] = {}
    for section in reversed(model.__mro__[: model.__mro__.index(Section)]):
        body = ast.parse(inspect.getsource(section)).body[0].body  # type: ignore[attr-defined]
        for key, below in pairwise(body):
            if isinstance(key, ast.AnnAssign) and isinstance(below, ast.Expr):
                name = key.target.id  # type: ignore[union-attr]
                found[model.model_fields[name].alias or name] = " ".join(ast.literal_eval(below.value).split())
    return found


def json_schema(model: type[Section], *, with_markup: bool = False) -> JsonSchemaValue:
    """Return the JSON schema of a section, with a description of every key; with_markup as the manual writes it."""
    schema = model.model_json_schema(schema_generator=_Generator)
    described = schema if with_markup else _without_markup(schema)
    return {"$schema": GenerateJsonSchema.schema_dialect, **described}


def _without_markup(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_markup(each) for each in part]
    if not isinstance(part, dict):
        return part
    plain = {key: _without_markup(each) for key, each in part.items()}
    if isinstance(text := part.get("description"), str):
        plain["description"] = re.sub(r"\[([^]]+)\]\([^)]*\)|[`*]", r"\1", text)
    return plain


def resolve(part: Mapping[str, Any], schema: JsonSchemaValue) -> dict[str, Any]:
    """Return a part of a JSON schema together with the definition that it refers to."""
    ref = part.get("$ref")
    return {**schema["$defs"][ref.rsplit("/", 1)[1]], **part} if ref else dict(part)


def of_each(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the values of a mapping are, if its keys are free."""
    each = next(iter(part.get("patternProperties", {}).values()), part.get("additionalProperties"))
    return each if isinstance(each, dict) else {}
